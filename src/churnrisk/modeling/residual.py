"""What is left after an additive model: boosted trees whose branches see at most two columns each."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from sklearn.ensemble import HistGradientBoostingRegressor
from threadpoolctl import threadpool_limits

from churnrisk.modeling.folds import log_loss_rows
from churnrisk.modeling.grid import Pair, Parts, joint_step, strongest_pairs, taken_apart
from churnrisk.modeling.released import churn_model

MOST_LEAVES = 8
DEPTH = 4
LEAST_BEND = 1e-3
CANDIDATES = 120
LOOKED_AT = 12
CLEARLY = 8.0
TABLE_RATE = 0.3


@dataclass(frozen=True)
class Growing:
    """How residual trees are grown.

    Parameters
    ----------
    careful
        So many rounds come first with few trees and short steps; what still helps after them is strong, and gets
        longer rounds and steps.
    rate, trees, later_rate, later_trees
        Part of each tree's step that is taken, and trees in a round, in those rounds and after them.
    rounds, patience
        At most so many rounds; it ends after so many without a lower log loss out of fold.
    min_leaf_rows, l2
        Fewest rows in a leaf; penalty on its step.
    candidates
        So many pairs of columns may stand together in a branch.
    directions
        For each column 1 or -1 where risk may only rise or fall with it, else 0.
    categorical
        For each column whether its bins have no order.
    """

    directions: Sequence[int]
    categorical: Sequence[bool]
    rate: float = 0.05
    trees: int = 10
    later_rate: float = 0.1
    later_trees: int = 25
    careful: int = 8
    rounds: int = 28
    patience: int = 4
    min_leaf_rows: int = 10
    l2: float = 5.0
    candidates: int = CANDIDATES


@dataclass
class Booster:
    """Trees grown on some rows, from the log-odds of an additive model fitted on those same rows.

    Parameters
    ----------
    bins
        All rows by columns (see `grid.binned`).
    sizes
        Number of bins of each column, the last one for gaps.
    fit_rows, judge_rows
        Rows to grow on, and rows to judge on.
    odds
        Log-odds of all rows so far.
    among
        Columns that may be paired.
    """

    bins: np.ndarray
    sizes: Sequence[int]
    churned: np.ndarray
    fit_rows: np.ndarray
    judge_rows: np.ndarray
    odds: np.ndarray
    growing: Growing
    among: Sequence[int]
    pairs: list[Pair] = field(init=False)
    models: list[HistGradientBoostingRegressor] = field(default_factory=list)
    tables: list[dict[Pair, np.ndarray]] = field(default_factory=list)

    def __post_init__(self) -> None:
        rows = self.fit_rows
        ordered = strongest_pairs(self.bins[rows], self.sizes, self.churned[rows], self.odds[rows], self.among)
        self.pairs = ordered[: self.growing.candidates]

    def advance(self) -> None:
        """Lay tables, then grow one round of trees: each is a Newton step on the log loss of all before it."""
        self.tables.append(self._lay_tables())
        here = self.odds[self.fit_rows]
        chance = churn_model.probability(here)
        bend = np.maximum(chance * (1.0 - chance), LEAST_BEND)
        growing = self.growing
        columns, careful = len(self.sizes), len(self.models) < growing.careful
        model = HistGradientBoostingRegressor(
            learning_rate=growing.rate if careful else growing.later_rate,
            max_iter=growing.trees if careful else growing.later_trees,
            max_leaf_nodes=MOST_LEAVES,
            max_depth=DEPTH,
            min_samples_leaf=growing.min_leaf_rows,
            l2_regularization=growing.l2,
            max_bins=64,
            early_stopping=False,
            categorical_features=list(growing.categorical) if any(growing.categorical) else None,
            monotonic_cst=list(growing.directions) if any(growing.directions) else None,
            interaction_cst=[set(pair) for pair in self.pairs] + [{index} for index in range(columns)],
        )
        matrix = self._matrix(self.bins)
        with threadpool_limits(limits=1):  # sums in one order: the same model on any number of threads
            model.fit(matrix[self.fit_rows], (self.churned[self.fit_rows] - chance) / bend, sample_weight=bend)
            self.odds = self.odds + model.predict(matrix)
        self.models.append(model)

    def _lay_tables(self) -> dict[Pair, np.ndarray]:
        """Step on the grids of the strongest pairs that still clearly gain.

        Trees choose one column at a time, and miss two that matter only together.
        """
        laid: dict[Pair, np.ndarray] = {}
        if any(self.growing.directions):
            return laid
        rows = self.fit_rows
        for pair in self.pairs[:LOOKED_AT]:
            clear, step = joint_step(self.bins[rows], self.sizes, pair, self.churned[rows], self.odds[rows])
            if clear > CLEARLY:
                laid[pair] = TABLE_RATE * step
                self.odds = self.odds + laid[pair][self.bins[:, pair[0]], self.bins[:, pair[1]]]
        return laid

    def loss(self) -> float:
        """Sum of the log loss over the rows to judge on."""
        return float(log_loss_rows(self.churned[self.judge_rows], self.odds[self.judge_rows]).sum())

    def parts(self, rounds: int) -> Parts:
        """Take the first rounds apart into curves and grids."""

        def score(bins: np.ndarray) -> np.ndarray:
            matrix = self._matrix(bins)
            with threadpool_limits(limits=1):
                return np.sum([model.predict(matrix) for model in self.models[:rounds]], axis=0)

        parts = taken_apart(score, self.bins, self.sizes, self.pairs)
        grids = dict(parts.grids)
        for laid in self.tables[:rounds]:
            for pair, step in laid.items():
                grids[pair] = grids.get(pair, np.zeros_like(step)) + step
        return replace(parts, grids=grids)

    def _matrix(self, bins: np.ndarray) -> np.ndarray:
        """Write the bin for gaps as a gap, but in a column that has nothing else."""
        last = np.array(self.sizes) - 1
        known = (self.bins[self.fit_rows] < last).any(axis=0)
        return np.where((bins == last) & known, np.nan, bins.astype(np.float64))


def grown(boosters: Sequence[Booster], growing: Growing) -> tuple[int, list[float]]:
    """Grow boosters of several folds side by side while their joint log loss out of fold falls.

    Returns
    -------
    The number of rounds with the lowest loss (0: none helps), and the mean loss after each.
    """
    rows = sum(len(booster.judge_rows) for booster in boosters)
    losses = [sum(booster.loss() for booster in boosters) / rows]
    for _ in range(growing.rounds):
        for booster in boosters:
            booster.advance()
        losses.append(sum(booster.loss() for booster in boosters) / rows)
        if min(losses[-growing.patience :]) > min(losses):
            break
    return int(np.argmin(losses)), losses


def mean_parts(parts: Sequence[Parts]) -> Parts:
    """Average what several boosters say; a pair that one does not look at counts as 0 there."""
    count = len(parts)
    curves = [np.sum(each, axis=0) / count for each in zip(*(one.curves for one in parts), strict=True)]
    grids: dict[Pair, np.ndarray] = {}
    for one in parts:
        for pair, grid in one.grids.items():
            grids[pair] = grids.get(pair, np.zeros_like(grid)) + grid / count
    return Parts(sum(one.constant for one in parts) / count, curves, grids)
