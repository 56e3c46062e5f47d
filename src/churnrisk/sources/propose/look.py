"""Looking at a file: its columns, and what some of its values look like."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from churnrisk.errors import ChurnRiskError, SourceError
from churnrisk.settings.source import FilePart
from churnrisk.sources import cells
from churnrisk.sources.engine import Engine
from churnrisk.sources.files import KNOWN, WORKBOOK, FileSource
from churnrisk.sources.propose.dates import ENOUGH, Dates, find_dates
from churnrisk.sources.raw import LINE, Raw
from churnrisk.sources.terms import kind_of
from churnrisk.sources.text import stream
from churnrisk.sources.workbook import readable

#: Rows of a file that are looked at, spread over the whole of it.
ROWS = 2000
#: What exports write for "nothing".
NONES = ("NULL", "null", "Null", "N/A", "n/a", "NA", "None", "none", "nan", "NaN", "-", "--", "?", "\\N",
         "0000-00-00", "0000-00-00 00:00:00")  # fmt: skip
#: From this year on an end means that there is none.
FAR_YEAR = 2070
_EPOCHS = (("epoch", 946_684_800.0), ("epoch_ms", 946_684_800_000.0))


NO_DATES = Dates(0.0)


@dataclass(frozen=True)
class ColumnLook:
    """What the values of one column look like.

    Parameters
    ----------
    kinds
        What it can be read as: time, number, bool, text; none for an empty column.
    filled
        Part of the rows that hold a value.
    distinct
        Part of the filled values that differ.
    dates
        How its times are written.
    nones
        Values that mean 'none'.
    points, commas, either
        Numbers that need a decimal point, a decimal comma, or mean different numbers by each.
    fractions, negative
        Whether some of its numbers are no whole ones, or below 0.
    values
        Its different values, as ids are compared.
    """

    name: str
    kinds: frozenset[str]
    filled: float
    distinct: float
    example: str = ""
    dates: Dates = NO_DATES
    nones: tuple[str, ...] = ()
    points: int = 0
    commas: int = 0
    either: str = ""
    fractions: bool = False
    negative: bool = False
    values: frozenset[str] = frozenset()

    @property
    def is_empty(self) -> bool:
        """Whether no row holds a value."""
        return not self.kinds


@dataclass(frozen=True)
class FileLook:
    """What a file, or one sheet of a workbook, holds.

    Parameters
    ----------
    rows
        All its rows, of which some were looked at.
    encoding
        What must be said for it to be read.
    """

    path: Path
    columns: dict[str, ColumnLook]
    rows: int
    raw: Raw = field(repr=False, compare=False)
    sheet: str | None = None
    encoding: str | None = None

    @property
    def label(self) -> str:
        """Its name, for people."""
        return self.path.name + (f" ({self.sheet})" if self.sheet else "")


def look_at_folder(source: FileSource) -> tuple[list[FileLook], dict[str, str]]:
    """Look at every file of a folder; files that cannot be read are told with the reason.

    Raises
    ------
    SourceError
        When the folder holds no file that could be read.
    """
    folder = source.folder
    if not folder.is_dir():
        raise SourceError(f"There is no folder {folder}. Name the folder that holds the company's files.")
    paths = sorted(path for path in folder.iterdir() if path.is_file() and path.name.lower().endswith(KNOWN))
    if not paths:
        raise SourceError(f"{folder} holds no CSV, TSV, Parquet or XLSX file. Put the tables there, as files.")
    looks: list[FileLook] = []
    unread: dict[str, str] = {}
    for path in paths:
        try:
            looks += [_look_at(source, path, sheet) for sheet in _sheets(path)]
        except ChurnRiskError as fault:
            unread[path.name] = str(fault)
    return looks, unread


def look_at_column(name: str, values: Sequence[Any], kind: str) -> ColumnLook:
    """Say what values look like.

    Parameters
    ----------
    values
        Cells in the order of the rows; None or empty text where there is nothing.
    kind
        What the engine takes them for: text, number, time, bool.

    Examples
    --------
    >>> sorted(look_at_column("Preis", ["1,50", "12,00"], "text").kinds)
    ['number', 'text']
    """
    if kind in ("time", "bool"):
        return _native(name, values, kind)
    if kind == "number":
        filled = [float(value) for value in values if value is not None and value == value]
        texts = [str(int(value)) if value.is_integer() else repr(value) for value in filled]
        return _text(name, texts, len(values), native=True)
    texts = [str(value).strip() for value in values if value is not None and value == value]
    return _text(name, [text for text in texts if text], len(values))


def resolved(look: ColumnLook, column: Any, engine: Engine) -> ColumnLook:
    """Look at all values of a column whose dates could be read in two ways; a day above 12 decides."""
    cell = cells.filled(column).name("value").as_table().distinct()
    cell = cell.filter(cell.value.notnull())
    fits = {f"f{index}": cells.time(cell.value, [p]).notnull().sum() for index, p in enumerate(look.dates.choices)}
    counts = engine.rows(cell.agg(**fits)).iloc[0]
    found = [int(counts[f"f{index}"]) for index in range(len(look.dates.choices))]
    best = [p for p, count in zip(look.dates.choices, found, strict=True) if count == max(found)]
    return look if len(best) > 1 else replace(look, dates=Dates(look.dates.share, (best[0],)))


def as_id(text: str) -> str:
    """Write an id as ids are compared: ``17850.0`` is ``17850``.

    Examples
    --------
    >>> as_id("17850.0"), as_id(" C7 ")
    ('17850', 'C7')
    """
    text = text.strip()
    return re.sub(cells.TRAILING_ZEROS, "", text) if re.search(cells.WHOLE, text) else text


def _sheets(path: Path) -> list[str | None]:
    if not path.name.lower().endswith(WORKBOOK):
        return [None]
    with readable(path), pd.ExcelFile(path, engine="openpyxl") as book:
        names = [str(name) for name in book.sheet_names]
    return [None] if len(names) == 1 else list(names)


def _look_at(source: FileSource, path: Path, sheet: str | None) -> FileLook:
    encoding = None
    try:
        raw = source.read([path], FilePart(sheet=sheet))
    except SourceError as fault:
        if "is not utf-8" not in str(fault):
            raise
        encoding = _single_byte(path)
        raw = source.read([path], FilePart(sheet=sheet, encoding=encoding))
    engine = source.engine
    rows = int(engine.rows(raw.table.agg(rows=raw.table.count()))["rows"].tolist()[0])
    step = max(1, rows // ROWS)
    some = raw.table.filter(raw.table[LINE] % step == 0) if step > 1 else raw.table
    cells_seen = engine.rows(some.order_by(LINE).limit(ROWS).select(*raw.columns.values()))
    columns = {}
    for name, place in raw.columns.items():
        values = [None if pd.isna(value) else value for value in cells_seen[place].tolist()]
        seen = look_at_column(name, values, kind_of(raw[name].type()))
        if seen.dates.choices and raw[name].type().is_string():
            seen = resolved(seen, raw[name], engine)
        columns[name] = seen
    return FileLook(path, columns, rows, raw, sheet, encoding)


def _single_byte(path: Path) -> str:
    """Name the encoding of a text that is not UTF-8: Windows marks between 0x80 and 0x9f tell the one."""
    with stream(path) as file:
        content = file.read(1 << 24)
    return "cp1252" if any(0x80 <= byte < 0xA0 for byte in set(content)) else "latin-1"


def _native(name: str, values: Sequence[Any], kind: str) -> ColumnLook:
    filled = [value for value in values if value is not None]
    if not filled:
        return ColumnLook(name, frozenset(), 0.0, 0.0)
    texts = [_iso(value) for value in filled]
    far = tuple(sorted({text for text in texts if kind == "time" and int(text[:4]) >= FAR_YEAR}))
    distinct = len(set(texts)) / len(texts)
    return ColumnLook(
        name,
        frozenset({kind, "text"} if kind == "bool" else {kind}),
        len(filled) / len(values),
        distinct,
        texts[0],
        Dates(1.0 if kind == "time" else 0.0),
        far,
    )


def _iso(value: Any) -> str:
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == datetime.min.time() else value.isoformat(" ", "seconds")
    return value.isoformat() if isinstance(value, date) else str(value).lower()


def _text(name: str, texts: list[str], rows: int, *, native: bool = False) -> ColumnLook:
    if not texts:
        return ColumnLook(name, frozenset(), 0.0, 0.0)
    nones = tuple(none for none in NONES if none in set(texts))
    plain = [text for text in texts if text not in nones]
    numbers = [text for text in plain if _is_number(text)]
    different = list(dict.fromkeys(plain))
    dates = _dates_of(different, numbers)
    kinds = {"text"}
    if plain and len(numbers) >= ENOUGH * len(plain):
        kinds.add("number")
    if dates.are_times:
        kinds.add("time")
    if plain and all(text.lower() in cells.TRUE + cells.FALSE for text in different):
        kinds.add("bool")
    typed = len(kinds) > 1
    kept = plain if typed else texts
    point, comma = (
        _needs(numbers, cells.POINT, cells.POINT_GROUPS),
        _needs(numbers, cells.COMMA, cells.COMMA_GROUPS),
    )
    both = sorted(text for text in point & comma if set(text) & {".", ","})
    return ColumnLook(
        name,
        frozenset(kinds),
        len(kept) / rows,
        len(set(kept)) / max(1, len(kept)),
        kept[0] if kept else "",
        dates,
        (nones if typed else ()) + _far(different, dates),
        points=0 if native else len(point - comma),
        commas=0 if native else len(comma - point),
        either="" if native or not both else both[0],
        fractions=any(not re.search(cells.WHOLE, text) for text in numbers),
        negative=any(text.startswith("-") for text in numbers),
        values=frozenset(as_id(text) for text in kept),
    )


def _dates_of(different: list[str], numbers: list[str]) -> Dates:
    dates = find_dates(different)
    if dates.are_times or len(numbers) < len(different) or not numbers:
        return dates
    try:
        seconds = [float(text) for text in numbers]
    except ValueError:
        return dates
    for name, first in _EPOCHS:
        if all(first <= one <= 2.2 * first and one.is_integer() for one in seconds):
            return Dates(1.0, (name,))
    return dates


def _far(different: list[str], dates: Dates) -> tuple[str, ...]:
    """Find dates that stand for an end that is not known."""
    if not dates.are_times or dates.choices or dates.formats in (("epoch",), ("epoch_ms",)):
        return ()
    years = {text: year_of(text, dates.formats) for text in different if re.search("20[7-9]|2[1-9]|9999", text)}
    return tuple(sorted(text for text, year in years.items() if year >= FAR_YEAR))


def year_of(text: str, formats: Sequence[str]) -> int:
    """Read the year of a date; 0 where it cannot be read.

    Examples
    --------
    >>> year_of("31.12.9999", ["%d.%m.%Y"]), year_of("2099-01-01", [])
    (9999, 2099)
    """
    for pattern in formats:
        try:
            return datetime.strptime(text, pattern).year
        except ValueError:
            continue
    return int(text[:4]) if text[:4].isdigit() else 0


def _is_number(text: str) -> bool:
    shapes = (cells.POINT, cells.POINT_GROUPS, cells.COMMA, cells.COMMA_GROUPS)
    return any(re.search(shape, text) for shape in shapes)


def _needs(numbers: list[str], *shapes: str) -> set[str]:
    return {text for text in numbers if any(re.search(shape, text) for shape in shapes)}
