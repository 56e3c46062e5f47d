"""What the team does for each customer: by the reason, else by the segment."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from churnrisk.catalog import did_you_mean
from churnrisk.errors import SettingsError
from churnrisk.features.build import SIGNALS
from churnrisk.features.signal import GROUPS
from churnrisk.settings import ActionRule, PipelineSettings

#: The columns that name the signals behind the reasons, the strongest first.
DRIVERS = ("driver_1", "driver_2", "driver_3")


def action_of(rows: pd.DataFrame, settings: PipelineSettings, cards: Iterable[Mapping[str, Any]]) -> pd.Series:
    """Give the action for each row of the list.

    The first reason that a rule of ``[[team.actions]]`` speaks of decides, by the signal's name or its group; of
    several such rules the first. Where no reason has a rule, and in the lowest segment unless a rule names it, the
    segment's own action stands.

    Parameters
    ----------
    rows
        ``segment``, ``driver_1`` to ``driver_3`` and, as a fallback, the model's own ``action``.
    cards
        The model's signals, each with ``name`` and ``group``.

    Raises
    ------
    SettingsError
        When a rule names a signal, a group or a segment that there is not.

    Examples
    --------
    >>> rows = pd.DataFrame({"segment": ["high", "high"], "driver_1": ["usage_ratio_28d +0.70", "plan +0.10"]})
    >>> action_of(rows, PipelineSettings(), [{"name": "usage_ratio_28d", "group": "usage"}]).tolist()
    ['offer advice on the use of the product', 'call within a week']
    """
    groups = {str(card["name"]): str(card["group"]) for card in cards}
    refuse_unknown(settings, groups)
    own = rows["action"] if "action" in rows else pd.Series("", index=rows.index)
    told = pd.DataFrame({"segment": rows["segment"], **{name: _signals(rows, name) for name in DRIVERS}})
    kinds = told.drop_duplicates()
    found = [_action(str(segment), signals, settings, groups) for segment, *signals in kinds.itertuples(index=False)]
    action = told.merge(kinds.assign(action=pd.Series(found, index=kinds.index, dtype="object")), how="left")[
        "action"
    ]
    return pd.Series(action.to_numpy(), index=rows.index, dtype="object").fillna(own)


def _signals(rows: pd.DataFrame, name: str) -> pd.Series:
    """Give the signals behind one of the reasons; empty where there is none."""
    if name not in rows:
        return pd.Series("", index=rows.index)
    codes, texts = pd.factorize(rows[name])
    names = np.array([*(signal_of(text) for text in texts), ""], dtype=object)
    return pd.Series(names[codes], index=rows.index)


def signal_of(driver: object) -> str:
    """Take the signal's name out of a driver.

    Examples
    --------
    >>> signal_of("usage_ratio_28d +0.70"), signal_of(None)
    ('usage_ratio_28d', '')
    """
    return driver.rsplit(" ", 1)[0] if isinstance(driver, str) else ""


def refuse_unknown(settings: PipelineSettings, groups: Mapping[str, str]) -> None:
    """Refuse rules that speak of no signal, group or segment; each with the name that was probably meant."""
    flat = settings.flat is not None
    known = {*groups, *groups.values()} | (set() if flat else {*SIGNALS, *GROUPS})
    if flat and settings.team.actions == type(settings.team)().actions:
        return  # the defaults speak of signals, and a flat file has columns
    faults = []
    for place, rule in enumerate(settings.team.actions):
        what = "column of the model" if flat else "signal or group"
        for name, there, kind in [
            *((one, known, what) for one in rule.reason),
            *((one, settings.segments.names, "segment") for one in rule.segments),
        ]:
            if name not in there:
                faults.append(f"team.actions.{place}: there is no {kind} {name!r}. {did_you_mean(name, there)}")
    if faults:
        plural = "finding" if len(faults) == 1 else "findings"
        lines = "\n".join(f"  {fault}" for fault in faults)
        raise SettingsError(f"{settings.file.name} cannot be used ({len(faults)} {plural}):\n{lines}")


def _action(
    segment: str, signals: Iterable[str], settings: PipelineSettings, groups: Mapping[str, str]
) -> str | None:
    for signal in signals:
        for rule in settings.team.actions if signal else []:
            if _speaks(rule, signal, groups.get(signal, "")) and _holds_in(rule, segment, settings):
                return rule.action
    return settings.segments.actions.get(segment)


def _speaks(rule: ActionRule, signal: str, group: str) -> bool:
    return signal in rule.reason or group in rule.reason


def _holds_in(rule: ActionRule, segment: str, settings: PipelineSettings) -> bool:
    return segment in rule.segments if rule.segments else segment != settings.segments.names[-1]
