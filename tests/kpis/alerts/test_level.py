import numpy as np

from churnrisk.kpis.alerts.level import began, level_starts
from tests.kpis.alerts.making import chance_rates, watch


def test_a_change_that_lasts_is_found_where_it_began():
    series = chance_rates(20, factor=[1.0] * 12 + [1.5] * 8, seed=2)
    certain = np.full(20, 2000 / (0.04 * 0.96))
    assert abs(level_starts(series.number, certain, 6)[-1] - 12) <= 1


def test_chance_alone_hardly_makes_one():
    certain = np.full(24, 2000 / (0.04 * 0.96))
    found = [len(level_starts(chance_rates(24, seed=seed).number, certain, 6)) for seed in range(100)]
    assert sum(one > 1 for one in found) <= 2


def test_one_odd_month_is_no_new_level():
    number = np.full(20, 0.04)
    number[15] = 0.09
    assert level_starts(number, np.full(20, 50_000.0), 6) == [0]


def test_a_shift_stops_raising_alarms_once_it_is_the_level():
    judge = watch()
    allowed = judge.allowed(10)
    series = chance_rates(30, factor=[1.0] * 12 + [1.6] * 18, seed=4)
    fired = [judge.judge(series, at).chance <= allowed for at in range(12, 30)]
    assert all(fired[:4])
    assert not any(fired[9:])


def test_the_beginning_of_a_fall_is_found_as_well():
    assert began(np.array([4.0, 4, 5, 4, 4, 2, 1.5]), np.ones(7), -1) == 5
