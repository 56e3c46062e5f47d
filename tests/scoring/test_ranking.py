"""The list's order: money first, then probability, then customer_id; always the same."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from churnrisk.scoring.ranking import CHANGES, REASONS, Stamp, at_risk_list, ranked, with_expected_loss, with_further
from churnrisk.settings import EconomicsSettings, ListSettings

STAMP = Stamp(date(2025, 6, 1), 30, "3")


def rows(*lines):
    """Give (customer_id, churn_probability, mrr) as scored rows with their money at stake."""
    frame = pd.DataFrame(lines, columns=["customer_id", "churn_probability", "mrr"])
    frame["mrr"] = frame["mrr"].astype("float64")
    return with_expected_loss(frame, EconomicsSettings())


def listed(scored, **more):
    told = dict.fromkeys((*REASONS, *CHANGES), "") | {"action": "call"}
    return at_risk_list(scored.assign(**told), [], STAMP, ListSettings(**more), ["high", "medium", "low"])


def test_expected_loss_is_probability_times_mrr_times_months_in_cents():
    found = with_expected_loss(
        pd.DataFrame({"churn_probability": [0.123456], "mrr": [19.99]}), EconomicsSettings(months_at_stake=6)
    )
    assert found["expected_loss"].tolist() == [14.81]


def test_further_horizons_stand_behind_the_first_in_their_order():
    scored = rows(("a", 0.2, 10)).assign(segment="high", churn_probability_100=0.4, churn_probability_60=0.3)
    found = listed(scored).columns.tolist()
    place = found.index("churn_probability")
    assert found[place + 1 : place + 4] == ["churn_probability_60", "churn_probability_100", "mrr"]
    assert with_further(["churn_probability", "mrr"], rows(("a", 0.2, 10))) == ["churn_probability", "mrr"]


def test_the_list_ranks_by_money_not_by_probability():
    found = ranked(rows(("likely", 0.9, 1), ("dear", 0.1, 100)), ListSettings())
    assert found["customer_id"].tolist() == ["dear", "likely"]
    assert found["rank"].tolist() == [1, 2]


def test_the_list_ranks_by_probability_where_that_is_asked():
    found = ranked(rows(("likely", 0.9, 1), ("dear", 0.1, 100)), ListSettings(rank_by="churn_probability"))
    assert found["customer_id"].tolist() == ["likely", "dear"]


def test_equal_money_falls_by_probability_then_by_customer_id():
    found = ranked(rows(("c", 0.2, 10), ("b", 0.2, 10), ("a", 0.1, 20)), ListSettings())
    assert found["customer_id"].tolist() == ["b", "c", "a"]


def test_without_any_mrr_the_list_ranks_by_probability_and_both_columns_stay_empty():
    found = ranked(rows(("a", 0.1, None), ("b", 0.3, None)), ListSettings())
    assert found["customer_id"].tolist() == ["b", "a"]
    assert found[["mrr", "expected_loss"]].isna().all(axis=None)


def test_one_customer_without_mrr_stands_behind_those_who_have_one():
    found = ranked(rows(("free", 0.9, None), ("paying", 0.1, 5)), ListSettings())
    assert found["customer_id"].tolist() == ["paying", "free"]


def test_all_segments_but_the_lowest_are_on_the_list():
    scored = rows(("a", 0.9, 1), ("b", 0.5, 1), ("c", 0.1, 1)).assign(segment=["high", "medium", "low"])
    assert listed(scored)["customer_id"].tolist() == ["a", "b"]
    assert listed(scored, segments=["low"])["customer_id"].tolist() == ["c"]


def test_every_row_says_of_its_night():
    found = listed(rows(("a", 0.9, 1)).assign(segment="high"))
    assert found[["cutoff", "horizon_days", "model_version"]].to_numpy().tolist() == [[date(2025, 6, 1), 30, "3"]]
    assert found.columns[:3].tolist() == ["rank", "customer_id", "segment"]


def test_a_night_with_nobody_at_risk_is_an_empty_list_with_all_its_columns():
    scored = rows(("a", 0.1, 1)).assign(segment="low")
    assert len(listed(scored)) == 0
    assert list(listed(scored).columns) == list(listed(scored.assign(segment="high")).columns)


@settings(max_examples=40)
@given(
    chances=st.lists(st.sampled_from([0.0, 0.1, 0.2, 1.0]), min_size=1, max_size=12),
    money=st.lists(st.sampled_from([None, 0.0, 5.0, 10.0]), min_size=12, max_size=12),
    order=st.randoms(use_true_random=False),
)
def test_ranks_run_from_1_and_do_not_depend_on_the_order_of_the_rows(chances, money, order):
    lines = [(f"c{place:02}", chance, money[place]) for place, chance in enumerate(chances)]
    mixed = list(lines)
    order.shuffle(mixed)
    found, again = ranked(rows(*lines), ListSettings()), ranked(rows(*mixed), ListSettings())
    pd.testing.assert_frame_equal(found, again)
    assert found["rank"].tolist() == list(range(1, len(lines) + 1))
    known = found["expected_loss"].dropna().to_numpy()
    assert np.all(np.diff(known) <= 0)


@pytest.mark.parametrize("chance", [0.0, 1.0])
def test_a_sure_probability_is_ranked_like_any_other(chance):
    assert ranked(rows(("a", chance, 10)), ListSettings())["expected_loss"].tolist() == [chance * 120]
