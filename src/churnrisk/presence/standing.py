"""How each customer stands at a cutoff, as it was known then: at risk, leaving, on trial, or gone."""

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir

from churnrisk.presence.spells import active_days
from churnrisk.presence.subscriptions import FAR, with_ends
from churnrisk.settings import ChurnSettings
from churnrisk.tables.contract import Contract
from churnrisk.tables.past import past

AT_RISK, LEAVING, TRIAL, GONE = "at_risk", "leaving", "trial", "gone"
COLUMNS = ("customer_id", "cutoff", "state", "started_at", "ends_at", "may_return_until", "reason", "mrr")


def standing(
    tables: Mapping[str, ir.Table],
    contracts: Mapping[str, Contract],
    churn: ChurnSettings,
    cutoffs: ir.Table,
    *,
    value_days: int = 365,
) -> ir.Table:
    """Say how every customer known before a cutoff stood at it.

    Parameters
    ----------
    cutoffs
        A table with one column ``cutoff``.
    value_days
        Inactivity: the days over which purchases are averaged to a monthly amount.

    Returns
    -------
    Table
        ``customer_id, cutoff, state`` (``at_risk``, ``leaving``, ``trial``, ``gone``), ``started_at`` (first paid
        start), ``ends_at``, ``may_return_until``, ``reason`` (of those who leave), ``mrr`` (empty where unknown).
    """
    if churn.kind == "contract":
        return _by_contract(tables, contracts, churn, cutoffs)
    if churn.kind == "inactivity":
        return _by_inactivity(tables, churn, cutoffs, value_days)
    return _by_record(tables, contracts, cutoffs)


def _by_contract(
    tables: Mapping[str, ir.Table], contracts: Mapping[str, Contract], churn: ChurnSettings, cutoffs: ir.Table
) -> ir.Table:
    subscriptions, contract = tables["subscriptions"], contracts["subscriptions"]
    mrr = subscriptions.mrr if "mrr" in subscriptions.columns else ibis.null("decimal(18, 2)")
    rows = past(subscriptions.mutate(mrr_now=mrr), contract, cutoffs.select("cutoff"))
    rows = with_ends(rows, churn)
    grace = ibis.interval(days=churn.grace_days)
    paying = rows.paid_from.notnull() & (rows.paid_from < rows.cutoff)
    runs = paying & (rows.end >= FAR) & (rows.notice >= FAR)
    leaves = paying & ~runs & ((rows.end >= FAR) | (rows.end + grace >= rows.cutoff))
    on_trial = ~paying & ((rows.end >= FAR) | (rows.end >= rows.cutoff)) & (rows.notice >= FAR)
    counted = paying & (rows.end >= rows.cutoff)
    reason = rows.end_reason if "end_reason" in rows.columns else ibis.null("string")
    rows = rows.mutate(runs=runs, leaves=leaves, on_trial=on_trial, counted=counted, why=reason.cast("string"))
    known = rows.group_by("customer_id", "cutoff").aggregate(
        runs=rows.runs.any(),
        leaves=rows.leaves.any(),
        on_trial=rows.on_trial.any(),
        started_at=rows.paid_from.min(),
        last_end=rows.end.max(where=rows.leaves),
        reason=rows.why.argmax(rows.end, where=rows.leaves),
        mrr=rows.mrr_now.sum(where=rows.counted),
    )
    state = ibis.cases((known.runs, AT_RISK), (known.leaves, LEAVING), (known.on_trial, TRIAL), else_=GONE)
    ends_at = ibis.ifelse((state == LEAVING) & (known.last_end < FAR), known.last_end, ibis.null("timestamp"))
    return known.mutate(state=state, ends_at=ends_at, may_return_until=ends_at + grace).select(*COLUMNS)


def _by_inactivity(
    tables: Mapping[str, ir.Table], churn: ChurnSettings, cutoffs: ir.Table, value_days: int
) -> ir.Table:
    days = active_days(tables, churn)
    seen = days.cross_join(cutoffs.select("cutoff"))
    seen = seen.filter((seen.known_on < seen.cutoff.date()) & (seen.day < seen.cutoff.date()))
    known = seen.group_by("customer_id", "cutoff").aggregate(first=seen.day.min(), last=seen.day.max())
    silent = known.cutoff.date().delta(known.last, unit="day")
    limit = churn.inactive_days
    state = ibis.cases((silent < limit, AT_RISK), (silent == limit, LEAVING), else_=GONE)
    ends_at = ibis.ifelse(
        state == LEAVING, known.last.cast("timestamp") + ibis.interval(days=limit), ibis.null("timestamp")
    )
    known = known.mutate(
        state=state,
        started_at=known["first"].cast("timestamp"),
        ends_at=ends_at,
        may_return_until=ends_at,
        reason=ibis.null("string"),
    )
    worth = _monthly_amount(tables, cutoffs, value_days)
    if worth is None:
        return known.mutate(mrr=ibis.null("decimal(18, 2)")).select(*COLUMNS)
    joined = known.left_join(worth, ["customer_id", "cutoff"])
    age = ibis.least(joined.cutoff.date().delta(joined["first"], unit="day"), value_days)
    monthly = joined.total / ibis.greatest(age, 90) * 365 / 12
    mrr = ibis.greatest(ibis.coalesce(monthly, 0.0), 0.0).round(2).cast("decimal(18, 2)")
    return joined.mutate(mrr=mrr).select(*COLUMNS)


def _monthly_amount(tables: Mapping[str, ir.Table], cutoffs: ir.Table, value_days: int) -> ir.Table | None:
    """Sum what each customer bought in the days before each cutoff, cancellations subtracted."""
    usage = tables.get("usage")
    if usage is None or "amount" not in usage.columns:
        return None
    day = usage.mutate(day=usage.occurred_at.date(), known_on=usage.known_at.date())
    daily = day.group_by("customer_id", "day", "known_on").aggregate(amount=day.amount.cast("float64").sum())
    seen = daily.cross_join(cutoffs.select("cutoff"))
    ago = seen.cutoff.date().delta(seen.day, unit="day")
    seen = seen.filter((seen.known_on < seen.cutoff.date()) & (ago >= 1) & (ago <= value_days))
    return seen.group_by("customer_id", "cutoff").aggregate(total=seen.amount.sum())


def _by_record(tables: Mapping[str, ir.Table], contracts: Mapping[str, Contract], cutoffs: ir.Table) -> ir.Table:
    customers = past(tables["customers"], contracts["customers"], cutoffs.select("cutoff"))
    events = past(tables["churn_events"], contracts["churn_events"], cutoffs.select("cutoff"))
    returned = events.returned_at if "returned_at" in events.columns else ibis.null("timestamp")
    events = events.mutate(back=returned)
    last = events.group_by("customer_id", "cutoff").aggregate(
        churned_at=events.churned_at.max(), returned_at=events.back.max()
    )
    known = customers.left_join(last, ["customer_id", "cutoff"])
    stays = known.churned_at.isnull() | (known.returned_at.notnull() & (known.returned_at >= known.churned_at))
    return known.select(
        "customer_id",
        "cutoff",
        state=ibis.ifelse(stays, AT_RISK, GONE),
        started_at=known.signed_up_at,
        ends_at=ibis.null("timestamp"),
        may_return_until=ibis.null("timestamp"),
        reason=ibis.null("string"),
        mrr=ibis.null("decimal(18, 2)"),
    )
