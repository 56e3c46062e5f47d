"""Prepares what would lower the risk most: which signals a team can influence, and how a better value reads."""

from collections.abc import Collection, Iterable
from typing import Any, Literal, Protocol

from churnrisk.scoring.reasons import Part, parse_sentence
from churnrisk.settings import SignalSettings


class Changeable(Protocol):
    """What must be known of a registered signal to tell a better value of it."""

    @property
    def name(self) -> str:
        """The signal's column."""
        ...

    @property
    def group(self) -> str:
        """The part of the business it speaks of."""
        ...

    @property
    def raises_risk(self) -> Literal["high", "low"] | None:
        """Which of its values should raise risk."""
        ...

    @property
    def actionable(self) -> bool:
        """Whether a team can influence it."""
        ...

    @property
    def change(self) -> str | None:
        """The template that names a better value."""
        ...


def change_cards(
    signals: Iterable[Changeable], columns: Collection[str], settings: SignalSettings
) -> list[dict[str, Any]]:
    """Give a card for each column that a team can influence, as data that JSON can carry.

    A column without a template of its own (an attribute, a column of a flat file) is called by its name.

    Parameters
    ----------
    columns
        Columns that the model reads.
    settings
        ``actionable`` and ``not_actionable``: names, groups or columns.

    Examples
    --------
    >>> change_cards([], ["tenure", "plan"], SignalSettings(actionable=["plan"]))
    [{'name': 'plan', 'raises_risk': None, 'parts': ['plan at ', ['plan', '']]}]
    """
    known = {one.name: one for one in signals}
    return [_card(name, known.get(name)) for name in columns if _actionable(name, known.get(name), settings)]


def _actionable(name: str, one: Changeable | None, settings: SignalSettings) -> bool:
    """Say whether a team can influence a column; the settings outrank the signal."""
    called = {name, one.group} if one else {name}
    if called & set(settings.not_actionable):
        return False
    return bool(one and one.actionable) or bool(called & set(settings.actionable))


def _card(name: str, one: Changeable | None) -> dict[str, Any]:
    template = (one.change if one else None) or f"{name.replace('{', '(').replace('}', ')')} at {{value}}"
    parts: list[Part] = parse_sentence(template, own=name, known=[])
    return {
        "name": name,
        "raises_risk": one.raises_risk if one else None,
        "parts": [part if isinstance(part, str) else list(part) for part in parts],
    }
