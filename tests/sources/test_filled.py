"""Lists that people filled: whatever saved them, and however they write a day."""

from datetime import datetime

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnrisk.errors import SourceError
from churnrisk.sources.filled import NOT_A_DAY, TWO_DAYS, moment, read_filled
from churnrisk.timeline import zone

UTC, BERLIN = zone("UTC"), zone("Europe/Berlin")


@pytest.mark.parametrize(
    ("cell", "when"),
    [
        ("2025-07-31", "2025-07-31"),
        ("2025-7-3", "2025-07-03"),
        ("2025/07/31", "2025-07-31"),
        ("2025-07-31 14:30", "2025-07-31T14:30"),
        ("2025-07-31T14:30:05", "2025-07-31T14:30:05"),
        ("2025-07-31T14:30:00Z", "2025-07-31T14:30"),
        ("2025-07-31T14:30+02:00", "2025-07-31T12:30"),
        ("31.7.2025", "2025-07-31"),
        ("3.7.2025", "2025-07-03"),
        ("03.07.25 9:05", "2025-07-03T09:05"),
        ("31/07/2025", "2025-07-31"),
        ("07/31/2025", "2025-07-31"),
        ("7/31/2025 2:30 PM", "2025-07-31T14:30"),
        ("07/31/2025 12:05 am", "2025-07-31T00:05"),
        ("07/07/2025", "2025-07-07"),
        ("31-07-2025", "2025-07-31"),
        (datetime(2025, 7, 31, 9), "2025-07-31T09:00"),
        (pd.Timestamp("2025-07-31"), "2025-07-31"),
    ],
    ids=str,
)
def test_a_day_that_can_mean_one_thing_is_read(cell, when):
    assert moment(cell, UTC, None) == datetime.fromisoformat(when)


@pytest.mark.parametrize("cell", ["03/07/2025", "3-7-2025 10:00", "03/07/25"])
def test_a_day_that_can_mean_two_things_is_refused_until_somebody_says_which(cell):
    assert moment(cell, UTC, None) == TWO_DAYS
    assert moment(cell, UTC, True).date().isoformat() == "2025-07-03"
    assert moment(cell, UTC, False).date().isoformat() == "2025-03-07"


@pytest.mark.parametrize(
    "cell",
    [
        *("yesterday", "45839", 45839, 45839.0, "2025-13-01", "31.2.2025", "2025-07-31 25:00", "99/99/2025"),
        *("0025-01-01", "2025-07-31 13:00 PM", "7.2025", True, datetime(1900, 1, 1), "2025-07-31 14:30 +99:99"),
    ],
    ids=str,
)
def test_what_is_no_day_is_called_so(cell):
    assert moment(cell, UTC, None) == NOT_A_DAY


@pytest.mark.parametrize("cell", [None, "", "   "])
def test_an_empty_cell_is_nothing(cell):
    assert moment(cell, UTC, None) is None


def test_times_are_of_the_zone_and_days_are_days():
    assert moment("31.7.2025 14:30", BERLIN, None) == datetime(2025, 7, 31, 12, 30)
    assert moment(datetime(2025, 1, 31, 14, 30), BERLIN, None) == datetime(2025, 1, 31, 13, 30)
    assert moment("31.7.2025", BERLIN, None) == datetime(2025, 7, 31)
    assert moment(datetime(2025, 7, 31), BERLIN, None) == datetime(2025, 7, 31)


@given(cell=st.text(alphabet="0123456789./-: TZ+aAPpMm", max_size=22))
def test_no_cell_ends_in_a_fault(cell):
    assert isinstance(moment(cell, BERLIN, True), datetime | str | None)


@pytest.mark.parametrize(
    "content",
    [
        "customer_id,note\na,ö\n".encode(),
        "\ufeffcustomer_id;note\r\na;ö\r\n".encode(),
        "customer_id\tnote\na\tö\n".encode("utf-16"),
        "customer_id;note\na;ö\n".encode("cp1252"),
        '" Customer ID ","NOTE"\n"a","ö"\n\n'.encode(),
    ],
    ids=["comma", "semicolon and mark", "utf-16", "cp1252", "names with blanks"],
)
def test_text_is_read_however_it_was_saved(tmp_path, content):
    (tmp_path / "list.csv").write_bytes(content)
    assert read_filled(tmp_path / "list.csv") == (["customer_id", "note"], [["a", "ö"]])


def test_rows_that_are_too_short_are_filled_up(tmp_path):
    (tmp_path / "list.csv").write_text("customer_id,action,note\na\nb,call,x,more\n")
    assert read_filled(tmp_path / "list.csv")[1] == [["a", None, None], ["b", "call", "x", "more"]]


def test_apostrophes_that_made_a_cell_safe_are_taken_off_again(tmp_path):
    (tmp_path / "list.csv").write_text("customer_id\n'=1\n'tis\n")
    assert read_filled(tmp_path / "list.csv")[1] == [["=1"], ["'tis"]]


def test_a_workbook_is_read_with_its_days_as_days(tmp_path):
    rows = pd.DataFrame({"customer_id": ["007"], "contacted_at": [pd.Timestamp("2025-07-01")], "note": [None]})
    rows.to_excel(tmp_path / "list.xlsx", index=False)
    assert read_filled(tmp_path / "list.xlsx")[1] == [["007", datetime(2025, 7, 1), None]]


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("list.xlsx", b"not a workbook", "cannot be read as a workbook"),
        ("list.xls", b"\xd0\xcf", "neither CSV nor XLSX"),
        ("list.csv", b"", "is empty"),
        ("list.csv", b"customer_id\n\0\n", "zero bytes"),
    ],
)
def test_what_is_no_list_is_refused_with_the_remedy(tmp_path, name, content, why):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SourceError, match=why):
        read_filled(tmp_path / name)
