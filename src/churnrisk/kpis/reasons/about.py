"""Which signals would speak of a stated reason: as the TOML says, or a guess from common words that is called one."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from churnrisk.catalog import did_you_mean
from churnrisk.errors import SettingsError
from churnrisk.features.build import GROUPS, SIGNALS

#: Which way a signal must differ to fit a reason: up, down, or either.
HIGH, LOW, EITHER = 1, -1, 0
#: What is assumed where the TOML says nothing: a word in the reason = what would speak of it.
PRICE = ("high contract_mrr", "high contract_mrr_change_182d", "contract_price_rise_182d", "contract_price_rise_56d")
GUESSES: dict[str, tuple[str, ...]] = {
    r"pric\w*|expensive|costs?|costly|budget|cheaper|afford\w*": PRICE,
    r"payments?|cards?|unpaid|dunning|debit": ("payments",),
    r"needed|need|needs|unused|usage|using|used|inactive": ("usage",),
    r"support|service|bugs?|quality|unhappy|dissatisf\w*|complaints?": ("support", "feedback"),
}
#: At most so many of their names stand in a sentence.
SHOWN = 2


@dataclass(frozen=True)
class About:
    """What would speak of one reason.

    Parameters
    ----------
    signals
        Column = which way it must differ (1 up, -1 down, 0 either).
    named
        How that was said: names of signals and groups.
    guessed
        Whether it was guessed from the reason's words.
    """

    signals: dict[str, int]
    named: tuple[str, ...]
    guessed: bool

    @property
    def in_words(self) -> str:
        """What speaks of it, and whether that was assumed."""
        rest = len(self.named) - SHOWN
        told = ", ".join(self.named[:SHOWN]) + (f" and {rest} more" if rest > 0 else "")
        return f"{told}; assumed from its words" if self.guessed else told


def about_reason(reason: str, told: Mapping[str, Sequence[str]], columns: Sequence[str]) -> About:
    """Say which columns would speak of a reason.

    Parameters
    ----------
    told
        ``[reasons] about``: reason = signals or groups, with high or low in front where only such values fit.
    columns
        What is compared: signals that are on, tickets, scores.

    Raises
    ------
    SettingsError
        When ``told`` names what is neither a signal nor a group.

    Examples
    --------
    >>> found = about_reason("too_expensive", {}, ["contract_mrr", "usage_count_28d"])
    >>> found.signals, found.guessed
    ({'contract_mrr': 1}, True)
    >>> about_reason("switched", {"switched": ["low usage"]}, ["contract_mrr", "usage_count_28d"]).signals
    {'usage_count_28d': -1}
    >>> about_reason("missing_features", {}, ["contract_mrr"]).signals
    {}
    """
    guessed = reason not in told
    named = _guess(reason) if guessed else tuple(told[reason])
    signals: dict[str, int] = {}
    for wish in named:
        way, name = _way(wish)
        known = {*SIGNALS, *GROUPS, *columns}
        if name not in known:
            raise SettingsError(
                f"reasons.about.{reason}: there is no signal or group {name!r}. {did_you_mean(name, known)}"
            )
        for column in columns:
            group = SIGNALS[column].group if column in SIGNALS else ""
            if name in (column, group):
                signals.setdefault(column, _declared(column) if way == EITHER else way)
    return About(signals, named, guessed and bool(named))


def _guess(reason: str) -> tuple[str, ...]:
    words = re.split(r"[^a-z]+", reason.lower())
    found = [names for shape, names in GUESSES.items() if any(re.fullmatch(shape, word) for word in words)]
    return tuple(dict.fromkeys(name for names in found for name in names))


def _way(wish: str) -> tuple[int, str]:
    word, _, rest = wish.partition(" ")
    return {"high": HIGH, "low": LOW}.get(word, EITHER), rest if word in ("high", "low") else wish


def _declared(column: str) -> int:
    """Give the direction in which a signal should raise the risk, where it declares one."""
    declared = SIGNALS[column].raises_risk if column in SIGNALS else None
    return {"high": HIGH, "low": LOW}.get(declared or "", EITHER)
