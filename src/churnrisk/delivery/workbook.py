"""Lists as workbooks: a header that stays, filters, percents and money as such, and text that is never run.

XlsxWriter makes them in memory: no clock stands in the file, and a killed run leaves nothing elsewhere.
"""

import math
import re
from collections.abc import Collection
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from churnrisk.errors import DeliveryError
from churnrisk.sources.spreadsheet import as_text

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

#: What one cell can hold, and what stands at the end of a text that was longer.
LONGEST, CUT = 32_767, " … [cut]"
#: How many rows one sheet can hold, the header among them.
MOST_ROWS = 1_048_576
#: Marks that XML refuses; a workbook that holds one cannot be opened.
REFUSED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
SHOWN_INSTEAD = "\ufffd"
#: The first day that workbooks count right, and the time of making that every workbook names.
FIRST_DAY, MADE = date(1900, 3, 1), datetime(2000, 1, 1)
#: How cells look, by the name of the look.
LOOKS: dict[str, dict[str, Any]] = {
    "plain": {},
    "bold": {"bold": True},
    "quoted": {"quote_prefix": True},
    "percent": {"num_format": "0.0%"},
    "money": {"num_format": "#,##0.00"},
    "day": {"num_format": "yyyy-mm-dd"},
    "instant": {"num_format": "yyyy-mm-dd hh:mm"},
}
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
    import xlsxwriter

    formats = {**dict.fromkeys(money, "money"), **dict.fromkeys(percents, "percent")}
    with xlsxwriter.Workbook(str(path), {"in_memory": True}) as book:
        book.set_properties({"created": MADE})
        looks = {name: book.add_format(look) for name, look in LOOKS.items()}
        sheet = book.add_worksheet(_sheet_name(title))
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, len(rows), max(len(rows.columns), 1) - 1)
        for place, width in enumerate(_widths(rows, formats)):
            sheet.set_column(place, place, width)
        cells = _Cells(sheet, looks)
        for place, name in enumerate(rows.columns):
            cells.text(0, place, str(name), "bold")
            for number, value in enumerate(rows.iloc[:, place].tolist(), start=1):
                cells.write(number, place, value, formats.get(str(name), "plain"))
    return cells.cut


class _Cells:
    """Writes cells, and counts the texts that had to be cut.

    Parameters
    ----------
    looks
        How cells can look, by name.
    """

    def __init__(self, sheet: "Worksheet", looks: dict[str, "Format"]) -> None:
        self.sheet = sheet
        self.looks = looks
        self.cut = 0

    def write(self, row: int, column: int, value: Any, look: str) -> None:
        """Write one value: texts as texts, times as days, numbers in the column's look; nothing where none is."""
        if value is None or value is pd.NaT or value is pd.NA or value != value or value == "":
            return
        if isinstance(value, bool):
            self.sheet.write_boolean(row, column, value)
        elif isinstance(value, date):
            self._time(row, column, value)
        elif hasattr(value, "__float__") and math.isfinite(value):
            self.sheet.write_number(row, column, value, self.looks[look])
        else:
            self.text(row, column, str(value))

    def text(self, row: int, column: int, value: str, look: str = "plain") -> None:
        """Write a text; one that would run stays text when somebody edits it."""
        shown = as_cell(value)
        self.cut += len(shown) == LONGEST and shown.endswith(CUT) and not value.endswith(CUT)
        look = "quoted" if look == "plain" and as_text(shown) != shown else look
        self.sheet.write_string(row, column, shown, self.looks[look])

    def _time(self, row: int, column: int, value: date) -> None:
        moment = pd.Timestamp(value).tz_localize(None)
        if moment.date() < FIRST_DAY:
            self.text(row, column, value.isoformat())
            return
        look = "day" if moment == moment.normalize() else "instant"
        self.sheet.write_datetime(row, column, moment.to_pydatetime(), self.looks[look])


def as_cell(text: str) -> str:
    r"""Give a text as a cell can hold it: lines end in one way, what XML refuses is seen, and it fits.

    Examples
    --------
    >>> as_cell("a\x07b"), len(as_cell("x" * 40_000)), as_cell("x" * 40_000)[-5:]
    ('a�b', 32767, '[cut]')
    """
    shown = REFUSED.sub(SHOWN_INSTEAD, text.replace("\r\n", "\n").replace("\r", "\n"))
    return shown if len(shown) <= LONGEST else shown[: LONGEST - len(CUT)] + CUT


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
