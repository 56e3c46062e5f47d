import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import betabinom, fisher_exact

from churnrisk.kpis.alerts import chart
from churnrisk.kpis.alerts.chart import CustomerRate, tail_from
from churnrisk.kpis.alerts.spread import NO_MORE_THAN_CHANCE, Spread


@given(st.integers(1, 400), st.integers(1, 60), st.data())
def test_the_tails_are_those_of_fishers_exact_test(of, now, data):
    left, here = data.draw(st.integers(0, of)), data.draw(st.integers(0, now))
    law = CustomerRate(left, of, now, NO_MORE_THAN_CHANCE)
    table = [[here, now - here], [left, of - left]]
    assert law.above(here / now) == pytest.approx(fisher_exact(table, "greater")[1], abs=1e-9)
    assert law.below(here / now) == pytest.approx(fisher_exact(table, "less")[1], abs=1e-9)


def test_the_tail_of_a_wide_law_is_that_of_the_beta_binomial():
    assert tail_from(30, 200, np.array([4.0]), np.array([60.0]))[0] == pytest.approx(betabinom.sf(29, 200, 4, 60))


def test_large_numbers_and_small_ones_meet(monkeypatch):
    law = CustomerRate(96_000, 4_800_000, 400_000, Spread(np.array([8.0]), np.array([1.0])))
    smooth = law.above(0.0215)
    monkeypatch.setattr(chart, "SMOOTH", 1e9)
    assert smooth == pytest.approx(law.above(0.0215), rel=0.01)


def test_more_spread_makes_the_same_number_less_surprising():
    calm = CustomerRate(960, 24_000, 2000, NO_MORE_THAN_CHANCE)
    restless = CustomerRate(960, 24_000, 2000, Spread(np.array([3.0]), np.array([1.0])))
    assert calm.above(0.055) < 0.003 < restless.above(0.055)


def test_few_earlier_customers_make_it_less_surprising_too():
    known = CustomerRate(960, 24_000, 2000, NO_MORE_THAN_CHANCE)
    hardly = CustomerRate(80, 2000, 2000, NO_MORE_THAN_CHANCE)
    assert known.above(0.055) < hardly.above(0.055) / 5


def test_nobody_left_before_and_nobody_now_is_no_surprise():
    law = CustomerRate(0, 1200, 100, NO_MORE_THAN_CHANCE)
    assert law.above(0.0) == law.below(0.0) == 1.0


def test_two_of_a_hundred_where_nobody_ever_left_is_a_surprise_as_fisher_says():
    law = CustomerRate(0, 1200, 100, NO_MORE_THAN_CHANCE)
    assert law.above(0.02) == pytest.approx((100 * 99) / (1300 * 1299))


def test_a_season_moves_the_expectation():
    law = CustomerRate(960, 24_000, 2000, NO_MORE_THAN_CHANCE, moved=0.02)
    assert law.expected == pytest.approx(0.06)
    assert law.above(0.055) > 0.5 > law.below(0.045)
