"""What every command prints with: one console, plain tables, money."""

import os
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd
from rich.console import Console
from rich.table import Table
from rich.text import Text

from churnrisk.delivery.log import one_line

#: A cell shows so many marks at most.
LONGEST = 500


class Screen(Console):
    """A terminal on which texts are only read: none can move the cursor, change a colour or turn a line round."""

    def print(self, *objects: Any, **options: Any) -> None:
        """Print as rich does, texts made plain; markup means nothing."""
        super().print(*(plain(one) if isinstance(one, str) else one for one in objects), **options)


def console() -> Screen:
    """Give the terminal, or 140 columns where there is none."""
    return Screen(width=None if os.isatty(1) else 140, highlight=False, markup=False, emoji=False)


def plain(text: str) -> str:
    r"""Give a text with its line ends, and every other mark that cannot be seen written out.

    Examples
    --------
    >>> print(plain("one\ntwo\x1b[2J [red]"))
    one
    two\x1b[2J [red]
    """
    return "\n".join(one_line(line) for line in text.split("\n"))


def cell(text: str) -> str:
    r"""Give a text as a cell shows it: in one line, and not without end.

    Examples
    --------
    >>> print(cell("Acme\nInc"), len(cell("x" * 10_000)))
    Acme\nInc 500
    """
    shown = one_line(text[: LONGEST + 1])
    return shown if len(shown) <= LONGEST else shown[: LONGEST - 1] + "…"


def table(columns: Iterable[tuple[str, str]], rows: Iterable[Iterable[str | Text]], title: str = "") -> Table:
    """Lay out cells in columns: (title, side), side "<" or ">"."""
    table = Table(box=None, title=title or None, title_justify="left", pad_edge=False, padding=(0, 2, 0, 0))
    for name, side in columns:
        table.add_column(name, justify="right" if side == ">" else "left", overflow="fold")
    for row in rows:
        table.add_row(*(one if isinstance(one, Text) else Text(cell(one)) for one in row))
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
