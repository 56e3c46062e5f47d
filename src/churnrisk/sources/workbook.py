"""Reading a sheet of a workbook: each column of one kind, or else as text."""

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path

import pandas as pd

from churnrisk.errors import SourceError


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Say that a workbook cannot be read, whatever its reader stumbles over: a damaged one fails it anywhere.

    Raises
    ------
    SourceError
        With the file's name and the remedy.
    """
    try:
        yield
    except ImportError:
        raise
    except Exception as fault:
        told = str(fault) if isinstance(fault, OSError | ValueError | zipfile.BadZipFile) else "a part is damaged"
        raise SourceError(f"{path.name} cannot be read as a workbook: {told.rstrip('.')}. Save it again.") from fault


def read_sheet(path: Path, sheet: str | None) -> pd.DataFrame:
    """Read one sheet; by default the first."""
    with readable(path):
        rows = pd.read_excel(path, sheet_name=sheet or 0, dtype=object, engine="openpyxl", keep_default_na=False)
    return pd.DataFrame({name: as_one_kind(rows[name]) for name in rows.columns}, index=rows.index)


def as_one_kind(cells: pd.Series) -> pd.Series:
    """Give a column of a sheet as numbers, times or truth values if all its cells are such; else as text.

    Examples
    --------
    >>> as_one_kind(pd.Series([1, 2.5, ""], dtype=object)).dtype
    dtype('float64')
    >>> as_one_kind(pd.Series([17850.0, "A7"], dtype=object)).tolist()
    ['17850', 'A7']
    """
    filled = cells[[not _empty(cell) for cell in cells]]
    kinds = {_kind(cell) for cell in filled}
    if kinds == {"number"}:
        return pd.to_numeric(filled).astype("float64").reindex(cells.index)
    if kinds == {"time"}:
        return pd.to_datetime(filled).astype("datetime64[us]").reindex(cells.index)
    if kinds == {"bool"}:
        return filled.astype("boolean").reindex(cells.index)
    return filled.map(_text).astype("str").reindex(cells.index)


def _empty(cell: object) -> bool:
    return cell is None or cell is pd.NaT or cell != cell or (isinstance(cell, str) and not cell.strip())


def _kind(cell: object) -> str:
    if isinstance(cell, bool):
        return "bool"
    if isinstance(cell, int | float):
        return "number"
    return "time" if isinstance(cell, date) else "text"


def _text(cell: object) -> str:
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ")
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)
