"""Curves of time to first churn, against published figures and examples worked by hand."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnrisk.kpis.cohorts.survival import curve, log_rank

# Freireich and others (1963), Blood 21: weeks in remission; a sign marks those still in remission.
TREATED = "6 6 6 6+ 7 9+ 10 10+ 11+ 13 16 17+ 19+ 20+ 22 23 25+ 32+ 32+ 34+ 35+"
PLACEBO = "1 1 2 2 3 4 4 5 5 8 8 8 8 11 11 12 12 15 17 22 23"


def read(text, value="all"):
    words = text.split()
    return pd.DataFrame(
        {
            "entry": 0,
            "days": [int(word.rstrip("+")) for word in words],
            "churned": [not word.endswith("+") for word in words],
            "value": value,
        }
    )


def rows(*lines):
    return pd.DataFrame(lines, columns=["entry", "days", "churned"])


def test_the_published_curve_comes_out():
    found = curve(read(TREATED)).table()
    assert found["days"].tolist() == [6, 7, 10, 13, 16, 22, 23]
    assert found["at_risk"].tolist() == [21, 17, 15, 12, 11, 7, 6]
    assert found["survival"].round(3).tolist() == [0.857, 0.807, 0.753, 0.69, 0.627, 0.538, 0.448]


def test_the_published_restricted_mean_and_its_error_come_out():
    mean = curve(read(TREATED)).restricted_mean(35)
    assert mean.value == pytest.approx(23.29, abs=0.005)
    assert (mean.high - mean.value) / 1.96 == pytest.approx(2.83, abs=0.005)


def test_the_published_median_comes_out_with_an_open_end():
    median = curve(read(TREATED)).median
    assert (median.value, median.low, median.high) == (23, 13, math.inf)


def test_the_published_log_rank_test_comes_out():
    both = pd.concat([read(TREATED, "treated"), read(PLACEBO, "placebo")])
    found = log_rank(both)
    assert found.statistic == pytest.approx(16.79, abs=0.005)
    assert found.p_value == pytest.approx(4.17e-5, rel=0.01)


def test_who_was_there_before_enters_at_the_age_they_had():
    # By hand. Day 3: a, b and d are in view, one of three leaves. Day 4: c comes into view and counts from day 5 on.
    # Day 5: b, c, d, one of three leaves. Day 8: c and d, one of two leaves.
    found = curve(rows((0, 3, True), (0, 5, True), (4, 8, True), (0, 9, False)))
    assert found.at_risk.tolist() == [3, 3, 2]
    assert found.survival.tolist() == pytest.approx([2 / 3, 4 / 9, 2 / 9])
    greenwood = (4 / 9) * math.sqrt(1 / (3 * 2) + 1 / (3 * 2))
    spread = 1.96 * greenwood / ((4 / 9) * abs(math.log(4 / 9)))
    assert found.low[1] == pytest.approx((4 / 9) ** math.exp(spread), rel=1e-4)
    assert found.high[1] == pytest.approx((4 / 9) ** math.exp(-spread), rel=1e-4)
    # Restricted to 8 days: 3 + 2 x 2/3 + 3 x 4/9.
    assert found.restricted_mean(8).value == pytest.approx(3 + 4 / 3 + 4 / 3)


def test_who_comes_into_view_on_a_day_is_not_yet_at_risk_on_it():
    found = curve(rows((0, 4, True), (4, 9, False), (0, 9, False)))
    assert found.at_risk.tolist() == [2]


def test_who_is_censored_on_a_day_is_still_at_risk_on_it():
    assert curve(rows((0, 4, True), (0, 4, False))).at_risk.tolist() == [2]


def test_without_left_truncation_the_late_comers_would_make_the_curve_too_high():
    late = rows((0, 3, True), (0, 5, True), (4, 8, True), (0, 9, False))
    assert curve(late.assign(entry=0)).at(5).value > curve(late).at(5).value


def test_left_truncated_curves_find_the_truth():
    draw = np.random.default_rng(3)
    days = np.ceil(draw.exponential(200, 20000))
    entry = np.where(draw.random(20000) < 0.5, 0, np.floor(draw.uniform(0, 300, 20000)))
    seen = days > entry
    sample = pd.DataFrame({"entry": entry[seen], "days": days[seen], "churned": True})
    for day in (50, 100, 200, 400):
        found = curve(sample).at(day)
        assert found.low < math.exp(-day / 200) < found.high


def test_a_row_may_stand_for_several_customers():
    once = pd.concat([read(TREATED, "treated"), read(PLACEBO, "placebo")])
    folded = once.groupby(["entry", "days", "churned", "value"], as_index=False).size()
    folded = folded.rename(columns={"size": "customers"})
    assert curve(folded).table().equals(curve(once).table())
    assert log_rank(folded) == log_rank(once)


def test_a_median_that_is_not_reached_says_so():
    found = curve(rows((0, 3, True), *[(0, 9, False)] * 9))
    assert found.median.value == math.inf
    assert found.median.high == math.inf


def test_where_everybody_leaves_the_curve_ends_at_zero():
    found = curve(rows((0, 1, True), (0, 2, True)))
    assert found.survival.tolist() == [0.5, 0]
    assert found.at(2).value == found.at(100).value == 0
    assert found.restricted_mean(100).value == 1.5
    assert math.isnan(found.at(2).low)
    assert found.median.value == 2


def test_where_nobody_leaves_all_stay_and_no_interval_is_made_up():
    found = curve(rows((0, 5, False), (0, 7, False)))
    assert found.at(6).value == 1
    assert math.isnan(found.at(6).low)
    assert found.restricted_mean(7).value == 7
    assert found.median.value == math.inf


def test_nothing_is_said_beyond_what_was_seen():
    found = curve(read(TREATED))
    assert math.isnan(found.at(36).value)
    assert math.isnan(found.restricted_mean(36).value)
    assert not math.isnan(found.at(35).value)


def test_a_curve_without_customers_is_empty():
    found = curve(rows())
    assert (found.customers, len(found.days)) == (0, 0)
    assert math.isnan(found.at(1).value)


def test_a_curve_ends_where_only_older_customers_are_in_view():
    found = curve(rows((0, 2, True), (0, 3, False), (6, 9, True)))
    assert (found.seen_days, found.cut_short, found.customers) == (3, True, 3)
    assert found.days.tolist() == [2]
    assert math.isnan(found.at(4).value)


def test_a_curve_goes_on_where_older_customers_come_into_view_in_time():
    found = curve(rows((0, 2, True), (0, 3, False), (2, 9, False)))
    assert (found.seen_days, found.cut_short) == (9, False)


def test_without_anybody_seen_from_the_start_there_is_no_curve():
    found = curve(rows((6, 9, True)))
    assert (found.seen_days, found.cut_short, len(found.days)) == (0, True, 0)
    assert math.isnan(found.at(1).value)


def _planted(other, seed):
    draw = np.random.default_rng(seed)
    days = np.concatenate([draw.exponential(300, 1000), draw.exponential(other, 1000)])
    ends = draw.uniform(0, 700, 2000)
    entry = np.where(draw.random(2000) < 0.3, np.floor(draw.uniform(0, 200, 2000)), 0)
    age = np.ceil(np.minimum(days, ends))
    sample = pd.DataFrame(
        {"entry": entry, "days": age, "churned": days <= ends, "value": ["a"] * 1000 + ["b"] * 1000}
    )
    return sample[sample["days"] > sample["entry"]]


def test_a_planted_difference_is_found():
    assert log_rank(_planted(200, seed=1)).p_value < 1e-6


def test_no_difference_fires_no_more_often_than_promised():
    p_values = [log_rank(_planted(300, seed)).p_value for seed in range(60)]
    assert sum(p < 0.05 for p in p_values) <= 8  # expected 3; more than 8 has a chance of 0.4 %


def test_one_group_gives_no_answer_and_says_why():
    assert log_rank(read(TREATED)).why_not == "there is only one group to compare"


def test_groups_in_which_nobody_churned_give_no_answer_and_say_why():
    stay = pd.concat([read("5+ 6+", "a"), read("7+ 8+", "b")])
    assert log_rank(stay).why_not == "nobody churned"


def test_groups_that_were_never_seen_at_the_same_age_give_no_answer():
    apart = pd.concat([rows((0, 3, True), (0, 4, True)).assign(value="a"), rows((5, 9, True)).assign(value="b")])
    found = log_rank(apart)
    assert math.isnan(found.p_value)
    assert found.why_not


@st.composite
def lifetimes(draw):
    lines = draw(st.lists(st.tuples(st.integers(0, 12), st.integers(1, 20), st.booleans()), min_size=1, max_size=25))
    return rows(*[(entry, entry + more, churned) for entry, more, churned in lines])


@given(lifetimes())
def test_a_curve_is_the_product_of_daily_shares_and_its_mean_the_sum_of_days(sample):
    found = curve(sample)
    share, total = 1.0, 0.0
    for day in range(1, int(sample["days"].max()) + 1):
        at_risk = ((sample["entry"] < day) & (sample["days"] >= day)).sum()
        if not at_risk:
            assert math.isnan(found.at(day).value) or share == 0
            break
        total += share
        share *= 1 - ((sample["days"] == day) & sample["churned"]).sum() / at_risk
        assert found.at(day).value == pytest.approx(share, abs=1e-12)
        assert found.restricted_mean(day).value == pytest.approx(total)
    assert found.cut_short == (sample["entry"] >= found.seen_days).any()
    inside = ~np.isnan(found.low)
    assert (found.low[inside] <= found.survival[inside]).all()
    assert (found.high[inside] >= found.survival[inside]).all()
