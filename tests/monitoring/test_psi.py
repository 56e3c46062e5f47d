"""PSI beyond chance: false alarms are held at every size, and planted drift is found."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from churnrisk.bench.drift import PLANTED, Simulated, nights_found, nights_with_alarms
from churnrisk.monitoring.psi import by_chance, limit, p_value, psi
from churnrisk.settings import MonitorSettings

RATE = 0.05


def alarms(customers, *, apart=0.0, nights=40, **more):
    return nights_with_alarms(Simulated(customers, apart), nights, rate=RATE, seed=1, **more)


@pytest.mark.parametrize("customers", [1_000, 1_000_000])
def test_false_alarms_over_all_signals_are_held_at_every_size(customers):
    assert alarms(customers) <= RATE + 2 * np.sqrt(RATE / 40)


@pytest.mark.parametrize("customers", [1_000, 1_000_000])
def test_false_alarms_are_held_where_a_company_moves_from_month_to_month(customers):
    assert alarms(customers, apart=0.05) <= RATE + 2 * np.sqrt(RATE / 40)


def test_without_what_cutoffs_differ_by_a_million_customers_would_always_fire():
    assert alarms(1_000_000, apart=0.05, nights=20, plain=True) == 1.0


@pytest.mark.parametrize("customers", [1_000, 1_000_000])
def test_planted_drift_is_found_at_every_size(customers):
    company = Simulated(customers, apart=0.05, planted=PLANTED)
    assert nights_found(company, 15, settings=MonitorSettings()) >= 0.8


@pytest.mark.parametrize("customers", [1_000, 1_000_000])
def test_the_psi_of_samples_of_one_distribution_is_as_yurdakul_says(customers):
    random, shape = np.random.default_rng(1), np.full(10, 0.1)
    before = random.multinomial(5 * customers, shape, 2_000)
    found = [psi(now, one) for now, one in zip(random.multinomial(customers, shape, 2_000), before, strict=True)]
    assert np.mean(found) == pytest.approx(float(by_chance(9, customers, 5 * customers)), rel=0.05)
    assert np.mean(found > limit(0.01, 9, by_chance(9, customers, 5 * customers))) == pytest.approx(0.01, abs=0.007)


def test_a_signal_that_is_missing_all_of_a_sudden_is_far_away():
    assert psi([100, 100, 300], [5_000, 5_000, 0]) > 1


def test_nobody_anywhere_is_no_drift():
    assert psi([0, 0], [0, 0]) == 0
    assert float(p_value(0.0, 0, 0.0)) == 1


@settings(max_examples=60)
@given(
    now=st.lists(st.integers(0, 10_000), min_size=1, max_size=12),
    before=st.lists(st.integers(0, 10_000), min_size=12, max_size=12),
)
def test_psi_is_never_below_0_and_the_same_seen_from_either_side(now, before):
    before = before[: len(now)]
    assert psi(now, before) >= 0
    assert psi(now, before) == pytest.approx(psi(before, now))


@settings(max_examples=60)
@given(
    chance=st.floats(1e-6, 0.1),
    degrees=st.integers(1, 12),
    apart=st.floats(0, 0.5),
    comparisons=st.integers(1, 15),
    rate=st.floats(1e-5, 0.2),
)
def test_a_psi_at_its_limit_is_exceeded_as_often_as_was_asked(chance, degrees, apart, comparisons, rate):
    asked = (degrees, chance, apart, comparisons)
    assert float(p_value(limit(rate, *asked), *asked)) == pytest.approx(rate, rel=1e-3)
