"""Customers by their first start: who belongs to which cohort, and how long until the first churn."""

from datetime import datetime, timedelta

import ibis
import ibis.expr.types as ir

from churnrisk.kpis.movements import NO_VALUE
from churnrisk.kpis.periods import Periods
from churnrisk.kpis.scope import within
from churnrisk.settings import ScopeSettings
from churnrisk.sources.engine import Engine
from churnrisk.timeline import midnight

#: The cohort number of customers from before the data.
BEFORE = -2
#: The cohort number of customers who began with the data, in a month whose first days are not in them.
CUT = -1
#: At most so many values of a split are shown each for itself.
MOST_VALUES = 12
#: What gathers the rarer ones.
OTHERS = "all others"

DAY_SECONDS = 86400


def members(firsts: ir.Table, periods: Periods, seen_from: datetime, scope: ScopeSettings) -> ir.Table:
    """Say to which cohort each customer belongs; who is out of scope, or was never present, is left out.

    Parameters
    ----------
    firsts
        One row a customer, by the ledger.
    periods
        Months.
    seen_from
        The instant from which starts are seen; customers from before it belong to no month.
    scope
        Plans and attributes hold at the first start; ``start`` and ``end`` are about its day. No segments.

    Returns
    -------
    Table
        The rows, with ``cohort``: the number of the month of the first start, ``CUT`` or ``BEFORE``.
    """
    rows = firsts.filter(firsts.churned_at.isnull() | (firsts.churned_at > firsts.started_at))
    rows = within(rows, scope)
    if scope.start is not None:
        rows = rows.filter(rows.started_at >= midnight(scope.start))
    if scope.end is not None:
        rows = rows.filter(rows.started_at < midnight(scope.end))
    month = periods.boundary(rows.started_at, ibis.literal(0, type="int32"))
    cohort = ibis.cases((rows.started_at < seen_from, BEFORE), (month < 0, CUT), else_=month.cast("int32"))
    return rows.mutate(cohort=cohort.cast("int32"))


def common_values(rows: ir.Table, split: str, engine: Engine) -> ir.Value:
    """Give a split's values, the rare ones gathered in one."""
    counted = rows.group_by(value=rows[split]).aggregate(customers=rows.count())
    counted = counted.order_by(ibis.desc("customers"), "value").limit(MOST_VALUES + 1)
    found = engine.rows(counted)["value"].dropna().tolist()
    value = rows[split].fill_null(NO_VALUE)
    if len(found) <= MOST_VALUES:
        return value
    return ibis.ifelse(value.isin(found[: MOST_VALUES - 1]), value, OTHERS)


def lifetimes(rows: ir.Table, seen_from: datetime, certain_to: datetime) -> ir.Table:
    """Count customers by the age at which they came into view, the age at their first churn, and their ``value``.

    Parameters
    ----------
    rows
        Members with a column ``value``.
    seen_from
        The instant from which starts are seen. Who began before comes into view at the age they had then; who had
        churned before is left out.
    certain_to
        The instant up to which every churn is certain. Who had not churned by then was seen to stay until then;
        so was, until that day, whoever ended by a competing end.

    Returns
    -------
    Table
        ``value, entry, days, churned, customers``, ages in started days.
    """
    start, horizon = ibis.literal(seen_from), ibis.literal(certain_to)
    end = ibis.least(ibis.coalesce(rows.churned_at, horizon), horizon)
    seen = rows.filter((end > rows.started_at) & (end > start))
    end = ibis.least(ibis.coalesce(seen.churned_at, horizon), horizon)
    age = end.epoch_seconds() - seen.started_at.epoch_seconds()
    late = ibis.greatest(start.epoch_seconds() - seen.started_at.epoch_seconds(), 0)
    days = ibis.greatest((age / DAY_SECONDS).ceil(), 1).cast("int32")
    churned = seen.churned_at.notnull() & (seen.churned_at <= horizon) & ~seen.competing
    keyed = seen.select(
        value=seen.value, entry=(late / DAY_SECONDS).floor().cast("int32"), days=days, churned=churned
    )
    return keyed.group_by("value", "entry", "days", "churned").aggregate(customers=keyed.count())


def certain_until(complete_to: datetime, bridging_days: int) -> datetime:
    """Give the last instant up to which every end is certain: an end may still be bridged for some days.

    Examples
    --------
    >>> certain_until(datetime(2025, 7, 1), 7)
    datetime.datetime(2025, 6, 24, 0, 0)
    """
    return complete_to - timedelta(days=bridging_days)
