"""Reads whatever a user fits on, a dataframe or an array, into columns of numbers and of text."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn.utils import assert_all_finite
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import check_consistent_length, column_or_1d, validate_data

from churnrisk.errors import ModelError
from churnrisk.modeling.released.churn_model import ReleasedModelError, as_number, as_text

NUMBER, TEXT = "number", "text"


class FitError(ModelError, ValueError):
    """These rows cannot fit a model, or do not fit the model they are given to."""


def read_frame(estimator: Any, X: Any, *, reset: bool) -> pd.DataFrame:
    """Check rows by scikit-learn's law and give them as a dataframe; an array's columns are named x0, x1, …"""
    if isinstance(X, pd.DataFrame):
        validate_data(estimator, X, reset=reset, skip_check_array=True)
        for size, what in ((X.shape[0], "sample"), (X.shape[1], "feature")):
            if size == 0:
                raise FitError(f"Found array with 0 {what}(s) (shape={X.shape}) while a minimum of 1 is required.")
        return X.set_axis([str(name) for name in X.columns], axis=1)
    values = validate_data(estimator, X, reset=reset, dtype=None, ensure_all_finite=False)
    frame = pd.DataFrame(values, columns=[f"x{index}" for index in range(values.shape[1])])
    return frame.infer_objects() if values.dtype == object else frame


def column_type(series: pd.Series) -> str:
    """Say whether a column holds numbers or text.

    Examples
    --------
    >>> column_type(pd.Series([1, None])), column_type(pd.Series(["a", None]))
    ('number', 'text')
    """
    if isinstance(series.dtype, pd.CategoricalDtype):
        return column_type(pd.Series(series.cat.categories))
    found = pd.api.types.infer_dtype(series, skipna=True)
    if found in ("string", "mixed-integer"):
        return TEXT
    if found in ("floating", "integer", "mixed-integer-float", "decimal", "boolean", "empty") or series.isna().all():
        return NUMBER
    if found == "mixed" and all(isinstance(value, str | int | float) for value in series.dropna()):
        return TEXT
    raise TypeError(
        f"Column {series.name!r} holds {found} values; its argument must be a string or a number. "
        "Turn times into days before the cutoff, and leave other things out."
    )


def read_columns(frame: pd.DataFrame, types: dict[str, str]) -> dict[str, np.ndarray]:
    """Give each column as an array of numbers (NaN where empty) or of text (None where empty)."""
    columns = {}
    for name, kind in types.items():
        try:
            columns[name] = as_number(_numeric(frame[name])) if kind == NUMBER else as_text(_texts(frame[name]))
        except ReleasedModelError as fault:
            raise FitError(f"Column {name!r} {fault}.") from fault
    return columns


def _numeric(series: pd.Series) -> pd.Series:
    return series.astype(object) if isinstance(series.dtype, pd.CategoricalDtype) else series


def _texts(series: pd.Series) -> pd.Series:
    """Write numbers that stand among texts as text."""
    if pd.api.types.infer_dtype(series, skipna=True) in ("mixed", "mixed-integer"):
        return series.astype(object).map(str, na_action="ignore")
    return series


def read_labels(frame: pd.DataFrame, y: Any) -> tuple[np.ndarray, np.ndarray]:
    """Check labels and give their two classes, and 1 where a row has the second: left.

    Raises
    ------
    FitError
        When there are not exactly two classes.

    Examples
    --------
    >>> classes, churned = read_labels(pd.DataFrame({"a": [1, 2, 3]}), ["No", "Yes", "No"])
    >>> classes.tolist(), churned.tolist()
    (['No', 'Yes'], [0, 1, 0])
    """
    labels = column_or_1d(y, warn=True)
    assert_all_finite(labels, input_name="y")
    check_consistent_length(frame, labels)
    check_classification_targets(labels)
    classes, churned = np.unique(labels, return_inverse=True)
    if len(classes) > 2:
        raise FitError(
            "Only binary classification is supported. The type of the target is "
            f"{type_of_target(labels)}: {len(classes)} classes. Give labels that are 1 for left and 0 for stayed."
        )
    if len(classes) < 2:
        raise FitError(
            f"The labels hold one class only ({classes[0]!r}). A model needs customers who left and customers "
            "who stayed: give more cutoffs, or a longer horizon."
        )
    return classes, churned


def group_codes(groups: Sequence | np.ndarray | pd.Series | None, rows: int) -> np.ndarray:
    """Number the groups (customers) of rows; without groups each row is one.

    Examples
    --------
    >>> group_codes(["b", "a", "b"], 3).tolist()
    [0, 1, 0]
    """
    if groups is None:
        return np.arange(rows)
    if len(groups) != rows:
        raise FitError(f"groups should hold one value for each of the {rows} rows, and holds {len(groups)}.")
    return pd.factorize(np.asarray(groups), use_na_sentinel=False)[0]
