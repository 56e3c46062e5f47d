import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from churnrisk.modeling import metrics
from churnrisk.modeling.resample import draw_customers, resampled_metrics

TOPS = {"top_1": 0.01, "top_10": 0.1, "top_50": 0.5}


def by_repeating(y, p, weights):
    """The same metrics from rows written out as often as they were drawn."""
    y, p = np.repeat(y, weights), np.repeat(p, weights)
    line = metrics.calibration_slope_intercept(y, p)
    found = {
        "roc_auc": metrics.roc_auc(y, p),
        "average_precision": metrics.average_precision(y, p),
        "log_loss": metrics.log_loss(y, p),
        "brier": metrics.brier(y, p),
        "observed_expected": metrics.observed_expected(y, p),
        "calibration_slope": line.slope,
        "capture_at_capacity": metrics.capture_at(y, p, capacity=7),
    }
    for name, share in TOPS.items():
        found |= {
            f"lift_{name}": metrics.lift(y, p, share=share),
            f"capture_{name}": metrics.capture(y, p, share=share),
        }
    return found


@settings(max_examples=40)
@given(st.integers(0, 10_000), st.integers(8, 60), st.sampled_from([1, 2, 9]))
def test_weights_give_what_written_out_rows_give(seed, rows, digits):
    random = np.random.default_rng(seed)
    p = np.clip(np.round(random.random(rows), digits), 0.01, 0.99)
    y = (random.random(rows) < p).astype(float)
    codes = np.arange(rows)
    weights = random.integers(0, 4, (3, rows)).astype(np.int32)
    weights[:, 0] += 1
    found = resampled_metrics(y, p, codes, weights, tops=TOPS, capacity=7)
    for line in range(3):
        for name, value in by_repeating(y, p, weights[line]).items():
            assert found[name][line] == pytest.approx(value, rel=1e-6, nan_ok=True), name


def test_weights_of_one_give_the_calibration_error_itself():
    random = np.random.default_rng(1)
    p = random.random(300)
    y = (random.random(300) < p**2).astype(float)
    found = resampled_metrics(y, p, np.arange(300), np.ones((1, 300), dtype=np.int32), tops=TOPS)
    assert found["calibration_error"][0] == pytest.approx(metrics.expected_calibration_error(y, p))


def test_rows_beyond_the_groups_of_log_odds_change_the_slope_by_less_than_a_thousandth():
    random = np.random.default_rng(2)
    p = 1 / (1 + np.exp(-random.normal(-3, 1, 20_000)))
    y = (random.random(20_000) < p).astype(float)
    found = resampled_metrics(y, p, np.arange(20_000), np.ones((1, 20_000), dtype=np.int32), tops={})
    exact = metrics.calibration_slope_intercept(y, p)
    assert found["calibration_slope"][0] == pytest.approx(exact.slope, abs=1e-3)
    assert found["calibration_intercept"][0] == pytest.approx(exact.intercept, abs=3e-3)


def test_draws_hold_as_many_customers_as_there_are_and_follow_the_seed():
    _, first = draw_customers(["a", "b", "b", "c"], 20, seed=3)
    _, again = draw_customers(["c", "b", "a", "a"], 20, seed=3)
    _, other = draw_customers(["a", "b", "b", "c"], 20, seed=4)
    assert (first.sum(axis=1) == 3).all()
    assert (first == again).all()
    assert (first != other).any()
