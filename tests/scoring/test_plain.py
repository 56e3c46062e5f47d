"""Plain sentences say how a customer stands, where a column raises the risk, and nothing where there is no value."""

import numpy as np
import pandas as pd
import pytest

from churnrisk.modeling.released.churn_model import sentences, tellable
from churnrisk.scoring.plain import plain_cards


def told(values, fit=None):
    column = pd.Series(values)
    card = plain_cards(pd.DataFrame({"it": fit if fit is not None else column}))[0]
    return sentences(card, {"it": column.to_numpy()}, np.arange(len(column)))


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ([2.0, 29.0, 40.0], "it is 2 (median 29)"),
        ([1234.56, 20.0, 50.0], "it is 1,234.6 (median 50)"),
        ([0.25, 0.5, 1.5], "it is 0.25 (median 0.50)"),
        ([0.0125, 0.02, 0.03], "it is 0.0125 (median 0.0200)"),
        (["Month-to-month", "Two year"], "it is Month-to-month"),
        (["{value}", "b"], "it is {value}"),
    ],
)
def test_a_column_is_told_with_its_value(values, sentence):
    assert told(values)[0] == sentence


def test_a_column_of_gaps_has_no_median():
    assert told([1.0], fit=pd.Series([np.nan, np.nan])) == ["it is 1"]


def test_a_gap_is_not_told_and_a_value_is():
    card = plain_cards(pd.DataFrame({"it": [1.0, 2.0]}))[0]
    assert tellable(card, {"it": np.array([5.0, np.nan])}).tolist() == [True, False]
    assert tellable(card, {"it": np.array(["a", None], dtype=object)}).tolist() == [True, False]


def test_each_column_is_a_group_of_its_own():
    assert [card["group"] for card in plain_cards(pd.DataFrame({"a": [1.0], "b": ["x"]}))] == ["a", "b"]
