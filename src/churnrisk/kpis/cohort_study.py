"""Cohorts and curves of one pipeline, in the whole and by split, with what a reader must know beside them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import ibis
import ibis.expr.types as ir
import pandas as pd

from churnrisk.catalog import did_you_mean
from churnrisk.errors import RefusedError, SettingsError
from churnrisk.kpis.cohorts import (
    averages,
    begun,
    boundaries,
    cohort_days,
    placed,
    retention,
    standing_counts,
    steps,
)
from churnrisk.kpis.ledger import Ledger, splits_of
from churnrisk.kpis.lifetime_groups import FEW, common_reach, compared, curves_of, group_rows
from churnrisk.kpis.lifetimes import BEFORE, certain_until, common_values, lifetimes, members
from churnrisk.kpis.periods import lay_periods
from churnrisk.kpis.survival import Curve
from churnrisk.snapshots.build import Workshop

#: The split that holds everybody, and its one value.
WHOLE = "all"


@dataclass(frozen=True)
class CohortStudy:
    """What became of customers by when they began.

    Parameters
    ----------
    retention
        By :func:`churnrisk.kpis.cohorts.retention`, for the whole and each split.
    averages
        The same, averaged over cohorts.
    curves
        Split = value = time to first churn.
    groups
        One row a group: medians, means, shares still there.
    tests
        One row a split: do its groups differ.
    observed_from, certain_to
        Where the data begin, and up to where every churn is certain.
    before
        Customers who began before the data and were still there then: in no cohort, late in the curves.
    has_mrr, priced
        Whether MRR is known, and at the very start.
    notes
        What else a reader must know.
    """

    retention: pd.DataFrame
    averages: pd.DataFrame
    curves: dict[str, dict[str, Curve]]
    groups: pd.DataFrame
    tests: pd.DataFrame
    observed_from: datetime
    certain_to: datetime
    before: int
    has_mrr: bool
    priced: bool
    notes: list[str] = field(default_factory=list)

    @property
    def splits(self) -> list[str]:
        """The splits beside the whole."""
        return [name for name in self.curves if name != WHOLE]


def study(workshop: Workshop, by: Sequence[str] = ()) -> CohortStudy:
    """Follow each cohort month by month, and estimate the time to first churn.

    Parameters
    ----------
    by
        Splits: ``plan`` (the first), or columns of customers.

    Raises
    ------
    SettingsError
        When a split or an attribute of the scope is asked for that the tables do not have.
    RefusedError
        When nobody began within the scope.
    """
    settings, tables = workshop.settings, workshop.tables
    splits = _checked(workshop, by)
    periods = lay_periods("month", tables.observed_from, tables.complete_to, settings.churn.bridging_days)
    wanted = [*splits, *settings.scope.attributes, *(["plan"] if settings.scope.products else [])]
    ledger = Ledger(workshop, periods, wanted)
    engine, scope = workshop.engine, settings.scope
    everyone = members(ledger.firsts, periods, tables.observed_from, scope)
    named = {WHOLE: ibis.literal(WHOLE)} | {name: common_values(everyone, name, engine) for name in splits}
    everyone = engine.keep(everyone.mutate(**named), "cohort_members")
    runs = engine.keep(placed(everyone, ledger.runs, list(named)), "cohort_runs")
    certain_to = certain_until(tables.complete_to, settings.churn.bridging_days)
    counts, ages = [], {}
    reached = boundaries(periods, pd.Timestamp(tables.complete_to))
    for name in named:
        people, run_rows = _valued(everyone, name), _valued(runs, name)
        started, changed = engine.rows(begun(people)), engine.rows(steps(run_rows))
        counts.append(standing_counts(started, changed, reached).assign(split=name))
        ages[name] = engine.rows(lifetimes(people, tables.observed_from, certain_to))
    if ages[WHOLE].empty:
        raise RefusedError("No customer began within the [scope]. Widen it, or leave it out.")
    every = pd.concat(counts, ignore_index=True)
    priced = settings.churn.kind == "contract"
    days = cohort_days(periods, pd.Timestamp(tables.observed_from))
    table = retention(every, days, months=settings.cohorts.months, has_mrr=ledger.has_mrr, priced=priced)
    curves = {name: curves_of(found) for name, found in ages.items()}
    groups = pd.concat(
        [
            group_rows(name, ages[name], curves[name], common_reach(curves[name], settings.cohorts.horizon_months))
            for name in named
        ],
        ignore_index=True,
    )
    return CohortStudy(
        retention=table,
        averages=averages(table),
        curves=curves,
        groups=groups,
        tests=compared({name: ages[name] for name in splits}),
        observed_from=tables.observed_from,
        certain_to=certain_to,
        before=_before(everyone, tables.observed_from, workshop),
        has_mrr=ledger.has_mrr,
        priced=priced,
        notes=_notes(workshop, ledger.has_mrr, curves),
    )


def _checked(workshop: Workshop, by: Sequence[str]) -> list[str]:
    """Give the splits without repetition; refuse what the tables do not have."""
    known = [name for name in splits_of(workshop) if name != "mrr_band"]
    wrong = [name for name in [*by, *workshop.settings.scope.attributes] if name not in known]
    if wrong:
        raise SettingsError(
            f"There is no split named {wrong[0]!r} for cohorts. {did_you_mean(wrong[0], known)} Cohorts are split by "
            "plan (the first), or by a column of customers."
        )
    return list(dict.fromkeys(by))


def _valued(rows: ir.Table, split: str) -> ir.Table:
    return rows.mutate(value=rows[split])


def _before(everyone: ir.Table, observed_from: datetime, workshop: Workshop) -> int:
    there = everyone.churned_at.isnull() | (everyone.churned_at > observed_from)
    late = everyone.filter((everyone.cohort == BEFORE) & there)
    return int(workshop.engine.rows(late.aggregate(customers=late.count()))["customers"].iloc[0])


def _notes(workshop: Workshop, has_mrr: bool, curves: dict[str, dict[str, Curve]]) -> list[str]:
    """Say what was left out, and where the curves rest on little."""
    settings = workshop.settings
    notes = []
    if not has_mrr:
        notes.append("MRR is not in the tables: shares of first MRR are left out.")
    if settings.churn.kind == "inactivity":
        notes.append(
            f"A start is the first activity in the data, which begin on {workshop.tables.observed_from:%Y-%m-%d}: "
            "customers from before look new in the first months."
        )
    if settings.scope.segments:
        notes.append("[scope] segments does not apply to cohorts: at their first start customers have no segment.")
    for split, values in curves.items():
        for value, one in values.items():
            if split != WHOLE and one.customers < FEW:
                continue
            empty = one.days[(one.at_risk == one.churned) & (one.days < one.seen_days)]
            name = "The curve" if split == WHOLE else f"The curve of {split} {value}"
            if len(empty):
                notes.append(
                    f"{name} ends at 0 on day {empty[0]:.0f}, where so few were seen that all of them left; older "
                    "customers came into view later."
                )
            elif one.unseen_days:
                notes.append(
                    f"{name} holds {one.unseen_days:,} days of age at which nobody was seen; it is flat there."
                )
    return notes
