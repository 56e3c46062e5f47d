"""Small clean tables for tests, as the tables room would hand them over."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from churnrisk.tables.contract import Contract
from churnrisk.tables.contracts import CONTRACTS

_ARROW = {
    "text": pa.string(),
    "time": pa.timestamp("us"),
    "number": pa.float64(),
    "money": pa.decimal128(18, 2),
    "bool": pa.bool_(),
}

#: Every contract with its columns taken as fixed, as a TOML can say.
FIXED: dict[str, Contract] = {name: one.told(fixed=one.no_history, delayed=False) for name, one in CONTRACTS.items()}


def at(text: str) -> datetime:
    """Read an instant like 2025-01-10 or 2025-01-10T08:00."""
    return datetime.fromisoformat(text)


def make_table(name: str, rows: Sequence[Mapping[str, object]], *, only: Sequence[str] | None = None) -> ir.Table:
    """Make a clean table of a contract; ``known_at`` follows the contract unless a row gives it."""
    contract = CONTRACTS[name]
    columns = [one for one in contract.columns if only is None or one.name in only]
    filled = [_with_known_at(contract, dict(row)) for row in rows]
    schema = pa.schema([*[(one.name, _ARROW[one.type]) for one in columns], ("known_at", pa.timestamp("us"))])
    complete = [{key: row.get(key) for key in schema.names} for row in filled]
    return ibis.memtable(pa.Table.from_pylist(complete, schema))


def _with_known_at(contract: Contract, row: dict[str, object]) -> dict[str, object]:
    for column in contract.columns:
        value = row.get(column.name)
        if column.type == "time" and isinstance(value, str):
            row[column.name] = at(value)
        elif column.type == "money" and value is not None:
            row[column.name] = Decimal(str(value)).quantize(Decimal("0.01"))
        elif value is None and column.default is not None:
            row[column.name] = column.default
    known = [row[name] for name in contract.known_from if row.get(name) is not None]
    row.setdefault("known_at", min(known) if known else row.get("due_at"))
    if isinstance(row["known_at"], str):
        row["known_at"] = at(row["known_at"])
    return row


def make_spine(pairs: Sequence[tuple[str, str]], started_at: str | None = "2024-01-01") -> ir.Table:
    """Make a spine of (customer_id, cutoff) with one first start for all."""
    instant = pa.timestamp("us")
    schema = pa.schema([("customer_id", pa.string()), ("cutoff", instant), ("started_at", instant)])
    start = at(started_at) if started_at else None
    rows = [{"customer_id": customer, "cutoff": at(cutoff), "started_at": start} for customer, cutoff in pairs]
    return ibis.memtable(pa.Table.from_pylist(rows, schema))
