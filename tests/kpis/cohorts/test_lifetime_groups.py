"""Groups beside each other: what is marked, what is tested, and what is the same for all of them."""

import math

import numpy as np
import pandas as pd
import pytest

from churnrisk.kpis.cohorts.lifetime_groups import common_reach, compared, curves_of, group_rows
from churnrisk.kpis.cohorts.survival import DAYS_IN_MONTH


def group(value, customers, days, *, ends=1200, seed=0, entry=0):
    """Make up customers of a group with so many days on average, seen for at most so many."""
    draw = np.random.default_rng(seed)
    life = np.ceil(draw.exponential(days, customers))
    return pd.DataFrame(
        {
            "value": value,
            "entry": entry,
            "days": np.minimum(life, ends) + entry,
            "churned": life <= ends,
            "customers": 1,
        }
    )


def rows(*groups):
    every = pd.concat(groups, ignore_index=True)
    curves = curves_of(every)
    return group_rows("plan", every, curves, common_reach(curves, 24)).set_index("value")


def test_groups_stand_by_their_size():
    assert list(curves_of(pd.concat([group("a", 20, 50), group("b", 40, 50), group("c", 20, 50)]))) == ["b", "a", "c"]


def test_a_group_of_fewer_than_thirty_customers_is_marked():
    found = rows(group("a", 29, 50), group("b", 30, 50))
    assert found["few"].to_dict() == {"a": True, "b": False}


def test_means_are_counted_within_what_was_seen_of_every_group_with_enough_customers():
    found = rows(group("a", 200, 400), group("b", 100, 400, ends=300), group("few", 5, 400, ends=40))
    assert found["mean_within_months"].round(6).to_dict() == {
        "a": round(300 / DAYS_IN_MONTH, 6),
        "b": round(300 / DAYS_IN_MONTH, 6),
        "few": round(40 / DAYS_IN_MONTH, 6),
    }
    assert found["mean_months"].notna().all()


def test_a_median_that_is_not_reached_is_empty():
    found = rows(group("a", 100, 5000, ends=300), group("b", 100, 60))
    assert math.isnan(found.loc["a", "median_months"])
    assert found.loc["b", "median_months"] == pytest.approx(60 * math.log(2) / DAYS_IN_MONTH, rel=0.4)


def test_shares_that_were_not_seen_yet_are_empty():
    found = rows(group("a", 100, 300, ends=200)).loc["a"]
    assert not math.isnan(found["stay_6"])
    assert math.isnan(found["stay_12"])
    assert found["stay_6_low"] < found["stay_6"] < found["stay_6_high"]


def test_customers_from_before_the_data_are_counted():
    assert rows(group("a", 50, 100), group("a", 30, 100, entry=60)).loc["a", "entered_late"] == 30


def test_several_splits_are_corrected_and_a_planted_difference_stays():
    planted = pd.concat([group("a", 400, 300), group("b", 400, 200, seed=1)])
    alike = pd.concat([group("a", 400, 300, seed=1), group("b", 400, 300, seed=4)])
    found = compared({"plan": planted, "region": alike}).set_index("split")
    assert found.loc["plan", "p_corrected"] == pytest.approx(2 * found.loc["plan", "p_value"])
    assert found.loc["plan", "p_corrected"] < 0.001
    assert found.loc["region", "p_corrected"] > 0.05


def test_small_groups_take_no_part_in_the_test():
    large = pd.concat([group("a", 100, 300), group("b", 100, 300, seed=1)])
    with_few = pd.concat([large, group("few", 29, 5)])
    assert compared({"plan": with_few}).iloc[0]["statistic"] == compared({"plan": large}).iloc[0]["statistic"]
    alone = compared({"plan": pd.concat([group("a", 100, 300), group("few", 29, 5)])}).iloc[0]
    assert math.isnan(alone["p_value"])
    assert alone["why_not"] == "there is only one group to compare"
    assert compared({"plan": group("few", 29, 5)}).iloc[0]["why_not"] == "no group has 30 customers"


def test_without_splits_there_is_nothing_to_test():
    assert compared({}).empty


def test_a_group_that_was_not_seen_from_the_start_has_no_mean_and_shortens_no_other():
    found = rows(group("a", 100, 300), group("old", 100, 300, entry=400))
    assert found.loc["a", "mean_within_months"] == 24
    assert math.isnan(found.loc["old", "mean_months"])
    assert found.loc["old", "seen_months"] == 0
