"""Who came, went, paid more or less, in which period and under which value of each split."""

from collections.abc import Mapping, Sequence

import ibis
import ibis.expr.types as ir

from churnrisk.kpis.periods import Periods

#: The band of customers who had no MRR at a period's start.
NEW_BAND = "new"
#: What stands where a split has no value for a customer.
NO_VALUE = "not given"

COLUMNS = ("customer_id", "tiling", "period", "kind", "mrr", "reason", "reason_kind")


def beside_the_next(runs: ir.Table, firsts: ir.Table | None, periods: Periods) -> ir.Table:
    """Put beside each run what came before and after it.

    Returns
    -------
    Table
        The runs with ``goes_on`` (the next run begins at the next boundary), ``next_mrr``, ``enters`` (present at its
        first boundary and not at the one before, which lies within the tiling), ``newcomer`` (the customer's first
        start lies in the period before its first boundary), and ``at_end`` (the tiling's last boundary).
    """
    whose = ["customer_id"] if periods.tilings == 1 else ["customer_id", "tiling"]
    order = ibis.window(group_by=whose, order_by="first")
    rows = runs.mutate(
        next_first=runs["first"].lead().over(order),
        next_mrr=runs.mrr.lead().over(order),
        last_before=runs["last"].lag().over(order),
        at_end=periods.last_boundary(runs.tiling),
    )
    if firsts is not None:
        starts = firsts.select("customer_id", began_at="started_at")
        rows = rows.inner_join(starts, "customer_id")
    first_period = periods.boundary(rows.began_at, rows.tiling)
    begins = (rows.last_before.isnull() | (rows.last_before < rows["first"] - 1)) & (rows["first"] >= 1)
    return rows.mutate(
        goes_on=(rows.next_first == rows["last"] + 1).fill_null(False),
        enters=begins,
        newcomer=begins & (first_period == rows["first"] - 1),
    ).drop("began_at", "next_first", "last_before")


def movements(beside: ir.Table, ends: ir.Table, splits: Sequence[str]) -> ir.Table:
    """List every movement: one row a customer, period and kind.

    Parameters
    ----------
    beside
        By :func:`beside_the_next`.
    ends
        The last end of each customer in each period, by :func:`churnrisk.kpis.runs.with_churn_index`.

    Returns
    -------
    Table
        ``customer_id, tiling, period, kind, mrr`` (at least 0), ``reason, reason_kind`` (of those who churned), and
        the splits: the value at the period's start, of new and reactivated customers at its end.
    """
    return ibis.union(_came(beside, splits), _changed(beside, splits), _left(beside, ends, splits), distinct=False)


def _came(beside: ir.Table, splits: Sequence[str]) -> ir.Table:
    rows = beside.filter(beside.enters)
    return rows.select(
        "customer_id",
        "tiling",
        period=(rows["first"] - 1).cast("int32"),
        kind=ibis.ifelse(rows.newcomer, "new", "reactivated"),
        mrr=rows.mrr,
        reason=ibis.null("string"),
        reason_kind=ibis.null("string"),
        **entering(rows, splits),
    )


def entering(rows: ir.Table, splits: Sequence[str]) -> Mapping[str, ir.Value]:
    """Give the split values of customers who were not there at the period's start."""
    return {name: ibis.literal(NEW_BAND) if name == "mrr_band" else rows[name] for name in splits}


def _changed(beside: ir.Table, splits: Sequence[str]) -> ir.Table:
    paid = ibis.coalesce(beside.mrr, 0)  # an MRR that is not given counts 0, here as in every sum
    rows = beside.mutate(rise=ibis.coalesce(beside.next_mrr, 0) - paid)
    rows = rows.filter(rows.goes_on & (rows.rise != 0))
    return rows.select(
        "customer_id",
        "tiling",
        period=rows["last"],
        kind=ibis.ifelse(rows.rise > 0, "expansion", "contraction"),
        mrr=rows.rise.abs().cast("decimal(18, 2)"),
        reason=ibis.null("string"),
        reason_kind=ibis.null("string"),
        **{name: rows[name] for name in splits},
    )


def _left(beside: ir.Table, ends: ir.Table, splits: Sequence[str]) -> ir.Table:
    rows = beside.filter(~beside.goes_on & (beside["last"] < beside.at_end))
    rows = rows.mutate(period=rows["last"])
    rows = rows.left_join(ends, ["customer_id", "tiling", "period"])
    competes = rows.competing.fill_null(False)
    return rows.select(
        "customer_id",
        "tiling",
        "period",
        kind=ibis.ifelse(competes, "competing", "churned"),
        mrr=rows.mrr,
        reason=rows.reason,
        reason_kind=ibis.ifelse(competes, ibis.null("string"), ibis.coalesce(rows.reason_kind, "unknown")),
        **{name: rows[name] for name in splits},
    )
