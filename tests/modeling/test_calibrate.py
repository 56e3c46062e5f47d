"""Calibration keeps the order, and takes isotonic only where it clearly gains."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from churnrisk.modeling import AdditiveLogisticClassifier
from churnrisk.modeling.calibrate import calibrate, calibrate_out_of_fold, out_of_fold_log_odds
from churnrisk.modeling.columns import FitError
from tests.modeling.churners import made_customers


def drawn(true_log_odds, seed=0):
    return (np.random.default_rng(seed).random(len(true_log_odds)) < 1 / (1 + np.exp(-true_log_odds))).astype(int)


RAW = np.random.default_rng(0).normal(-2, 1.5, 6000)


def test_sigmoid_finds_slope_and_level():
    plain = calibrate(RAW, drawn(0.5 * RAW - 0.7), method="sigmoid").plain
    assert plain["slope"] == pytest.approx(0.5, abs=0.08)
    assert plain["intercept"] == pytest.approx(-0.7, abs=0.2)


def test_mean_probability_is_the_observed_churn():
    left = drawn(2 * RAW)
    assert calibrate(RAW, left, method="sigmoid").probability(RAW).mean() == pytest.approx(left.mean(), abs=1e-6)


def test_straight_line_takes_no_isotonic():
    assert calibrate(RAW, drawn(0.6 * RAW)).kind == "sigmoid"


def test_clear_bend_takes_isotonic():
    chosen = calibrate(RAW, drawn(np.where(RAW > -2, 1.0, -4.0)))
    assert chosen.kind == "isotonic"
    assert "isotonic" in chosen.note


def test_bend_of_its_shape_takes_beta():
    raw = np.tile(np.random.default_rng(1).normal(0, 2, 6_000), 4)
    log_p, log_not = -np.logaddexp(0, -raw), -np.logaddexp(0, raw)
    chosen = calibrate(raw, drawn(0.3 * log_p - 2.0 * log_not))
    assert chosen.kind == "beta"
    assert chosen.losses["beta"] < chosen.losses["sigmoid"]


def test_a_straight_line_takes_a_bent_curve_at_most_rarely():
    kinds = [calibrate(RAW, drawn(0.8 * RAW - 0.2, seed), seed=seed).kind for seed in range(12)]
    assert sum(kind in ("beta", "isotonic") for kind in kinds) <= 1


def test_falling_churn_takes_no_falling_slope():
    left = drawn(-RAW - 4)
    assert calibrate(RAW, left).kind != "sigmoid"
    with pytest.raises(FitError, match="no sigmoid curve that rises"):
        calibrate(RAW, left, method="sigmoid")


def test_one_class_only_is_refused():
    with pytest.raises(FitError, match="one class only"):
        calibrate([0.0, 1.0], [0, 0])


def test_two_churners_end_without_calibration_or_with_a_finite_one():
    raw = np.linspace(-3, 3, 40)
    chosen = calibrate(raw, (raw > 2.8).astype(int))
    assert np.isfinite(chosen.log_odds(raw)).all()


def test_a_model_of_one_value_only_is_calibrated_to_the_base_rate():
    chosen = calibrate(np.full(400, -1.0), np.arange(400) % 10 == 0, method="sigmoid")
    assert chosen.probability([-1.0])[0] == pytest.approx(0.1, abs=1e-6)


@settings(max_examples=25)
@given(
    method=st.sampled_from(["none", "sigmoid", "beta", "isotonic"]),
    seed=st.integers(0, 50),
    asked=st.lists(st.floats(-60, 60), min_size=2, max_size=30),
)
def test_order_is_kept_and_probabilities_stay_within_0_and_1(method, seed, asked):
    raw = np.random.default_rng(seed).normal(-1, 2, 300)
    chances = calibrate(raw, drawn(raw, seed), method=method).probability(np.sort(asked))
    assert (np.diff(chances) >= 0).all()
    assert ((chances >= 0) & (chances <= 1)).all()


def test_own_label_does_not_move_a_customers_out_of_fold_log_odds():
    frame, _, _ = made_customers(60)
    twins = frame.iloc[np.repeat(np.arange(60), 2)].reset_index(drop=True)
    noise = np.tile([0, 1], 60)
    odds = out_of_fold_log_odds(AdditiveLogisticClassifier(l2=0.1), twins, noise, np.repeat(np.arange(60), 2))
    assert np.abs(odds).mean() < 0.5


def test_calibration_without_rows_of_its_own():
    frame, churned, customers = made_customers()
    chosen, odds = calibrate_out_of_fold(AdditiveLogisticClassifier(l2=1.0), frame, churned, customers)
    assert chosen.probability(odds).mean() == pytest.approx(churned.mean(), abs=0.02)


def test_too_few_churners_for_folds_are_refused():
    frame, _, _ = made_customers(30)
    with pytest.raises(FitError, match="Too few customers left"):
        out_of_fold_log_odds(AdditiveLogisticClassifier(l2=1.0), frame, np.arange(30) == 0)
