import numpy as np
import pytest

from churnrisk.modeling.evaluate import Judged
from churnrisk.modeling.reliability import churn_by_group, reliability


@pytest.fixture(scope="module")
def judged():
    random = np.random.default_rng(0)
    p = random.uniform(0.01, 0.4, 1_000)
    judged = Judged((random.random(1_000) < p).astype(int), np.arange(1_000) // 2, resamples=100, seed=1)
    judged.add("logistic", p)
    judged.add("base rate", np.full(1_000, 0.2))
    return judged


def test_groups_add_up_to_the_whole(judged):
    found = churn_by_group(judged, "logistic", np.where(judged.churn_probability("logistic") > 0.2, "high", "low"))
    assert found["rows"].sum() == 1_000
    assert found["churners"].sum() == judged["logistic"].churners
    assert (found["low"] <= found["observed_expected"]).all()
    assert (found["observed_expected"] <= found["high"]).all()


def test_customers_are_counted_once_in_a_group(judged):
    found = churn_by_group(judged, "logistic", ["all"] * 1_000)
    assert found["customers"].tolist() == [500]


def test_reliability_has_ten_bins_that_rise(judged):
    found = reliability(judged, "logistic")
    assert found["rows"].tolist() == [100] * 10
    assert found["churn_probability"].is_monotonic_increasing
    gap = (found["observed"] - found["churn_probability"]).abs() * found["rows"]
    assert gap.sum() / 1_000 == pytest.approx(judged["logistic"]["calibration_error"].value)


def test_reliability_of_equal_probabilities_has_one_bin(judged):
    assert len(reliability(judged, "base rate")) == 1


def test_a_group_without_churners_keeps_an_interval_that_chance_allows():
    judged = Judged(np.zeros(100), np.arange(100), resamples=50, seed=1)
    judged.add("logistic", np.full(100, 0.02))
    found = churn_by_group(judged, "logistic", ["low"] * 100).iloc[0]
    assert found["observed"] == found["observed_low"] == 0
    assert found["observed_high"] == pytest.approx(0.037, abs=1e-3)
    assert found["high"] > 1


def test_rows_of_one_customer_count_as_one_where_all_are_alike():
    judged = Judged(np.zeros(100), np.arange(100) // 4, resamples=50, seed=1)
    judged.add("logistic", np.full(100, 0.02))
    assert churn_by_group(judged, "logistic", ["low"] * 100)["observed_high"][0] == pytest.approx(0.133, abs=1e-3)


@pytest.mark.parametrize("rate", [0.005, 0.1])
def test_intervals_hold_the_true_churn_about_as_often_as_they_say(rate):
    """Churn that is copied to three rows of a customer, as by horizons that overlap."""
    random, held = np.random.default_rng(0), 0
    for seed in range(60):
        judged = Judged(np.repeat(random.random(200) < rate, 3), np.arange(600) // 3, resamples=60, seed=seed)
        judged.add("logistic", np.full(600, rate))
        found = churn_by_group(judged, "logistic", np.zeros(600)).iloc[0]
        held += found["observed_low"] <= rate <= found["observed_high"]
    assert held >= 53
