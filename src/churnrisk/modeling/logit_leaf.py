"""Logistic regression with the leaves of shallow trees: curves of one column and maps of two."""

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.utils import check_random_state
from threadpoolctl import threadpool_limits

from churnrisk.modeling.basis import Curve, Levels, design_of
from churnrisk.modeling.columns import NUMBER
from churnrisk.modeling.folds import fold_of_rows, splits, thinned
from churnrisk.modeling.grid import Axis, Parts, axis_of, binned
from churnrisk.modeling.logistic import ROUGH, AdditiveLogisticClassifier, centred_effects, empty_weights
from churnrisk.modeling.overlay import with_parts
from churnrisk.modeling.released import churn_model
from churnrisk.modeling.residual import CANDIDATES, Booster, Growing, grown, mean_parts
from churnrisk.modeling.solve import curvature, fit_ridge

PAIRED = 100
LEAST_LEVEL = 0.03
MANY_ROWS = 20_000
FOLDS_OF_MANY = 3


class LogitLeafClassifier(AdditiveLogisticClassifier):
    """Additive logistic regression plus the leaves of shallow trees, drawn as curves of one column and maps of two.

    An additive logistic regression comes first (see `AdditiveLogisticClassifier`). Trees of up to eight leaves are
    then boosted on what it leaves unexplained; a branch sees at most two columns, so each leaf is a box over one
    column or two. Trees choose one column at a time and miss two that matter only together: each round first takes a
    step on the whole grid of a pair, where its gain is beyond doubt (without ``monotone`` only). One booster is grown
    in each fold of a cross-validation, which says how many rounds help (none is an answer), and the mean over the
    folds is kept. Its leaves are then added up exactly: boxes over one column become steps of that column's curve,
    boxes over two become a map; what a map says of one column alone is moved into that column's curve, so that each
    line of a map has mean 0 over the fit rows (Lou et al. 2013; Lengerich et al. 2020). The strongest maps are kept,
    the others are left out before the model is judged.

    The explanation stays exact: a leaf's part goes to the columns on its path. What it says of one column goes to
    that one, and what only both say together goes half to each, which is their Shapley value.

    Parameters
    ----------
    knots, l2, folds, max_cv_rows, min_level_rows, max_levels, monotone, random_state
        As for `AdditiveLogisticClassifier`. With ``monotone``, curves and maps together keep the direction.
    max_maps
        At most so many maps; 0 leaves only curves.
    bins
        At most so many bins on each side of a map.
    max_rounds
        At most so many rounds of trees: eight of ten, then of twenty-five with longer steps.
    max_tree_rows
        Trees are grown on at most so many rows, whole groups at random.

    Attributes
    ----------
    classes_
        The two labels; the second one means left.
    l2_, cv_
        As for `AdditiveLogisticClassifier`.
    rounds_
        Rounds of trees that were kept.
    tree_cv_
        Mean log loss out of fold after each round; the first is that of the additive model alone.
    plain_
        Curves and maps: see `to_plain`.

    Examples
    --------
    >>> random = np.random.default_rng(0)
    >>> rows = pd.DataFrame({"a": random.normal(size=2000), "b": random.normal(size=2000)})
    >>> model = LogitLeafClassifier().fit(rows, (rows.a * rows.b > 0).astype(int))
    >>> model.predict(pd.DataFrame({"a": [1.0, -1.0, 1.0], "b": [1.0, -1.0, -1.0]})).tolist()
    [1, 1, 0]
    """

    rounds_: int
    tree_cv_: list[float]

    def __init__(
        self,
        *,
        knots: int = 6,
        l2: float | None = None,
        folds: int = 5,
        max_cv_rows: int = 40_000,
        min_level_rows: int = 20,
        max_levels: int = 50,
        max_maps: int = 24,
        bins: int = 24,
        max_rounds: int = 28,
        max_tree_rows: int = 60_000,
        monotone: Mapping[str, int] | None = None,
        random_state: int | None = 0,
    ) -> None:
        super().__init__(
            knots=knots,
            l2=l2,
            folds=folds,
            max_cv_rows=max_cv_rows,
            min_level_rows=min_level_rows,
            max_levels=max_levels,
            monotone=monotone,
            random_state=random_state,
        )
        self.max_maps = max_maps
        self.bins = bins
        self.max_rounds = max_rounds
        self.max_tree_rows = max_tree_rows

    def fit(self, X: Any, y: Any, groups: Any = None) -> Self:
        """Fit on rows; rows of one group (customer) stay in one fold."""
        columns, churned, customers = self._read_rows(X, y, groups)
        bases = self._bases(columns)
        design = design_of(bases, columns)
        with threadpool_limits(limits=1, user_api="blas"):
            weights = self._solve(bases, design, churned, customers)
            plain = centred_effects(bases, weights, columns)
            axes = self._axes(columns)
            parts = self._residual(axes, columns, bases, design, churned, customers, weights, plain)
        self.plain_ = plain if parts is None else with_parts(plain, parts, axes, columns, self.max_maps)
        return self

    def _check_parameters(self) -> None:
        super()._check_parameters()
        if self.max_maps < 0 or self.max_rounds < 0:
            raise ValueError(
                f"max_maps and max_rounds must be at least 0, got {self.max_maps!r} and {self.max_rounds!r}."
            )
        if not 2 <= self.bins <= 60:
            raise ValueError(f"bins must be from 2 to 60, got {self.bins!r}.")

    def _axes(self, columns: dict[str, np.ndarray]) -> list[Axis]:
        """Cut columns into bins; a text needs more rows to stand on a map than to have an effect of its own."""
        rows = len(next(iter(columns.values())))
        least = max(self.min_level_rows, int(np.ceil(LEAST_LEVEL * rows)))
        return [
            axis_of(name, columns[name], kind, bins=self.bins, min_rows=least) for name, kind in self.types_.items()
        ]

    def _residual(
        self,
        axes: list[Axis],
        columns: dict[str, np.ndarray],
        bases: list[Curve | Levels],
        design: np.ndarray,
        churned: np.ndarray,
        customers: np.ndarray,
        weights: np.ndarray,
        plain: dict[str, Any],
    ) -> Parts | None:
        """Grow boosters on what the additive model leaves; None where they do not help.

        With few rows each fold starts from an additive model of its own, for the judged rows must be new to it. With
        many, one row hardly moves the additive model, and all folds start from the one that is kept.
        """
        self.rounds_, self.tree_cv_ = 0, []
        random = check_random_state(self.random_state)
        rows = thinned(customers, self.max_tree_rows, random)
        labels = churned[rows]
        if self.max_rounds == 0 or not 0 < labels.sum() < len(rows):
            return None
        folds = self.folds if len(rows) <= MANY_ROWS else min(self.folds, FOLDS_OF_MANY)
        fold = fold_of_rows(labels, pd.factorize(customers[rows])[0], folds, random)
        growing = self._growing()
        placed = binned(axes, {name: values[rows] for name, values in columns.items()})
        part = design if len(rows) == len(design) else design[rows]
        least = np.concatenate([basis.least for basis in bases])
        known = _odds(part, weights) if len(design) > MANY_ROWS else None
        boosters = []
        for fit_rows, judge_rows in splits(fold, labels):
            odds = _odds_of_part(part, labels, fit_rows, self.l2_, least) if known is None else known
            sizes = [axis.bins + 1 for axis in axes]
            among = _most_moving(plain, columns, rows[fit_rows])
            boosters.append(Booster(placed, sizes, labels, fit_rows, judge_rows, odds, growing, among))
        if not boosters:
            return None
        self.rounds_, self.tree_cv_ = grown(boosters, growing)
        return mean_parts([booster.parts(self.rounds_) for booster in boosters]) if self.rounds_ else None

    def _growing(self) -> Growing:
        sides = dict(self.monotone or {})
        return Growing(
            directions=[sides.get(name, 0) if kind == NUMBER else 0 for name, kind in self.types_.items()],
            categorical=[kind != NUMBER for kind in self.types_.values()],
            rounds=self.max_rounds,
            candidates=CANDIDATES if self.max_maps else 0,
        )


def _odds_of_part(
    design: np.ndarray, churned: np.ndarray, fit_rows: np.ndarray, l2: float, least: np.ndarray
) -> np.ndarray:
    """Fit the additive model on the rows of a fold and give the log-odds of all rows."""
    fitted, labels = design[fit_rows], churned[fit_rows]
    start = empty_weights(labels, design.shape[1])
    weights = fit_ridge(fitted, labels, l2, start, curvature(fitted, start), tolerance=ROUGH, least=least)
    return _odds(design, weights)


def _odds(design: np.ndarray, weights: np.ndarray) -> np.ndarray:
    return (design @ weights[:-1].astype(design.dtype)).astype(np.float64) + weights[-1]


def _most_moving(plain: dict[str, Any], columns: dict[str, np.ndarray], rows: np.ndarray) -> list[int]:
    """Give the columns whose curves move customers most: where there are many columns, only these are paired."""
    effects = plain["effects"]
    if len(effects) <= PAIRED:
        return list(range(len(effects)))
    spread = [churn_model.effect(part, columns[part["column"]][rows]).std() for part in effects]
    return sorted(np.argsort(spread)[::-1][:PAIRED].tolist())
