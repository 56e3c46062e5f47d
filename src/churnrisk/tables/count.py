"""Counting one table: rows, gaps and time span, in one pass."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir
import pandas as pd

from churnrisk.sources.engine import Engine
from churnrisk.sources.mapping import KEPT, OURS, REASON
from churnrisk.tables.checks import event_times
from churnrisk.tables.draft import Draft
from churnrisk.timeline import midnight


@dataclass(frozen=True)
class Counts:
    """What one pass over a table's rows tells.

    Parameters
    ----------
    read, kept, set_aside
        Rows in the files; rows that ``where`` keeps; rows of those that cannot be used.
    empty
        Column = good rows without a value.
    negative
        Money column = good rows with a negative amount.
    first, last
        Time column = the first and the last instant, the run's own day included.
    prepaid
        Invoices paid before they were issued.
    """

    read: int
    kept: int
    set_aside: int
    empty: dict[str, int] = field(default_factory=dict)
    negative: dict[str, int] = field(default_factory=dict)
    first: dict[str, datetime] = field(default_factory=dict)
    last: dict[str, datetime] = field(default_factory=dict)
    prepaid: int = 0

    @property
    def good(self) -> int:
        """Rows that can be used."""
        return self.kept - self.set_aside


def count(draft: Draft, rows: ir.Table, engine: Engine, today: date) -> Counts:
    """Count a table in one pass over its rows."""
    good = rows[KEPT] & rows[REASON].isnull()
    names = (*draft.columns, *draft.attributes)
    times = event_times(draft.contract, draft.columns)
    money = [name for name in draft.columns if name in draft.contract and draft.contract[name].type == "money"]
    limit = ibis.literal(midnight(today + timedelta(days=1)), type=dt.timestamp)
    asked: dict[str, ir.Scalar] = {
        "read": rows.count(),
        "kept": rows[KEPT].sum(),
        "set_aside": (rows[KEPT] & rows[REASON].notnull()).sum(),
    }
    for index, name in enumerate(names):
        asked[f"empty{index}"] = (good & rows[OURS + name].isnull()).sum()
    for index, name in enumerate(money):
        asked[f"negative{index}"] = (good & (rows[OURS + name] < 0)).sum()
    for index, name in enumerate(times):
        time = rows[OURS + name]
        asked[f"first{index}"] = time.min(where=good)
        asked[f"last{index}"] = time.max(where=good & (time < limit))
    if {"paid_at", "issued_at"} <= set(times):
        asked["prepaid"] = (good & (rows[f"{OURS}paid_at"] < rows[f"{OURS}issued_at"])).sum()
    row = engine.rows(rows.agg(**asked)).iloc[0]

    def number(name: str) -> int:
        return int(row[name]) if name in row and pd.notna(row[name]) else 0

    return Counts(
        number("read"),
        number("kept"),
        number("set_aside"),
        empty={name: number(f"empty{index}") for index, name in enumerate(names)},
        negative={name: number(f"negative{index}") for index, name in enumerate(money)},
        first=_instants(row, "first", times),
        last=_instants(row, "last", times),
        prepaid=number("prepaid"),
    )


def _instants(row: pd.Series, prefix: str, times: list[str]) -> dict[str, datetime]:
    found = {name: row[f"{prefix}{index}"] for index, name in enumerate(times)}
    return {name: pd.Timestamp(when).to_pydatetime() for name, when in found.items() if pd.notna(when)}
