import numpy as np
import pytest
from scipy.stats import gamma, norm

from churnrisk.kpis.alerts.money import MoneyRate, upper_tail
from churnrisk.kpis.alerts.spread import NO_MORE_THAN_CHANCE, Spread


def law(**told) -> MoneyRate:
    start = {"lost": 24_000.0, "of": 1_200_000.0, "now": 100_000.0, "variance": 1.2, "third": 0.0}
    return MoneyRate(**{**start, "spread": NO_MORE_THAN_CHANCE, **told})


def test_without_skewness_the_tail_is_normal():
    deviation = np.sqrt(1.2 * (1 / 100_000 + 1 / 1_200_000))
    assert law().above(0.02 + 3 * deviation) == pytest.approx(norm.sf(3))
    assert law().below(0.02 - 3 * deviation) == pytest.approx(norm.sf(3))


def test_with_skewness_it_is_that_of_a_gamma_law():
    shape = 4 / 0.6**2
    assert upper_tail(2.5, 0.6) == pytest.approx(gamma.sf(shape + 2.5 * shape**0.5, shape))
    assert upper_tail(2.5, -0.6) == pytest.approx(gamma.cdf(shape - 2.5 * shape**0.5, shape))


def test_lumps_make_a_rise_likelier_and_a_fall_unlikelier():
    lumpy = law(third=300.0)
    assert lumpy.above(0.032) > law().above(0.032)
    assert lumpy.below(0.01) < law().below(0.01)


def test_no_value_lies_beyond_the_end_of_a_skewed_law():
    assert upper_tail(-50, 0.8) == 1.0
    assert upper_tail(50, -0.8) == 0.0


def test_spread_between_periods_widens_it():
    assert law(spread=Spread(np.array([4.0]), np.array([1.0]))).above(0.03) > law().above(0.03)
