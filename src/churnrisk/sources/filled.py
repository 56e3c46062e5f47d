"""Lists that people filled and saved, from a text editor or a spreadsheet: their cells, and the days in them."""

import csv
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from churnrisk.errors import SourceError
from churnrisk.sources.spreadsheet import as_written
from churnrisk.sources.text import TextFile, open_text
from churnrisk.sources.workbook import readable

TEXT, WORKBOOK = (".csv", ".tsv", ".txt"), (".xlsx", ".xlsm")
#: How a spreadsheet may have encoded text, in the order tried; the last reads anything.
ENCODINGS = (None, "cp1252", "latin-1")

_CLOCK = (
    r"(?:[T ]+(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d+)?)?(?: ?(?P<half>[AaPp])[Mm])?)?"
)
_ZONE = r"(?: ?(?P<zone>Z|[+-]\d{2}:?\d{2}))?"
_YEAR_FIRST = re.compile(rf"(?P<year>\d{{4}})[-/.](?P<month>\d{{1,2}})[-/.](?P<day>\d{{1,2}}){_CLOCK}{_ZONE}")
_YEAR_LAST = re.compile(
    rf"(?P<one>\d{{1,2}})(?P<mark>[./-])(?P<two>\d{{1,2}})(?P=mark)(?P<year>\d{{4}}|\d{{2}}){_CLOCK}"
)
EARLIEST = 1990

NOT_A_DAY = "not a day"
TWO_DAYS = "may be two days; write it as 2025-07-31, or set [team] day_first"


def read_filled(path: Path) -> tuple[list[str], list[list[object]]]:
    """Read a filled list: the names in its header, and its rows.

    Raises
    ------
    SourceError
        When it is no list that can be read.
    """
    ending = path.suffix.lower()
    if ending in TEXT:
        rows = _text(path)
    elif ending in WORKBOOK:
        rows = _workbook(path)
    else:
        raise SourceError(f"{path.name} is neither CSV nor XLSX. Save it as one of the two.")
    if not rows:
        raise SourceError(f"{path.name} is empty. Put the filled list there.")
    header = [_plain(cell) for cell in rows[0]]
    return header, [list(row) + [None] * (len(header) - len(row)) for row in rows[1:]]


def _plain(name: object) -> str:
    """Give a column's name as we write it."""
    text = as_written(str(name).strip()) if name is not None else ""
    return re.sub(r"[\s_]+", "_", text.strip().lower())


def _text(path: Path) -> list[Sequence[object]]:
    file = _opened(path)
    try:
        with file.path.open(encoding="utf-8-sig", newline="") as lines:
            rows = [[as_written(cell) for cell in row] for row in csv.reader(lines, delimiter=file.delimiter)]
    except (csv.Error, OSError, UnicodeError) as fault:
        raise SourceError(f"{path.name} cannot be read as a list: {fault}. Save it again.") from fault
    finally:
        if file.path != path:
            file.path.unlink(missing_ok=True)
    return [row for row in rows if row]


def _opened(path: Path) -> TextFile:
    """Open a text file in the first encoding that fits."""
    for encoding in ENCODINGS[:-1]:
        try:
            return open_text(path, encoding, None)
        except SourceError as fault:
            if " is not " not in str(fault):
                raise
    return open_text(path, ENCODINGS[-1], None)


def _workbook(path: Path) -> list[Sequence[object]]:
    import openpyxl

    with readable(path):
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        try:
            rows: Iterable[Sequence[object]] = book.worksheets[0].iter_rows(values_only=True)
            return [row for row in rows if any(cell is not None for cell in row)]
        finally:
            book.close()


def moment(cell: object, zone: ZoneInfo, day_first: bool | None) -> datetime | str | None:
    """Read when something was: an instant in UTC, a word on why it cannot be read, or nothing where nothing stands.

    A day without a time is its midnight. ``31.7.2025`` is day first, with or without a time; ``03/07/2025`` could be
    two days, and is read only where the order is known.

    Parameters
    ----------
    zone
        Where times that say no zone were written.
    day_first
        Whether the day stands before the month where both are possible; None where nobody knows.

    Examples
    --------
    >>> from churnrisk.timeline import zone
    >>> str(moment("31.7.2025 14:30", zone("Europe/Berlin"), None))
    '2025-07-31 12:30:00'
    >>> moment("03/07/2025", zone("UTC"), None)
    'may be two days; write it as 2025-07-31, or set [team] day_first'
    """
    if isinstance(cell, datetime):
        return _utc(cell, zone)
    if cell is None or not str(cell).strip():
        return None
    text = str(cell).strip()
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return NOT_A_DAY
    found = _YEAR_FIRST.fullmatch(text)
    if found:
        return _made(found, int(found["month"]), int(found["day"]), zone)
    found = _YEAR_LAST.fullmatch(text)
    if not found:
        return NOT_A_DAY
    one, two = int(found["one"]), int(found["two"])
    first = True if found["mark"] == "." or one > 12 else (False if two > 12 else day_first)
    if one == two:
        first = True
    if first is None:
        return TWO_DAYS
    return _made(found, two, one, zone) if first else _made(found, one, two, zone)


def _made(found: re.Match[str], month: int, day: int, zone: ZoneInfo) -> datetime | str:
    year = int(found["year"]) + (2000 if len(found["year"]) == 2 else 0)
    hour, minute, second = (int(found[name] or 0) for name in ("hour", "minute", "second"))
    half = (found["half"] or "").lower()
    if half and not 1 <= hour <= 12:
        return NOT_A_DAY
    hour = hour % 12 + (12 if half == "p" else 0) if half else hour
    told = found.groupdict().get("zone") or ""
    try:
        plain = datetime(year, month, day, hour, minute, second)
        return _utc(plain.replace(tzinfo=datetime.fromisoformat(f"2000-01-01T00:00{told}").tzinfo), zone)
    except ValueError:
        return NOT_A_DAY


def _utc(when: datetime, zone: ZoneInfo) -> datetime | str:
    """Give an instant in UTC without a mark; a midnight without a zone is a day."""
    if when.year < EARLIEST:
        return NOT_A_DAY
    if when.tzinfo is None and when.time() == datetime.min.time():
        return when
    return when.replace(tzinfo=when.tzinfo or zone).astimezone(UTC).replace(tzinfo=None)
