"""The Wilson interval, beside scipy's."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from churnrisk.modeling.wilson import wilson


@given(whole=st.integers(1, 10_000), share=st.floats(0, 1))
def test_it_is_the_interval_that_scipy_gives(whole, share):
    part = round(whole * share)
    low, high = wilson(np.array([part / whole]), np.array([float(whole)]))
    theirs = binomtest(part, whole).proportion_ci(method="wilson")
    assert (low[0], high[0]) == pytest.approx((theirs.low, theirs.high), abs=1e-9)


def test_none_and_all_are_their_own_ends_exactly():
    low, high = wilson(np.array([0.0, 1.0]), np.array([22.0, 22.0]))
    assert (low[0], high[1]) == (0, 1)
    assert high[0] > 0
    assert low[1] < 1
