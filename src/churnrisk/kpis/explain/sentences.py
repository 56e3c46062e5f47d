"""What a change of a rate comes from, in sentences that do not explain noise."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from churnrisk.kpis.explain.mix_rate import LEVEL, Change, Decomposition

#: At most so many effects of one split are told.
TOLD = 3
#: What is less than this share of the whole change, or of what chance may add to it, is not worth a sentence,
#: however sure it is.
WORTH = 0.1


@dataclass(frozen=True)
class Words:
    """How one rate is spoken of.

    Parameters
    ----------
    name
        The rate, as "churn rate".
    up, down
        What a part did whose rate rose or fell.
    more, fewer
        What is so when a part's share rose or fell.
    of
        What shares are shares of.
    """

    name: str
    up: str = "got riskier"
    down: str = "got safer"
    more: str = "more customers are in"
    fewer: str = "fewer customers are in"
    of: str = "customers"


def _of_money(name: str, up: str, down: str) -> Words:
    return Words(name, up, down, "more of the MRR is in", "less of the MRR is in", "MRR")


#: The key figures that can be split; each is a numerator over a denominator.
WORDS = {
    "churn_rate": Words("churn rate"),
    "voluntary_churn_rate": Words("voluntary churn rate"),
    "involuntary_churn_rate": Words("involuntary churn rate"),
    "unknown_churn_rate": Words("churn rate without a known reason"),
    "crr": Words("customer retention rate", "stayed more", "stayed less"),
    "gross_revenue_churn": _of_money("gross revenue churn", "lost more", "lost less"),
    "net_revenue_churn": _of_money("net revenue churn", "lost more", "lost less"),
    "grr": _of_money("gross retention rate", "kept more", "kept less"),
    "drr": _of_money("dollar retention rate", "kept more", "kept less"),
}


def chance_words(p: float) -> str:
    """Say how often chance alone does such a thing.

    Examples
    --------
    >>> chance_words(0.034), chance_words(0.000001), chance_words(0.3), chance_words(0.9)
    ('1 time in 29', 'less than 1 time in 10,000', '3 times in 10', '9 times in 10')
    """
    if p < 0.0001:
        return "less than 1 time in 10,000"
    if p < 0.15:
        return f"1 time in {round(1 / p):,}"
    tenths = min(9, max(2, round(10 * p)))
    return f"{tenths} times in 10"


def percent(rate: float, decimals: int = 1) -> str:
    """Write a share of 1 as percent.

    Examples
    --------
    >>> percent(0.0234), percent(-0.00004)
    ('2.3 %', '0.0 %')
    """
    return f"{round(100 * rate, decimals) + 0.0:.{decimals}f} %"


def points(difference: float, decimals: int = 1) -> str:
    """Write a difference of shares in points, with its sign.

    Examples
    --------
    >>> points(0.0061), points(-0.0061, 2), points(0.0)
    ('+0.6', '−0.61', '0.0')
    """
    number = round(100 * difference, decimals)
    sign = "+" if number > 0 else "−" if number < 0 else ""
    return f"{sign}{abs(number):.{decimals}f}"


def decimals_of(change: Change) -> int:
    """Say with how many decimals a change is told: small ones need two."""
    return 1 if abs(change.difference) >= 0.003 else 2


def is_worth_telling(effect: float, change: Change) -> bool:
    """Say whether an effect is large enough to be told: a tenth of the change, and of what chance may add to it.

    Examples
    --------
    >>> change = Change(0.02, 0.03, 0.005, 0.015, 0.001)
    >>> is_worth_telling(0.0012, change), is_worth_telling(0.0004, change)
    (True, False)
    """
    return abs(effect) >= WORTH * max(abs(change.difference), (change.high - change.low) / 2)


def first_sentence(change: Change, words: Words, before: str, after: str) -> str:
    r"""Say what the rate did, and how often chance alone does that.

    Examples
    --------
    >>> told = first_sentence(Change(0.023, 0.029, 0.001, 0.011, 0.03), WORDS["churn_rate"], "April", "May")
    >>> print(told.replace("; ", "\n"))
    The churn rate rose from 2.3 % (April) to 2.9 % (May): +0.6 points [+0.1, +1.1]
    chance alone moves it so much 1 time in 33.
    """
    places = decimals_of(change)
    verb = "rose" if change.difference > 0 else "fell" if change.difference < 0 else "went"
    told = (
        f"The {words.name} {verb} from {percent(change.before, places)} ({before}) to "
        f"{percent(change.after, places)} ({after}): {points(change.difference, places)} points "
        f"[{points(change.low, places)}, {points(change.high, places)}]; chance alone moves it so much "
        f"{chance_words(change.p)}."
    )
    if change.beyond_chance:
        return told
    return f"{told} That is within chance: what follows breaks down the change, and is no cause to be acted on."


def split_sentence(found: Decomposition, change: Change, words: Words) -> str:
    """Say how one split breaks down the change: what is beyond chance, the largest first."""
    places = decimals_of(change)
    rows = _told(found, words, places)
    sure = [text for effect, text, beyond in rows if beyond and is_worth_telling(effect, change)]
    rate, mix = (points(found.whole[f"{kind}_effect"], places) for kind in ("rate", "mix"))
    head = f"By {found.split}: {rate} points of rate, {mix} of mix."
    if sure:
        more = f"; {len(sure) - TOLD} more in the table" if len(sure) > TOLD else ""
        return f"{head} {_capital('; '.join(sure[:TOLD]))}{more}."
    if not rows:
        return head
    return f"{head} No part alone moved it beyond chance; the largest effect: {rows[0][1]}."


def best_sentence(splits: Sequence[Decomposition], change: Change) -> str:
    """Say which split explains most of the change; nothing where one was asked for.

    What all parts share alike is explained by none.
    """
    if len(splits) < 2:
        return ""
    ordered = sorted(splits, key=lambda one: -one.explained)
    best, places = ordered[0], decimals_of(change)
    if not is_worth_telling(best.explained, change):
        return "No split explains it: in each, the parts moved alike as far as chance allows to say."
    amount = f"{100 * best.explained:.{places}f}"
    apart = best.uneven_p < LEVEL
    tail = f" (parts so unlike one another come by chance {chance_words(best.uneven_p)})" if apart else ""
    where = "mix and in parts apart" if apart else "mix"
    return f"Of the splits, {best.split} explains most: {amount} points lie in its {where}{tail}."


def kinds_sentence(kinds: pd.DataFrame, change: Change) -> str:
    """Say how much of the change each kind of reason makes.

    Examples
    --------
    >>> kinds = pd.DataFrame({"kind": ["voluntary", "unknown"], "effect": [0.004, 0.0], "before": [0.02, 0.0],
    ...     "after": [0.024, 0.0], "p": [0.01, 1.0]})
    >>> kinds_sentence(kinds, Change(0.02, 0.024, 0.001, 0.007, 0.01))
    'By kind of reason: voluntary +0.4 points (2.0 % to 2.4 %; by chance 1 time in 100).'
    """
    places = decimals_of(change)
    rows = kinds[(kinds["before"] != 0) | (kinds["after"] != 0)]
    rows = rows.reindex(rows["effect"].abs().sort_values(ascending=False, kind="stable").index)
    told = [
        f"{row['kind']} {points(row['effect'], places)} points ({percent(row['before'], places)} to "
        f"{percent(row['after'], places)}; by chance {chance_words(row['p'])})"
        for row in rows.to_dict("records")
    ]
    return f"By kind of reason: {', '.join(told)}." if told else ""


def _told(found: Decomposition, words: Words, places: int) -> list[tuple[float, str, bool]]:
    """Give each effect with its words and whether it is beyond chance, the largest first."""
    rows = []
    for part in found.parts.to_dict("records"):
        name = f"{found.split} {part['value']}"
        small = " (few customers)" if part["small"] else ""
        effect = part["rate_effect"]
        if effect and pd.notna(part["rate_before"]) and pd.notna(part["rate_after"]):
            did = words.up if effect > 0 else words.down
            span = f"{percent(part['rate_before'], places)} to {percent(part['rate_after'], places)}"
            text = f"{points(effect, places)} because {name} {did} ({span}){small}"
            rows.append((effect, text, bool(part["rate_beyond_chance"])))
        effect = part["mix_effect"]
        if effect:
            did = words.more if part["share_after"] > part["share_before"] else words.fewer
            span = f"{percent(part['share_before'])} to {percent(part['share_after'])} of {words.of}"
            text = f"{points(effect, places)} because {did} {name} ({span}){small}"
            rows.append((effect, text, bool(part["mix_beyond_chance"])))
    return sorted(rows, key=lambda row: (-abs(row[0]), row[1]))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
