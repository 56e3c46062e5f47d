import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from churnrisk.monitoring.bins import Bins


def test_a_leap_year_moves_nobody_to_another_bin():
    bins = Bins.of(pd.Series([365.0] * 50), "number")
    assert bins.count(pd.Series([366.0] * 50)).counts.tolist() == [50, 0, 0]


def test_values_that_truly_differ_move():
    bins = Bins.of(pd.Series([365.0] * 50), "number")
    assert bins.count(pd.Series([730.0] * 50)).counts.tolist() == [0, 50, 0]


def test_a_column_that_was_always_empty_has_one_bin_for_whatever_comes():
    bins = Bins.of(pd.Series([np.nan, np.nan]), "number")
    assert bins.count(pd.Series([5.0, np.nan])).counts.tolist() == [1, 1]


def test_rare_levels_stand_together_and_are_not_new():
    values = pd.Series(["a"] * 500 + ["b"])
    bins = Bins.of(values, "text")
    found = bins.count(pd.Series(["b", "c"]))
    assert (bins.levels, dict(found.new)) == (("a",), {"c": 1})


def test_columns_of_any_dtype_are_counted():
    for values in (pd.Series([1, None], dtype="Int64"), pd.Series([True, None], dtype="boolean")):
        assert Bins("number", edges=(1.0,)).count(values).counts.tolist() == [1, 0, 1]
    levels = pd.Series(["a", None], dtype="category")
    assert Bins("text", levels=("a", "b")).count(levels).counts.tolist() == [1, 0, 0, 1]


@pytest.mark.parametrize("kind", ["number", "text"])
def test_bins_survive_json(kind):
    values = pd.Series([1.5, 2.0, None]) if kind == "number" else pd.Series(["a", "ü", None])
    bins = Bins.of(values, kind)
    assert Bins.from_plain(json.loads(json.dumps(bins.to_plain()))) == bins


@settings(max_examples=50)
@given(values=st.lists(st.one_of(st.none(), st.floats(-1e6, 1e6)), min_size=1, max_size=60))
def test_everyone_stands_in_exactly_one_bin(values):
    column = pd.Series(values, dtype="float64")
    bins = Bins.of(column, "number")
    counts = bins.count(column).counts
    assert counts.sum() == len(column)
    assert len(counts) == len(bins.names)
    assert counts[-1] == column.isna().sum()
