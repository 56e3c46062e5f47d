"""A label is read where it can be told, and refused with what to do where it cannot."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnrisk.errors import SourceError
from churnrisk.sources.label import read_label


def label(*values, churned_value=None, both=True):
    return read_label(pd.Series(values, dtype=object), "Churn", churned_value, both=both).tolist()


@pytest.mark.parametrize(
    "values",
    [("Yes", "No"), ("yes", "NO"), ("true", "false"), ("True", "FALSE"), ("1", "0"), ("1.0", "0.0"), ("y", "n")],
)
def test_known_pairs_need_no_word(values):
    assert label(*values) == [1.0, 0.0]


@pytest.mark.parametrize(
    ("value", "given_as"), [("gone", "gone"), ("Gone", "gone"), ("1", 1), ("1.0", 1), ("true", True)]
)
def test_the_churned_value_may_be_written_as_it_means(value, given_as):
    assert label(value, "other", churned_value=given_as) == [1.0, 0.0]


def test_the_churned_value_turns_a_known_pair_round():
    assert label("Yes", "No", churned_value="No") == [0.0, 1.0]


def test_an_empty_label_is_unknown_and_not_a_value():
    found = label("Yes", None, " ", "No")
    assert np.isnan(found[1:3]).all()
    assert [found[0], found[3]] == [1.0, 0.0]


@pytest.mark.parametrize(
    ("values", "churned_value", "said"),
    [
        (("gone", "here"), None, 'nothing says which means left. Say it: churned_value = "gone" or churned_value = '),
        (
            ("gone", "here"),
            "left",
            "churned_value is 'left', and Churn holds no such value: it holds 'gone' (1), 'here' (1)",
        ),
        (
            ("gone", "here", "new"),
            "gone",
            "Churn should hold two values and holds 3: 'gone' (1), 'here' (1), 'new' (1)",
        ),
        (("gone", "here", "new"), "gone", "derive.left = \"CASE WHEN Churn = 'gone' THEN 1 ELSE 0 END\""),
        (("Yes", "Yes"), None, "and holds one: 'Yes' (2). Name another column, or give the rows of the others, too"),
        ((None, ""), None, "Churn is empty in every row"),
        (("Yes", "true"), None, "nothing says which means left"),
    ],
)
def test_a_label_nobody_can_read_is_refused_with_what_to_do(values, churned_value, said):
    with pytest.raises(SourceError) as fault:
        label(*values, churned_value=churned_value)
    assert said in str(fault.value)


def test_to_score_one_value_or_none_is_enough():
    assert label("No", "No", both=False) == [0.0, 0.0]
    assert np.isnan(label(None, None, both=False)).all()


@given(st.lists(st.booleans(), min_size=2).filter(lambda left: 0 < sum(left) < len(left)))
def test_every_row_has_the_label_it_says(left):
    assert label(*["gone" if one else "here" for one in left], churned_value="gone") == [float(one) for one in left]
