"""What one subscription row says: from when it is paid, when it ends, when notice was given.

This is the only file that reads ``ended_at`` and ``cancelled_at``; a test holds that.
"""

from datetime import datetime

import ibis
import ibis.expr.types as ir

from churnrisk.settings import ChurnSettings

#: Stands for "not ended" where rows must be compared by their ends.
FAR = datetime(2200, 1, 1)


def paid_stays(subscriptions: ir.Table, churn: ChurnSettings) -> ir.Table:
    """Give the paid stays among subscription rows, with the day on which each one's customer left it.

    Returns
    -------
    Table
        The rows with ``paid_from``, ``end`` (far ahead while running) and ``leave`` (the end, or the day of
        notice, by the definition of churn; far ahead while neither is there) and ``end_reason``.
    """
    rows = with_ends(subscriptions, churn)
    rows = rows.filter(rows.paid_from.notnull() & (rows.end > rows.paid_from))
    leave = ibis.least(rows.notice, rows.end) if churn.day == "notice" else rows.end
    reason = rows.end_reason if "end_reason" in rows.columns else ibis.null("string")
    return rows.mutate(leave=leave, end_reason=reason.cast("string"))


def with_ends(subscriptions: ir.Table, churn: ChurnSettings) -> ir.Table:
    """Add ``paid_from`` (empty for a trial that never pays), ``end`` and ``notice`` (far ahead where none)."""
    return subscriptions.mutate(
        paid_from=_paid_from(subscriptions, churn),
        end=_filled(subscriptions, "ended_at"),
        notice=_filled(subscriptions, "cancelled_at"),
    )


def _filled(subscriptions: ir.Table, name: str) -> ir.Value:
    far = ibis.literal(FAR).cast("timestamp")
    return ibis.coalesce(subscriptions[name], far) if name in subscriptions.columns else far


def _paid_from(subscriptions: ir.Table, churn: ChurnSettings) -> ir.Value:
    """Give the first paid instant: the start, or the end of the trial with which the row begins."""
    start = subscriptions.started_at
    if churn.trials == "include":
        return start
    if "trial_ends_at" in subscriptions.columns:
        start = ibis.greatest(start, ibis.coalesce(subscriptions.trial_ends_at, start))
    if "is_trial" not in subscriptions.columns:
        return start
    trial = ibis.coalesce(subscriptions.is_trial, ibis.literal(False))
    pays_later = (
        subscriptions.trial_ends_at.notnull() if "trial_ends_at" in subscriptions.columns else ibis.literal(False)
    )
    return ibis.ifelse(trial & ~pays_later, ibis.null("timestamp"), start)
