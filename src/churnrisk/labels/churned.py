"""The label: whether a customer at risk at a cutoff churned within the horizon, and within each further one."""

import ibis
import ibis.expr.types as ir

#: Why a customer at risk gets no label.
LEFT_OUT = {
    "lead": "churned between the cutoff and the first day that counts",
    "competing": "ended for a reason that is neither churn nor a stay",
    "gone": "was gone at the cutoff, which was known only later",
}


def labels(at_risk: ir.Table, presence: ir.Table, spans: ir.Table) -> ir.Table:
    """Say of each customer at risk whether it churned within the horizon.

    Parameters
    ----------
    at_risk
        ``customer_id`` and ``cutoff``: who was at risk, as known at the cutoff.
    presence
        The spells, in hindsight.
    spans
        For each ``cutoff`` the instants ``counts_from`` and ``counts_to`` between which churn counts; a column such
        as ``counts_to_60`` ends a further horizon, and is empty where the cutoff does not cover it.

    Returns
    -------
    Table
        ``customer_id, cutoff, churned`` (1 = left; empty where left out), ``left_out`` (``lead``, ``competing``,
        ``gone``, or empty), and for each further horizon a column such as ``churned_60``, empty also where the cutoff
        does not cover it or a competing end lies within it. Who churned within a horizon churned within each later.
    """
    rows = at_risk.select("customer_id", "cutoff").inner_join(spans, "cutoff")
    covering = rows.inner_join(presence, "customer_id")
    covering = covering.filter(
        (covering.started_at < covering.cutoff)
        & (covering.churned_at.isnull() | (covering.churned_at >= covering.cutoff))
    )
    spell = covering.group_by("customer_id", "cutoff").aggregate(
        leaves_at=covering.churned_at.min(), competing=covering.competing.any()
    )
    rows = rows.left_join(spell, ["customer_id", "cutoff"])
    rows = rows.drop(*[name for name in rows.columns if name.endswith("_right")])
    within = rows.leaves_at.notnull() & (rows.leaves_at < rows.counts_to)
    left_out = ibis.cases(
        (rows.competing.isnull(), "gone"),
        (within & rows.competing, "competing"),
        (within & (rows.leaves_at < rows.counts_from), "lead"),
        else_=ibis.null("string"),
    )
    churned = ibis.ifelse(left_out.isnull(), within.cast("int64"), ibis.null("int64"))
    further = {
        f"churned_{name.removeprefix('counts_to_')}": _within(rows, left_out, rows[name])
        for name in spans.columns
        if name.startswith("counts_to_")
    }
    return rows.select("customer_id", "cutoff", churned=churned, left_out=left_out, **further)


def _within(rows: ir.Table, left_out: ir.StringValue, counts_to: ir.Value) -> ir.IntegerColumn:
    """Say whether a row churned by an instant; empty where the instant is, and where the row has no label."""
    within = rows.leaves_at.notnull() & (rows.leaves_at < counts_to)
    known = left_out.isnull() & counts_to.notnull() & ~(within & rows.competing)
    return ibis.ifelse(known, within.cast("int64"), ibis.null("int64"))


def noticed(stood: ir.Table, presence: ir.Table, spans: ir.Table) -> ir.Table:
    """Count those who left within a horizon and were already known to be leaving at its cutoff.

    Parameters
    ----------
    stood
        How each customer stood: ``customer_id, cutoff, state``.

    Returns
    -------
    Table
        ``cutoff``, ``noticed``.
    """
    leaving = stood.filter(stood.state == "leaving").select("customer_id", "cutoff").inner_join(spans, "cutoff")
    spells = leaving.inner_join(presence, "customer_id")
    left = (spells.churned_at >= spells.counts_from) & (spells.churned_at < spells.counts_to)
    spells = spells.filter(left & (spells.started_at < spells.cutoff))
    return spells.group_by("cutoff").aggregate(noticed=spells.count())
