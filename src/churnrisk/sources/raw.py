"""Rows as they stand in the company's files, before anything is made of them."""

from dataclasses import dataclass, field
from pathlib import Path

import ibis.expr.types as ir

#: Where a row stands: its file, and its line there (the header is line 1).
LINE = "line"
FILE = "file"


@dataclass(frozen=True)
class Raw:
    """One table of the company's.

    Parameters
    ----------
    table
        Its rows, with columns ``c0``, ``c1``, ... and ``line`` and ``file``.
    columns
        The company's name of a column = its name in ``table``.
    files
        The files it was read from.
    lazy
        Whether the rows are still in the files, and each pass reads them anew.
    delimiter
        What separated the columns of text, if it was text.
    looks
        What was found by looking at its values, kept for the next look.
    """

    table: ir.Table
    columns: dict[str, str]
    files: tuple[Path, ...]
    lazy: bool = False
    delimiter: str | None = None
    looks: dict[object, object] = field(default_factory=dict, compare=False, repr=False)

    def __getitem__(self, name: str) -> ir.Column:
        return self.table[self.columns[name]]


def numbered(names: list[str]) -> dict[str, str]:
    """Give each of the company's columns a name that no engine stumbles over.

    Examples
    --------
    >>> numbered(["Amount", "amount"])
    {'Amount': 'c0', 'amount': 'c1'}
    """
    return {name: f"c{index}" for index, name in enumerate(names)}
