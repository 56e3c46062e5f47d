"""Unbroken stays of customers, one row a spell: the table ``presence``.

What a single subscription says of its end is read in one place, :mod:`churnrisk.presence.subscriptions`.
"""

from collections.abc import Mapping
from datetime import datetime

import ibis
import ibis.expr.types as ir

from churnrisk.presence.stays import apart, plain_spells
from churnrisk.presence.subscriptions import FAR, paid_stays
from churnrisk.settings import ChurnSettings
from churnrisk.sources.expressions import keep_where

COLUMNS = ("customer_id", "started_at", "churned_at", "reason", "known_at", "competing", "provisional")


def presence(
    tables: Mapping[str, ir.Table], churn: ChurnSettings, complete_to: datetime, stays: ir.Table | None = None
) -> ir.Table:
    """Say who was a customer when, in hindsight.

    Parameters
    ----------
    tables
        Clean tables by name.
    complete_to
        The instant up to which the tables are complete; what is certain only later is marked provisional.
    stays
        Contracts: the paid stays by :func:`churnrisk.presence.stays.stays_in_order`, if they are kept already; the
        spells are the same and cost less.

    Returns
    -------
    Table
        One row a spell: ``customer_id, started_at, churned_at`` (empty while it runs), ``reason, known_at`` (when
        the churn is certain), ``competing`` (an end that is neither churn nor a stay), ``provisional``. Who left
        before the first paid day, by giving notice in a trial, was never a customer and has no spell.
    """
    if churn.kind == "contract":
        spells = _by_contract(tables, churn, stays)
    else:
        spells = (_by_inactivity if churn.kind == "inactivity" else _by_record)(tables, churn, complete_to)
    spells = spells.filter(spells.churned_at.isnull() | (spells.churned_at > spells.started_at))
    ended = spells.churned_at.notnull()
    competes = spells.reason.isin(churn.competing_reasons) if churn.competing_reasons else ibis.literal(False)
    spells = spells.mutate(
        competing=(ended & competes).fill_null(False),
        provisional=ended & (spells.known_at > complete_to),
    )
    return spells.select(*COLUMNS)


def _by_contract(tables: Mapping[str, ir.Table], churn: ChurnSettings, stays: ir.Table | None) -> ir.Table:
    """Join stays that overlap, touch, or leave a gap of at most the grace days."""
    if stays is None:
        spells = _joined(paid_stays(tables["subscriptions"], churn), churn)
    else:
        plain, others = apart(stays, churn)
        spells = ibis.union(plain_spells(plain), _joined(others, churn), distinct=False)
    left = spells.leave < FAR
    certain = ibis.ifelse(spells.end < FAR, spells.end + ibis.interval(days=churn.grace_days), spells.leave)
    return spells.mutate(
        churned_at=ibis.ifelse(left, spells.leave, ibis.null("timestamp")),
        reason=ibis.ifelse(left, spells.reason, ibis.null("string")),
        known_at=ibis.ifelse(left, certain, ibis.null("timestamp")),
    )


def _joined(stays: ir.Table, churn: ChurnSettings) -> ir.Table:
    """Give the spells of any stays: ``customer_id, started_at, end, leave, reason``."""
    by_start = ibis.cumulative_window(group_by="customer_id", order_by=["paid_from", "end"])
    before = ibis.window(group_by="customer_id", order_by=["paid_from", "end"], preceding=(None, 1))
    stays = stays.mutate(end_so_far=stays.end.max().over(before))
    gap_allowed = ibis.interval(days=churn.grace_days)
    fresh = stays.end_so_far.isnull() | (stays.paid_from > stays.end_so_far + gap_allowed)
    stays = stays.mutate(fresh=fresh.cast("int64"))
    stays = stays.mutate(spell=stays.fresh.sum().over(by_start))
    last = [stays.end.desc(), stays.end_reason.isnull(), stays.paid_from.desc(), stays.subscription_id]
    spells = stays.group_by("customer_id", "spell").aggregate(
        started_at=stays.paid_from.min(),
        end=stays.end.max(),
        leave=stays.leave.max(),
        reason=stays.end_reason.fill_null("").first(order_by=last).nullif(""),  # of equal ends, one that says why
    )
    return spells.select("customer_id", "started_at", "end", "leave", "reason")


def active_days(tables: Mapping[str, ir.Table], churn: ChurnSettings) -> ir.Table:
    """List the days on which each customer was active, and the day on which that was known.

    Returns
    -------
    Table
        ``customer_id, day, known_on``, one row each.
    """
    parts = []
    for name, condition in (churn.activity or {"usage": True}).items():
        table = tables[name]
        if isinstance(condition, str):
            table = keep_where(table, condition, f"churn.activity.{name}")
        when = "answered_at" if name == "surveys" else "occurred_at"
        parts.append(table.select("customer_id", day=table[when].date(), known_on=table.known_at.date()))
    days = parts[0] if len(parts) == 1 else ibis.union(*parts, distinct=False)
    return days.group_by("customer_id", "day").aggregate(known_on=days.known_on.min())


def _by_inactivity(tables: Mapping[str, ir.Table], churn: ChurnSettings, complete_to: datetime) -> ir.Table:
    """End a spell a fixed number of days after its last activity."""
    days = active_days(tables, churn)
    order = ibis.window(group_by="customer_id", order_by="day")
    days = days.mutate(gap=days.day.delta(days.day.lag().over(order), unit="day"))
    days = days.mutate(fresh=(days.gap.isnull() | (days.gap >= churn.inactive_days)).cast("int64"))
    so_far = ibis.cumulative_window(group_by="customer_id", order_by="day")
    days = days.mutate(spell=days.fresh.sum().over(so_far))
    spells = days.group_by("customer_id", "spell").aggregate(
        started_at=days.day.min().cast("timestamp"), last=days.day.max().cast("timestamp")
    )
    silent_from = spells.last + ibis.interval(days=churn.inactive_days)
    churned_at = ibis.ifelse(silent_from <= complete_to, silent_from, ibis.null("timestamp"))
    return spells.mutate(churned_at=churned_at, reason=ibis.null("string"), known_at=churned_at)


def _by_record(tables: Mapping[str, ir.Table], churn: ChurnSettings, complete_to: datetime) -> ir.Table:
    """Take starts and churns as the company's own table says them."""
    customers, events = tables["customers"], tables["churn_events"]
    reason = events.reason if "reason" in events.columns else ibis.null("string")
    events = events.select("customer_id", "churned_at", *_returned(events), why=reason.cast("string"))
    starts = customers.select("customer_id", started_at=customers.signed_up_at)
    if "returned_at" in events.columns:
        back = events.filter(events.returned_at.notnull())
        starts = ibis.union(starts, back.select("customer_id", started_at=back.returned_at), distinct=True)
    paired = starts.left_join(
        events, [starts.customer_id == events.customer_id, starts.started_at <= events.churned_at]
    )
    paired = paired.group_by("customer_id", "started_at").aggregate(
        churned_at=paired.churned_at.min(), reason=paired.why.argmin(paired.churned_at)
    )
    spells = paired.group_by("customer_id", "churned_at").aggregate(
        started_at=paired.started_at.min(), reason=paired.reason.max()
    )
    return spells.mutate(known_at=spells.churned_at)


def _returned(events: ir.Table) -> list[str]:
    return ["returned_at"] if "returned_at" in events.columns else []
