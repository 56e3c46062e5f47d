"""Cohorts and curves of one pipeline, in the whole and by split, with what a reader must know beside them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import ibis
import ibis.expr.types as ir
import pandas as pd

from churnrisk.catalog import did_you_mean
from churnrisk.errors import RefusedError, SettingsError
from churnrisk.kpis.cohorts.lifetime_groups import FEW, common_reach, compared, curves_of, group_rows
from churnrisk.kpis.cohorts.lifetimes import BEFORE, certain_until, common_values, lifetimes, members
from churnrisk.kpis.cohorts.retention import (
    averages,
    begun,
    boundaries,
    cohort_days,
    placed,
    retention,
    standing_counts,
    steps,
)
from churnrisk.kpis.cohorts.survival import Curve
from churnrisk.kpis.ledger import Ledger, splits_of
from churnrisk.kpis.periods import lay_periods
from churnrisk.kpis.scope import refuse_nobody, scope_in_words, wanted_values
from churnrisk.settings import ScopeSettings
from churnrisk.snapshots.build import Workshop

#: The split that holds everybody, and its one value.
WHOLE = "all"
#: Splits of periods that say nothing of a customer at the first start.
NOT_AT_START = ("mrr_band", "segment", "group")


@dataclass(frozen=True)
class CohortStudy:
    """What became of customers by when they began.

    Parameters
    ----------
    retention
        By :func:`churnrisk.kpis.cohorts.retention.retention`, for the whole and each split.
    averages
        The same, averaged over cohorts.
    curves
        Split = value = time to first churn.
    groups
        One row a group: medians, means, shares still there.
    tests
        One row a split: do its groups differ.
    seen_from, certain_to
        From where on starts are seen, and up to where every churn is certain.
    before
        Customers who began before that and were still there then: in no cohort.
    enter_late
        Whether these enter the curves at the age they had; with churn by inactivity their starts are not known.
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
    seen_from: datetime
    certain_to: datetime
    before: int
    enter_late: bool
    has_mrr: bool
    priced: bool
    notes: list[str] = field(default_factory=list)

    @property
    def has_months(self) -> bool:
        """Whether any cohort has seen the end of a month."""
        return not self.averages.empty

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
        When a split is asked for that the tables do not have, or the scope keeps nobody.
    RefusedError
        When nobody began within the scope.
    """
    splits = [WHOLE, *_checked(workshop, by)]
    settings, complete_to = workshop.settings, workshop.tables.complete_to
    seen_from = _seen_from(workshop)
    periods = lay_periods("month", seen_from, complete_to, settings.churn.bridging_days)
    scope = settings.scope.model_copy(update={"segments": []})
    ledger = Ledger(workshop, periods, [*splits[1:], *wanted_values(scope)], scoped=False)
    everyone = _everyone(ledger, scope, seen_from, splits)
    certain_to = certain_until(complete_to, settings.churn.bridging_days)
    ages = _ages(everyone, workshop, seen_from, certain_to, splits)
    if ages[WHOLE].empty:
        raise RefusedError(
            f"No customer began between {seen_from:%Y-%m-%d} and {certain_to:%Y-%m-%d} within the [scope]. "
            "Widen it, or leave it out."
        )
    priced = settings.churn.kind == "contract"
    table = retention(
        _counts(ledger, everyone, splits),
        cohort_days(periods, pd.Timestamp(seen_from)),
        months=settings.cohorts.months,
        has_mrr=ledger.has_mrr,
        priced=priced,
    )
    curves = {name: curves_of(found) for name, found in ages.items()}
    return CohortStudy(
        retention=table,
        averages=averages(table),
        curves=curves,
        groups=_groups(ages, curves, settings.cohorts.horizon_months),
        tests=compared({name: ages[name] for name in splits[1:]}),
        seen_from=seen_from,
        certain_to=certain_to,
        before=_before(everyone, seen_from, workshop),
        enter_late=settings.churn.kind != "inactivity",
        has_mrr=ledger.has_mrr,
        priced=priced,
        notes=_scope(scope) + _notes(workshop, ledger.has_mrr, curves) + _no_months(table),
    )


def _scope(scope: ScopeSettings) -> list[str]:
    """Say which part of the company is looked at, where it is a part."""
    told = scope_in_words(scope)
    return [told] if told else []


def _seen_from(workshop: Workshop) -> datetime:
    """Give the instant from which starts are seen as such.

    With churn by inactivity, the first days of the data do not tell who is new and who was only silent for a while.
    """
    churn = workshop.settings.churn
    silent = churn.inactive_days if churn.kind == "inactivity" else 0
    return workshop.tables.observed_from + timedelta(days=silent)


def _everyone(ledger: Ledger, scope: ScopeSettings, seen_from: datetime, splits: Sequence[str]) -> ir.Table:
    """Keep the members of all cohorts, with one column for each split's values."""
    engine = ledger.workshop.engine
    refuse_nobody(ledger.firsts, scope, splits_of(ledger.workshop), engine)
    people = members(ledger.firsts, ledger.periods, seen_from, scope)
    named = {name: common_values(people, name, engine) for name in splits if name != WHOLE}
    return engine.keep(people.mutate(**{WHOLE: ibis.literal(WHOLE)}, **named), "cohort_members")


def _ages(
    everyone: ir.Table, workshop: Workshop, seen_from: datetime, certain_to: datetime, splits: Sequence[str]
) -> dict[str, pd.DataFrame]:
    """Count customers by their ages, for each split; whose start is not known has none."""
    if workshop.settings.churn.kind == "inactivity":
        everyone = everyone.filter(everyone.cohort != BEFORE)
    return {name: workshop.engine.rows(lifetimes(_valued(everyone, name), seen_from, certain_to)) for name in splits}


def _counts(ledger: Ledger, everyone: ir.Table, splits: Sequence[str]) -> pd.DataFrame:
    """Count who of each cohort was present at each boundary, for each split."""
    engine = ledger.workshop.engine
    runs = engine.keep(placed(everyone, ledger.plain_runs, splits), "cohort_runs")
    reached = boundaries(ledger.periods, pd.Timestamp(ledger.tables.complete_to))
    parts = []
    for name in splits:
        started, changed = engine.rows(begun(_valued(everyone, name))), engine.rows(steps(_valued(runs, name)))
        parts.append(standing_counts(started, changed, reached).assign(split=name))
    return pd.concat(parts, ignore_index=True)


def _groups(
    ages: Mapping[str, pd.DataFrame], curves: Mapping[str, Mapping[str, Curve]], horizon_months: int
) -> pd.DataFrame:
    parts = [
        group_rows(name, found, curves[name], common_reach(curves[name], horizon_months))
        for name, found in ages.items()
    ]
    return pd.concat(parts, ignore_index=True)


def _checked(workshop: Workshop, by: Sequence[str]) -> list[str]:
    """Give the splits without repetition; refuse what the tables do not have."""
    known = [name for name in splits_of(workshop) if name not in NOT_AT_START]
    wrong = [name for name in by if name not in known]
    if wrong:
        raise SettingsError(
            f"There is no split named {wrong[0]!r} for cohorts. {did_you_mean(wrong[0], known)} Cohorts are split by "
            "plan (the first), or by a column of customers."
        )
    return list(dict.fromkeys(by))


def _valued(rows: ir.Table, split: str) -> ir.Table:
    return rows.mutate(value=rows[split])


def _before(everyone: ir.Table, seen_from: datetime, workshop: Workshop) -> int:
    there = everyone.churned_at.isnull() | (everyone.churned_at > seen_from)
    late = everyone.filter((everyone.cohort == BEFORE) & there)
    return int(workshop.engine.rows(late.aggregate(customers=late.count()))["customers"].iloc[0])


def _no_months(table: pd.DataFrame) -> list[str]:
    if table["complete"].any():
        return []
    return ["No month that is over has a customer who began in it or before, and since the data begin: no heat maps."]


def _notes(workshop: Workshop, has_mrr: bool, curves: dict[str, dict[str, Curve]]) -> list[str]:
    """Say what was left out, and where the curves rest on little."""
    settings = workshop.settings
    notes = []
    if not has_mrr:
        notes.append("MRR is not in the tables: shares of first MRR are left out.")
    if settings.churn.kind == "inactivity":
        notes.append(
            f"The data begin on {workshop.tables.observed_from:%Y-%m-%d}; who was active in the first "
            f"{settings.churn.inactive_days} days of them may be new or not. Only later starts count. "
            "Nobody churns at a younger age than that, by definition."
        )
        if has_mrr:
            notes.append("MRR is a mean over at least 90 days, so it rises while a customer's first months pass.")
    if settings.scope.segments:
        notes.append("[scope] segments does not apply to cohorts: at their first start customers have no segment.")
    for split, values in curves.items():
        for value, one in values.items():
            if split != WHOLE and one.customers < FEW:
                continue
            if one.cut_short:
                name = "The curve" if split == WHOLE else f"The curve of {split} {value}"
                notes.append(
                    f"{name} is known up to day {one.seen_days:.0f}: on the next nobody was in view, only customers "
                    "who were older when the data began."
                )
    return notes
