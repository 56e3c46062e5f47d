"""Names of groups: what sets each apart from the average customer, in words for how a product is used."""

from collections.abc import Sequence
from dataclasses import dataclass

from churnrisk.kpis.groups.choice import kind_of
from churnrisk.kpis.groups.scaling import Array

#: A group differs in a signal where its centre lies so many usual distances from the average customer.
TELLING = 0.4

#: The name of a group that differs in nothing.
MIDDLING = "middling"


@dataclass(frozen=True)
class Aspect:
    """One side of how a product is used, and the words for much and little of it."""

    name: str
    much: str
    little: str


LEVEL = Aspect("how much", "heavy", "light")
OFTEN = Aspect("how often", "frequent", "rare")
WIDE = Aspect("how many parts", "broad", "narrow")
LATELY = Aspect("how lately", "paused", "recent")
MOVING = Aspect("which way", "rising", "falling")

#: Kind of signal = the side of use it tells; other signals are named by their own name.
ASPECTS = {
    "usage_count": LEVEL,
    "usage_quantity": LEVEL,
    "usage_amount": Aspect("how much", "high-spending", "low-spending"),
    "usage_active_days": OFTEN,
    "usage_breadth": WIDE,
    "usage_days_since_last": LATELY,
    "usage_ratio": MOVING,
    "usage_slope": MOVING,
    "usage_pace": MOVING,
    "usage_difference": MOVING,
}


def aspect_of(signal: str) -> Aspect:
    """Give the side of use that a signal tells.

    Examples
    --------
    >>> aspect_of("usage_count_84d").much, aspect_of("support_tickets_84d").little
    ('heavy', 'low support tickets')
    """
    kind = kind_of(signal)
    words = kind.replace("_", " ")
    return ASPECTS.get(kind) or Aspect(words, f"high {words}", f"low {words}")


def named(centres: Array, signals: Sequence[str]) -> list[str]:
    """Name each group by the two sides of use that set it apart most; more where that tells it from another.

    Parameters
    ----------
    centres
        One line a group: usual distances from the average customer.

    Examples
    --------
    >>> import numpy as np
    >>> named(np.array([[1.2, 0.8], [-1.0, 0.1], [0.1, 0.2]]), ["usage_count_84d", "usage_ratio_84d"])
    ['heavy and rising use', 'light use', 'middling use']
    >>> named(np.array([[1.0], [3.0], [0.9]]), ["usage_count_84d"])
    ['heavy use', 'very heavy use', 'heavy use 2']
    """
    told = [_words(line, signals) for line in centres]
    names: list[str] = []
    for many in (2, 3, len(signals)):
        names = [_phrase(words[:many]) for words in told]
        if len(set(names)) == len(names):
            return names
    return _told_apart([words[:2] for words in told])


def _words(line: Array, signals: Sequence[str]) -> list[tuple[float, str]]:
    """Give the words that set a group apart with their strength, the strongest first; one for each side of use."""
    strongest: dict[str, tuple[float, str]] = {}
    for distance, signal in zip(line, signals, strict=True):
        aspect = aspect_of(signal)
        strength = abs(float(distance))
        if strength >= max(TELLING, strongest.get(aspect.name, (0.0, ""))[0]):
            strongest[aspect.name] = (strength, aspect.much if distance > 0 else aspect.little)
    return sorted(strongest.values(), key=lambda one: -one[0])


def _phrase(words: Sequence[tuple[float, str]], stress: str = "") -> str:
    """Join words to a name: how the product is used, then what else."""
    order = [word for aspect in ASPECTS.values() for word in (aspect.much, aspect.little)]
    told = {word for _, word in words}
    of_use = sorted(told & set(order), key=order.index)
    others = sorted(told - set(order))
    use = f"{' and '.join([', '.join(of_use[:-1]), of_use[-1]]) if of_use[1:] else ''.join(of_use)} use"
    if not told:
        return f"{stress}{MIDDLING} use"
    return stress + ", ".join([*([use] if of_use else []), *others])


def _told_apart(told: Sequence[Sequence[tuple[float, str]]]) -> list[str]:
    """Tell groups of the same words apart: one of them is very much so, others are numbered."""
    alike: dict[str, list[int]] = {}
    for place, words in enumerate(told):
        alike.setdefault(_phrase(words), []).append(place)
    names = {places[0]: name for name, places in alike.items()}
    for name, places in alike.items():
        if len(places) > 1 and told[places[0]]:
            most = max(places, key=lambda place: told[place][0][0])
            rest = [place for place in places if place != most]
            names |= {most: _phrase(told[most], "very "), rest[0]: name}
            places = [most, *rest]
        numbered = places[2 if told[places[0]] else 1 :]
        names |= {place: f"{name} {number}" for number, place in enumerate(numbered, 2)}
    return [names[place] for place in range(len(told))]
