"""What every command prints with: one console, plain tables, money."""

import os
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd
from rich.console import Console
from rich.table import Table
from rich.text import Text


def console() -> Console:
    """Give the terminal, or 140 columns where there is none."""
    return Console(width=None if os.isatty(1) else 140, highlight=False, markup=False)


def table(columns: Iterable[tuple[str, str]], rows: Iterable[Iterable[str | Text]], title: str = "") -> Table:
    """Lay out cells in columns: (title, side), side "<" or ">"."""
    table = Table(box=None, title=title or None, title_justify="left", pad_edge=False, padding=(0, 2, 0, 0))
    for name, side in columns:
        table.add_column(name, justify="right" if side == ">" else "left", overflow="fold")
    for row in rows:
        table.add_row(*(cell if isinstance(cell, Text) else Text(cell) for cell in row))
    return table


def records(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Give a dataframe's rows, each a dictionary."""
    return [{str(name): value for name, value in row.items()} for row in rows.to_dict("records")]


def by_reason(names: Mapping[str, str]) -> dict[str, list[str]]:
    """Turn name = reason round: reason = the names it holds for.

    Examples
    --------
    >>> by_reason({"nps": "no answers", "csat": "no answers"})
    {'no answers': ['nps', 'csat']}
    """
    found: dict[str, list[str]] = {}
    for name, reason in names.items():
        found.setdefault(reason, []).append(name)
    return found


def money(value: float | None) -> str:
    """Write an amount with cents; nothing where there is none."""
    return "" if value is None or pd.isna(value) else f"{value:,.2f}"
