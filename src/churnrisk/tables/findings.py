"""What someone should know about a table that can be used: each finding is one sentence."""

import ibis.expr.types as ir
import pandas as pd

from churnrisk.sources.engine import Engine
from churnrisk.tables.contract import Contract
from churnrisk.tables.count import Counts
from churnrisk.tables.draft import Draft

#: Fewer rows than this on either side prove nothing.
ENOUGH_ROWS = 20
#: The other side may hold the value in at most this share of its rows.
CHANCE = 0.01


def ordinary(draft: Draft, counts: Counts) -> list[str]:
    """Tell of negative amounts and of invoices paid before they were issued."""
    found = [
        f"{name}: {number:,} of {counts.good:,} rows are negative (credits); they were kept."
        for name, number in counts.negative.items()
        if number
    ]
    if counts.prepaid:
        found.append(
            f"paid_at: {counts.prepaid:,} of {counts.good:,} rows were paid before they were issued (prepaid)."
        )
    return found


def unsettled(table: ir.Table, contract: Contract, engine: Engine) -> list[str]:
    """Warn of columns that were filled in or changed later, although they should be known from the start.

    A column is suspect when it has one value in all rows whose outcome is still open (or in all whose outcome is
    known), and hardly ever that value in the others: a total that is 0 in every row not yet paid.
    """
    outcomes = [name for name in contract.revealed if name in table.columns and contract[name].type == "time"]
    suspects = _suspects(table, contract)
    warned: dict[str, str] = {}
    for outcome in outcomes if suspects else []:
        for name, text in _compared(table, outcome, suspects, engine).items():
            warned.setdefault(name, text)
    return list(warned.values())


def _suspects(table: ir.Table, contract: Contract) -> list[str]:
    known = set(contract.revealed) | set(contract.no_history) | set(contract.key) | {"customer_id"}
    return [
        column.name
        for column in contract.columns
        if column.name in table.columns and column.name not in known and column.type in ("number", "money", "text")
    ]


def _compared(table: ir.Table, outcome: str, suspects: list[str], engine: Engine) -> dict[str, str]:
    """Lay the rows with and without an outcome side by side."""
    marked = table.mutate(settled=table[outcome].notnull())
    asked: dict[str, ir.Value] = {"rows": marked.count()}
    for index, name in enumerate(suspects):
        asked[f"low{index}"] = marked[name].min()
        asked[f"high{index}"] = marked[name].max()
        asked[f"filled{index}"] = marked[name].count()
    sides = engine.rows(marked.group_by("settled").agg(**asked))
    if len(sides) < 2 or sides["rows"].min() < ENOUGH_ROWS:
        return {}
    found = {}
    for index, name in enumerate(suspects):
        for _, side in sides.iterrows():
            low, high, filled = side[f"low{index}"], side[f"high{index}"], side[f"filled{index}"]
            alike = filled == 0 or (filled == side["rows"] and low == high)
            settled = bool(side["settled"])
            if alike and _rare(marked, name, low, not settled, engine):
                found[name] = _warning(name, outcome, low, settled)
    return found


def _rare(marked: ir.Table, name: str, value: object, settled: bool, engine: Engine) -> bool:
    """Tell whether the one value of one side hardly ever stands on the other."""
    other = marked.filter(marked.settled if settled else ~marked.settled)
    same = other[name].isnull() if pd.isna(value) else other[name] == value  # type: ignore[call-overload]
    row = engine.rows(other.agg(rows=other.count(), same=same.fill_null(False).sum())).iloc[0]
    return bool(row["same"] <= CHANCE * row["rows"])


def _warning(name: str, outcome: str, value: object, settled: bool) -> str:
    shown = "empty" if pd.isna(value) else f"{value}"  # type: ignore[call-overload]
    rows = f"with {outcome}" if settled else f"without {outcome}"
    return (
        f"{name}: {shown} in every row {rows} and hardly ever in the others, which no start could know. "
        f'If it is changed later, say so: overwritten = ["{name}"].'
    )
