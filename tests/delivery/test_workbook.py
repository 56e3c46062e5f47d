"""Workbooks: what stands in them, that nothing in them runs, and that the same rows give the same bytes."""

import zipfile
from datetime import date, datetime
from pathlib import Path
from xml.etree import ElementTree

import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from churnrisk.delivery import workbook
from churnrisk.delivery.workbook import CUT, LONGEST, SHOWN_INSTEAD, write_workbook
from churnrisk.errors import DeliveryError

NAMES = [
    *('=HYPERLINK("http://example.com")', "+1", "-1+2", "@SUM(A1)", "{=1}", "＝1", "\t=1", "\n=1", "|cmd"),
    *("a\nb", 'say "hi"', "a\tb", "x" * 10_000, "\u202eabc", "שלום", "<script>alert(1)</script>", "a & b", "]]>"),
    *("007", "1e5", "TRUE", "#N/A", "2025-01-01", " blanks ", "'tis", "😀"),
]


def written(tmp_path: Path, rows: pd.DataFrame, **more: object) -> Path:
    path = tmp_path / "list.xlsx"
    write_workbook(rows, path, **more)
    return path


def sheet_of(path: Path) -> openpyxl.worksheet.worksheet.Worksheet:
    return openpyxl.load_workbook(path).active


def sheet_xml(path: Path) -> str:
    with zipfile.ZipFile(path) as book:
        return book.read("xl/worksheets/sheet1.xml").decode()


def texts(tmp_path: Path, names: list[str]) -> list[object]:
    return [cell.value for cell in sheet_of(written(tmp_path, pd.DataFrame({"name": names})))["A"][1:]]


def test_every_text_arrives_as_the_text_it_was(tmp_path):
    assert texts(tmp_path, NAMES) == NAMES


def test_no_cell_and_no_header_is_a_formula(tmp_path):
    path = written(tmp_path, pd.DataFrame({"=1+1": NAMES, "@x": 1.5}))
    sheet = sheet_of(path)
    assert [cell.data_type for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)] == ["s"] * (
        len(NAMES) + 2
    )
    assert sheet["A1"].value == "=1+1"
    assert "<f" not in sheet_xml(path).replace("<filter", "")


def test_a_text_that_would_run_stays_text_when_somebody_edits_it(tmp_path):
    sheet = sheet_of(written(tmp_path, pd.DataFrame({"name": ["=1", "Acme"]})))
    assert [sheet["A2"].quotePrefix, sheet["A3"].quotePrefix] == [True, False]


@settings(max_examples=60)
@given(names=st.lists(st.text(max_size=30), min_size=1, max_size=4), header=st.text(min_size=1, max_size=9))
def test_whatever_a_customer_is_called_the_workbook_opens_and_runs_nothing(tmp_path_factory, names, header):
    path = written(tmp_path_factory.mktemp("names"), pd.DataFrame({header: pd.Series(names, dtype="object")}))
    ElementTree.fromstring(sheet_xml(path))
    assert {cell.data_type for row in sheet_of(path).iter_rows() for cell in row if cell.value is not None} <= {"s"}


@pytest.mark.parametrize("mark", ["\x00", "\x07", "\x0b", "\x1f", "\ufffe"])
def test_marks_that_a_workbook_cannot_hold_are_seen(tmp_path, mark):
    assert texts(tmp_path, [f"a{mark}b"]) == [f"a{SHOWN_INSTEAD}b"]


def test_half_a_mark_does_no_harm(tmp_path):
    rows = pd.DataFrame({"name": pd.Series(["a\ud800b"], dtype="object")})
    assert sheet_of(written(tmp_path, rows))["A2"].value == f"a{SHOWN_INSTEAD}b"


def test_a_text_that_looks_like_a_mark_in_figures_is_escaped(tmp_path):
    with zipfile.ZipFile(written(tmp_path, pd.DataFrame({"name": ["_x000D_"]}))) as book:
        assert b"_x005F_x000D_" in book.read("xl/sharedStrings.xml")


def test_lines_end_in_one_way(tmp_path):
    assert texts(tmp_path, ["a\r\nb\rc"]) == ["a\nb\nc"]


def test_a_text_too_long_for_a_cell_is_cut_and_counted(tmp_path):
    rows = pd.DataFrame({"name": ["x" * (LONGEST + 1), "x" * LONGEST, "short"]})
    assert write_workbook(rows, tmp_path / "list.xlsx") == 1
    cells = [cell.value for cell in sheet_of(tmp_path / "list.xlsx")["A"][1:]]
    assert [len(cell) for cell in cells] == [LONGEST, LONGEST, 5]
    assert cells[0].endswith(CUT)
    assert cells[1] == "x" * LONGEST


def test_header_filters_and_formats_are_there(tmp_path):
    rows = pd.DataFrame({"customer_id": ["a", "b"], "churn_probability": [0.369, 0.1], "mrr": [1234.5, 2], "rank": 1})
    sheet = sheet_of(written(tmp_path, rows, percents=["churn_probability"], money=["mrr"], title="today"))
    assert sheet.title == "today"
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:D3"
    assert sheet["A1"].font.bold
    assert [sheet[f"{column}2"].number_format for column in "BCD"] == ["0.0%", "#,##0.00", "General"]
    assert sheet["B2"].value == 0.369


def test_days_are_days_and_times_are_times(tmp_path):
    rows = pd.DataFrame(
        {
            "day": [date(2025, 7, 1)],
            "midnight": [pd.Timestamp("2025-07-01")],
            "time": [pd.Timestamp("2025-07-01 14:30")],
            "zoned": [pd.Timestamp("2025-07-01 14:30", tz="UTC")],
            "old": pd.Series([date(1850, 1, 1)], dtype="object"),
        }
    )
    cells = sheet_of(written(tmp_path, rows))[2]
    assert [cell.value for cell in cells] == [
        *(datetime(2025, 7, 1), datetime(2025, 7, 1), datetime(2025, 7, 1, 14, 30), datetime(2025, 7, 1, 14, 30)),
        "1850-01-01",
    ]
    assert [cell.number_format.replace("\\", "") for cell in cells[:3]] == ["yyyy-mm-dd"] * 2 + ["yyyy-mm-dd hh:mm"]


def test_what_is_missing_is_an_empty_cell(tmp_path):
    rows = pd.DataFrame({"text": pd.Series([None, ""], dtype="object"), "number": [None, 1.0], "day": [pd.NaT] * 2})
    sheet = sheet_of(written(tmp_path, rows))
    assert [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)] == [[None] * 3, [None, 1, None]]


def test_numbers_that_are_none_and_truth_values_do_no_harm(tmp_path):
    rows = pd.DataFrame(
        {"number": [float("inf"), 1e300], "new": [True, False], "whole": pd.array([1, None], "Int64")}
    )
    sheet = sheet_of(written(tmp_path, rows))
    assert [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)] == [
        ["inf", True, 1],
        [1e300, False, None],
    ]


def test_the_same_rows_give_the_same_bytes(tmp_path, monkeypatch):
    rows = pd.DataFrame({"name": NAMES, "p": 0.5})
    first = written(tmp_path, rows).read_bytes()
    monkeypatch.setattr("time.time", lambda: 2e9)
    assert written(tmp_path, rows.copy()).read_bytes() == first


def test_columns_are_as_wide_as_their_texts_ask_for(tmp_path):
    rows = pd.DataFrame({"a": ["x" * 30], "reason_1": ["x" * 500], "n": [1]})
    widths = {name: one.width for name, one in sheet_of(written(tmp_path, rows)).column_dimensions.items()}
    assert widths["A"] == pytest.approx(32, abs=1)
    assert widths["B"] == pytest.approx(60, abs=1)
    assert widths["C"] < 13


@pytest.mark.parametrize("title", ["today", "a/b:c*d?e[f]", "x" * 50, "", "'q'", "\x00"])
def test_any_title_can_be_a_sheet_s_name(tmp_path, title):
    path = written(tmp_path, pd.DataFrame({"a": [1]}), title=title)
    assert 1 <= len(sheet_of(path).title) <= 31


def test_an_empty_list_opens(tmp_path):
    assert sheet_of(written(tmp_path, pd.DataFrame({"a": [], "b": []})))["B1"].value == "b"
    assert sheet_of(written(tmp_path, pd.DataFrame())).max_row == 1


def test_more_rows_than_a_sheet_holds_are_refused_with_the_remedy(tmp_path, monkeypatch):
    monkeypatch.setattr(workbook, "MOST_ROWS", 3)
    written(tmp_path, pd.DataFrame({"a": [1, 2]}))
    with pytest.raises(DeliveryError, match=r"list\.xlsx should hold 3 rows, and a sheet holds 2"):
        written(tmp_path, pd.DataFrame({"a": [1, 2, 3]}))


def test_nothing_is_left_behind_elsewhere(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path / "scratch"))
    (tmp_path / "scratch").mkdir()
    written(tmp_path, pd.DataFrame({"a": ["b"]}))
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["list.xlsx"]
