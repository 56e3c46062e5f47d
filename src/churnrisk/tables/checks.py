"""Rows that cannot be right: what must be filled, in order, and not in the future."""

from datetime import date, timedelta

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from churnrisk.sources.mapping import OURS, REASON
from churnrisk.tables.contract import Contract
from churnrisk.timeline import midnight

#: An event may bear the run's own day and the next one: clocks and zones differ.
TOLERANCE_DAYS = 1
UNKNOWN_SUBSCRIPTION = "subscription_id: not in subscriptions"


def with_reasons(rows: ir.Table, contract: Contract, columns: tuple[str, ...], today: date) -> ir.Table:
    """Write beside each row the first reason why it cannot be used; empty for a row that can.

    Parameters
    ----------
    rows
        Rows with our columns under ``our_`` names and the reasons found while reading.
    columns
        Our columns that are there.
    today
        The run's own day; an event after the next day is set aside.
    """
    found = [(rows[REASON].notnull(), rows[REASON])]
    found += [
        (rows[OURS + name].isnull(), ibis.literal(f"{name}: empty")) for name in contract.required if name in columns
    ]
    limit = ibis.literal(midnight(today + timedelta(days=TOLERANCE_DAYS + 1)), type=dt.timestamp)
    found += [
        (rows[OURS + name] >= limit, ibis.literal(f"{name}: after the run's own day"))
        for name in event_times(contract, columns)
    ]
    found += [
        (rows[OURS + later] < rows[OURS + earlier], ibis.literal(f"{later}: before {earlier}"))
        for earlier, later in contract.ordered
        if earlier in columns and later in columns
    ]
    return rows.mutate(**{REASON: ibis.cases(*found)})


def event_times(contract: Contract, columns: tuple[str, ...]) -> list[str]:
    """List the times that tell what has happened, not what is planned.

    Examples
    --------
    >>> from churnrisk.tables.contracts import CONTRACTS
    >>> event_times(CONTRACTS["invoices"], ("due_at", "paid_at"))
    ['paid_at']
    """
    return [
        column.name
        for column in contract.columns
        if column.type == "time" and not column.planned and column.name in columns
    ]


def through_subscriptions(rows: ir.Table, subscriptions: ir.Table) -> ir.Table:
    """Find the customer of rows that name a subscription only; where there is none, say so."""
    owners = subscriptions.select(owned=subscriptions.subscription_id, owner=subscriptions.customer_id).distinct()
    joined = rows.left_join(owners, rows[f"{OURS}subscription_id"] == owners.owned)
    unknown = joined.owner.isnull() & joined[f"{OURS}subscription_id"].notnull()
    reason = ibis.coalesce(joined[REASON], unknown.ifelse(ibis.literal(UNKNOWN_SUBSCRIPTION), ibis.null(dt.string)))
    return joined.mutate(**{f"{OURS}customer_id": joined.owner, REASON: reason}).drop("owned", "owner")
