"""Signals of use: how much, how often, how lately, and whether it grows or falls."""

from collections.abc import Callable

import ibis
import ibis.expr.types as ir

from churnrisk.features.signal import in_days, per_day, ratio, signal


@per_day("usage")
def events(usage: ir.Table) -> ir.Value:
    """Count the rows of a customer-day that are use: those with a quantity above 0."""
    return usage.count(where=usage.quantity > 0)


@per_day("usage")
def quantity(usage: ir.Table) -> ir.Value:
    """Sum the quantity of a customer-day."""
    return usage.quantity.sum()


@per_day("usage", needs=("amount",))
def amount(usage: ir.Table) -> ir.Value:
    """Sum the money of a customer-day."""
    return usage.amount.sum().cast("float64")


def _count_of(days: int) -> Callable[[ir.Table], ir.Value]:
    def compute(usage: ir.Table) -> ir.Value:
        return usage.events.sum(where=usage.days_ago <= days)

    compute.__name__ = f"usage_count_{days}d"
    compute.__doc__ = f"Usage events in the {days} days before the cutoff."
    return compute


for _days in (7, 14, 28, 56, 84, 182):
    signal(
        table="usage",
        group="usage",
        unit="events",
        days=_days,
        missing=0,
        raises_risk="low",
        sentence=f"Only {{value:event|events}} of usage in the last {_days} days",
        actionable=True,
        change=f"{{value:event|events}} of usage in the last {_days} days",
    )(_count_of(_days))


def _active_days_of(days: int) -> Callable[[ir.Table], ir.Value]:
    def compute(usage: ir.Table) -> ir.Value:
        return usage.day.count(where=(usage.days_ago <= days) & (usage.events > 0))

    compute.__name__ = f"usage_active_days_{days}d"
    compute.__doc__ = f"Days with any use, of the {days} before the cutoff."
    return compute


for _days in (7, 28, 84):
    signal(
        table="usage",
        group="usage",
        unit="days",
        days=_days,
        missing=0,
        raises_risk="low",
        sentence=f"Only {{value:active day|active days}} in the last {_days}",
        actionable=True,
        change=f"{{value:active day|active days}} in the last {_days}",
    )(_active_days_of(_days))


@signal(
    table="usage",
    group="usage",
    unit="units",
    days=28,
    missing=0,
    raises_risk="low",
    sentence="Only {value:unit|units} used in the last 28 days",
    actionable=True,
    change="{value:unit|units} used in the last 28 days",
)
def usage_quantity_28d(usage: ir.Table) -> ir.Value:
    """Units used in the 28 days before the cutoff."""
    return usage.quantity.sum(where=usage.days_ago <= 28)


@signal(
    table="usage",
    group="usage",
    unit="units",
    days=84,
    missing=0,
    raises_risk="low",
    sentence="Only {value:unit|units} used in the last 84 days",
    actionable=True,
    change="{value:unit|units} used in the last 84 days",
)
def usage_quantity_84d(usage: ir.Table) -> ir.Value:
    """Units used in the 84 days before the cutoff."""
    return usage.quantity.sum(where=usage.days_ago <= 84)


@signal(
    table="usage",
    group="usage",
    unit="units",
    days=182,
    missing=0,
    raises_risk="low",
    sentence="Only {value:unit|units} used in the last 182 days",
    actionable=True,
    change="{value:unit|units} used in the last 182 days",
)
def usage_quantity_182d(usage: ir.Table) -> ir.Value:
    """Units used in the 182 days before the cutoff."""
    return usage.quantity.sum(where=usage.days_ago <= 182)


@signal(
    table="usage",
    group="usage",
    unit="money",
    days=84,
    missing=0,
    raises_risk="low",
    needs=("amount",),
    sentence="Bought for only {value:money} in the last 84 days",
    actionable=True,
    change="purchases of {value:money} in the last 84 days",
)
def usage_amount_84d(usage: ir.Table) -> ir.Value:
    """Money that use brought in the 84 days before the cutoff, cancellations subtracted."""
    return usage.amount.sum(where=usage.days_ago <= 84)


@signal(
    table="usage",
    group="usage",
    unit="money",
    days=182,
    missing=0,
    raises_risk="low",
    needs=("amount",),
    sentence="Bought for only {value:money} in the last 182 days",
    actionable=True,
    change="purchases of {value:money} in the last 182 days",
)
def usage_amount_182d(usage: ir.Table) -> ir.Value:
    """Money that use brought in the 182 days before the cutoff, cancellations subtracted."""
    return usage.amount.sum(where=usage.days_ago <= 182)


@signal(
    table="usage",
    group="usage",
    unit="days",
    raises_risk="high",
    sentence="No use for {value:day|days}",
    above=6,
    actionable=True,
    change="{value:day|days} since the last use",
)
def usage_days_since_last(usage: ir.Table) -> ir.Value:
    """Days since the last use, whenever that was."""
    return usage.days_ago.min(where=usage.events > 0)


@signal(table="usage", group="usage", unit="events", days=56, missing=0)
def usage_count_prev_28d(usage: ir.Table) -> ir.Value:
    """Usage events in the 28 days before the last 28."""
    return usage.events.sum(where=in_days(29, 56)(usage))


@signal(
    table="usage",
    group="usage",
    unit="ratio",
    days=56,
    raises_risk="low",
    below=1,
    sentence="Usage fell {value:fall} against the four weeks before: "
    "{usage_count_prev_28d:0} → {usage_count_28d:event|events}",
    actionable=True,
    change="usage at {value:%} of the four weeks before",
)
def usage_ratio_28d(usage: ir.Table) -> ir.Value:
    """Usage events of the last 28 days, over those of the 28 days before."""
    return ratio(usage.events.sum(where=usage.days_ago <= 28), usage.events.sum(where=in_days(29, 56)(usage)))


@signal(
    table="usage",
    group="usage",
    unit="events",
    days=56,
    missing=0,
    raises_risk="low",
    below=0,
    sentence="{usage_count_prev_28d:0} usage events four weeks earlier, now {usage_count_28d:0}",
)
def usage_difference_28d(usage: ir.Table) -> ir.Value:
    """Usage events of the last 28 days, less those of the 28 days before."""
    return usage.events.sum(where=usage.days_ago <= 28).fill_null(0) - usage.events.sum(
        where=in_days(29, 56)(usage)
    ).fill_null(0)


@signal(table="usage", group="usage", unit="events", days=168, missing=0)
def usage_count_prev_84d(usage: ir.Table) -> ir.Value:
    """Usage events in the 84 days before the last 84."""
    return usage.events.sum(where=in_days(85, 168)(usage))


@signal(
    table="usage",
    group="usage",
    unit="ratio",
    days=168,
    raises_risk="low",
    below=1,
    sentence="Usage fell {value:fall} against the twelve weeks before: "
    "{usage_count_prev_84d:0} → {usage_count_84d:event|events}",
    actionable=True,
    change="usage at {value:%} of the twelve weeks before",
)
def usage_ratio_84d(usage: ir.Table) -> ir.Value:
    """Usage events of the last 84 days, over those of the 84 days before."""
    return ratio(usage.events.sum(where=usage.days_ago <= 84), usage.events.sum(where=in_days(85, 168)(usage)))


@signal(
    table="usage",
    group="usage",
    unit="events a week",
    days=84,
    missing=0,
    raises_risk="low",
    below=0,
    sentence="Usage has been falling for twelve weeks, by {value:magnitude} events a week each week",
)
def usage_slope_12w(usage: ir.Table) -> ir.Value:
    """Least-squares slope of weekly usage events over the 12 weeks before the cutoff."""
    week = ((usage.days_ago - 1) / 7).floor()
    return (usage.events * (5.5 - week)).sum(where=usage.days_ago <= 84) / 143.0


@signal(
    table="usage",
    group="usage",
    unit="ratio",
    days=84,
    raises_risk="low",
    below=1,
    sentence="Usage in the last two weeks is {value:fall} below its twelve-week pace",
    actionable=True,
    change="usage of the last two weeks at {value:%} of its twelve-week pace",
)
def usage_pace_14d(usage: ir.Table) -> ir.Value:
    """Daily usage of the last 14 days, over that of the last 84 days."""
    return ratio(usage.events.sum(where=usage.days_ago <= 14) * 6, usage.events.sum(where=usage.days_ago <= 84))


@signal(
    table="usage",
    group="usage",
    unit="kinds",
    days=28,
    missing=0,
    raises_risk="low",
    needs=("event",),
    sentence="Only {value:part|parts} of the product used in the last 28 days",
    actionable=True,
    change="{value:part|parts} of the product used in the last 28 days",
)
def usage_breadth_28d(usage: ir.Table) -> ir.Value:
    """Kinds of events used in the 28 days before the cutoff."""
    return _breadth(usage, 28)


@signal(
    table="usage",
    group="usage",
    unit="kinds",
    days=84,
    missing=0,
    raises_risk="low",
    needs=("event",),
    sentence="Only {value:part|parts} of the product used in the last 84 days",
    actionable=True,
    change="{value:part|parts} of the product used in the last 84 days",
)
def usage_breadth_84d(usage: ir.Table) -> ir.Value:
    """Kinds of events used in the 84 days before the cutoff."""
    return _breadth(usage, 84)


def _breadth(usage: ir.Table, days: int) -> ir.Value:
    """Add one for each kind of event that was used at all."""
    kinds = [name for name in usage.columns if name.startswith("kind_")]
    used = [usage[name].max(where=usage.days_ago <= days).fill_null(0) for name in kinds]
    total = used[0]
    for one in used[1:]:
        total = total + one
    return total


@signal(
    table="usage",
    group="usage",
    unit="days",
    raises_risk="high",
    above=14,
    moves_with_calendar=True,
    needs=("days_after_start",),
    sentence="First used only {value:day|days} after the start",
)
def usage_first_after_days(usage: ir.Table) -> ir.Value:
    """Days from the customer's start to the first use; empty for who started before the data begin."""
    return usage.days_after_start.min(where=usage.days_after_start >= 0)


@signal(
    table="usage",
    group="usage",
    unit="events",
    raises_risk="low",
    needs=("days_after_start",),
    sentence="Only {value:event|events} of usage in the first 30 days",
)
def usage_count_first_30d(usage: ir.Table) -> ir.Value:
    """Usage events in the customer's first 30 days; empty before they are over, or before the data begin."""
    first_days = usage.events.sum(where=usage.days_after_start.between(0, 29)).fill_null(0)
    return ibis.ifelse(usage.tenure.max() >= 30, first_days, ibis.null("int64"))
