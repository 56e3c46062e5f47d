"""What can be learned from the tables, and what is missing where nothing can."""

from datetime import date

import pandas as pd
import pytest

from churnrisk.settings import ChurnSettings, CutoffSettings
from churnrisk.snapshots.build import Snapshots
from churnrisk.snapshots.plan import count_labels, plan, rows_of, with_shuffled_labels
from tests.snapshots.workshops import make_workshop, subscription

STAYS = {"subscriptions": [subscription("a", "2024-01-01")]}


def test_enough_months_give_fit_and_test_cutoffs(engine):
    laid = plan(make_workshop(engine, STAYS, complete_to="2025-01-01"))
    assert laid.why_not == ""
    assert laid.labelled[0] == date(2024, 3, 25)
    assert laid.labelled[-1] == date(2024, 11, 25)
    assert laid.parts.test == laid.labelled[-2:]
    assert laid.parts.fit


def test_data_shorter_than_one_labelled_cutoff_say_how_many_days_are_missing(engine):
    laid = plan(make_workshop(engine, STAYS, complete_to="2024-04-30"))
    assert (laid.labelled, laid.parts) == ([], None)
    assert laid.why_not == (
        "The data span 120 days, from 2024-01-01 to 2024-04-30, and one labelled cutoff needs 121 "
        "(84 of history and 37 to see who left). 1 more day is needed."
    )


def test_one_day_more_gives_a_labelled_cutoff_but_nothing_to_fit_on(engine):
    laid = plan(make_workshop(engine, STAYS, complete_to="2024-05-01"))
    assert laid.labelled == [date(2024, 3, 25)]
    assert laid.parts is None
    assert "There is 1 labelled cutoff, and none lies 37 days before the test cutoff 2024-03-25" in laid.why_not
    assert "more days of data, or a shorter horizon" in laid.why_not


def test_a_longer_history_before_the_first_cutoff_is_asked_for_in_the_sentence(engine):
    short = make_workshop(engine, STAYS, complete_to="2024-05-01", cutoffs=CutoffSettings(min_history_days=200))
    assert "(200 of history and 37 to see who left)" in plan(short).why_not


def test_churners_are_counted_for_each_cutoff(engine):
    rows = [subscription("a", "2024-01-01"), subscription("b", "2024-01-01", "2024-04-10")]
    counts = count_labels(make_workshop(engine, {"subscriptions": rows}), [date(2024, 3, 25), date(2024, 4, 25)])
    assert counts.rows["customers"].tolist() == [2, 1]
    assert counts.rows["churners"].tolist() == [1, 0]
    assert counts.churners == 1
    assert counts.left_out == {}
    assert counts.noticed_share == 0


def test_customers_without_a_label_are_counted_with_the_reason(engine):
    rows = [
        subscription("stays", "2024-01-01"),
        subscription("early", "2024-01-01", "2024-03-30", end_reason="price"),
        subscription("late", "2024-01-01", "2024-04-20", end_reason="price"),
        subscription("died", "2024-01-01", "2024-04-20", end_reason="death"),
    ]
    churn = ChurnSettings(lead_days=14, competing_reasons=["death"])
    counts = count_labels(make_workshop(engine, {"subscriptions": rows}, churn=churn), [date(2024, 3, 25)])
    assert counts.rows[["customers", "churners"]].to_numpy().tolist() == [[2, 1]]
    assert counts.left_out == {
        "churned between the cutoff and the first day that counts": 1,
        "ended for a reason that is neither churn nor a stay": 1,
    }


def test_an_end_without_a_reason_counts_as_churn_where_other_reasons_compete(engine):
    rows = [subscription("stays", "2024-01-01"), subscription("left", "2024-01-01", "2024-04-20")]
    churn = ChurnSettings(competing_reasons=["death"])
    counts = count_labels(make_workshop(engine, {"subscriptions": rows}, churn=churn), [date(2024, 3, 25)])
    assert (counts.churners, counts.left_out) == (1, {})


def test_the_share_that_had_given_notice_before_is_told(engine):
    rows = [
        subscription("noticed", "2024-01-01", "2024-04-10", cancelled_at="2024-03-01"),
        subscription("sudden", "2024-01-01", "2024-04-10", cancelled_at="2024-04-01"),
    ]
    counts = count_labels(make_workshop(engine, {"subscriptions": rows}), [date(2024, 3, 25)])
    assert counts.churners == 1
    assert counts.noticed_share == 0.5


def test_nobody_left_means_no_share_of_notices(engine):
    assert count_labels(make_workshop(engine, STAYS), [date(2024, 3, 25)]).noticed_share is None


def labelled(**churned):
    lines = [(pd.Timestamp(day), label) for day, labels in churned.items() for label in labels]
    return Snapshots(pd.DataFrame(lines, columns=["cutoff", "churned"]), [], {"lead": 3})


JANUARY_AND_FEBRUARY = {"2025-01-01": [0, 0, 0, 1, 0, 1], "2025-02-01": [1, 0, 0, 0]}


@pytest.mark.parametrize("seed", range(5))
def test_shuffling_keeps_the_churners_of_each_cutoff(seed):
    before = labelled(**JANUARY_AND_FEBRUARY)
    after = with_shuffled_labels(before, seed)
    assert after.rows.groupby("cutoff").churned.agg(["size", "sum"]).to_numpy().tolist() == [[6, 2], [4, 1]]
    assert after.rows["cutoff"].tolist() == before.rows["cutoff"].tolist()
    assert after.left_out == {"lead": 3}


def test_shuffling_moves_labels_by_the_seed_and_leaves_the_given_rows_alone():
    before = labelled(**JANUARY_AND_FEBRUARY)
    kept = before.rows.copy()
    orders = {tuple(with_shuffled_labels(before, seed).rows.churned) for seed in range(10)}
    assert len(orders) > 3
    assert with_shuffled_labels(before, 1).rows.equals(with_shuffled_labels(before, 1).rows)
    pd.testing.assert_frame_equal(before.rows, kept)


@pytest.mark.parametrize("seed", range(3))
def test_the_labels_of_a_row_stay_together_when_shuffled(seed):
    before = labelled(**JANUARY_AND_FEBRUARY)
    rows = before.rows.assign(
        churned_60=(before.rows["churned"] + [0, 1, 0, 0, 0, 0, 0, 0, 0, 0]).astype("Int64"), use=range(10)
    )
    rows.loc[rows["cutoff"] == "2025-02-01", "churned_60"] = pd.NA
    after = with_shuffled_labels(Snapshots(rows, ["use"]), seed).rows
    assert after["churned"].tolist() == with_shuffled_labels(before, seed).rows["churned"].tolist()
    january = after[after["cutoff"] == "2025-01-01"]
    assert (january["churned"] <= january["churned_60"]).all()
    assert january["churned_60"].sum() == 3
    assert after.loc[after["cutoff"] == "2025-02-01", "churned_60"].isna().all()
    assert after["use"].tolist() == list(range(10))


def test_the_days_that_are_missing_count_the_longest_horizon(engine):
    churn = ChurnSettings(horizons=[30, 90])
    laid = plan(make_workshop(engine, STAYS, complete_to="2024-06-01", churn=churn))
    assert laid.labelled == [date(2024, 3, 25), date(2024, 4, 25)]
    assert "none lies 97 days before the test cutoff 2024-04-25" in laid.why_not


def test_churners_are_counted_for_each_horizon(engine):
    rows = [subscription("a", "2024-01-01"), subscription("b", "2024-01-01", "2024-05-10")]
    shop = make_workshop(
        engine, {"subscriptions": rows}, churn=ChurnSettings(horizons=[30, 60]), complete_to="2024-06-10"
    )
    counts = count_labels(shop, [date(2024, 3, 25), date(2024, 4, 25)])
    assert counts.of_horizon() == (2, 4, 1)
    assert counts.of_horizon(60) == (1, 2, 1)


def test_rows_of_some_cutoffs_are_found_by_day():
    found = rows_of(labelled(**JANUARY_AND_FEBRUARY), [date(2025, 2, 1)])
    assert found["churned"].tolist() == [1, 0, 0, 0]
    assert rows_of(labelled(**JANUARY_AND_FEBRUARY), []).empty
