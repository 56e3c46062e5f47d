"""Attributes become groups: every row in exactly one."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnrisk.modeling.attribute_groups import ANY_OTHER, MOST_GROUPS, NOT_GIVEN, groups_of


def test_numbers_of_few_values_are_taken_as_they_are():
    assert groups_of(pd.Series([0, 1, 1.0, None]))[0] == ["0", "1", NOT_GIVEN]


def test_dates_are_cut_at_their_quartiles():
    names, codes = groups_of(pd.Series(pd.date_range("1960-01-01", periods=40, freq="365D")))
    assert names[0] == "1960-01-01 to 1968-12-29"
    assert pd.Series(codes).value_counts().tolist() == [10, 10, 10, 10]


def test_the_rarest_of_many_texts_are_one_group():
    names, codes = groups_of(pd.Series([f"town {number:02}" for number in range(30) for _ in range(30 - number)]))
    assert len(names) == MOST_GROUPS
    assert names[0] == "town 00"
    assert names[-1] == ANY_OTHER
    assert (codes == MOST_GROUPS - 1).sum() == sum(range(1, 20))


def test_truth_values_and_categories_are_texts():
    assert groups_of(pd.Series([True, False]))[0] == ["False", "True"]
    assert groups_of(pd.Series(["b", "a"], dtype="category"))[0] == ["a", "b"]


@pytest.mark.parametrize("values", [[None, None], [float("nan")] * 3])
def test_an_attribute_that_nobody_gave_is_one_group(values):
    names, codes = groups_of(pd.Series(values))
    assert names == [NOT_GIVEN]
    assert set(codes) == {0}


@given(
    st.one_of(
        st.lists(st.one_of(st.none(), st.text(max_size=3)), min_size=1, max_size=40),
        st.lists(st.floats(-100, 100), min_size=1, max_size=40),
        st.lists(st.sampled_from([0.0] * 20 + [1.0, 2, 3, 4, 5, 6, 7, 8]), min_size=1, max_size=40),
    )
)
def test_every_row_stands_in_one_group_and_no_group_is_empty(values):
    names, codes = groups_of(pd.Series(values, dtype=object).infer_objects())
    assert len(codes) == len(values)
    assert sorted(set(codes.tolist())) == list(range(len(names)))
    assert len(set(names)) == len(names)
