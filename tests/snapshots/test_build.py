"""Features and labels come together, one row for each customer at risk and cutoff."""

from datetime import date

import pandas as pd
import pytest

from churnrisk.settings import ChurnSettings
from tests.making import at
from tests.snapshots.workshops import SIGNALS, make_workshop, subscription

MARCH, MAY = date(2024, 3, 25), date(2024, 5, 25)


@pytest.fixture
def tables():
    """Two who stay and one who leaves in April; one begins in May."""
    return {
        "subscriptions": [
            subscription("stays", "2024-01-01"),
            subscription("leaves", "2024-02-01", "2024-04-10"),
            subscription("new", "2024-05-01"),
        ],
        "usage": [
            {"customer_id": "stays", "occurred_at": "2024-03-20"},
            {"customer_id": "stays", "occurred_at": "2024-03-24"},
            {"customer_id": "leaves", "occurred_at": "2024-01-20"},
            {"customer_id": "stays", "occurred_at": "2024-03-25"},
        ],
    }


def test_one_row_for_each_customer_at_risk_and_cutoff(engine, tables):
    rows = make_workshop(engine, tables).snapshots([MARCH, MAY]).rows
    told = [(str(row.cutoff.date()), row.customer_id, row.churned) for row in rows.itertuples()]
    assert told == [
        ("2024-03-25", "leaves", 1),
        ("2024-03-25", "stays", 0),
        ("2024-05-25", "new", 0),
        ("2024-05-25", "stays", 0),
    ]


def test_features_stand_beside_the_label_as_known_at_the_cutoff(engine, tables):
    found = make_workshop(engine, tables).snapshots([MARCH])
    assert sorted(found.columns) == sorted(SIGNALS)
    row = found.rows.set_index("customer_id").loc["stays"]
    assert row["usage_count_28d"] == 2  # use on the cutoff's own day is not known yet
    assert row["usage_days_since_last"] == 1
    assert row["contract_tenure_days"] == 84


def test_several_cutoffs_give_the_same_rows_as_one_after_the_other(engine, tables):
    workshop = make_workshop(engine, tables)
    together = workshop.snapshots([MARCH, MAY]).rows
    apart = pd.concat([make_workshop(engine, tables).snapshots([day]).rows for day in (MARCH, MAY)])
    pd.testing.assert_frame_equal(together, apart.reset_index(drop=True))


def test_who_has_no_label_is_left_out_and_counted(engine, tables):
    found = make_workshop(engine, tables, churn=ChurnSettings(lead_days=30)).snapshots([MARCH])
    assert found.rows["customer_id"].tolist() == ["stays"]
    assert found.left_out == {"lead": 1}


def test_labels_are_whole_numbers(engine, tables):
    assert make_workshop(engine, tables).snapshots([MARCH]).rows["churned"].dtype == "int64"


def test_without_cutoffs_there_are_no_rows(engine, tables):
    assert make_workshop(engine, tables).snapshots([]).rows.empty


def test_counts_of_labels_agree_with_the_labels(engine, tables):
    workshop = make_workshop(engine, tables)
    rows = workshop.snapshots([MARCH, MAY]).rows
    counts = workshop.label_counts([MARCH, MAY])
    assert counts["customers"].tolist() == rows.groupby("cutoff").size().tolist()
    assert counts["churners"].tolist() == rows.groupby("cutoff").churned.sum().tolist()


def test_a_cutoff_is_labelled_for_each_horizon_that_it_covers(engine, tables):
    churn = ChurnSettings(horizons=[30, 60])
    workshop = make_workshop(engine, tables, churn=churn, complete_to="2024-07-04")
    rows = workshop.snapshots([MARCH, MAY]).rows
    assert rows["churned_60"].dtype == "Int64"
    told = {(str(row.cutoff.date()), row.customer_id): row.churned_60 for row in rows.itertuples()}
    assert told == {
        ("2024-03-25", "leaves"): 1,
        ("2024-03-25", "stays"): 0,
        ("2024-05-25", "new"): pd.NA,
        ("2024-05-25", "stays"): pd.NA,
    }
    counts = workshop.label_counts([MARCH, MAY])
    assert counts[["customers", "churners", "customers_60", "churners_60"]].to_numpy().tolist() == [
        [2, 1, 2, 1],
        [2, 0, 0, 0],
    ]
    assert "churned_60" not in workshop.snapshots([MARCH]).columns


def test_one_horizon_has_no_further_columns(engine, tables):
    rows = make_workshop(engine, tables).snapshots([MARCH]).rows
    assert [name for name in rows.columns if name.startswith("churned")] == ["churned"]


def test_signals_of_a_table_that_is_not_there_are_off_with_the_reason(engine, tables):
    del tables["usage"]
    workshop = make_workshop(engine, tables)
    assert workshop.choice.columns == ["contract_tenure_days"]
    assert workshop.choice.off["usage_count_28d"] == "there is no table usage"


@pytest.mark.parametrize(("kinds", "expected"), [(3, ["e00", "e01", "e02"]), (17, [])])
def test_kinds_of_events_count_unless_there_are_too_many(engine, tables, kinds, expected):
    tables["usage"] = [
        {"customer_id": "stays", "occurred_at": at("2024-03-01"), "event": f"e{kind:02}"} for kind in range(kinds)
    ]
    assert make_workshop(engine, tables).kinds == expected
