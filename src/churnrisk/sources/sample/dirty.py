"""A handful of rows that are wrong, as in every real table."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa

Row = dict[str, Any]


def _usage(rows: list[Row]) -> list[Row]:
    """The same event twice, one of nobody, and one far in the future."""
    return [rows[0], {**rows[1], "customer_id": ""}, {**rows[2], "occurred_at": datetime(2099, 1, 1)}]


def _engagement(rows: list[Row]) -> list[Row]:
    """An action of nobody."""
    return [{**rows[0], "customer_id": None}]


def _tickets(rows: list[Row]) -> list[Row]:
    """A ticket resolved before it was opened, and the same row twice."""
    early = rows[0]["opened_at"] - timedelta(days=9)
    return [{**rows[0], "ticket_id": "T-DIRTY-1", "resolved_at": early}, rows[1]]


def _invoices(rows: list[Row]) -> list[Row]:
    """An invoice paid before it was issued, and a credit."""
    early = rows[0]["issued_at"] - timedelta(days=3)
    return [
        {**rows[0], "invoice_id": "I-DIRTY-1", "paid_at": early},
        {**rows[1], "invoice_id": "I-DIRTY-2", "amount": -rows[1]["amount"], "paid_at": None, "failed_at": None},
    ]


def _subscriptions(rows: list[Row]) -> list[Row]:
    """A subscription that ends before it starts, and the same row twice."""
    early = rows[0]["started_at"] - timedelta(days=30)
    return [{**rows[0], "subscription_id": "S-DIRTY-1", "ended_at": early}, rows[1]]


_MORE: dict[str, Callable[[list[Row]], list[Row]]] = {
    "usage": _usage,
    "engagement": _engagement,
    "tickets": _tickets,
    "invoices": _invoices,
    "subscriptions": _subscriptions,
}


def soiled(name: str, piece: pa.Table) -> pa.Table:
    """Add a table's dirty rows to its first piece; of customers, leave one out instead.

    Nobody's true churn is changed: each of these rows is wrong beyond doubt, or says nothing about stays.
    """
    if name == "customers":
        return _without_one(piece)
    if name not in _MORE or len(piece) < 3:
        return piece
    more = _MORE[name](piece.slice(0, 3).to_pylist())
    return pa.concat_tables([piece, pa.Table.from_pylist(more, schema=piece.schema)])


def _without_one(piece: pa.Table) -> pa.Table:
    half = len(piece) // 2
    return pa.concat_tables([piece.slice(0, half), piece.slice(half + 1)])


def bad_line(name: str, columns: list[str]) -> str | None:
    r"""Give a line of a text file whose time cannot be read; only usage has one.

    Examples
    --------
    >>> bad_line("usage", ["customer_id", "occurred_at", "event", "quantity"])
    'C0000001,31/31/2024,task_created,1\n'
    """
    if name != "usage":
        return None
    values = {"customer_id": "C0000001", "occurred_at": "31/31/2024", "event": "task_created", "quantity": "1"}
    return ",".join(values[column] for column in columns) + "\n"
