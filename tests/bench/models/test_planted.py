"""Planted customers: the same seed gives the same, and what was planted is there."""

import numpy as np
import pandas as pd
import pytest

from churnrisk.bench.models.planted import KINDS, RATE, drawn, planted


@pytest.mark.parametrize("kind", KINDS)
def test_the_churn_rate_and_the_seed_hold(kind):
    one, again, other = planted(kind, 2_000), planted(kind, 2_000), planted(kind, 2_000, seed=2)
    pd.testing.assert_frame_equal(one.frame, again.frame)
    assert (one.churned == again.churned).all()
    assert not one.frame.equals(other.frame)
    assert abs(one.churned.mean() - RATE) < 0.04
    assert one.frame.isna().any().any()


def test_noise_has_no_truth_to_find_and_pairs_have_one():
    _, flat, _ = drawn("noise", 500, 1)
    _, steep, _ = drawn("pairs", 500, 1)
    assert np.ptp(flat) < 1e-9
    assert np.ptp(steep) > 0.5
