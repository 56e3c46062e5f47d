"""Curves rise, find what made the rows, and can be moved up and down."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from churnrisk.modeling.curves import WAYS, fit_curve, shifted
from churnrisk.modeling.released.churn_model import calibrated, probability

RAW = np.random.default_rng(0).normal(-1, 2, 20_000)


def drawn(odds, seed=0):
    return (np.random.default_rng(seed).random(len(odds)) < probability(np.asarray(odds))).astype(float)


def beta_odds(raw, a, b, intercept):
    p = 1 / (1 + np.exp(-raw))
    return intercept + a * np.log(p) - b * np.log(1 - p)


def test_beta_finds_both_slopes():
    found = fit_curve("beta", RAW, drawn(beta_odds(RAW, 0.5, 1.6, 0.2)))
    assert found["a"] == pytest.approx(0.5, abs=0.06)
    assert found["b"] == pytest.approx(1.6, abs=0.12)


def test_beta_as_written_is_the_formula_of_its_paper():
    plain = {"kind": "beta", "a": 0.7, "b": 1.3, "intercept": -0.4}
    assert calibrated(plain, RAW) == pytest.approx(beta_odds(RAW, 0.7, 1.3, -0.4))
    assert np.isfinite(calibrated(plain, np.array([-800.0, 800.0]))).all()


def test_beta_with_equal_slopes_is_the_sigmoid():
    left = drawn(0.8 * RAW - 0.3)
    sigmoid, beta = fit_curve("sigmoid", RAW, left), fit_curve("beta", RAW, left)
    inside = np.linspace(-4, 3, 50)
    assert calibrated(beta, inside) == pytest.approx(calibrated(sigmoid, inside), abs=0.12)


@pytest.mark.parametrize(("a", "b", "zero"), [(-0.6, 1.5, "a"), (1.5, -0.6, "b")])
def test_a_slope_of_beta_that_would_fall_is_set_to_nought(a, b, zero):
    found = fit_curve("beta", RAW, drawn(beta_odds(RAW, a, b, 0.0)))
    assert found[zero] == 0
    assert max(found["a"], found["b"]) > 0
    assert (np.diff(calibrated(found, np.linspace(-8, 8, 100))) >= 0).all()


def test_churn_that_falls_has_no_rising_curve_but_isotonic():
    left = drawn(-RAW)
    assert fit_curve("sigmoid", RAW, left) is None
    assert fit_curve("beta", RAW, left) is None
    assert fit_curve("isotonic", RAW, left) is not None


@pytest.mark.parametrize("way", ["sigmoid", "beta"])
def test_known_levels_do_not_bend_the_curve(way):
    """Scores and base rate rise together from one half of the rows to the other; the slope stays 1."""
    raw = 0.3 * RAW + np.repeat([-0.5, 0.5], len(RAW) // 2)
    offset = np.repeat([-0.5, 0.5], len(RAW) // 2)
    left = drawn(raw + offset)
    bent, straight = (fit_curve(way, raw, left, known) for known in (None, offset))
    rise_bent, rise_straight = (np.diff(calibrated(one, np.array([-1.0, 0.5])))[0] / 1.5 for one in (bent, straight))
    assert rise_straight == pytest.approx(1.0, abs=0.1)
    assert rise_bent > 1.3


@pytest.mark.parametrize("way", WAYS)
def test_a_shift_moves_all_log_odds_alike(way):
    plain = fit_curve(way, RAW, drawn(RAW))
    at = np.array(plain.get("log_odds", [-2.0, 0.0, 2.0]))  # between its points an isotonic curve is straight in p
    assert calibrated(shifted(plain, 0.3), at) - calibrated(plain, at) == pytest.approx(0.3)
    assert shifted(plain, 0.0) is plain


@settings(max_examples=30)
@given(
    way=st.sampled_from(WAYS),
    seed=st.integers(0, 200),
    shift=st.floats(-2, 2),
    asked=st.lists(st.floats(-60, 60), min_size=2, max_size=30),
)
def test_every_curve_keeps_the_order(way, seed, shift, asked):
    raw = np.random.default_rng(seed).normal(-1, 2, 200)
    plain = fit_curve(way, raw, drawn(raw, seed))
    if plain is not None:
        odds = calibrated(shifted(plain, shift), np.sort(asked))
        assert (np.diff(odds) >= -1e-9).all()
        assert np.isfinite(odds).all()
