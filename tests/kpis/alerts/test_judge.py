import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from churnrisk.kpis.alerts.judge import looks
from tests.kpis.alerts.making import chance_rates, money_of, rate_of, watch

STEADY = [80, 78, 84, 79, 81, 77, 83, 80, 82, 76, 81, 80]


def looked(series, at, **told):
    return looks(series, at, **{"history": 24, "least_history": 6, "places": 12, **told})


def test_a_jump_is_seen_in_the_newest_period():
    look = looked(rate_of([*STEADY, 120], 2000), 12)[0]
    assert (look.direction, look.periods) == (1, 1)
    assert look.chance < 0.001
    assert look.number == 0.06
    assert look.law.expected == pytest.approx(sum(STEADY) / 24_000)


def test_the_same_number_as_ever_is_no_surprise():
    assert all(look.chance > 0.5 for look in looked(rate_of([*STEADY, 80], 2000), 12))


def test_a_fall_is_seen_as_well():
    look = looked(rate_of([*STEADY, 45], 2000), 12)[0]
    assert (look.direction, look.chance < 0.01) == (-1, True)


def test_three_higher_periods_together_say_more_than_the_last_alone():
    found = looked(rate_of([*STEADY, 98, 99, 98], 2000), 14)
    assert [look.periods for look in found] == [1, 2, 3]
    assert found[2].chance < found[0].chance / 5


def test_a_jump_that_is_over_does_not_speak_for_a_period_on_the_other_side():
    found = looked(rate_of([*STEADY, 130, 74], 2000), 13)
    assert [look.periods for look in found] == [1]


def test_too_few_earlier_periods_are_not_judged():
    assert looked(rate_of([*STEADY[:5], 120], 2000), 5) == []


def test_months_that_vary_more_than_chance_ask_for_more():
    restless = looked(rate_of([50, 120, 60, 110, 55, 105, 62, 115, 48, 101, 70, 110, 120], 2000), 12)[0]
    assert looked(rate_of([*STEADY, 120], 2000), 12)[0].chance < 0.001 < 0.05 < restless.chance


def test_a_number_at_its_limit_is_as_rare_as_was_asked_for():
    look = looked(rate_of([*STEADY, 80], 2000), 12)[0]
    low, high = look.limits(0.01)
    assert 2 * 1.5 * look.law.above(high + 0.0005) < 0.01 <= 2 * 1.5 * look.law.above(high - 0.0005)
    assert low < 0.04 < high


def test_lost_mrr_that_jumps_is_seen():
    look = looked(money_of([4000.0] * 12 + [8000.0], 100_000.0), 12)[0]
    assert (look.direction, look.chance < 0.001) == (1, True)


def test_lost_mrr_in_one_large_lump_is_chance():
    lost = np.array([4000.0] * 12 + [8000.0])
    lump = np.eye(13)[12] * 4000.0
    series = money_of(lost, 100_000.0, variance=lost * 50 + lump**2, third=lost * 50**2 + lump**3)
    assert looked(series, 12)[0].chance > 0.02


def test_mrr_of_which_hardly_any_was_lost_is_not_judged():
    assert looked(money_of([50.0] * 6 + [4000.0], 100_000.0), 6) == []


def test_net_churn_below_zero_is_judged_like_any_other():
    lost = np.array([-2000.0] * 12 + [2500.0])
    series = money_of(lost, 100_000.0, variance=np.full(13, 200_000.0), events=np.full(13, 60.0))
    look = looked(series, 12)[0]
    assert look.law.expected == pytest.approx(-0.02)
    assert look.chance < 0.001


@settings(max_examples=40)
@given(st.integers(0, 10_000), st.floats(0.01, 0.3), st.integers(40, 3000))
def test_a_chance_is_a_chance_and_the_limits_hold_the_expectation(seed, rate, of):
    for look in looked(chance_rates(15, rate=rate, of=of, seed=seed), 14):
        assert 0 <= look.chance <= 1
        low, high = look.limits(0.01)
        assert low <= look.law.expected <= high


def test_the_order_of_series_and_of_questions_changes_nothing():
    series = chance_rates(20, seed=1)
    one, other = watch(), watch()
    first = [one.judge(series, at).chance for at in range(12, 20)]
    assert [other.judge(series, at).chance for at in reversed(range(12, 20))] == first[::-1]
