"""What each table of a night held: rows, fingerprint, columns, newest row; and who is in none of them."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir
import pandas as pd

from churnrisk.snapshots.build import Workshop
from churnrisk.snapshots.fingerprint import total
from churnrisk.snapshots.spine import spine
from churnrisk.tables.contract import KNOWN_AT

#: Tables in which customers leave traces by what they do.
EVENTS = ("usage", "invoices", "tickets", "engagement", "surveys")


def inputs_of(workshop: Workshop, cutoff: date, prints: pd.DataFrame) -> list[dict[str, Any]]:
    """Say what each table held before a cutoff.

    Parameters
    ----------
    prints
        What :func:`churnrisk.snapshots.fingerprint.fingerprints` gave.

    Returns
    -------
    A line a table: ``table``, ``rows`` known before the cutoff, their ``fingerprint``, the day of the ``newest`` of
    them, ``columns`` with their types, and rows ``set_aside`` while reading.
    """
    totals = total(prints)
    return [
        {
            "table": name,
            **totals.get(name, {"rows": 0, "fingerprint": "", "newest": None}),
            "set_aside": workshop.tables.report(name).rows_set_aside,
            "columns": columns_of(table),
        }
        for name, table in sorted(workshop.tables.items())
    ]


def columns_of(table: ir.Table) -> dict[str, str]:
    """Give a table's columns with their types in words: text, number, time, bool.

    Examples
    --------
    >>> columns_of(ibis.table({"plan": "string", "mrr": "decimal(18, 2)", "known_at": "timestamp"}, name="x"))
    {'mrr': 'number', 'plan': 'text'}
    """
    return {name: _word(kind) for name, kind in sorted(table.schema().items()) if name != KNOWN_AT}


def customers_at_risk(workshop: Workshop, cutoff: date) -> pd.Series:
    """Name the customers at risk at a cutoff."""
    people = spine(workshop.standing([cutoff]), workshop.tables.observed_from)
    return workshop.engine.rows(people.select("customer_id"))["customer_id"]


def without_events(workshop: Workshop, cutoff: date, customers: Sequence[str] | pd.Series) -> int | None:
    """Count customers of whom no table of events knew anything before a cutoff; None where there is no such table."""
    engine, rolled, before = workshop.engine, workshop.rolled, ibis.timestamp(f"{cutoff} 00:00:00")
    names = [name for name in EVENTS if name in rolled or name in workshop.tables]
    if not names:
        return None
    asked = pd.DataFrame({"customer_id": pd.Series(customers, dtype="str")})
    silent = engine.keep(ibis.memtable(asked), "silent_all")
    for name in names:  # one table after the other: few are left for the next
        rows = rolled[name] if name in rolled else workshop.tables[name]
        known = rows.filter(rows.day < before.date() if name in rolled else rows[KNOWN_AT] < before)
        known = known.mutate(customer_id=known.customer_id.cast("string"))
        silent = engine.keep(silent.anti_join(known, "customer_id"), f"silent_{name}")
    return int(engine.rows(silent.aggregate(customers=silent.count()))["customers"].tolist()[0])


def _word(kind: dt.DataType) -> str:
    if kind.is_boolean():
        return "bool"
    if kind.is_numeric():
        return "number"
    if kind.is_temporal():
        return "time"
    return "text" if kind.is_string() else str(kind)
