"""Levels of cutoffs: what chance gives, and what level to expect next."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from churnrisk.modeling.levels import Levels, Scored, outlook, read_levels
from churnrisk.modeling.released.churn_model import probability

DAYS = np.array([np.datetime64("2024-01-01") + np.timedelta64(round(30.4375 * month), "D") for month in range(30)])


def levels(path, calibrates=None, error=0.05):
    """Levels as given, each with the same chance error."""
    count = len(path)
    last = np.arange(count) >= count - 3 if calibrates is None else np.asarray(calibrates)
    return Levels(np.arange(count, dtype=float), last, np.asarray(path, dtype=float), error**2 * np.eye(count), None)


def test_levels_are_what_was_added_to_the_log_odds():
    random = np.random.default_rng(0)
    raw, added = random.normal(-2, 1, 60_000), np.repeat([0.0, 0.3, -0.2], 20_000)
    left = (random.random(60_000) < probability(raw + added)).astype(float)
    found = read_levels([raw], [Scored(raw, left, None, np.repeat(DAYS[:3], 20_000))])
    assert found.level == pytest.approx([0.0, 0.3, -0.2], abs=0.06)
    assert np.sqrt(np.diag(found.chance)) == pytest.approx(np.full(3, 0.022), abs=0.005)
    assert found.counts["cutoff"].tolist() == ["2024-01-01", "2024-01-31", "2024-03-02"]
    assert found.counts["rows"].tolist() == [20_000] * 3


def test_churn_that_stands_at_two_cutoffs_makes_their_levels_go_together():
    """Horizons overlap: the same churn is in the labels of both cutoffs."""
    random = np.random.default_rng(0)
    left = (random.random(5_000) < 0.1).astype(float)
    raw, people = np.full(10_000, -2.2), np.tile(np.arange(5_000), 2)
    shared = read_levels([raw], [Scored(raw, np.tile(left, 2), people, np.repeat(DAYS[:2], 5_000))])
    assert shared.chance[0, 1] == pytest.approx(shared.chance[0, 0], rel=1e-3)
    alone = read_levels([raw], [Scored(raw, np.tile(left, 2), np.arange(10_000), np.repeat(DAYS[:2], 5_000))])
    assert alone.chance[0, 1] == 0


def test_a_cutoff_at_which_nobody_churned_has_a_finite_level():
    raw = np.full(400, -2.0)
    left = np.concatenate([np.zeros(200), np.ones(20), np.zeros(180)])
    found = read_levels([raw], [Scored(raw, left, None, np.repeat(DAYS[:2], 200))])
    assert np.isfinite(found.level).all()
    assert found.level[0] < found.level[1]


def test_level_that_stays_is_chance():
    assert outlook(levels(np.random.default_rng(1).normal(0, 0.05, 14))).movement == "chance"


def test_chance_is_found_in_what_is_only_chance():
    found = [outlook(levels(np.random.default_rng(seed).normal(0, 0.05, 14))).movement for seed in range(20)]
    assert found.count("chance") >= 17


def test_steady_rise_is_a_trend_and_is_carried_on():
    path = 0.08 * np.arange(14) + np.random.default_rng(0).normal(0, 0.02, 14)
    found = outlook(levels(path), ahead_days=30.4375)
    assert found.movement == "trend"
    assert found.step == pytest.approx(0.08, abs=0.01)
    assert found.shift == pytest.approx(0.08 * 14, abs=0.06)


def test_walk_leans_on_the_newest():
    path = np.concatenate([np.zeros(5), np.full(5, 0.6), np.full(5, 0.1), np.full(5, 0.7)])
    found = outlook(levels(path, np.arange(20) >= 12))
    assert found.movement == "walk"
    assert found.shift == pytest.approx(0.7, abs=0.05)


@pytest.mark.parametrize("odd", [4, 12, 13])
def test_one_odd_cutoff_is_not_followed(odd):
    """Neither early, nor the last but one, nor the last."""
    path = np.where(np.arange(14) == odd, 0.5, 0.0)
    found = outlook(levels(path))
    assert found.movement == "scatter"
    assert found.shift == pytest.approx(path[-3:].mean(), abs=0.01)


def test_a_step_between_fit_and_calibration_is_no_movement():
    """In-sample levels of the rows that fitted need not agree with those of later rows."""
    assert outlook(levels(np.repeat([0.0, 0.4], [11, 3]))).movement == "chance"


@pytest.mark.parametrize("count", [1, 2])
def test_too_few_cutoffs_say_nothing(count):
    found = outlook(levels(np.linspace(0, 2, count), [True] * count))
    assert (found.movement, found.shift) == ("unknown", 0.0)


@settings(max_examples=10)
@given(seed=st.integers(0, 1_000), lift=st.floats(-2, 2))
def test_level_to_expect_moves_with_all_levels(seed, lift):
    path = np.cumsum(np.random.default_rng(seed).normal(0, 0.2, 12))
    here, there = outlook(levels(path)), outlook(levels(path + lift))
    assert here.movement == there.movement
    if here.movement != "chance":
        assert there.shift - here.shift == pytest.approx(lift, abs=1e-6)
