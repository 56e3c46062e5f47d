"""A customer's rows go from every kind of file; all others stay as they are."""

import json

import openpyxl
import pandas as pd
import pytest

from churnrisk.delivery.files import write_table
from churnrisk.delivery.workbook import write_workbook
from churnrisk.history.without import Customer, take_out

ROWS = pd.DataFrame(
    {
        "rank": [1, 2, 3],
        "customer_id": ["c1", "c17", "c170"],
        "name": ['Line\nbreak, "quoted"', "=cmd()", "c17 is named here"],
        "mrr": [17.0, 1.5, None],
    }
)


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_rows_of_a_list_go_and_all_others_stay(tmp_path, ending):
    path, other = tmp_path / f"list.{ending}", tmp_path / f"other.{ending}"
    write_table(ROWS, path)
    write_table(ROWS.drop(index=1), other)
    assert take_out(path, Customer("c17")) == 1
    if ending == "csv":
        assert path.read_bytes() == other.read_bytes()
    else:
        pd.testing.assert_frame_equal(pd.read_parquet(path), pd.read_parquet(other))
    assert sorted(tmp_path.iterdir()) == [path, other]


@pytest.mark.parametrize("ending", ["csv", "parquet", "xlsx", "json", "jsonl"])
def test_a_file_without_the_customer_is_not_touched(tmp_path, ending):
    path = tmp_path / f"list.{ending}"
    if ending == "xlsx":
        write_workbook(ROWS, path)
    elif ending.startswith("json"):
        path.write_text('{"c170": ["c1"]}\n')
    else:
        write_table(ROWS, path)
    before = path.stat().st_ino, path.read_bytes()
    assert take_out(path, Customer("c7")) == 0
    assert (path.stat().st_ino, path.read_bytes()) == before


def test_rows_of_our_workbook_go(tmp_path):
    path = tmp_path / "today.xlsx"
    write_workbook(ROWS, path, money=["mrr"])
    assert take_out(path, Customer("c17")) == 1
    found = pd.read_excel(path)
    assert found["customer_id"].tolist() == ["c1", "c170"]
    assert openpyxl.load_workbook(path).active.freeze_panes == "A2"


def test_rows_of_a_workbook_that_a_person_saved_go(tmp_path):
    path = tmp_path / "filled.xlsx"
    ROWS.assign(customer_id=[1.0, 17.0, 170.0]).rename(columns={"customer_id": "Customer ID"}).to_excel(
        path, index=False
    )
    assert take_out(path, Customer("17")) == 1
    assert pd.read_excel(path)["Customer ID"].tolist() == [1, 170]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_text_files_of_spreadsheets_are_read_as_they_were_saved(tmp_path, encoding, mark):
    path = tmp_path / "filled.csv"
    lines = ["customer_id,note", "c1,Müller", "c17,Größe", "c170,é"]
    path.write_bytes("\r\n".join(lines).replace(",", mark).encode(encoding))
    assert take_out(path, Customer("c17")) == 1
    assert path.read_bytes().decode(encoding).replace(mark, ",").split("\r\n") == [lines[0], lines[1], lines[3]]


def test_an_id_like_a_formula_is_found_behind_its_apostrophe(tmp_path):
    path = tmp_path / "list.csv"
    write_table(ROWS.assign(customer_id=["-1", "=1", "1"]), path)
    assert take_out(path, Customer("=1")) == 1
    assert path.read_text().count("'-1") == 1


def test_a_list_goes_by_its_customer_id_alone(tmp_path):
    path = tmp_path / "list.csv"
    write_table(ROWS.assign(name="c17"), path)
    assert take_out(path, Customer("c17")) == 1


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_rows_as_a_company_wrote_them_go_by_any_text(tmp_path, ending):
    path = tmp_path / f"tickets.{ending}"
    rows = pd.DataFrame({"reason": ["not a time"] * 3, "line": [17, 18, 19], "Kunde": ["17", " 17.0", "170"]})
    write_table(rows, path)
    assert take_out(path, Customer("17")) == 0
    assert take_out(path, Customer("17"), anywhere=True) == (3 - 1 if ending == "parquet" else 2)


def test_json_loses_what_is_the_customers(tmp_path):
    path = tmp_path / "sent.json"
    plain = {"email": ["c1", "c17"], "c17": 1, "rows": [{"customer_id": "c17"}, {"customer_id": "c1"}], "n": 17}
    path.write_text(json.dumps({**plain, "told": "c17 came back; c170 did not"}))
    assert take_out(path, Customer("c17")) == 4
    assert json.loads(path.read_text()) == {
        "email": ["c1"],
        "rows": [{"customer_id": "c1"}],
        "n": 17,
        "told": "forgotten came back; c170 did not",
    }


def test_numbers_in_sentences_are_not_taken_for_an_id(tmp_path):
    path = tmp_path / "run.json"
    path.write_text(json.dumps({"warnings": ["17 rows were set aside"], "counts": {"scored": 17}}))
    assert take_out(path, Customer("17")) == 0


def test_lines_of_json_go_where_they_are_the_customers(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text('{"customer_id": "c17"}\n{"customer_id": "c1", "at": 1}\n')
    assert take_out(path, Customer("c17")) == 1
    assert path.read_text() == '{"customer_id": "c1", "at": 1}\n'
