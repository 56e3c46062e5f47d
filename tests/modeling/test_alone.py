"""One column alone: what knows the answer stands out, what only names rows does not."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from churnrisk.modeling.alone import MOST_ROWS, auc_alone

RANDOM = np.random.default_rng(0)
LEFT = (RANDOM.random(600) < 0.25).astype(int)


@pytest.mark.parametrize("kind", ["number", "text", "filled", "time"])
def test_a_column_that_knows_the_answer_gives_one(kind):
    column = {
        "number": pd.Series(LEFT * 10.0),
        "text": pd.Series(np.where(LEFT, "gone", "here")),
        "filled": pd.Series(np.where(LEFT, "price", None)),
        "time": pd.Series(pd.to_datetime(np.where(LEFT, "2024-01-01", None))),
    }[kind]
    assert auc_alone(column, LEFT) == pytest.approx(1.0)


def test_a_narrow_band_of_numbers_is_found():
    assert (
        auc_alone(pd.Series(np.where(LEFT, 50 + RANDOM.random(600), RANDOM.choice([0.0, 100.0], 600))), LEFT) > 0.99
    )


@pytest.mark.parametrize(
    "column", [RANDOM.random(600), RANDOM.choice(["a", "b", "c"], 600), [f"c{n}" for n in range(600)]]
)
def test_a_column_that_knows_nothing_gives_a_half(column):
    assert auc_alone(pd.Series(column), LEFT) == pytest.approx(0.5, abs=0.06)


def test_levels_of_two_rows_each_know_nothing_out_of_fold_though_they_do_in_it():
    random = np.random.default_rng(3)
    pairs = pd.Series(random.permutation(np.repeat(np.arange(300), 2))).map(lambda number: f"c{number}")
    assert auc_alone(pairs, LEFT) == pytest.approx(0.5, abs=0.1)


def test_many_rows_are_thinned():
    left = np.arange(3 * MOST_ROWS) % 4 == 0
    assert auc_alone(pd.Series(left.astype(float)), left) == 1.0


def test_one_class_has_no_auc():
    assert auc_alone(pd.Series([1.0, 2.0]), [0, 0]) is None


@settings(max_examples=15)
@given(st.integers(0, 10_000))
def test_the_unit_of_a_number_does_not_matter(seed):
    values = np.random.default_rng(seed).normal(size=200) + LEFT[:200]
    one, other = (auc_alone(pd.Series(column), LEFT[:200]) for column in (values, values * 4))
    assert one == pytest.approx(other, abs=1e-9)
