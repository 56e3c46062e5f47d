"""How long customers pause between two activities: what to choose ``inactive_days`` by."""

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir

from churnrisk.presence.spells import active_days
from churnrisk.settings import ChurnSettings

SHARES = (50, 75, 90, 95, 99)


def activity_gaps(tables: Mapping[str, ir.Table], churn: ChurnSettings) -> ir.Table:
    """Give the quantiles of the days between two active days of one customer, in one row: ``p50`` to ``p99``."""
    days = active_days(tables, churn)
    order = ibis.window(group_by="customer_id", order_by="day")
    gaps = days.mutate(gap=days.day.delta(days.day.lag().over(order), unit="day"))
    gaps = gaps.filter(gaps.gap.notnull())
    return gaps.aggregate(**{f"p{share}": gaps.gap.quantile(share / 100) for share in SHARES})
