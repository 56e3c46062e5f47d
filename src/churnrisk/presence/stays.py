"""Paid stays in the order in which they began, each with what ended before it and what began after.

Most customers have one subscription at a time. Their spells follow from each stay and the two beside it, so that one
sort of the rows is enough; the few whose stays overlap are told apart here, and go the longer way.
"""

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir

from churnrisk.presence.subscriptions import paid_stays
from churnrisk.settings import ChurnSettings

#: Columns that a table of subscriptions may lack.
_OPTIONAL = {"mrr": "decimal(18, 2)", "plan": "string", "term_ends_at": "timestamp"}


def stays_in_order(tables: Mapping[str, ir.Table], churn: ChurnSettings) -> ir.Table:
    """Put beside each paid stay what ended before it and what began after.

    Returns
    -------
    Table
        ``customer_id, subscription_id, paid_from, end, leave, end_reason, mrr, plan, term_ends_at``, and of the same
        customer ``began_at`` (the first start), ``end_before, next_from, next_end`` (of the stays beside it).
    """
    rows = paid_stays(tables["subscriptions"], churn)
    more = {
        name: (rows[name] if name in rows.columns else ibis.null(type_)).cast(type_)
        for name, type_ in _OPTIONAL.items()
    }
    rows = rows.select("customer_id", "subscription_id", "paid_from", "end", "leave", "end_reason", **more)
    order = ibis.window(group_by="customer_id", order_by="paid_from")
    return rows.mutate(
        began_at=rows.paid_from.first().over(order),
        end_before=rows.end.lag().over(order),
        next_from=rows.paid_from.lead().over(order),
        next_end=rows.end.lead().over(order),
    )


def tangled(stays: ir.Table) -> ir.Table:
    """List the customers whose stays overlap, or who left a stay before it began."""
    overlaps = (stays.end_before > stays.paid_from).fill_null(False)
    return stays.filter(overlaps | (stays.leave <= stays.paid_from)).select("customer_id").distinct()


def apart(stays: ir.Table, churn: ChurnSettings) -> tuple[ir.Table, ir.Table]:
    """Tell customers with one stay at a time, with :func:`placed`, from the others.

    Parameters
    ----------
    stays
        By :func:`stays_in_order`; better kept than computed twice.
    """
    others = tangled(stays)
    return placed(stays.anti_join(others, "customer_id"), churn), stays.semi_join(others, "customer_id")


def placed(stays: ir.Table, churn: ChurnSettings) -> ir.Table:
    """Say of customers with one stay at a time which stays begin a spell (``fresh``) and which end one (``final``).

    Parameters
    ----------
    stays
        By :func:`stays_in_order`, without the customers of :func:`tangled`.
    """
    gap = ibis.interval(days=churn.grace_days)
    return stays.mutate(
        fresh=stays.end_before.isnull() | (stays.paid_from > stays.end_before + gap),
        final=stays.next_from.isnull() | (stays.next_from > stays.end + gap),
    )


def plain_spells(stays: ir.Table) -> ir.Table:
    """Give the spells of customers with one stay at a time: ``customer_id, started_at, end, leave, reason``."""
    columns = {"end": stays.end, "leave": stays.leave, "reason": stays.end_reason}
    returned = stays.filter(stays.fresh & stays.end_before.notnull()).select("customer_id").distinct()
    only = stays.filter(stays.final).select("customer_id", started_at=stays.began_at, **columns)
    only = only.anti_join(returned, "customer_id")
    edges = stays.filter(stays.fresh | stays.final).semi_join(returned, "customer_id")
    edges = edges.mutate(before=edges.paid_from.lag().over(ibis.window(group_by="customer_id", order_by="paid_from")))
    again = edges.filter(edges.final).select(
        "customer_id",
        started_at=ibis.ifelse(edges.fresh, edges.paid_from, edges.before),
        end=edges.end,
        leave=edges.leave,
        reason=edges.end_reason,
    )
    return ibis.union(only, again, distinct=False)


def plain_states(stays: ir.Table) -> ir.Table:
    """Say what customers with one stay at a time paid for, and from when to when.

    A stay goes on until the next begins; the last of a spell until the day on which the customer left.

    Returns
    -------
    Table
        The rows with ``from_at, to_at``.
    """
    return stays.mutate(from_at=stays.paid_from, to_at=ibis.ifelse(stays.final, stays.leave, stays.next_from))
