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
