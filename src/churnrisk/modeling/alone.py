"""How well one column alone tells churners from the others: what knows too much has seen the answer."""

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.model_selection import StratifiedKFold
from sklearn.tree import DecisionTreeClassifier

from churnrisk.modeling.metrics import roc_auc

FOLDS = 5
MOST_ROWS = 20_000
LEAVES = 32
LEAST_ROWS = 5
PRIOR = 2.0


def auc_alone(column: pd.Series, churned: npt.ArrayLike, *, seed: int = 1) -> float | None:
    """Give the AUC of one column alone, out of fold: the mean over five folds; 0.5 is chance.

    Numbers and times are cut by a shallow tree, texts have a rate for each level, a gap counts as a value of its
    own. More than 20,000 rows are thinned. None where a class has fewer than two rows.

    Examples
    --------
    >>> left = np.tile([0, 0, 1], 40)
    >>> auc_alone(pd.Series(np.where(left, "gone", None)), left)
    1.0
    >>> auc_alone(pd.Series([str(row) for row in range(120)]), left)
    0.5
    """
    labels = np.asarray(churned, dtype=np.int64)
    values = column.reset_index(drop=True)
    if len(labels) > MOST_ROWS:
        keep = np.sort(np.random.default_rng(seed).choice(len(labels), MOST_ROWS, replace=False))
        labels, values = labels[keep], values.iloc[keep].reset_index(drop=True)
    folds = min(FOLDS, int(labels.sum()), int(len(labels) - labels.sum()))
    if folds < 2:
        return None
    coded = as_numbers(values)
    parts = StratifiedKFold(folds, shuffle=True, random_state=seed).split(labels, labels)
    found = [
        roc_auc(
            labels[held], _by_level(values, labels, fit, held) if coded is None else _cut(coded, labels, fit, held)
        )
        for fit, held in parts
    ]
    return float(np.mean(found))


def as_numbers(column: pd.Series) -> npt.NDArray[np.float64] | None:
    """Give numbers and times as numbers, gaps as NaN; None for texts.

    Examples
    --------
    >>> as_numbers(pd.Series([1.0, None])).tolist(), as_numbers(pd.Series(["a"]))
    ([1.0, nan], None)
    """
    if pd.api.types.is_datetime64_any_dtype(column):
        days = (column - pd.Timestamp(0)) / pd.Timedelta(days=1)
        return np.asarray(days, dtype=np.float64)
    if pd.api.types.is_numeric_dtype(column):
        return column.to_numpy(dtype=np.float64, na_value=np.nan)
    return None


def _cut(values: np.ndarray, labels: np.ndarray, fit: np.ndarray, held: np.ndarray) -> np.ndarray:
    tree = DecisionTreeClassifier(max_leaf_nodes=LEAVES, min_samples_leaf=LEAST_ROWS, random_state=0)
    tree.fit(values[fit].reshape(-1, 1), labels[fit])
    return tree.predict_proba(values[held].reshape(-1, 1))[:, 1]


def _by_level(values: pd.Series, labels: np.ndarray, fit: np.ndarray, held: np.ndarray) -> np.ndarray:
    codes = pd.factorize(values, use_na_sentinel=False)[0]
    count = int(codes.max()) + 1
    rows = np.bincount(codes[fit], minlength=count)
    churners = np.bincount(codes[fit], weights=labels[fit], minlength=count)
    return ((churners + PRIOR * labels[fit].mean()) / (rows + PRIOR))[codes[held]]
