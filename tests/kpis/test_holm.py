"""Corrected p-values, beside those of statsmodels."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from churnrisk.kpis.holm import holm


@pytest.mark.parametrize("number", [1, 2, 12])
def test_they_are_those_that_statsmodels_gives(number):
    p_values = np.round(np.random.default_rng(number).beta(0.3, 3, number), 2)  # with ties
    assert holm(p_values) == pytest.approx(multipletests(p_values, method="holm")[1], abs=1e-12)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_the_smallest_counts_as_often_as_there_are_and_none_passes_a_smaller_one(p_values):
    found, order = holm(p_values), np.argsort(p_values, kind="stable")
    assert found.min() == pytest.approx(min(1, len(p_values) * min(p_values)))
    assert (np.diff(found[order]) >= 0).all()
    assert (found >= np.array(p_values)).all()


def test_empty_ones_stay_empty_and_do_not_count():
    assert holm([math.nan, 0.02]).tolist()[1] == 0.02
    assert np.isnan(holm([math.nan])).all()
    assert holm([]).tolist() == []
