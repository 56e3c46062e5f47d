"""Signals of payment: late, overdue, failed."""

import ibis
import ibis.expr.types as ir

from churnrisk.features.signal import ratio, signal


def _due(invoices: ir.Table, days: int) -> ir.BooleanValue:
    """Say which invoices fell due in the days before the cutoff."""
    return invoices.due_days_ago.between(1, days)


def _unpaid(invoices: ir.Table) -> ir.BooleanValue:
    return invoices.paid_at.isnull() & (invoices.amount > 0)


def _overdue(invoices: ir.Table) -> ir.BooleanValue:
    return _unpaid(invoices) & (invoices.due_days_ago >= 1)


def _days_late(invoices: ir.Table) -> ir.Value:
    """Days from the due day to payment, or to the cutoff while unpaid; 0 where in time."""
    to_payment = invoices.due_days_ago - invoices.paid_days_ago.fill_null(0)
    late = ibis.ifelse(invoices.paid_at.notnull(), to_payment, invoices.due_days_ago)
    return ibis.ifelse(invoices.amount > 0, ibis.greatest(late, 0), 0)


@signal(table="invoices", group="payments", unit="invoices", days=182, missing=0, needs=("paid_at",))
def payments_due_182d(invoices: ir.Table) -> ir.Value:
    """Invoices due in the 182 days before the cutoff."""
    return invoices.count(where=_due(invoices, 182))


@signal(
    table="invoices",
    group="payments",
    unit="invoices",
    days=182,
    missing=0,
    raises_risk="high",
    above=0,
    needs=("paid_at",),
    sentence="{value:invoice|invoices} paid late in the last 182 days",
    actionable=True,
    change="{value:invoice|invoices} paid late in the last 182 days",
)
def payments_late_182d(invoices: ir.Table) -> ir.Value:
    """Invoices due in the 182 days before the cutoff and paid late, or not yet."""
    return invoices.count(where=_due(invoices, 182) & (_days_late(invoices) > 0))


@signal(
    table="invoices",
    group="payments",
    unit="invoices",
    days=56,
    missing=0,
    raises_risk="high",
    above=0,
    needs=("paid_at",),
    sentence="{value:invoice|invoices} late in the last 56 days",
    actionable=True,
    change="{value:invoice|invoices} paid late in the last 56 days",
)
def payments_late_56d(invoices: ir.Table) -> ir.Value:
    """Invoices due in the 56 days before the cutoff and paid late, or not yet."""
    return invoices.count(where=_due(invoices, 56) & (_days_late(invoices) > 0))


@signal(
    table="invoices",
    group="payments",
    unit="share",
    days=182,
    raises_risk="high",
    above=0,
    needs=("paid_at",),
    sentence="{value:%} of the invoices of the last 182 days were late",
    actionable=True,
    change="{value:%} of the invoices of the last 182 days late",
)
def payments_late_share_182d(invoices: ir.Table) -> ir.Value:
    """Share of the invoices due in the 182 days before the cutoff that were late."""
    due = _due(invoices, 182)
    return ratio(invoices.count(where=due & (_days_late(invoices) > 0)), invoices.count(where=due))


@signal(
    table="invoices",
    group="payments",
    unit="days",
    days=182,
    raises_risk="high",
    above=0,
    needs=("paid_at",),
    sentence="Payments come {value:1} days late on average",
    actionable=True,
    change="payments {value:1} days late on average",
)
def payments_days_late_mean_182d(invoices: ir.Table) -> ir.Value:
    """Mean days late of the invoices due in the 182 days before the cutoff; in time counts 0."""
    return _days_late(invoices).mean(where=_due(invoices, 182))


@signal(
    table="invoices",
    group="payments",
    unit="days",
    days=56,
    raises_risk="high",
    above=0,
    needs=("paid_at",),
    sentence="Recent payments come {value:1} days late on average",
    actionable=True,
    change="recent payments {value:1} days late on average",
)
def payments_days_late_mean_56d(invoices: ir.Table) -> ir.Value:
    """Mean days late of the invoices due in the 56 days before the cutoff; in time counts 0."""
    return _days_late(invoices).mean(where=_due(invoices, 56))


def _days_to_pay(invoices: ir.Table) -> ir.Value:
    """Days from the due day to payment, below 0 where paid early; to the cutoff while overdue."""
    return invoices.due_days_ago - invoices.paid_days_ago.fill_null(0)


@signal(
    table="invoices",
    group="payments",
    unit="days",
    days=182,
    raises_risk="high",
    above=0,
    needs=("paid_at",),
    sentence="Invoices run {value:1} days past their due day on average",
    actionable=True,
    change="invoices paid {value:past} their due day on average",
)
def payments_days_to_pay_mean_182d(invoices: ir.Table) -> ir.Value:
    """Mean days from due to paid (or to the cutoff) of the invoices due in the 182 days before; early is below 0."""
    return _days_to_pay(invoices).mean(where=_due(invoices, 182) & (invoices.amount > 0))


@signal(
    table="invoices",
    group="payments",
    unit="days",
    days=56,
    raises_risk="high",
    above=0,
    needs=("paid_at",),
    sentence="Recent invoices run {value:1} days past their due day on average",
    actionable=True,
    change="recent invoices paid {value:past} their due day on average",
)
def payments_days_to_pay_mean_56d(invoices: ir.Table) -> ir.Value:
    """Mean days from due to paid (or to the cutoff) of the invoices due in the 56 days before; early is below 0."""
    return _days_to_pay(invoices).mean(where=_due(invoices, 56) & (invoices.amount > 0))


@signal(
    table="invoices",
    group="payments",
    unit="days",
    days=182,
    missing=0,
    raises_risk="high",
    above=0,
    needs=("paid_at",),
    sentence="One invoice was {value:day|days} late",
    actionable=True,
    change="the latest payment {value:day|days} late",
)
def payments_days_late_worst_182d(invoices: ir.Table) -> ir.Value:
    """Most days late among the invoices due in the 182 days before the cutoff."""
    return _days_late(invoices).max(where=_due(invoices, 182))


@signal(
    table="invoices",
    group="payments",
    unit="invoices",
    missing=0,
    raises_risk="high",
    above=0,
    needs=("paid_at",),
    sentence="{value:invoice|invoices} overdue now",
    actionable=True,
    change="{value:invoice|invoices} overdue now",
)
def payments_overdue_now(invoices: ir.Table) -> ir.Value:
    """Invoices due before the cutoff and not paid by it."""
    return invoices.count(where=_overdue(invoices))


@signal(
    table="invoices",
    group="payments",
    unit="money",
    missing=0,
    raises_risk="high",
    above=0,
    needs=("paid_at",),
    sentence="{value:money} overdue now",
    actionable=True,
    change="{value:money} overdue now",
)
def payments_overdue_amount_now(invoices: ir.Table) -> ir.Value:
    """Money due before the cutoff and not paid by it."""
    return invoices.amount.cast("float64").sum(where=_overdue(invoices))


@signal(
    table="invoices",
    group="payments",
    unit="days",
    missing=0,
    raises_risk="high",
    above=0,
    needs=("paid_at",),
    sentence="The oldest open invoice has been overdue for {value:day|days}",
    actionable=True,
    change="{value:day|days} since the oldest unpaid invoice was due",
)
def payments_overdue_days_now(invoices: ir.Table) -> ir.Value:
    """Days that the oldest unpaid invoice has been overdue."""
    return invoices.due_days_ago.max(where=_overdue(invoices))


@signal(
    table="invoices",
    group="payments",
    unit="failures",
    days=84,
    missing=0,
    raises_risk="high",
    above=0,
    needs=("failed_at",),
    sentence="{value:payment|payments} failed in the last 84 days",
    actionable=True,
    change="{value:payment|payments} failed in the last 84 days",
)
def payments_failed_84d(invoices: ir.Table) -> ir.Value:
    """Payments that failed in the 84 days before the cutoff."""
    return invoices.count(where=invoices.failed_days_ago.between(1, 84))


@signal(
    table="invoices",
    group="payments",
    unit="failures",
    days=182,
    missing=0,
    raises_risk="high",
    above=0,
    needs=("failed_at",),
    sentence="{value:payment|payments} failed in the last 182 days",
    actionable=True,
    change="{value:payment|payments} failed in the last 182 days",
)
def payments_failed_182d(invoices: ir.Table) -> ir.Value:
    """Payments that failed in the 182 days before the cutoff."""
    return invoices.count(where=invoices.failed_days_ago.between(1, 182))
