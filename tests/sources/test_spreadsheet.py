"""Cells that a spreadsheet would run become text; all others stay as they are."""

import csv

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
    assert as_text(text) == f"'{text}"


@pytest.mark.parametrize("text", SHOWN)
def test_every_other_text_stays(text):
    assert as_text(text) == text


@given(st.text(alphabet="'=+-@ab \u202e\t\n", max_size=8))
def test_what_was_written_can_be_had_back(text):
    shown = as_text(text)
    assert as_written(shown) == text
    assert not shown.lstrip("\u202e ").startswith(("=", "+", "-", "@", "\t", "\n"))


def test_lines_end_in_one_way():
    assert as_text("a\r\nb\rc") == "a\nb\nc"


def test_a_csv_file_holds_texts_that_are_safe_and_numbers_as_they_are(tmp_path):
    rows = pd.DataFrame({"name": [*RUN, *SHOWN, None], "change": -1.5})
    write_table(rows, tmp_path / "rows.csv")
    with (tmp_path / "rows.csv").open(encoding="utf-8", newline="") as file:
        read = list(csv.DictReader(file))
    assert [row["name"] for row in read] == [f"'{one}" for one in RUN] + SHOWN + [""]
    assert {row["change"] for row in read} == {"-1.5"}


def test_a_parquet_file_holds_the_texts_as_they_are(tmp_path):
    write_table(pd.DataFrame({"name": RUN}), tmp_path / "rows.parquet")
    assert pd.read_parquet(tmp_path / "rows.parquet")["name"].tolist() == RUN
