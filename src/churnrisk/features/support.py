"""Signals of support: how many tickets, how grave, how long, how satisfied."""

from collections.abc import Callable

import ibis.expr.types as ir

from churnrisk.features.signal import ratio, signal

#: Severities that count as grave, compared in lower case.
GRAVE = ("high", "critical", "urgent", "severe", "blocker", "p1", "1")


def _opened(tickets: ir.Table, days: int) -> ir.BooleanValue:
    return tickets.opened_days_ago <= days


def _resolved(tickets: ir.Table, days: int) -> ir.BooleanValue:
    return tickets.resolved_at.notnull() & (tickets.resolved_days_ago <= days)


def _days_to_resolve(tickets: ir.Table) -> ir.Value:
    return (tickets.resolved_at.epoch_seconds() - tickets.opened_at.epoch_seconds()) / 86400.0


def _count_of(days: int) -> Callable[[ir.Table], ir.Value]:
    def compute(tickets: ir.Table) -> ir.Value:
        return tickets.count(where=_opened(tickets, days))

    compute.__name__ = f"support_tickets_{days}d"
    compute.__doc__ = f"Tickets opened in the {days} days before the cutoff."
    return compute


for _days in (28, 84, 182):
    signal(
        table="tickets",
        group="support",
        unit="tickets",
        days=_days,
        missing=0,
        raises_risk="high",
        above=0,
        sentence=f"{{value:support ticket|support tickets}} in the last {_days} days",
    )(_count_of(_days))


@signal(
    table="tickets",
    group="support",
    unit="tickets",
    days=84,
    missing=0,
    raises_risk="high",
    above=0,
    needs=("severity",),
    sentence="{value:grave ticket|grave tickets} in the last 84 days",
)
def support_grave_tickets_84d(tickets: ir.Table) -> ir.Value:
    """Tickets of high or critical severity opened in the 84 days before the cutoff."""
    return tickets.count(where=_opened(tickets, 84) & tickets.severity.lower().isin(GRAVE))


@signal(
    table="tickets",
    group="support",
    unit="share",
    days=182,
    raises_risk="high",
    above=0,
    needs=("severity",),
    sentence="{value:%} of the tickets of the last 182 days were grave",
)
def support_grave_share_182d(tickets: ir.Table) -> ir.Value:
    """Share of high or critical tickets among those opened in the 182 days before the cutoff."""
    recent = _opened(tickets, 182)
    grave = tickets.count(where=recent & tickets.severity.lower().isin(GRAVE))
    return ratio(grave, tickets.count(where=recent))


@signal(
    table="tickets",
    group="support",
    unit="tickets",
    days=182,
    missing=0,
    raises_risk="high",
    above=0,
    needs=("category",),
    sentence="{value:ticket|tickets} on a topic raised before in the last 182 days",
)
def support_repeated_topics_182d(tickets: ir.Table) -> ir.Value:
    """Tickets of the 182 days before the cutoff beyond the first of each category."""
    recent = _opened(tickets, 182)
    return tickets.category.count(where=recent) - tickets.category.nunique(where=recent)


@signal(
    table="tickets",
    group="support",
    unit="tickets",
    missing=0,
    raises_risk="high",
    above=0,
    needs=("resolved_at",),
    sentence="{value:ticket|tickets} open now",
    actionable=True,
    change="{value:ticket|tickets} open now",
)
def support_open_now(tickets: ir.Table) -> ir.Value:
    """Tickets opened before the cutoff and not resolved by it."""
    return tickets.count(where=tickets.resolved_at.isnull())


@signal(
    table="tickets",
    group="support",
    unit="days",
    missing=0,
    raises_risk="high",
    above=2,
    needs=("resolved_at",),
    sentence="A ticket has been open for {value:day|days}",
    actionable=True,
    change="{value:day|days} of waiting on the oldest open ticket",
)
def support_oldest_open_days(tickets: ir.Table) -> ir.Value:
    """Days that the oldest unresolved ticket has been open."""
    return tickets.opened_days_ago.max(where=tickets.resolved_at.isnull())


@signal(
    table="tickets",
    group="support",
    unit="days",
    days=182,
    raises_risk="high",
    above=1,
    needs=("resolved_at",),
    sentence="Tickets took {value:1} days to resolve on average",
    actionable=True,
    change="tickets resolved in {value:1} days on average",
)
def support_resolution_days_mean_182d(tickets: ir.Table) -> ir.Value:
    """Mean days to resolution of the tickets resolved in the 182 days before the cutoff."""
    return _days_to_resolve(tickets).mean(where=_resolved(tickets, 182))


@signal(
    table="tickets",
    group="support",
    unit="days",
    days=84,
    raises_risk="high",
    above=1,
    needs=("resolved_at",),
    sentence="Recent tickets took {value:1} days to resolve on average",
    actionable=True,
    change="recent tickets resolved in {value:1} days on average",
)
def support_resolution_days_mean_84d(tickets: ir.Table) -> ir.Value:
    """Mean days to resolution of the tickets resolved in the 84 days before the cutoff."""
    return _days_to_resolve(tickets).mean(where=_resolved(tickets, 84))


@signal(
    table="tickets",
    group="support",
    unit="days",
    days=182,
    raises_risk="high",
    above=2,
    needs=("resolved_at",),
    sentence="One ticket took {value:1} days to resolve",
    actionable=True,
    change="the slowest ticket resolved in {value:1} days",
)
def support_resolution_days_worst_182d(tickets: ir.Table) -> ir.Value:
    """Most days to resolution among the tickets resolved in the 182 days before the cutoff."""
    return _days_to_resolve(tickets).max(where=_resolved(tickets, 182))


@signal(
    table="tickets",
    group="support",
    unit="score",
    days=182,
    raises_risk="low",
    needs=("satisfaction", "resolved_at"),
    sentence="Satisfaction with support is {value:1} on average",
    actionable=True,
    change="satisfaction with support at {value:1} on average",
)
def support_satisfaction_182d(tickets: ir.Table) -> ir.Value:
    """Mean satisfaction with the tickets resolved in the 182 days before the cutoff."""
    return tickets.satisfaction.mean(where=_resolved(tickets, 182))


@signal(
    table="tickets",
    group="support",
    unit="score",
    raises_risk="low",
    needs=("satisfaction", "resolved_at"),
    sentence="Satisfaction with the last ticket was {value:1}",
    actionable=True,
    change="satisfaction with the last ticket at {value:1}",
)
def support_satisfaction_last(tickets: ir.Table) -> ir.Value:
    """Satisfaction with the ticket resolved last."""
    return tickets.satisfaction.mean(where=tickets.resolved_at == tickets.newest_rated_at)


@signal(table="tickets", group="support", unit="days", raises_risk="low")
def support_days_since_last(tickets: ir.Table) -> ir.Value:
    """Days since the last ticket was opened."""
    return tickets.opened_days_ago.min()
