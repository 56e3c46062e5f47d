"""Cells that a spreadsheet would run become text; all others stay as they are."""

import csv
import re

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnrisk.delivery.files import write_table
from churnrisk.sources.spreadsheet import as_text, as_written

RUN = ["=HYPERLINK(1)", "+1", "-1+2", "@SUM(A1)", "\t=1", "\n=1", "\u202e=1", "＝1"]
SHOWN = ["Acme", "a=b", "<script>alert(1)</script>", "x\ny", 'say "hi"', "x" * 10_000, "", "שלום"]


@pytest.mark.parametrize("text", RUN)
def test_a_text_that_would_run_gets_an_apostrophe(text):
    assert as_text(text).startswith("'")
    assert as_written(as_text(text)) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Acme;=1+1", "Acme;'=1+1"),
        ('Acme"; "@SUM(A1)', 'Acme"; "\'@SUM(A1)'),
        ("Acme\n=1", "Acme\n'=1"),
        ("a;'=1", "a;''=1"),
    ],
)
def test_what_semicolons_would_part_off_does_not_run_either(text, shown):
    assert as_text(text) == shown
    assert as_written(shown) == text


@pytest.mark.parametrize("text", ["a, -b", "a;b", "a=b;c", "x\ny - z", "a; 'b'"])
def test_other_texts_with_semicolons_and_lines_stay(text):
    assert as_text(text) == text


@pytest.mark.parametrize("text", SHOWN)
def test_every_other_text_stays(text):
    assert as_text(text) == text


@given(st.text(alphabet="'=+-@ab; \"\u202e\t\n", max_size=9))
def test_what_was_written_can_be_had_back(text):
    shown = as_text(text)
    assert as_written(shown) == text
    for place, cell in enumerate(re.split(";|\n", shown)):
        assert not cell.lstrip('\u202e "' if place else "\u202e ").startswith(("=", "+", "-", "@"))


def test_lines_end_in_one_way():
    assert as_text("a\r\nb\rc") == "a\nb\nc"


def test_a_csv_file_holds_texts_that_are_safe_and_numbers_as_they_are(tmp_path):
    rows = pd.DataFrame({"name": [*RUN, *SHOWN, None], "change": -1.5})
    write_table(rows, tmp_path / "rows.csv")
    with (tmp_path / "rows.csv").open(encoding="utf-8", newline="") as file:
        read = list(csv.DictReader(file))
    assert [as_written(row["name"]) for row in read] == [*RUN, *SHOWN, ""]
    assert all(row["name"].startswith("'") for row in read[: len(RUN)])
    assert {row["change"] for row in read} == {"-1.5"}


def test_a_parquet_file_holds_the_texts_as_they_are(tmp_path):
    write_table(pd.DataFrame({"name": RUN}), tmp_path / "rows.parquet")
    assert pd.read_parquet(tmp_path / "rows.parquet")["name"].tolist() == RUN
