"""What signals of a table may use besides its columns, made from ``past`` and nothing else."""

from collections.abc import Callable, Collection, Sequence

import ibis
import ibis.expr.types as ir

from churnrisk.features.signal import PER_DAY
from churnrisk.presence.subscriptions import FAR, with_ends
from churnrisk.settings import ChurnSettings
from churnrisk.tables.past import PerDay

#: Columns that preparation adds, by table, each with the column of the company's that it is made of.
PREPARED = {
    "usage": {"days_after_start": "customer_id"},
    "subscriptions": {"previous_mrr": "mrr", "previous_plan": "plan"},
}

#: More kinds of events than this are not counted one by one.
MOST_KINDS = 16


def daily_sums(table_name: str, columns: Sequence[str], kinds: Sequence[str] = ()) -> PerDay:
    """Give the sums over a customer-day that a table's columns allow.

    Parameters
    ----------
    columns
        The columns that the table has.
    kinds
        Kinds of usage events, each of which gets a column that says whether it was used.
    """
    sums: dict[str, Callable[[ir.Table], ir.Value]] = {
        name: compute for name, (needs, compute) in PER_DAY[table_name].items() if set(needs) <= set(columns)
    }
    for number, kind in enumerate(kinds):
        sums[f"kind_{number}"] = _was_used(kind)
    return sums


def _was_used(kind: str) -> Callable[[ir.Table], ir.Value]:
    def compute(usage: ir.Table) -> ir.Value:
        return (usage.event == kind).cast("int8").max()

    return compute


def prepare(table_name: str, seen: ir.Table, churn: ChurnSettings, wanted: Collection[str]) -> ir.Table:
    """Add the columns that signals of a keyed table build on.

    Parameters
    ----------
    seen
        What :func:`churnrisk.tables.past.past` gave.
    wanted
        What the signals need; a column that costs a sort is made only for those that ask for it.
    """
    make = {"subscriptions": _subscriptions, "surveys": _surveys, "tickets": _tickets}.get(table_name)
    return make(seen, churn, wanted) if make else seen


def with_days_after_start(seen: ir.Table) -> ir.Table:
    """Add to customer-days the days since the customer's first start, and the tenure at the cutoff."""
    start = seen.started_at.date()
    return seen.mutate(
        days_after_start=seen.day.delta(start, unit="day"), tenure=seen.cutoff.date().delta(start, unit="day")
    )


def _subscriptions(seen: ir.Table, churn: ChurnSettings, wanted: Collection[str]) -> ir.Table:
    rows = with_ends(seen, churn)
    paying = rows.paid_from.notnull() & (rows.paid_from < rows.cutoff)
    rows = rows.mutate(is_running=paying & ((rows.end >= FAR) | (rows.end >= rows.cutoff)))
    order = ["started_at", *[name for name in ("plan", "mrr") if name in rows.columns]]
    by_start = ibis.window(group_by=["customer_id", "cutoff", "subscription_id"], order_by=order)
    before = {
        f"previous_{name}": rows[name].lag().over(by_start)
        for name in ("plan", "mrr")
        if f"previous_{name}" in wanted and name in rows.columns
    }
    return rows.mutate(**before) if before else rows


def _surveys(seen: ir.Table, churn: ChurnSettings, wanted: Collection[str]) -> ir.Table:
    newest = seen.group_by("customer_id", "cutoff").aggregate(newest_at=seen.answered_at.max())
    seen = _beside(seen, newest)
    seen = seen.mutate(is_newest=seen.answered_at == seen.newest_at)
    kinds = seen.group_by("customer_id", "cutoff").aggregate(newest_kind=seen.kind.max(where=seen.is_newest))
    return _beside(seen, kinds)


def _tickets(seen: ir.Table, churn: ChurnSettings, wanted: Collection[str]) -> ir.Table:
    if not {"satisfaction", "resolved_at"} <= set(seen.columns):
        return seen
    rated = seen.satisfaction.notnull() & seen.resolved_at.notnull()
    newest = seen.group_by("customer_id", "cutoff").aggregate(newest_rated_at=seen.resolved_at.max(where=rated))
    return _beside(seen, newest)


def _beside(seen: ir.Table, facts: ir.Table) -> ir.Table:
    joined = seen.left_join(facts, ["customer_id", "cutoff"])
    return joined.drop(*[name for name in joined.columns if name.endswith("_right")])
