"""Signals on scales that can be compared."""

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from churnrisk.kpis.groups.scaling import FURTHEST, Scale, learn_scale, scaled, spread_out

NUMBERS = st.lists(st.one_of(st.floats(-1e6, 1e6), st.just(float("nan"))), min_size=1, max_size=40)


@given(NUMBERS)
def test_every_value_has_a_place_within_bounds(values):
    told = learn_scale("a", values).of(values)
    assert np.isfinite(told).all()
    assert (np.abs(told) <= FURTHEST).all()


@given(st.lists(st.floats(0, 1e6), min_size=2, max_size=40))
def test_scales_keep_the_order_of_values(values):
    scale = learn_scale("a", values)
    assert (np.diff(scale.of(sorted(values))) >= -1e-12).all()


def test_a_skewed_signal_is_laid_on_logarithms_and_an_even_one_is_not():
    random = np.random.default_rng(0)
    assert learn_scale("a", np.exp(random.normal(0, 1.5, 500))).logarithm
    assert not learn_scale("a", random.normal(10, 2, 500)).logarithm


def test_two_modes_of_counts_are_laid_on_logarithms():
    random = np.random.default_rng(0)
    assert learn_scale(
        "a", random.poisson(np.where(np.arange(600) % 3 == 0, 8, 84) * np.exp(random.normal(0, 0.3, 600)))
    ).logarithm
    assert not learn_scale("a", random.poisson(50, 600)).logarithm


def test_an_empty_value_is_the_middle_and_of_silence_the_most():
    assert learn_scale("usage_ratio_84d", [1.0, 2.0, 9.0, np.nan]).empty == 2.0
    assert learn_scale("usage_days_since_last", [1.0, 2.0, 9.0, np.nan]).empty == 9.0


def test_a_signal_without_spread_does_not_divide_by_nothing():
    assert learn_scale("a", [5.0, 5.0]).of([5.0, 6.0]).tolist() == [0.0, 1.0]
    assert learn_scale("a", [np.nan]).of([np.nan]).tolist() == [0.0]


def test_two_modes_lie_further_apart_than_one_broad_one():
    random = np.random.default_rng(0)
    modes = np.concatenate([random.normal(0, 1, 500), random.normal(10, 1, 500)])
    broad = random.normal(5, modes.std(), 1000)
    apart, within = (np.ptp(np.quantile(learn_scale("a", told).of(told), [0.25, 0.75])) for told in (modes, broad))
    assert apart > 3 * within


def test_rows_become_one_column_a_signal():
    scales = [Scale("a", False, 0.0, 1.0, 1.0), Scale("b", True, 0.0, 0.0, 1.0)]
    assert scaled(pd.DataFrame({"b": [0.0], "a": [3.0]}), scales).tolist() == [[2.0, 0.0]]


def test_whole_numbers_are_spread_and_fractions_are_not():
    rows = pd.DataFrame({"a": [0.0, 1.0, 5.0], "b": [0.5, 1.0, 5.0]})
    told = spread_out(rows, ["a", "b"], np.random.default_rng(0))
    assert (told["a"] != rows["a"]).any()
    assert told["b"].equals(rows["b"])
