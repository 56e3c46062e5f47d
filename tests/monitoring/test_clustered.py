"""Intervals without resampling: as wide as resampling customers makes them."""

import numpy as np
import pytest

from churnrisk.modeling.evaluate import Judged
from churnrisk.monitoring.clustered import Figure, auc, log_losses, mean, observed_expected, ratio, slope


@pytest.fixture(scope="module")
def rows():
    """Customers at three nights: a customer who resembles itself, so that rows are worth less than their number."""
    random = np.random.default_rng(3)
    chance = random.beta(1, 8, 1_500)
    probability = np.tile(chance, 3)
    churned = np.tile((random.random(1_500) < chance).astype(float), 3)
    return churned, probability, np.tile(np.arange(1_500), 3)


def test_intervals_are_those_of_resampled_customers(rows):
    churned, probability, codes = rows
    judged = Judged(churned, codes, resamples=400, seed=1)
    evaluation = judged.add("list", probability)
    pairs = {
        "roc_auc": auc(churned, probability, codes),
        "observed_expected": observed_expected(churned, probability, codes),
        "calibration_slope": slope(churned, probability, codes),
        "log_loss": mean(log_losses(churned, probability), codes),
    }
    for name, found in pairs.items():
        other = evaluation[name]
        assert found.value == pytest.approx(other.value, rel=1e-6), name
        assert found.high - found.low == pytest.approx(other.high - other.low, rel=0.2), name


def test_a_customer_seen_three_times_counts_once(rows):
    churned, probability, codes = rows
    thrice = auc(churned, probability, codes)
    once = auc(churned[:1_500], probability[:1_500], codes[:1_500])
    assert thrice.high - thrice.low == pytest.approx(once.high - once.low, rel=0.01)


def test_what_cannot_be_had_is_empty_and_lies_nowhere():
    nobody = np.zeros(5)
    for found in (
        auc(nobody, np.linspace(0.1, 0.2, 5), np.arange(5)),
        slope(nobody, np.linspace(0.1, 0.2, 5), np.arange(5)),
        ratio(nobody, nobody, np.arange(5)),
        observed_expected(nobody, nobody, np.arange(5)),
        mean(np.array([]), np.array([], dtype=np.int64)),
    ):
        assert np.isnan(found.value)
        assert not found.outside(0.9, 1.1)


def test_few_churners_have_the_interval_of_a_poisson_count():
    churned = np.repeat([1.0, 0.0], [3, 97])
    found = observed_expected(churned, np.full(100, 0.03), np.arange(100))
    assert (found.value, round(found.low, 3), round(found.high, 3)) == (1.0, 0.206, 2.922)


def test_an_interval_beside_a_range_lies_outside():
    assert Figure(0.5, 0.4, 0.6).outside(0.9, 1.1)
    assert Figure(1.5, 1.2, 1.6).outside(0.9, 1.1)
    assert not Figure(1.0, 0.5, 1.5).outside(0.9, 1.1)
