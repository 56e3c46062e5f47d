"""One pruned tree that a person can read."""

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.utils import check_random_state

from churnrisk.modeling.columns import NUMBER, column_type, group_codes, read_columns, read_frame, read_labels
from churnrisk.modeling.folds import fold_of_rows, splits, thinned
from churnrisk.modeling.logistic import PlainDataClassifier
from churnrisk.modeling.prune import GrownTree, Step, grow, pruning_steps, standing, step_at, without
from churnrisk.modeling.released import churn_model
from churnrisk.modeling.rules import rules_of

GROWN_LEAVES = 96


class PrunedTreeClassifier(PlainDataClassifier):
    """A classification tree, pruned by cost and complexity; alpha is chosen by cross-validation on log loss.

    A gap goes the way that helped most, as in scikit-learn. Texts are put in the order of their churn rate in the
    fit rows, and a split cuts that order in two; rare texts are pooled, and a text never seen goes with them.

    Parameters
    ----------
    max_leaves
        At most so many leaves.
    min_leaf_rows
        At least so many fit rows a leaf.
    smoothing
        Leaf probabilities are drawn towards the base rate as if by so many rows; above 0.
    alpha
        Log loss a row that a further leaf must gain; None chooses it.
    folds
        Parts of the cross-validation that chooses it.
    max_cv_rows
        It is chosen on at most so many rows, whole groups at random.
    min_level_rows
        A text with fewer rows is pooled with the other rare ones.
    monotone
        Column = 1 where the risk may only rise with its numbers, -1 where it may only fall. Every leaf is then drawn
        towards the base rate by the same part, so that the order of leaves stays.
    random_state
        Seed of folds, subsample and ties between splits.

    Attributes
    ----------
    classes_
        The two labels; the second one means left.
    alpha_
        The alpha used.
    plain_
        The nodes: see `to_plain`.

    Examples
    --------
    >>> rows = pd.DataFrame({"logins": [0, 9, 1, 8, None, 7] * 20})
    >>> model = PrunedTreeClassifier(alpha=0.01).fit(rows, [1, 0, 1, 0, 1, 0] * 20)
    >>> print("; ".join(model.rules()))
    logins at most 4 or missing: 96.2 % of 60 rows left; logins above 4: 3.8 % of 60 rows left
    """

    classes_: np.ndarray
    plain_: dict[str, Any]
    types_: dict[str, str]

    def __init__(
        self,
        *,
        max_leaves: int = 24,
        min_leaf_rows: int = 20,
        smoothing: float = 5.0,
        alpha: float | None = None,
        folds: int = 5,
        max_cv_rows: int = 60_000,
        min_level_rows: int = 20,
        monotone: Mapping[str, int] | None = None,
        random_state: int | None = 0,
    ) -> None:
        self.max_leaves = max_leaves
        self.min_leaf_rows = min_leaf_rows
        self.smoothing = smoothing
        self.alpha = alpha
        self.folds = folds
        self.max_cv_rows = max_cv_rows
        self.min_level_rows = min_level_rows
        self.monotone = monotone
        self.random_state = random_state

    def fit(self, X: Any, y: Any, groups: Any = None) -> Self:
        """Fit on rows; rows of one group (customer) stay together when alpha is chosen."""
        self._check_parameters()
        frame = read_frame(self, X, reset=True)
        self.classes_, churned = read_labels(frame, y)
        self.types_ = {name: column_type(frame[name]) for name in frame.columns}
        columns = read_columns(frame, self.types_)
        random = check_random_state(self.random_state)
        splits_plain, matrix = self._encode(columns, churned)
        tree = self._grow(matrix, churned, random)
        steps = pruning_steps(tree)
        codes = group_codes(groups, len(frame))
        self.alpha_ = self._choose(columns, churned, codes, steps, random) if self.alpha is None else self.alpha
        kept = without(tree, step_at(steps, self.alpha_, self.max_leaves).cut)
        self.plain_ = _plain(kept, splits_plain, self.smoothing)
        return self

    def rules(self) -> list[str]:
        """Give each leaf as a sentence, from the riskiest to the safest."""
        return rules_of(self.to_plain())

    def _check_parameters(self) -> None:
        if self.max_leaves < 2:
            raise ValueError(f"max_leaves must be at least 2, got {self.max_leaves!r}.")
        if not self.smoothing > 0:
            raise ValueError(f"smoothing must be above 0, got {self.smoothing!r}.")
        if self.alpha is not None and self.alpha < 0:
            raise ValueError(f"alpha must be at least 0, or None to choose it, got {self.alpha!r}.")

    def _grow(self, matrix: np.ndarray, churned: np.ndarray, random: np.random.RandomState) -> GrownTree:
        leaves = max(GROWN_LEAVES, self.max_leaves)
        sides = [(self.monotone or {}).get(name, 0) if kind == NUMBER else 0 for name, kind in self.types_.items()]
        return grow(
            matrix,
            churned,
            max_leaves=leaves,
            min_leaf_rows=self.min_leaf_rows,
            random=random,
            directions=sides if any(sides) else None,
        )

    def _encode(self, columns: dict[str, np.ndarray], churned: np.ndarray) -> tuple[list[dict], np.ndarray]:
        """Say how each column becomes a number, and lay the numbers side by side."""
        encoded: list[dict[str, Any]] = [
            {"column": name, "gaps": bool(pd.isna(columns[name]).any())}
            | ({} if kind == NUMBER else _ordered(columns[name], churned, self.min_level_rows))
            for name, kind in self.types_.items()
        ]
        return encoded, np.column_stack([churn_model.tree_number(one, columns[one["column"]]) for one in encoded])

    def _choose(
        self,
        columns: dict[str, np.ndarray],
        churned: np.ndarray,
        groups: np.ndarray,
        steps: list[Step],
        random: np.random.RandomState,
    ) -> float:
        """Choose alpha by the log loss out of fold; texts are ordered anew inside each fold."""
        rows = thinned(groups, self.max_cv_rows, random)
        labels = churned[rows]
        found = np.array([step.alpha for step in steps])
        candidates = np.append(np.sqrt(found[:-1] * found[1:]), np.inf)
        if not 0 < labels.sum() < len(labels):
            return float(np.median(found))
        fold = fold_of_rows(labels, pd.factorize(groups[rows])[0], self.folds, random)
        losses = np.zeros(len(candidates))
        for fit_rows, judge_rows in splits(fold, labels):
            fitted = {name: values[rows[fit_rows]] for name, values in columns.items()}
            judged = {name: values[rows[judge_rows]] for name, values in columns.items()}
            encoded, matrix = self._encode(fitted, labels[fit_rows])
            tree = self._grow(matrix, labels[fit_rows], random)
            own, odds = pruning_steps(tree), tree.log_odds(self.smoothing)
            at = churn_model.leaves(_plain(tree, encoded, self.smoothing), judged)
            rows_at = np.bincount(at, minlength=len(odds))
            churners_at = np.bincount(at, weights=labels[judge_rows], minlength=len(odds))
            for index, alpha in enumerate(candidates):
                ends = odds[standing(tree, step_at(own, alpha, self.max_leaves).cut)]
                losses[index] += (rows_at * np.logaddexp(0.0, ends) - churners_at * ends).sum()
        best = len(losses) - 1 - int(losses[::-1].argmin())
        return float(candidates[best]) if np.isfinite(candidates[best]) else float(found[-1])


def _ordered(values: np.ndarray, churned: np.ndarray, min_rows: int) -> dict[str, Any]:
    """Put texts in the order of their churn rate; rare ones share one place, and so does any other text."""
    known = pd.DataFrame({"level": values, "churned": churned}).dropna()
    sums = known.groupby("level", sort=True)["churned"].agg(["size", "sum"])
    rare = sums["size"] < min_rows
    rates = (sums["sum"] / sums["size"])[~rare].sort_values(kind="stable")
    base = float(churned.mean())
    other = float(sums[rare]["sum"].sum() / sums[rare]["size"].sum()) if rare.any() else base
    below = int((rates < other).sum())
    codes = {str(level): float(place) for place, level in enumerate(rates.index)}
    return {"codes": codes, "other": below - 0.5, "rare": int(rare.sum())}


def _plain(tree: GrownTree, encoded: list[dict], smoothing: float) -> dict[str, Any]:
    """Give the tree as plain data, with the share of each column at each leaf."""
    odds = tree.log_odds(smoothing)
    shares = np.zeros((len(odds), len(encoded)))
    for node in np.flatnonzero(tree.left >= 0):
        for child in (tree.left[node], tree.right[node]):
            shares[child] = shares[node]
            shares[child, tree.column[node]] += odds[child] - odds[node]
    leaf = tree.left < 0
    weight = np.where(leaf, tree.rows, 0) / tree.rows[0]
    return {
        "kind": "tree",
        "mean_log_odds": float(weight @ odds),
        "columns": encoded,
        "nodes": {
            "column": tree.column.tolist(),
            "threshold": tree.threshold.tolist(),
            "missing_left": tree.missing_left.tolist(),
            "left": tree.left.tolist(),
            "right": tree.right.tolist(),
            "log_odds": odds.tolist(),
            "rows": tree.rows.tolist(),
            "churners": tree.churners.tolist(),
        },
        "leaf_shares": (shares - weight @ shares).tolist(),
    }
