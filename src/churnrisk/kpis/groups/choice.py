"""Which signals describe how a customer uses the product: one lookback of each kind, and no two that say the same."""

import re
from collections.abc import Sequence

import pandas as pd

from churnrisk.catalog import did_you_mean
from churnrisk.errors import RefusedError, SettingsError
from churnrisk.features.build import Choice
from churnrisk.features.signal import SIGNALS, Signal
from churnrisk.settings import PipelineSettings

#: Of each kind the signal whose lookback is nearest: long enough not to jump from month to month.
LOOKBACK = 84

#: Kinds of rising or falling use, best first: one of them is enough.
MOVEMENT = ("usage_ratio", "usage_slope", "usage_pace", "usage_difference")

#: Two signals whose ranks agree to this degree say the same.
SAME = 0.9

#: A signal that is the same for this share of the customers only adds noise.
MOSTLY = 0.9

_LOOKBACK = re.compile(r"_(?P<number>\d+)(?P<unit>[dw])$")


def kind_of(name: str) -> str:
    """Give a signal's name without its lookback.

    Examples
    --------
    >>> kind_of("usage_count_84d"), kind_of("usage_slope_12w"), kind_of("usage_days_since_last")
    ('usage_count', 'usage_slope', 'usage_days_since_last')
    """
    return _LOOKBACK.sub("", name)


def lookback_of(name: str) -> int:
    """Give the days that a signal's name speaks of; 0 where it names none.

    Examples
    --------
    >>> lookback_of("usage_count_84d"), lookback_of("usage_slope_12w"), lookback_of("usage_days_since_last")
    (84, 84, 0)
    """
    found = _LOOKBACK.search(name)
    return int(found["number"]) * (7 if found["unit"] == "w" else 1) if found else 0


def wanted_signals(settings: PipelineSettings, choice: Choice) -> list[str]:
    """Name the signals to look at: those that ``[groups] signals`` asks for, else one of each kind of use.

    None of the default are signals without a lookback (the first days say how a customer began, and days since the
    last use change from day to day), nor those that only stand behind another.

    Parameters
    ----------
    choice
        Which signals are on, and why others are off.

    Raises
    ------
    SettingsError
        When a signal is asked for that does not exist or is off.
    RefusedError
        When no signal of use is on.
    """
    on = {one.name for one in choice.on}
    for name in settings.groups.signals:
        if name not in SIGNALS:
            raise SettingsError(f"groups.signals: there is no signal {name!r}. {did_you_mean(name, SIGNALS)}")
        if name not in on:
            raise SettingsError(f"groups.signals: {name} is off: {choice.off.get(name, 'not among those chosen')}.")
    if settings.groups.signals:
        return list(dict.fromkeys(settings.groups.signals))
    usage = [one for one in choice.on if one.group == "usage"]
    if not usage:
        raise RefusedError(
            f"Groups are made of signals of use, and none is on in {settings.name!r}. Give it a table usage, or name "
            "other signals in [groups] signals; churnrisk check says which are on."
        )
    return one_of_each(usage) or [usage[0].name]


def one_of_each(signals: Sequence[Signal]) -> list[str]:
    """Choose one lookback of each kind, and one kind of rising or falling.

    Examples
    --------
    >>> from churnrisk.features.build import listed
    >>> chosen = one_of_each(listed("usage"))
    >>> chosen[:2], [name for name in chosen if kind_of(name) in MOVEMENT]
    (['usage_count_84d', 'usage_active_days_84d'], ['usage_ratio_84d'])
    """
    fit = [one for one in signals if one.raises_risk is not None and one.days is not None]
    kinds: dict[str, list[str]] = {}
    for one in fit:
        kinds.setdefault(kind_of(one.name), []).append(one.name)
    moving = [kind for kind in MOVEMENT if kind in kinds][1:]
    nearest = lambda name: (abs(lookback_of(name) - LOOKBACK), lookback_of(name))  # noqa: E731
    return [min(names, key=nearest) for kind, names in kinds.items() if kind not in moving]


def telling(rows: pd.DataFrame, names: Sequence[str]) -> list[str]:
    """Leave out signals that hardly vary, and those that an earlier one already tells.

    Examples
    --------
    >>> rows = pd.DataFrame({"a": [1, 2, 3, 4], "b": [2, 4, 6, 9], "c": [1, 1, 1, 1], "d": [2, 1, 4, 3]})
    >>> telling(rows, ["a", "b", "c", "d"])
    ['a', 'd']
    """
    agreeing = rows[list(names)].corr("spearman").abs()
    kept: list[str] = []
    for name in names:
        varies = rows[name].value_counts(normalize=True, dropna=False).iloc[0] < MOSTLY
        if varies and not (agreeing.loc[name, kept] >= SAME).any():
            kept.append(name)
    return kept
