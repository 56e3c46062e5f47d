"""Corrected p-values, beside those of statsmodels."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnrisk.kpis.holm import holm


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_they_are_those_that_statsmodels_gives(p_values):
    from statsmodels.stats.multitest import multipletests

    assert holm(p_values) == pytest.approx(multipletests(p_values, method="holm")[1], abs=1e-12)


def test_empty_ones_stay_empty_and_do_not_count():
    assert holm([math.nan, 0.02]).tolist()[1] == 0.02
    assert np.isnan(holm([math.nan])).all()
    assert holm([]).tolist() == []
