"""A flat file becomes customers, labels and typed columns, or one error that says what to do."""

import duckdb
import numpy as np
import pandas as pd
import pytest

from churnrisk.errors import SourceError
from churnrisk.settings import FlatSource, PipelineSettings
from churnrisk.sources.flat import read_flat

ROWS = pd.DataFrame(
    {
        "CustomerID": ["b", "a", "d", "c"],
        "plan": ["monthly", "yearly", "", "yearly"],
        "spend": ["1.5", " ", "2", "3"],
        "senior": [0, 1, 0, 1],
        "since": ["2024-01-01", "2024-02-01", "2024-03-01", ""],
        "zip": ["01234", "99999", "00001", "50000"],
        "Churn": ["Yes", "No", "No", ""],
    }
)


@pytest.fixture
def read(tmp_path, engine):
    def run(rows=ROWS, *, to_learn=True, model_types=None, **more):
        if rows is not None:
            rows.to_csv(tmp_path / "c.csv", index=False)
        told = {"file": "c.csv", "customer_id": "CustomerID", "label": "Churn"} | more
        settings = PipelineSettings(name="mine", source=FlatSource(**told), file=tmp_path / "mine.toml")
        return read_flat(settings, engine, types=model_types, to_learn=to_learn)

    return run


@pytest.fixture
def refusal(read):
    def run(rows=ROWS, **more):
        with pytest.raises(SourceError) as fault:
            read(rows, **more)
        return str(fault.value)

    return run


def test_columns_are_typed_by_looking_and_rows_keep_their_order(read):
    table = read()
    assert table.customers.tolist() == ["b", "a", "d", "c"]
    assert table.churned[:3].tolist() == [1.0, 0.0, 0.0]
    assert np.isnan(table.churned[3])
    assert table.labelled.tolist() == [0, 1, 2]
    assert [str(kind) for kind in table.X.dtypes] == ["str", "float64", "float64", "datetime64[us]", "str"]
    assert table.X["zip"].tolist()[0] == "01234"


def test_blanks_are_missing(read):
    table = read()
    assert table.X["spend"].isna().tolist() == [False, True, False, False]
    assert table.X["plan"].isna().tolist() == [False, False, True, False]


def test_a_type_can_be_said_and_a_word_for_none(read):
    table = read(types={"senior": "text"}, none=["yearly"])
    assert table.X["senior"].tolist() == ["0", "1", "0", "1"]
    assert table.X["plan"].isna().sum() == 3


def test_the_toml_outranks_the_type_of_a_model(read):
    assert read(types={"senior": "number"}, model_types={"senior": "text"}).X["senior"].dtype == "float64"


@pytest.mark.parametrize("ending", ["parquet", "xlsx", "duckdb"])
def test_every_door_gives_the_same(read, tmp_path, ending):
    want = read()
    if ending == "duckdb":
        with duckdb.connect(tmp_path / "c.duckdb") as base:
            base.execute(
                "CREATE TABLE people AS SELECT * FROM read_csv(?, all_varchar = true)", [str(tmp_path / "c.csv")]
            )
        found = read(None, path="c.duckdb", file="people")
    else:
        getattr(ROWS, {"parquet": "to_parquet", "xlsx": "to_excel"}[ending])(tmp_path / f"c.{ending}", index=False)
        found = read(None, file=f"c.{ending}")
    pd.testing.assert_frame_equal(found.X, want.X)
    assert found.customers.tolist() == want.customers.tolist()


def test_truth_values_are_texts(read, tmp_path):
    rows = pd.DataFrame({"paperless": [True, False], "Churn": [True, False]})
    rows.to_parquet(tmp_path / "c.parquet")
    table = read(None, file="c.parquet", customer_id=None)
    assert table.X["paperless"].tolist() == ["true", "false"]
    assert table.churned.tolist() == [1.0, 0.0]


def test_without_an_id_the_row_is_the_customer_whatever_where_leaves_out(read):
    table = read(customer_id=None, where="plan = 'yearly'", churned_value="No", to_learn=False)
    assert table.customers.tolist() == ["2", "4"]
    assert table.left_out == 2


def test_ids_written_as_numbers_with_a_point_are_whole(read):
    table = read(ROWS.assign(CustomerID=["17850.0", "17851.0", "3.0", "4.0"]))
    assert table.customers.tolist() == ["17850", "17851", "3", "4"]


def test_label_and_columns_can_be_derived(read):
    table = read(derive={"gone": "spend = 1.5", "twice": "2 * spend"}, label="gone", churned_value=True)
    assert table.churned.tolist()[0] == 1.0
    assert table.X["twice"].tolist()[0] == 3.0
    assert "Churn" in table.X


def test_a_customer_in_two_rows_that_are_alike_counts_once(read):
    table = read(pd.concat([ROWS, ROWS.iloc[:1]]))
    assert table.folded == 1
    assert len(table.customers) == len(set(table.customers)) == 4
    assert table.set_aside == {}


def test_a_customer_in_two_rows_that_differ_keeps_the_first_and_the_other_is_set_aside(read):
    table = read(pd.concat([ROWS, ROWS.iloc[:1].assign(spend="9")]), max_rejected=0.5)
    assert table.set_aside == {"customer_id: stands in an earlier row with other values": 1}
    assert table.X["spend"].tolist()[0] == 1.5
    assert table.rejects[["customer_id", "line"]].to_numpy().tolist() == [["b", 6]]


def test_every_row_is_accounted_for(read):
    rows = pd.concat([ROWS, ROWS.iloc[:2], ROWS.iloc[:1].assign(spend="9"), ROWS.iloc[:1].assign(CustomerID=None)])
    table = read(rows, max_rejected=0.9, where="senior = 0 OR plan = 'yearly'")
    assert table.rows_read == len(table.customers) + table.left_out + table.folded + sum(table.set_aside.values())
    assert table.set_aside["customer_id: empty"] == 1


def test_money_that_is_none_is_set_aside_and_counted(read):
    rows = pd.concat([ROWS] * 5, ignore_index=True).assign(mrr=10.0)
    rows["CustomerID"] = rows.index.astype(str)
    rows.loc[[0, 1], "mrr"] = [1e308, -1e17]
    table = read(rows, mrr="mrr", max_rejected=0.2)
    assert table.set_aside == {"mrr: not an amount": 2}
    assert len(table.customers) == 18


def test_too_many_rows_set_aside_are_refused(refusal):
    told = refusal(pd.concat([ROWS, ROWS.iloc[:1].assign(spend="9")]))
    assert "1 of 5 rows cannot be used, and max_rejected allows 5%" in told
    assert "A flat source has one row a customer" in told


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"label": "Chrun"}, "label: there is no column 'Chrun'. Did you mean 'Churn'?"),
        ({"customer_id": "customerID"}, "customer_id: there is no column 'customerID'. Did you mean 'CustomerID'?"),
        ({"mrr": "spent"}, "mrr: there is no column 'spent'. Did you mean 'spend'?"),
        ({"exclude": ["plna"]}, "exclude: there is no column 'plna'. Did you mean 'plan'?"),
        ({"types": {"sneior": "text"}}, "types.sneior: the file has no column of this name. Did you mean 'senior'?"),
        ({"where": "spned > 1"}, "there is no column 'spned'. Did you mean 'spend'?"),
        ({"where": "spend > 100"}, "where leaves out all 4 rows of c.csv"),
        ({"file": "d.csv"}, "there is no file d.csv"),
        ({"file": None}, "file is missing: name the file with one row a customer"),
    ],
)
def test_a_mapping_that_does_not_fit_is_refused_with_what_to_do(refusal, more, said):
    assert said in refusal(**more)


def test_every_fault_of_the_mapping_comes_at_once(refusal):
    told = refusal(label="Chrun", exclude=["plna"])
    assert "(2 findings)" in told


def test_a_file_without_rows_is_refused(refusal):
    assert "c.csv has a header and no rows" in refusal(ROWS.iloc[:0])


def test_to_score_label_and_excluded_columns_may_be_gone(read):
    table = read(ROWS.drop(columns=["Churn"]), exclude=["ghost"], to_learn=False)
    assert np.isnan(table.churned).all()
    assert len(table.customers) == 4


def test_to_score_columns_are_read_as_the_model_reads_them(read):
    only_numbers = ROWS.assign(plan=["1", "2", "3", "1"])
    assert read(only_numbers, to_learn=False).X["plan"].dtype == "float64"
    assert read(only_numbers, to_learn=False, model_types={"plan": "text"}).X["plan"].tolist() == ["1", "2", "3", "1"]
