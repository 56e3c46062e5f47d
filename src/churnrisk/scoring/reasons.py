"""Prepares the sentences that tell a person why: the released script fills them in."""

import re
from collections.abc import Collection, Iterable
from typing import Any, Literal, Protocol

import numpy as np

from churnrisk.catalog import did_you_mean
from churnrisk.errors import SettingsError
from churnrisk.modeling.released import churn_model

Part = str | tuple[str, str]

FIELD = re.compile(r"\{([^{}]*)\}")
SPECS = ("", "0", "1", "2", "%", "fall", "rise", "money", "magnitude", "%magnitude", "past")


class Tellable(Protocol):
    """What a sentence needs to know of a registered signal."""

    @property
    def name(self) -> str:
        """The signal's column."""
        ...

    @property
    def group(self) -> str:
        """The part of the business it speaks of."""
        ...

    @property
    def unit(self) -> str:
        """What its number counts."""
        ...

    @property
    def raises_risk(self) -> Literal["high", "low"] | None:
        """Which of its values should raise risk."""
        ...

    @property
    def sentence(self) -> str | None:
        """The template."""
        ...

    @property
    def below(self) -> float | None:
        """The sentence is told only below this."""
        ...

    @property
    def above(self) -> float | None:
        """The sentence is told only above this."""
        ...


def parse_sentence(template: str, *, own: str, known: Collection[str]) -> list[Part]:
    """Cut a template into text and fields.

    A field is ``{value}``, the signal's own number, or ``{other_signal}``, another column of the frame. After a
    colon stands how it is written: ``0``, ``1``, ``2`` decimals; ``%`` a share as percent; ``fall`` and ``rise``
    a ratio's distance from 1 as percent; ``money``; ``magnitude`` a number without its sign; ``past`` days past or
    before a day;
    ``%magnitude`` a difference of shares in points, without its sign; or ``day|days``, the number with its noun.

    Raises
    ------
    SettingsError
        When a field or the way it is written is not known.

    Examples
    --------
    >>> parse_sentence("No use for {value:day|days}", own="usage_days_since_last", known=[])
    ['No use for ', ('usage_days_since_last', 'day|days')]
    """
    parts: list[Part] = []
    for place, piece in enumerate(FIELD.split(template)):
        if place % 2 == 0:
            parts += [piece] if piece else []
            continue
        name, _, spec = piece.partition(":")
        column = own if name == "value" else name
        if column != own and column not in known:
            raise SettingsError(
                f"The sentence of {own} speaks of {name!r}, which is no signal. "
                f"{did_you_mean(name, [*known, 'value'])}"
            )
        if spec not in SPECS and (spec.count("|") != 1 or not all(spec.split("|"))):
            raise SettingsError(
                f"The sentence of {own} writes {name} as {spec!r}. Use one of {', '.join(SPECS[1:])}, or 'day|days'."
            )
        parts.append((column, spec))
    if any(brace in part for part in parts if isinstance(part, str) for brace in "{}"):
        raise SettingsError(f"The sentence of {own} has a brace without its partner: {template!r}.")
    return parts


def signal_cards(signals: Iterable[Tellable], columns: Collection[str]) -> list[dict[str, Any]]:
    """Give the card of each signal that is among the columns, as data that JSON can carry.

    A sentence that needs a column which is not there is left out; its signal still counts in its group.

    Parameters
    ----------
    signals
        All registered signals.
    columns
        Columns that a frame to be scored will have.
    """
    signals = list(signals)
    known = {one.name for one in signals} | set(columns)
    cards = []
    for one in signals:
        parts = parse_sentence(one.sentence, own=one.name, known=known) if one.sentence else []
        if not all(isinstance(part, str) or part[0] in columns for part in parts):
            parts = []
        if one.name in columns:
            cards.append(
                {
                    "name": one.name,
                    "group": one.group,
                    "unit": one.unit,
                    "raises_risk": one.raises_risk,
                    "below": one.below,
                    "above": one.above,
                    "parts": [part if isinstance(part, str) else list(part) for part in parts],
                }
            )
    return cards


def tell(template: str, values: dict[str, float], *, own: str = "value") -> str:
    """Fill one template, to see how a sentence reads.

    Examples
    --------
    >>> tell("Usage fell {value:fall}: {before:0} → {now:event|events}", {"value": 0.39, "before": 41, "now": 16})
    'Usage fell 61 %: 41 → 16 events'
    """
    parts = parse_sentence(template, own=own, known=values)
    columns = {name: np.array([number], dtype=np.float64) for name, number in values.items()}
    return churn_model.sentences({"parts": parts}, columns, np.array([0]))[0]
