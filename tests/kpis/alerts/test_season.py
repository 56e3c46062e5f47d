import numpy as np
import pytest

from churnrisk.kpis.alerts.season import season
from tests.kpis.alerts.making import chance_rates, watch

MONTH = np.arange(24) % 12
DECEMBERS = np.where(np.arange(36) % 12 == 11, 2.0, 1.0)


def test_a_peak_that_two_years_agree_on_is_found():
    beyond = np.where(MONTH == 11, 0.04, 0.0) - 0.04 / 12
    found = season(beyond, np.full(24, 2000 / 0.04), MONTH, 12)
    assert found.there
    assert found.adds[11] == pytest.approx(0.04, rel=0.2)


def test_what_one_year_alone_shows_is_no_season():
    beyond = np.zeros(24)
    beyond[11] = 0.04
    assert not season(beyond - beyond.mean(), np.full(24, 2000 / 0.04), MONTH, 12).there


def test_chance_seldom_makes_a_season():
    rng = np.random.default_rng(3)
    drawn = [season(rng.standard_normal(24), np.ones(24), MONTH, 12).there for _ in range(200)]
    assert np.mean(drawn) < 0.2


def test_the_third_december_raises_no_alarm():
    allowed = watch().allowed(10)
    companies = [chance_rates(36, seed=seed, factor=DECEMBERS) for seed in range(25)]
    found = [watch().judge(one, 35) for one in companies]
    assert sum(one.chance <= allowed for one in found) <= 1
    assert all(one.looks[0].season == "allowed for" for one in found)


def test_the_second_december_does_for_season_cannot_be_told_yet():
    found = [watch().judge(chance_rates(24, seed=seed, factor=DECEMBERS[:24]), 23) for seed in range(10)]
    assert {one.looks[0].season for one in found} <= {"none seen", "cannot be told"}
    assert np.mean([one.looks[0].law.above(one.looks[0].number) < 0.05 for one in found]) > 0.8


def test_a_december_far_above_the_others_raises_one():
    factor = DECEMBERS.copy()
    factor[35] = 3.5
    found = watch().judge(chance_rates(36, factor=factor), 35)
    assert found.chance <= watch().allowed(10)
    assert found.look.direction == 1
