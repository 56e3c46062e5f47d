"""Base rates that stay, drift, or jump once: the calibration that follows from each."""

import json

import numpy as np
import pytest

from churnrisk.modeling.calibrate import calibrate
from churnrisk.modeling.levels import Scored
from churnrisk.modeling.released.churn_model import probability
from tests.modeling.test_levels import DAYS

FIT, LATER, NEXT = np.arange(11), np.array([12, 13, 14]), np.array([16, 17])


class Company:
    """Rows at monthly cutoffs whose true log-odds are 0.9 × the model's + the level of their cutoff."""

    def __init__(self, level, seed=0, customers=4_000):
        self.random = np.random.default_rng(seed)
        self.level, self.customers = np.asarray(level, dtype=float), customers

    def rows(self, months):
        raw = self.random.normal(-3.0, 1.2, self.customers * len(months))
        at = np.repeat(months, self.customers)
        true = probability(0.9 * raw - 0.2 + self.level[at])
        left = (self.random.random(len(raw)) < true).astype(float)
        return Scored(raw, left, np.tile(np.arange(self.customers), len(months)), DAYS[at]), true

    def calibrated(self, method="sigmoid", months=LATER):
        """Give the pooled calibration, the one that knows cutoffs, and observed / expected of both later on."""
        history, later = self.rows(FIT)[0], self.rows(months)[0]
        given = (later.log_odds, later.churned, later.groups)
        pooled = calibrate(*given, method=method)
        ours = calibrate(*given, method=method, cutoffs=later.cutoffs, history=history, ahead_days=37)
        ahead, true = self.rows(NEXT)
        return pooled, ours, *[true.sum() / one.probability(ahead.log_odds).sum() for one in (pooled, ours)]


STEADY, RISE = np.zeros(20), 0.08 * np.arange(20)
ODD = np.where(np.arange(20) == 14, 0.5, 0.0)


@pytest.mark.parametrize("method", ["sigmoid", "auto"])
def test_a_stable_base_rate_changes_nothing(method):
    pooled, ours, *_ = Company(STEADY, seed=1).calibrated(method)
    assert ours.base_rates.movement == "chance"
    assert ours.plain == pooled.plain
    assert "no more than chance" in ours.base_rates.sentence
    assert "All calibration rows count alike" in ours.told


@pytest.mark.parametrize("rise", [RISE, -RISE], ids=["rising", "falling"])
def test_a_base_rate_that_drifts_steadily_is_met_at_the_next_cutoffs(rise):
    """Observed / expected churn within 0.85 to 1.15, and at most half as far off as the pooled calibration."""
    found = [Company(rise, seed).calibrated() for seed in range(4)]
    assert [ours.base_rates.movement for _, ours, *_ in found] == ["trend"] * 4
    before = np.log([pooled for *_, pooled, _ in found])
    after = np.log([ours for *_, ours in found])
    assert (np.abs(np.exp(after) - 1) < 0.15).all()
    assert np.abs(after).mean() < 0.5 * np.abs(before).mean()
    assert "a month" in found[0][1].base_rates.sentence


@pytest.mark.parametrize("place", [13, 14], ids=["in the middle", "the newest"])
def test_one_odd_cutoff_among_stable_ones_is_not_chased(place):
    for seed in range(3):
        _, ours, pooled_ratio, ratio = Company(np.roll(ODD, place - 14), seed).calibrated()
        assert ours.base_rates.movement in ("scatter", "chance")
        assert abs(np.log(ratio)) <= abs(np.log(pooled_ratio)) + 0.01
        assert ratio > 0.75  # the odd cutoff alone, carried on, would give 0.6


def test_a_base_rate_that_jumped_to_stay_is_followed():
    jumped = np.concatenate([np.zeros(13), np.full(7, 0.6)])
    months = np.arange(6, 15)
    found = [Company(jumped, seed).calibrated(months=months) for seed in range(3)]
    assert all(abs(np.log(ours)) < 0.6 * abs(np.log(pooled)) for *_, pooled, ours in found)


def test_without_cutoffs_there_is_nothing_to_say():
    rows = Company(STEADY).rows(LATER)[0]
    assert calibrate(rows.log_odds, rows.churned, rows.groups).base_rates is None


def test_no_calibration_as_asked_is_left_alone_and_the_movement_told():
    _, ours, *_ = Company(RISE).calibrated("none")
    assert ours.plain == {"kind": "none"}
    assert ours.base_rates.movement == "trend"
    assert "Nothing was done about it" in ours.base_rates.sentence


@pytest.mark.parametrize("method", ["sigmoid", "beta", "isotonic"])
def test_every_way_follows(method):
    _, ours, pooled_ratio, ratio = Company(RISE, seed=2).calibrated(method)
    assert ours.kind == method
    assert abs(np.log(ratio)) < abs(np.log(pooled_ratio))


def test_the_table_counts_every_cutoff_once():
    rates = Company(RISE).calibrated()[1].base_rates
    assert rates.table["part"].value_counts().to_dict() == {"fit": 11, "calibration": 3}
    assert (rates.table["rows"] == 4_000).all()
    assert rates.odds_ratio > 1.1
    assert json.loads(json.dumps(rates.as_dict()))["movement"] == "trend"
