"""Lists as workbooks: a header that stays, filters, percents and money as such, and text that is never run.

The few parts of a workbook are written here, straight into the file: rows are streamed, nothing is left behind
elsewhere, no clock is in it, and no cell can become a formula, because none is ever written.
"""

import math
import re
import zipfile
from collections.abc import Collection, Iterable, Iterator
from datetime import date, datetime
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO
from xml.sax.saxutils import escape

import pandas as pd

from churnrisk.delivery.workbook_parts import BOLD, DAY, INSTANT, MONEY, PARTS, PERCENT, PLAIN, QUOTED, book_part
from churnrisk.errors import DeliveryError
from churnrisk.sources.spreadsheet import as_text

#: What one cell can hold, and what stands at the end of a text that was longer.
LONGEST, CUT = 32_767, " … [cut]"
#: How many rows one sheet can hold, the header among them.
MOST_ROWS = 1_048_576
#: Marks that XML refuses; a workbook that holds one cannot be opened.
REFUSED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
SHOWN_INSTEAD = "\ufffd"
#: What a workbook would take for a mark written in figures, as ``_x000D_``.
FIGURES = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
#: The first day of which days are counted, and the first that counts right.
DAY_ZERO, FIRST_DAY = datetime(1899, 12, 30), date(1900, 3, 1)
#: From how many rows a column's width is taken.
LOOKED_AT = 1_000
NARROWEST, WIDEST = 8, 60


def write_workbook(
    rows: pd.DataFrame,
    path: Path,
    *,
    percents: Collection[str] = (),
    money: Collection[str] = (),
    title: str = "list",
) -> int:
    """Write rows as a workbook with one sheet; the same rows give the same bytes.

    The header stays in sight and has filters. Texts are texts, whatever they begin with; marks that a workbook cannot
    hold become �, and a text longer than a cell is cut and says so.

    Parameters
    ----------
    percents
        Columns of shares, shown as 12.3 %.
    money
        Columns of amounts, shown with cents.
    title
        The sheet's name.

    Returns
    -------
    int
        How many texts were cut.

    Raises
    ------
    DeliveryError
        When there are more rows than a sheet can hold.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "list.xlsx"
    >>> write_workbook(pd.DataFrame({"customer_id": ["=1+1"], "churn_probability": [0.25]}), path)
    0
    >>> pd.read_excel(path).customer_id.tolist()
    ['=1+1']
    """
    if len(rows) >= MOST_ROWS:
        raise DeliveryError(
            f"{path.name} should hold {len(rows):,} rows, and a sheet holds {MOST_ROWS - 1:,}. "
            "Take CSV or Parquet for this list, or set [team] capacity_per_day."
        )
    formats = {**dict.fromkeys(money, MONEY), **dict.fromkeys(percents, PERCENT)}
    sheet = _Sheet([formats.get(str(name), PLAIN) for name in rows.columns])
    reach = f"A1:{column_name(max(len(rows.columns), 1))}{len(rows) + 1}"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for name, content in {**PARTS, "xl/workbook.xml": book_part(_sheet_name(title), reach)}.items():
            book.writestr(_part(name), content)
        with book.open(_part("xl/worksheets/sheet1.xml"), "w", force_zip64=True) as part:
            sheet.write(part, rows, _widths(rows, formats), reach)  # type: ignore[arg-type]
    return sheet.cut


class _Sheet:
    """Writes cells, and counts the texts that had to be cut.

    Parameters
    ----------
    styles
        How numbers of each column are shown.
    """

    def __init__(self, styles: list[int]) -> None:
        self.styles = styles
        self.cut = 0

    def write(self, part: BinaryIO, rows: pd.DataFrame, widths: list[int], reach: str) -> None:
        """Write the whole sheet, row by row."""
        columns = "".join(
            f'<col min="{place}" max="{place}" width="{width}" customWidth="1"/>'
            for place, width in enumerate(widths, start=1)
        )
        part.write(
            '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
            '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
            f'<dimension ref="{reach}"/><sheetViews><sheetView workbookViewId="0" tabSelected="1"><pane ySplit="1" '
            'topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
            f"{f'<cols>{columns}</cols>' if columns else ''}<sheetData>".encode()
        )
        letters = [column_name(place) for place in range(1, len(rows.columns) + 1)]
        lines = chain([[str(name) for name in rows.columns]], _lines(rows))
        for number, line in enumerate(lines, start=1):
            styles = self.styles if number > 1 else [BOLD] * len(letters)
            cells = "".join(
                f'<c r="{letter}{number}"{filled}'
                for letter, value, style in zip(letters, line, styles, strict=True)
                if (filled := self.cell(value, style))
            )
            part.write(f'<row r="{number}">{cells}</row>'.encode())
        part.write(f'</sheetData><autoFilter ref="{reach}"/></worksheet>'.encode())

    def cell(self, value: Any, style: int) -> str:
        """Give what stands in a cell: texts as texts, times as days, numbers in the column's format."""
        if value is None or value is pd.NaT or value is pd.NA or value != value or value == "":
            return ""
        if isinstance(value, str):
            return self._text(value, style)
        if isinstance(value, bool):
            return f' t="b"><v>{value:d}</v></c>'
        if isinstance(value, date):
            return self._time(value)
        if isinstance(value, int | float) or hasattr(value, "__float__"):
            return f' s="{style}"><v>{value}</v></c>' if math.isfinite(value) else self._text(str(value))
        return self._text(str(value))

    def _text(self, value: str, style: int = PLAIN) -> str:
        shown = as_cell(value)
        self.cut += len(shown) == LONGEST and shown.endswith(CUT) and not value.endswith(CUT)
        look = BOLD if style == BOLD else (PLAIN if as_text(shown) == shown else QUOTED)
        written = escape(FIGURES.sub("_x005F_", shown))
        return f' s="{look}" t="inlineStr"><is><t xml:space="preserve">{written}</t></is></c>'

    def _time(self, value: date) -> str:
        day = value.date() if isinstance(value, datetime) else value
        if day < FIRST_DAY:
            return self._text(value.isoformat())
        plain = pd.Timestamp(value).tz_localize(None) if isinstance(value, datetime) else pd.Timestamp(day)
        number = (plain - DAY_ZERO) / pd.Timedelta(days=1)
        return f' s="{DAY}"><v>{number:.0f}</v></c>' if number % 1 == 0 else f' s="{INSTANT}"><v>{number}</v></c>'


def as_cell(text: str) -> str:
    r"""Give a text as a cell can hold it: lines end in one way, what XML refuses is seen, and it fits.

    Examples
    --------
    >>> as_cell("a\x07b"), len(as_cell("x" * 40_000)), as_cell("x" * 40_000)[-5:]
    ('a�b', 32767, '[cut]')
    """
    shown = REFUSED.sub(SHOWN_INSTEAD, text.replace("\r\n", "\n").replace("\r", "\n"))
    return shown if len(shown) <= LONGEST else shown[: LONGEST - len(CUT)] + CUT


def column_name(place: int) -> str:
    """Give the letters of a column, counted from 1.

    Examples
    --------
    >>> column_name(1), column_name(27), column_name(703)
    ('A', 'AA', 'AAA')
    """
    letters = ""
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _lines(rows: pd.DataFrame) -> Iterator[tuple[Any, ...]]:
    """Give the rows one after the other, as plain values."""
    columns: Iterable[list[Any]] = [rows.iloc[:, place].tolist() for place in range(rows.shape[1])]
    return zip(*columns, strict=True) if columns else iter(())


def _widths(rows: pd.DataFrame, formats: Collection[str]) -> list[int]:
    """Give each column the room that its header and its first rows ask for."""
    widths = []
    for place, name in enumerate(rows.columns):
        cells = rows.iloc[:LOOKED_AT, place].dropna()
        if pd.api.types.is_numeric_dtype(cells):
            longest = 12 if name in formats else 8
        elif pd.api.types.is_datetime64_any_dtype(cells):
            longest = 14
        else:
            longest = max((len(line) for cell in cells for line in str(cell)[:LONGEST].split("\n")), default=0)
        widths.append(min(max(len(str(name)) + 4, longest + 2, NARROWEST), WIDEST))
    return widths


def _sheet_name(title: str) -> str:
    """Give a title as a sheet can be called: at most 31 marks, none of those that a reference is made of."""
    return re.sub(r"[\\/*?:\[\]'\x00-\x1f]", " ", REFUSED.sub(" ", title)).strip()[:31] or "list"


def _part(name: str) -> zipfile.ZipInfo:
    """Name a part of the file, with the same time always."""
    part = zipfile.ZipInfo(name, date_time=(2000, 1, 1, 0, 0, 0))
    part.compress_type, part.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
    return part
