"""From described customers to groups, and what became of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
import pandas as pd

from churnrisk.kpis.groups.choice import telling
from churnrisk.kpis.groups.grouping import Grouping, Kind, agreement, fit_grouping
from churnrisk.kpis.groups.movement import Movement, movement
from churnrisk.kpis.groups.outcomes import group_table, profile
from churnrisk.kpis.groups.scaling import learn_scales, scaled, spread_out
from churnrisk.kpis.groups.structure import structure
from churnrisk.settings.kpis import GroupSettings


@dataclass(frozen=True)
class GroupStudy:
    """Groups of customers, and what became of them.

    Parameters
    ----------
    grouping
        The groups as plain data; None where there are none worth the name.
    structure
        How every number of groups was judged, when they were looked for.
    table
        One row a group, by :func:`churnrisk.kpis.groups.outcomes.group_table`.
    profile
        One row a group and signal.
    history
        ``customer_id, cutoff, group`` at every cutoff looked at; the newest is the last.
    moves
        Who changed group.
    would_agree
        How far as many groups found anew today agree with those kept (adjusted Rand index); None where they were
        found today.
    observed
        The cutoffs whose outcome counts.
    """

    day: date
    structure: pd.DataFrame
    grouping: Grouping | None = None
    table: pd.DataFrame = field(default_factory=pd.DataFrame)
    profile: pd.DataFrame = field(default_factory=pd.DataFrame)
    history: pd.DataFrame = field(default_factory=pd.DataFrame)
    moves: Movement | None = None
    would_agree: float | None = None
    observed: list[date] = field(default_factory=list)

    @property
    def newest(self) -> pd.DataFrame:
        """Give ``customer_id`` and ``group`` of everyone at risk now."""
        now = self.history[self.history["cutoff"] == self.history["cutoff"].max()]
        return now[["customer_id", "group"]].reset_index(drop=True)


def look_for_groups(
    rows: pd.DataFrame, asked: Sequence[str], settings: GroupSettings, day: date, *, sections: int | None = None
) -> tuple[Grouping | None, pd.DataFrame]:
    """Find groups among customers, if there are any, and say how every number of them was judged.

    Parameters
    ----------
    rows
        One row a customer, one column a signal; in a fixed order.
    asked
        The signals to look at; those that tell the same as an earlier one are left out, unless the settings name
        them.
    sections
        Where nothing parts the customers, cut them into so many sections all the same.
    """
    varied = list(settings.signals) or telling(rows, asked)
    random = np.random.default_rng(settings.seed)
    if not varied:
        return None, structure(np.empty((0, 1)), settings).table
    loose = spread_out(rows, varied, random)
    scales = learn_scales(loose, varied)
    judged = structure(scaled(loose, scales), settings)
    kind: Kind = "groups" if judged.groups else "sections"
    number = judged.groups or (sections or 0 if len(judged.table) else 0)
    if not number:
        return None, judged.table
    found = fit_grouping(rows, scales, number, kind=kind, day=day, seed=settings.seed, asked=asked)
    plain = judged.table.to_dict("records")
    return replace(found, structure=[{str(key): value for key, value in one.items()} for one in plain]), judged.table


def study_groups(
    rows: pd.DataFrame, grouping: Grouping, observed: Sequence[date], settings: GroupSettings, day: date
) -> GroupStudy:
    """Say what each group is worth, how many of it left, and who changed group.

    Parameters
    ----------
    rows
        ``customer_id, cutoff, churned, mrr`` and the signals at several cutoffs.
    observed
        The cutoffs whose outcome counts; ``churned`` is read at these alone.
    day
        The newest cutoff.
    """
    told = rows.assign(group=grouping.assigned(rows))
    newest = told[told["cutoff"] == pd.Timestamp(day)]
    past = told[told["cutoff"].isin([pd.Timestamp(one) for one in observed]) & told["churned"].notna()]
    history = told[["customer_id", "cutoff", "group"]].sort_values(["cutoff", "customer_id"], ignore_index=True)
    return GroupStudy(
        day=day,
        structure=pd.DataFrame(grouping.structure),
        grouping=grouping,
        table=group_table(newest, past, grouping.names),
        profile=profile(newest, grouping),
        history=history,
        moves=movement(history),
        would_agree=None if grouping.fitted_at == day else agreement(grouping, newest, seed=settings.seed),
        observed=list(observed),
    )
