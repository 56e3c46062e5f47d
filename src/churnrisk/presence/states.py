"""What a customer paid for while it was one: stays with plan and MRR, a bridged gap filled with what ran last."""

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir

from churnrisk.presence.spells import active_days
from churnrisk.presence.subscriptions import FAR
from churnrisk.settings import ChurnSettings

COLUMNS = ("customer_id", "from_at", "to_at", "mrr", "plan", "subscription_id")


def spell_states(presence: ir.Table) -> ir.Table:
    """Take each spell as one state, where nothing is known of what a customer paid for.

    Returns
    -------
    Table
        As :func:`overlapping_states`, with ``mrr, plan, subscription_id`` empty.
    """
    return presence.select(
        "customer_id",
        from_at=presence.started_at,
        to_at=ibis.coalesce(presence.churned_at, ibis.literal(FAR).cast("timestamp")),
        mrr=ibis.null("decimal(18, 2)"),
        plan=ibis.null("string"),
        subscription_id=ibis.null("string"),
    )


def overlapping_states(stays: ir.Table, presence: ir.Table, churn: ChurnSettings) -> ir.Table:
    """Say what customers paid for whose stays may overlap, from when to when; several rows may hold at once.

    In a gap that the grace bridges, what ended last goes on until the next subscription starts. Nothing reaches
    beyond the churn day of its spell.

    Parameters
    ----------
    stays
        By :func:`churnrisk.presence.stays.stays_in_order`.
    presence
        The spells of the same customers, by :func:`churnrisk.presence.spells.presence`.

    Returns
    -------
    Table
        ``customer_id, from_at, to_at`` (far ahead while running), ``mrr`` (empty where unknown), ``plan,
        subscription_id, began_at`` (the first start): a customer is in the state at t if from_at < t and to_at >= t.
    """
    rows = stays.select("customer_id", "paid_from", "end", "subscription_id", "mrr", "plan")
    return _within_spells(_bridged(rows, churn), presence)


def _bridged(stays: ir.Table, churn: ChurnSettings) -> ir.Table:
    """Let what ended last before a bridged gap go on until the gap is over."""
    order = ["paid_from", "end"]
    before = ibis.window(group_by="customer_id", order_by=order, preceding=(None, 1))
    stays = stays.mutate(
        end_before=stays.end.max().over(before),
        next_from=stays.paid_from.lead().over(ibis.window(group_by="customer_id", order_by=order)),
    )
    apart = (stays.end_before.isnull() | (stays.paid_from > stays.end_before)).cast("int64")
    stays = stays.mutate(apart=apart)
    stays = stays.mutate(part=stays.apart.sum().over(ibis.cumulative_window(group_by="customer_id", order_by=order)))
    part = ibis.window(group_by=["customer_id", "part"])
    stays = stays.mutate(part_end=stays.end.max().over(part), next_part=stays.next_from.max().over(part))
    gap_ends = stays.part_end + ibis.interval(days=churn.grace_days)
    goes_on = (
        (stays.end == stays.part_end) & (stays.next_part > stays.part_end) & (stays.next_part <= gap_ends)
    ).fill_null(False)
    return stays.mutate(to_at=ibis.ifelse(goes_on, stays.next_part, stays.end))


def _within_spells(stays: ir.Table, presence: ir.Table) -> ir.Table:
    """Cut each stay at the churn day of the spell that it belongs to."""
    far = ibis.literal(FAR).cast("timestamp")
    order = ibis.window(group_by="customer_id", order_by="started_at")
    spells = presence.select(
        who=presence.customer_id,
        started_at=presence.started_at,
        churned_at=ibis.coalesce(presence.churned_at, far),
        next_at=ibis.coalesce(presence.started_at.lead().over(order), far),
        began_at=presence.started_at.first().over(order),
    )
    joined = stays.inner_join(
        spells,
        [
            stays.customer_id == spells.who,
            stays.paid_from >= spells.started_at,
            stays.paid_from < spells.next_at,
        ],
    )
    rows = joined.select(
        "customer_id",
        from_at=joined.paid_from,
        to_at=ibis.least(joined.to_at, joined.churned_at),
        mrr=joined.mrr,
        plan=joined.plan,
        subscription_id=joined.subscription_id,
        began_at=joined.began_at,
    )
    return rows.filter(rows.to_at > rows.from_at)


def bought_by_day(tables: Mapping[str, ir.Table]) -> ir.Table | None:
    """Sum what each customer bought on each day, cancellations subtracted; None where no amounts are given."""
    usage = tables.get("usage")
    if usage is None or "amount" not in usage.columns:
        return None
    days = usage.mutate(day=usage.occurred_at.date())
    return days.group_by("customer_id", "day").aggregate(amount=days.amount.cast("float64").sum())


def first_days(tables: Mapping[str, ir.Table], churn: ChurnSettings) -> ir.Table:
    """Give each customer's first active day."""
    days = active_days(tables, churn)
    return days.group_by("customer_id").aggregate(first_day=days.day.min())
