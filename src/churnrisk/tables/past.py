"""The only door from tables to features: what was known before a cutoff, and nothing else.

A signal receives what these functions give, never a table. A *spine* is a table with one row for each
(customer_id, cutoff); further columns of it travel along.
"""

from collections.abc import Callable, Mapping
from functools import reduce

import ibis
import ibis.expr.types as ir

from churnrisk.tables.contract import KNOWN_AT, Contract

#: Name = an aggregate over the rows of one customer and day.
PerDay = Mapping[str, Callable[[ir.Table], ir.Value]]


def past(table: ir.Table, contract: Contract, spine: ir.Table) -> ir.Table:
    """Give the rows known before each cutoff, with what was filled in later blanked.

    Parameters
    ----------
    table
        A clean table with ``known_at``.
    spine
        Columns ``customer_id`` and ``cutoff``, or ``cutoff`` alone for all customers.

    Returns
    -------
    Table
        The rows beside each cutoff; columns without history are gone; for each time column ``x_at`` there is
        ``x_days_ago``, the whole days from it to the cutoff (1 = the day before; negative = still ahead).
    """
    seen = _beside(table, spine)
    seen = seen.filter(seen[KNOWN_AT] < seen.cutoff)
    closed = contract.closed(table.columns)
    hidden = {
        name: ibis.ifelse(_known_from(seen, times, contract) < seen.cutoff, seen[name], ibis.null(seen[name].type()))
        for name, times in contract.revealed.items()
        if name in table.columns and name not in closed
    }
    seen = seen.mutate(**hidden) if hidden else seen
    seen = seen.drop(*closed)
    return seen.mutate(**_days_ago(seen, contract))


def _beside(table: ir.Table, spine: ir.Table) -> ir.Table:
    """Set each row beside the cutoffs of its customer, or beside every cutoff where the spine names no customers."""
    return table.inner_join(spine, "customer_id") if "customer_id" in spine.columns else table.cross_join(spine)


def _known_from(seen: ir.Table, times: tuple[str, ...], contract: Contract) -> ir.TimestampValue:
    present = [seen[name] for name in times if name in seen.columns]
    earliest = reduce(_earlier, present)
    return earliest + ibis.interval(days=contract.arrives_after_days) if contract.arrives_after_days else earliest


def _earlier(one: ir.Value, other: ir.Value) -> ir.Value:
    """Take the earlier of two times, or the one that is filled."""
    return ibis.least(ibis.coalesce(one, other), ibis.coalesce(other, one))


def _days_ago(seen: ir.Table, contract: Contract) -> dict[str, ir.Value]:
    return {
        f"{column.name.removesuffix('_at')}_days_ago": seen.cutoff.date().delta(seen[column.name].date(), unit="day")
        for column in contract.columns
        if column.type == "time" and column.name in seen.columns
    }


def roll_up(table: ir.Table, contract: Contract, per_day: PerDay) -> ir.Table:
    """Sum an event table by customer and day, in one pass; many cutoffs then share the result.

    Returns
    -------
    Table
        ``customer_id``, ``day``, ``known_on`` (the day on which it became known; not there where that is always
        the day itself) and the given aggregates.
    """
    when = contract.known_from[0]
    keyed = table.mutate(day=table[when].date(), known_on=table[KNOWN_AT].date())
    keys = ["customer_id", "day", "known_on"] if contract.delayed else ["customer_id", "day"]
    return keyed.group_by(keys).aggregate(**{name: _light(make(keyed)) for name, make in per_day.items()})


def _light(total: ir.Value) -> ir.Value:
    """Give a count or sum as a float: engines add up wide whole numbers and decimals several times slower."""
    return total.cast("float64") if total.type().is_int64() or total.type().is_decimal() else total


def past_days(rolled: ir.Table, spine: ir.Table, days: int | None = None) -> ir.Table:
    """Give the customer-days known before each cutoff.

    Parameters
    ----------
    rolled
        What :func:`roll_up` gave.
    spine
        Columns ``customer_id`` and ``cutoff``, or ``cutoff`` alone for all customers.
    days
        Lookback; None reads everything before the cutoff.

    Returns
    -------
    Table
        The roll-up beside each cutoff, with ``days_ago`` (1 = the day before the cutoff).
    """
    seen = _beside(rolled, spine)
    day = seen.cutoff.date()
    seen = seen.filter(seen.day < day)
    seen = seen.filter(seen.known_on < seen.cutoff.date()) if "known_on" in seen.columns else seen
    seen = seen.mutate(days_ago=seen.cutoff.date().delta(seen.day, unit="day"))
    return seen if days is None else seen.filter(seen.days_ago <= days)
