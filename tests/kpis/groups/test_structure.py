"""Are there groups? Planted ones are found, and a single cloud is none, however stably it can be cut."""

import numpy as np
import pytest

from churnrisk.kpis.groups.clustering import nearest, one_thread
from churnrisk.kpis.groups.structure import even_box, halved, normal_cloud, shallowest_valley, structure
from churnrisk.settings.kpis import GroupSettings

CUSTOMERS = 400


def planted(groups: int, apart: float, columns: int = 3) -> np.ndarray:
    """Draw groups whose centres lie at the corners of a cube."""
    random = np.random.default_rng(groups)
    corners = np.array([[(corner >> bit) & 1 for bit in range(columns)] for corner in range(2**columns)])
    return random.normal(size=(CUSTOMERS, columns)) + apart * corners[random.integers(0, groups, CUSTOMERS)]


def single(kind: str) -> np.ndarray:
    random = np.random.default_rng(3)
    spots = random.normal(size=(CUSTOMERS, 3))
    if kind == "one normal cloud":
        return spots
    if kind == "one long cloud":
        return spots * [4, 1, 1]
    if kind == "an even box":
        return random.uniform(-2, 2, (CUSTOMERS, 3))
    if kind == "a skewed cloud":
        return np.exp(spots / 2)
    return np.column_stack([2 * spots[:, 0], spots[:, 0] ** 2 + 0.5 * spots[:, 1], 0.5 * spots[:, 2]])


@pytest.mark.parametrize("groups", [2, 3, 5])
def test_planted_groups_are_found(groups):
    found = structure(planted(groups, 5.0), GroupSettings())
    assert found.groups == groups, found.table


@pytest.mark.parametrize(
    "kind", ["one normal cloud", "one long cloud", "an even box", "a skewed cloud", "a curved cloud"]
)
def test_a_single_cloud_is_no_groups(kind):
    found = structure(single(kind), GroupSettings(most=3))
    assert found.groups == 0, found.table
    assert found.table["why_not"].str.len().gt(0).all()


def test_a_long_cloud_is_cut_stably_and_yet_nothing_parts_it():
    found = structure(single("one long cloud"), GroupSettings(most=2))
    assert found.table["stability"].iloc[0] > 0.75
    assert "nothing parts two of them" in found.table["why_not"].iloc[0]


def test_groups_that_overlap_too_far_are_no_groups():
    assert structure(planted(2, 1.5), GroupSettings(most=3)).groups == 0


def test_a_group_smaller_than_asked_for_does_not_count():
    rows = np.vstack([planted(2, 6.0), np.random.default_rng(0).normal(size=(40, 3)) - 4])
    assert structure(rows, GroupSettings(most=3, smallest=0.1)).groups == 2
    assert structure(rows, GroupSettings(most=3)).groups == 3


def test_few_customers_say_nothing():
    found = structure(planted(2, 9.0)[:150], GroupSettings())
    assert (found.groups, len(found.table)) == (0, 0)


def test_one_signal_is_enough():
    assert structure(planted(2, 6.0, columns=1), GroupSettings(most=3)).groups == 2


def test_the_same_seed_gives_the_same_answer():
    one, same = (structure(planted(2, 4.0), GroupSettings(most=3)).table for _ in range(2))
    assert one.equals(same)


def test_halves_of_planted_groups_agree_and_of_an_even_box_do_not():
    random = np.random.default_rng(0)
    with one_thread():
        assert halved(planted(3, 6.0), 3, 2, random)[0] > 0.99
        assert halved(single("an even box"), 2, 4, random)[0] < 0.9


def test_the_shallowest_valley_is_that_of_the_two_closest():
    rows = np.concatenate([np.linspace(-1, 1, 50), np.linspace(1, 3, 50), np.linspace(20, 22, 50)])[:, None]
    centres = np.array([[0.0], [2.0], [21.0]])
    assert shallowest_valley(rows, nearest(rows, centres), centres) < 0.2
    assert shallowest_valley(rows[50:], nearest(rows[50:], centres[1:]), centres[1:]) > 0.95


def test_structureless_data_lie_as_the_customers_do():
    rows = planted(2, 4.0) @ np.diag([1.0, 2.0, 3.0])
    random = np.random.default_rng(0)
    assert np.allclose(np.cov(normal_cloud(rows, random).T), np.cov(rows.T), rtol=0.35, atol=1)
    assert np.allclose(even_box(rows, random).mean(axis=0), rows.mean(axis=0), atol=1.5)
