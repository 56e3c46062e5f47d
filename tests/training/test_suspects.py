"""What speaks against a column: each sign fires on its case and keeps silent beside it."""

import numpy as np
import pandas as pd
import pytest

from churnrisk.training.suspects import (
    Said,
    filled_for_churners,
    is_constant,
    is_id_like,
    is_named_like,
    mostly_numbers,
)

LEFT = np.repeat([0, 1], [150, 50])


@pytest.mark.parametrize(
    ("name", "values", "found"),
    [
        ("customerID", [f"c{n}" for n in range(200)], True),
        ("e-mail", [f"c{n}@x" if n % 40 else "none" for n in range(200)], True),
        ("account_no", [9000.0 - n * 3 for n in range(200)], True),
        ("counter", list(range(1000, 1200)), True),
        ("client id", [7, *range(199)], True),
        ("n", list(np.random.default_rng(0).permutation(200) + 3.0), True),
        ("plan", ["a", "b"] * 100, False),
        ("spend", list(np.random.default_rng(0).random(200)), False),
        ("points", list(np.random.default_rng(0).permutation(9000)[:200] * 1.0), False),
        ("town", [f"t{n // 4}" for n in range(200)], False),
        ("id", ["a", "b"], False),
    ],
)
def test_what_names_rows_is_id_like(name, values, found):
    assert is_id_like(name, pd.Series(values)) is found


@pytest.mark.parametrize(
    ("name", "label", "found"),
    [
        ("Churn Score", "Churn", True),
        ("churned", "Churn", True),
        ("ChurnReason", "Status", True),
        ("Attrition_Flag2", "Attrition_Flag", True),
        ("exit_reason", "Exited", True),
        ("left_because", "left", True),
        ("customer_satisfaction", "customer_status", False),
        ("TotalCharges", "Churn", False),
        ("last_label", "Churn Label", False),
        ("price", "Exited", False),
        ("month", "churn_month", False),
    ],
)
def test_what_is_named_like_the_label_is_found_by_its_words(name, label, found):
    assert is_named_like(name, label) is found


def test_a_column_filled_for_churners_only_is_told_with_its_numbers():
    column = pd.Series(np.where(LEFT & (np.arange(200) % 2), "price", None))
    assert (
        filled_for_churners(column, LEFT)
        == "it is filled in 25 rows, 25 of them churners (100 %; 25 % of all rows are)"
    )


def test_a_value_of_its_own_stands_for_empty():
    assert "another value than 0 in 50 rows, 50 of them" in str(filled_for_churners(pd.Series(LEFT * 3.0), LEFT))
    assert "it is empty in 50 rows" in str(filled_for_churners(pd.Series(np.where(LEFT, None, "x")), LEFT))


@pytest.mark.parametrize(
    "column",
    [
        pd.Series([None] * 190 + ["price"] * 9 + [None]),  # too few to be sure
        pd.Series(np.where(np.arange(200) % 4 == 0, "note", None)),  # filled for everybody
        pd.Series(["a", "b"] * 100),
        pd.Series(np.where(LEFT, "a", "b")).where(np.arange(200) % 3 > 0, "c"),
        pd.Series(["x"] * 200),
    ],
)
def test_a_column_that_others_have_too_is_not_filled_for_churners(column):
    assert filled_for_churners(column, LEFT) is None


def said(rows, *names):
    found = Said()
    for name in names:
        found.add(name, rows[name])
    return found


def test_a_column_that_says_the_same_is_a_duplicate_of_the_earlier_one():
    rows = pd.DataFrame(
        {"a": np.arange(200.0), "b": np.arange(200.0), "plan": ["x", "y"] * 100, "code": [1.0, 2.0] * 100}
    )
    assert said(rows, "a").before(rows["b"]) == "a"
    assert said(rows, "a", "plan").before(rows["code"]) == "plan"


def test_columns_that_differ_in_one_row_or_only_both_name_rows_are_no_duplicates():
    rows = pd.DataFrame({"a": np.arange(200.0), "b": np.random.default_rng(0).random(200), "c": np.arange(200.0)})
    rows.loc[7, "c"] = np.nan
    assert said(rows, "a").before(rows["b"]) is None
    assert said(rows, "a", "b").before(rows["c"]) is None


def test_numbers_with_a_word_among_them_are_told():
    assert (
        mostly_numbers(pd.Series([str(n) for n in range(99)] + ["n/a"]))
        == "99 of its 100 values are numbers, and 'n/a' is not"
    )


@pytest.mark.parametrize("values", [["a"] * 50 + ["1"] * 50, [1.0] * 100, ["a", "b"] * 50, ["1"] * 100])
def test_texts_and_plain_numbers_are_not_told(values):
    assert mostly_numbers(pd.Series(values)) is None


def test_a_gap_beside_one_value_is_no_constant():
    assert is_constant(pd.Series(["a", "a"]))
    assert is_constant(pd.Series([None, None]))
    assert not is_constant(pd.Series(["a", None]))
