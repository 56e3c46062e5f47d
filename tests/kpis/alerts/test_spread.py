import numpy as np
import pytest

from churnrisk.kpis.alerts.spread import spread


def test_periods_that_vary_by_chance_are_taken_for_that():
    found = spread(11.0, 11)
    assert found.weight[0] > 0.7
    assert found.mean < 1.4


def test_periods_that_vary_more_are_not():
    found = spread(44.0, 11)
    assert found.weight[0] < 0.01
    assert 3 < found.mean < 7


def test_more_periods_make_it_surer():
    few, many = spread(22.0, 11), spread(92.0, 46)
    assert many.weight[many.times > 1].sum() > few.weight[few.times > 1].sum()


def test_one_period_tells_nothing():
    assert spread(9.0, 0).times.tolist() == [1.0]


@pytest.mark.parametrize("squares", [0.0, 1.0, 30.0, 1e5])
def test_weights_add_up_to_one(squares):
    found = spread(squares, 12)
    assert found.weight.sum() == pytest.approx(1)
    assert (np.diff(found.times) > 0).all()
