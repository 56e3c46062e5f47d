import math

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from churnrisk.modeling import metrics
from churnrisk.modeling.metrics import calibration_slope_intercept, capture_at, expected_calibration_error, lift


@pytest.fixture(scope="module")
def rows():
    random = np.random.default_rng(0)
    p = 1 / (1 + np.exp(-random.normal(-2, 1, 2_000)))
    return (random.random(2_000) < p).astype(int), p


def test_slope_and_intercept_are_those_of_an_unpenalised_regression(rows):
    y, p = rows
    line = calibration_slope_intercept(y, p**1.3)
    odds = metrics.log_odds(p**1.3)[:, None]
    model = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(odds, y)
    assert line.slope == pytest.approx(model.coef_[0, 0], rel=1e-4)
    assert line.intercept == pytest.approx(model.intercept_[0], rel=1e-3)


def test_slope_is_empty_where_all_probabilities_are_equal(rows):
    assert math.isnan(calibration_slope_intercept(rows[0], np.full(2_000, 0.1)).slope)


def test_slope_is_empty_where_the_classes_do_not_overlap():
    assert math.isnan(calibration_slope_intercept([0, 0, 1, 1], [0.1, 0.2, 0.8, 0.9]).slope)


def test_calibration_error_of_equal_probabilities_is_that_of_one_bin():
    y = np.repeat([0, 1], [90, 10])
    assert expected_calibration_error(y, np.full(100, 0.1)) == pytest.approx(0)
    assert expected_calibration_error(y[::-1], np.full(100, 0.3)) == pytest.approx(0.2)


def test_calibration_error_by_hand():
    y = [0, 0, 0, 1, 1, 0, 1, 1, 1, 1]
    p = [0.05, 0.15, 0.25, 0.35, 0.45, 0.55, 0.65, 0.75, 0.85, 0.95]
    assert expected_calibration_error(y, p, bins=2) == pytest.approx((abs(1.25 - 2) + abs(3.75 - 4)) / 10)


def test_lift_takes_three_of_thirty_for_a_tenth():
    y = [1, 1, 1] + [0] * 27
    assert lift(y, np.linspace(1, 0, 30), share=0.1) == pytest.approx(10)


def test_lift_and_capture_are_empty_where_nobody_churned():
    assert math.isnan(lift([0, 0], [0.1, 0.2]))
    assert math.isnan(metrics.capture([0, 0], [0.1, 0.2]))


def test_ties_fall_by_the_order_of_rows():
    assert capture_at([1, 0, 0], [0.5, 0.5, 0.5], capacity=1) == 1
    assert capture_at([0, 0, 1], [0.5, 0.5, 0.5], capacity=1) == 0


def test_capacity_beyond_all_rows_captures_everybody():
    assert capture_at([1, 0, 1], [0.5, 0.4, 0.3], capacity=99) == 1


def test_log_loss_of_a_sure_miss_is_finite():
    assert metrics.log_loss([1], [0.0]) == pytest.approx(20.7, abs=0.1)


@pytest.mark.parametrize("measure", [metrics.roc_auc, metrics.average_precision])
def test_order_has_no_meaning_where_nobody_churned(measure):
    assert math.isnan(measure([0, 0], [0.1, 0.2]))
