"""A list in its forms says the same in each."""

import pandas as pd

from churnrisk.delivery.forms import write_list

LIST = pd.DataFrame({"customer_id": ["a", "=b"], "churn_probability": [0.25, 0.071], "mrr": [12.5, None]})


def test_a_list_is_written_in_the_forms_asked_for(tmp_path):
    write_list(LIST, tmp_path, "at_risk", ["parquet", "csv"])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["at_risk.csv", "at_risk.parquet"]


def test_shares_are_in_percent_where_people_read_and_plain_where_programs_do(tmp_path):
    for name in ("today", "at_risk"):
        write_list(LIST, tmp_path, name, ["csv", "parquet", "xlsx"])
    assert pd.read_csv(tmp_path / "today.csv")["churn_probability"].tolist() == ["25.0%", "7.1%"]
    assert pd.read_csv(tmp_path / "at_risk.csv")["churn_probability"].tolist() == [0.25, 0.071]
    for name in ("today.parquet", "at_risk.parquet"):
        assert pd.read_parquet(tmp_path / name)["churn_probability"].tolist() == [0.25, 0.071]
    assert pd.read_excel(tmp_path / "today.xlsx")["churn_probability"].tolist() == [0.25, 0.071]


def test_texts_that_were_cut_are_counted(tmp_path):
    rows = LIST.assign(name=["x" * 40_000, "y"])
    assert write_list(rows, tmp_path, "today", ["csv", "xlsx"]) == 1
    assert write_list(rows, tmp_path, "today", ["csv"]) == 0


def test_an_empty_list_is_a_header(tmp_path):
    write_list(LIST.iloc[:0], tmp_path, "today", ["csv", "xlsx"])
    assert pd.read_csv(tmp_path / "today.csv").columns.tolist() == list(LIST.columns)
    assert pd.read_excel(tmp_path / "today.xlsx").columns.tolist() == list(LIST.columns)
