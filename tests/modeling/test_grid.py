"""Grids: bins, pairs worth a map, and functions taken apart without a rest."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from churnrisk.modeling.grid import axis_of, purified, strongest_pairs, taken_apart


def test_a_gap_falls_into_the_last_bin_and_the_highest_value_into_the_one_before():
    axis = axis_of("a", np.append(np.arange(100.0), np.nan), "number", bins=10, min_rows=1)
    assert axis.place(np.array([np.nan, 99.0, 1e9, 0.0, -1e9])).tolist() == [10, 9, 9, 0, 0]


def test_many_rows_at_the_highest_value_leave_no_empty_bin_above_it():
    axis = axis_of("a", np.append(np.arange(90.0), np.full(30, 90.0)), "number", bins=10, min_rows=1)
    assert max(axis.cuts) < 90.0


def test_rare_and_unseen_texts_share_a_bin():
    axis = axis_of("plan", np.array(["a"] * 9 + ["b"], dtype=object), "text", bins=8, min_rows=5)
    assert axis.place(np.array(["a", "b", "new", None], dtype=object)).tolist() == [0, 1, 1, 2]


@settings(max_examples=30)
@given(st.integers(0, 10_000))
def test_the_parts_of_a_grid_add_up_and_each_line_has_mean_nought(seed):
    random = np.random.default_rng(seed)
    values, weight = random.normal(size=(5, 4)), random.integers(0, 3, size=(5, 4)).astype(float)
    rest, rows, columns = purified(values, weight)
    seen = (weight.sum(axis=1)[:, None] > 0) & (weight.sum(axis=0) > 0)
    assert np.allclose((rest + rows[:, None] + columns)[seen], values[seen])
    assert np.abs((rest * weight).sum(axis=0)).max() < 1e-9
    assert np.abs((rest * weight).sum(axis=1)).max() < 1e-9


@settings(max_examples=20)
@given(st.integers(0, 10_000))
def test_a_function_of_pairs_is_taken_apart_without_a_rest(seed):
    random = np.random.default_rng(seed)
    sizes = [4, 3, 5]
    one, two = random.normal(size=(4, 3)), random.normal(size=(3, 5))

    def score(bins):
        return one[bins[:, 0], bins[:, 1]] + two[bins[:, 1], bins[:, 2]] + bins[:, 0] ** 2

    bins = np.column_stack([random.integers(0, size, 400) for size in sizes])
    parts = taken_apart(score, bins, sizes, [(0, 1), (1, 2)])
    total = parts.constant + sum(curve[bins[:, index]] for index, curve in enumerate(parts.curves))
    total = total + sum(grid[bins[:, first], bins[:, second]] for (first, second), grid in parts.grids.items())
    assert np.allclose(total, score(bins))


def crossed(seed=0, rows=4000):
    random = np.random.default_rng(seed)
    bins = random.integers(0, 8, size=(rows, 4)).astype(np.int16)
    together = ((bins[:, 1] > 3) == (bins[:, 2] > 3)).astype(float)
    return bins, (random.random(rows) < 0.2 + 0.4 * together).astype(int)


def test_the_pair_that_matters_together_comes_first():
    bins, churned = crossed()
    assert strongest_pairs(bins, [9] * 4, churned, np.full(4000, -0.4), range(4))[0] == (1, 2)


def test_of_columns_that_move_together_only_the_first_is_paired():
    bins, churned = crossed()
    bins[:, 3] = bins[:, 2]
    pairs = strongest_pairs(bins, [9] * 4, churned, np.full(4000, -0.4), range(4))
    assert pairs[0] == (1, 2)
    assert not any(3 in pair for pair in pairs)
