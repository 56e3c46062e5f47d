"""PSI beyond chance: false alarms are held at every size, and planted drift is found."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from churnrisk.kpis.holm import holm
from churnrisk.monitoring.psi import between, by_chance, freedom, limit, moderated, p_value, psi

SIGNALS, RATE = 80, 0.05
#: Tenths, a signal that is mostly 0, a rare flag, levels of very different size, one bin only.
SHAPES = [[0.1] * 10, [0.7, 0.2, 0.1], [0.995, 0.005], [0.5, 0.3, 0.1, 0.05, 0.03, 0.02], [1.0]]


def shapes():
    return [np.array(SHAPES[at % len(SHAPES)]) for at in range(SIGNALS)]


def shifted(shape, amount):
    """Move a distribution in one direction: a trend over its bins."""
    slope = np.linspace(-1, 1, len(shape)) if len(shape) > 1 else np.zeros(1)
    moved = shape * np.exp(amount * slope)
    return moved / moved.sum()


def nights_with_alarms(random, customers, *, apart=0.0, cutoffs=6, nights=200, least=0.0, plain=False):
    """Count nights with any alarm among many signals that have not drifted; cutoffs differ by chance and by apart."""
    fired = 0
    for _ in range(nights):
        found = []
        for shape in shapes():
            drawn = [random.multinomial(customers, shifted(shape, apart * random.normal())) for _ in range(cutoffs)]
            *past, now = drawn
            before, sizes = np.sum(past, axis=0), [customers] * len(past)
            own = between(past, sizes, [customers * at for at in range(len(past))])
            found.append((psi(now, before), freedom(now, before), before.sum(), own))
        moved, degrees, reference, own = map(np.array, zip(*found, strict=True))
        alike = float(own.mean())
        drawn_in = [(0.0, 0) if plain else moderated(one, len(past) - 1, alike) for one in own]
        apart_by, worth = map(np.array, zip(*drawn_in, strict=True))
        p = p_value(moved, degrees, by_chance(degrees, customers, reference), apart_by, worth)
        fired += bool(((holm(p) < RATE) & (moved >= least)).any())
    return fired / nights


@pytest.mark.parametrize("customers", [1_000, 1_000_000])
def test_false_alarms_over_all_signals_are_held_at_every_size(customers):
    random = np.random.default_rng(customers)
    assert nights_with_alarms(random, customers) <= RATE + 2 * np.sqrt(RATE / 200)


@pytest.mark.parametrize("customers", [1_000, 1_000_000])
def test_false_alarms_are_held_where_a_company_moves_from_month_to_month(customers):
    random = np.random.default_rng(customers)
    assert nights_with_alarms(random, customers, apart=0.05) <= RATE + 2 * np.sqrt(RATE / 200)


def test_without_what_cutoffs_differ_by_a_million_customers_would_always_fire():
    random = np.random.default_rng(0)
    assert nights_with_alarms(random, 1_000_000, apart=0.05, nights=20, plain=True) == 1.0


@pytest.mark.parametrize("customers", [1_000, 1_000_000])
def test_the_psi_of_samples_of_one_distribution_is_as_yurdakul_says(customers):
    random, shape = np.random.default_rng(1), np.full(10, 0.1)
    before = random.multinomial(5 * customers, shape, 2_000)
    found = [psi(now, one) for now, one in zip(random.multinomial(customers, shape, 2_000), before, strict=True)]
    assert np.mean(found) == pytest.approx(float(by_chance(9, customers, 5 * customers)), rel=0.05)
    assert np.mean(found > limit(0.01, 9, by_chance(9, customers, 5 * customers))) == pytest.approx(0.01, abs=0.007)


@pytest.mark.parametrize("customers", [1_000, 1_000_000])
def test_planted_drift_is_found_at_every_size(customers):
    random, shape = np.random.default_rng(2), np.full(10, 0.1)
    past = [random.multinomial(customers, shifted(shape, 0.05 * random.normal())) for _ in range(12)]
    own = between(past, [customers] * 12, [customers * at for at in range(12)])
    now, before = random.multinomial(customers, shifted(shape, 0.7)), np.sum(past, axis=0)
    p = p_value(psi(now, before), 9, by_chance(9, customers, before.sum()), *moderated(own, 11, own))
    assert float(p) * SIGNALS < 0.01
    assert psi(now, before) > 0.1


def test_a_signal_that_is_missing_all_of_a_sudden_is_far_away():
    assert psi([100, 100, 300], [5_000, 5_000, 0]) > 1


def test_nobody_anywhere_is_no_drift():
    assert psi([0, 0], [0, 0]) == 0
    assert float(p_value(0.0, 0, 0.0)) == 1


@settings(max_examples=60, deadline=None)
@given(
    now=st.lists(st.integers(0, 10_000), min_size=1, max_size=12),
    before=st.lists(st.integers(0, 10_000), min_size=12, max_size=12),
)
def test_psi_is_never_below_0_and_the_same_seen_from_either_side(now, before):
    before = before[: len(now)]
    assert psi(now, before) >= 0
    assert psi(now, before) == pytest.approx(psi(before, now))


@settings(max_examples=60, deadline=None)
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
