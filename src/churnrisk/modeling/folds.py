"""Parts of the rows for cross-validation: a customer's rows always stay together."""

from collections.abc import Iterator

import numpy as np


def thinned(groups: np.ndarray, max_rows: int, random: np.random.RandomState) -> np.ndarray:
    """Choose whole groups at random until there are at most ``max_rows`` rows; give those rows.

    Examples
    --------
    >>> thinned(np.array([0, 0, 1, 1]), 3, np.random.RandomState(0)).tolist()
    [2, 3]
    """
    if len(groups) <= max_rows:
        return np.arange(len(groups))
    sizes = np.bincount(groups)
    order = random.permutation(len(sizes))
    fits = max(1, int(np.searchsorted(np.cumsum(sizes[order]), max_rows, side="right")))
    chosen = np.zeros(len(sizes), dtype=bool)
    chosen[order[:fits]] = True
    return np.flatnonzero(chosen[groups])


def fold_of_rows(churned: np.ndarray, groups: np.ndarray, folds: int, random: np.random.RandomState) -> np.ndarray:
    """Give each row its fold: whole groups, with churners spread evenly over the folds.

    Fewer folds come out where there are too few groups of churners or of others.

    Examples
    --------
    >>> labels, customers = np.array([1, 1, 0, 0, 0, 0]), np.array([0, 1, 2, 2, 3, 4])
    >>> np.unique(fold_of_rows(labels, customers, 5, np.random.RandomState(0))).tolist()
    [0, 1]
    """
    count = int(groups.max()) + 1
    left = np.bincount(groups, weights=churned, minlength=count) > 0
    stayed = np.bincount(groups, weights=1 - churned, minlength=count) > 0
    folds = max(1, min(folds, int(left.sum()), int(stayed.sum())))
    fold = np.zeros(count, dtype=np.int64)
    for some in (left, stayed & ~left):
        members = random.permutation(np.flatnonzero(some))
        fold[members] = np.arange(len(members)) % folds
    return fold[groups]


def splits(fold: np.ndarray, churned: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Go through the folds: rows to fit on, rows to judge on; none where the fit rows hold one class."""
    for held in range(int(fold.max()) + 1):
        judged = fold == held
        fitted = churned[~judged]
        if len(fitted) and 0 < fitted.sum() < len(fitted):
            yield np.flatnonzero(~judged), np.flatnonzero(judged)


def log_loss_rows(churned: np.ndarray, log_odds: np.ndarray) -> np.ndarray:
    """Give each row's log loss from its log-odds, without overflow.

    Examples
    --------
    >>> log_loss_rows(np.array([1, 0]), np.array([0.0, 0.0])).round(4).tolist()
    [0.6931, 0.6931]
    """
    return np.logaddexp(0.0, log_odds) - churned * log_odds
