"""A grown tree as plain arrays, and its cost-complexity pruning: the weakest link goes first."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.tree import DecisionTreeClassifier

from churnrisk.modeling.released.churn_model import FLOAT32_MAX

SAME_PART = 200.0


@dataclass(frozen=True)
class GrownTree:
    """Nodes of a binary tree; a leaf has -1 for its children. Node 0 is the root, parents stand before children.

    A threshold of the greatest 32-bit number parts what is known from what is missing.
    """

    column: np.ndarray
    threshold: np.ndarray
    missing_left: np.ndarray
    left: np.ndarray
    right: np.ndarray
    rows: np.ndarray
    churners: np.ndarray
    keeps_order: bool = False

    @property
    def leaves(self) -> int:
        """Number of leaves."""
        return int((self.left < 0).sum())

    def log_odds(self, smoothing: float) -> np.ndarray:
        """Give each node's log-odds, drawn towards the base rate as if by so many rows.

        Where the order of leaves must stay, each is drawn by the same part, as if all had so many hundred rows.
        """
        base = self.churners[0] / self.rows[0]
        rows = np.full(len(self.rows), SAME_PART) if self.keeps_order else self.rows
        share = (self.churners / self.rows * rows + smoothing * base) / (rows + smoothing)
        return np.log(share) - np.log1p(-share)


def grow(
    matrix: np.ndarray,
    churned: np.ndarray,
    *,
    max_leaves: int,
    min_leaf_rows: int,
    random: np.random.RandomState,
    directions: Sequence[int] | None = None,
) -> GrownTree:
    """Grow a tree, the best split first, on 32-bit numbers with NaN for gaps.

    Parameters
    ----------
    directions
        For each column 1 or -1 where risk may only rise or fall with it, else 0.
    """
    grown = DecisionTreeClassifier(
        criterion="log_loss",
        max_leaf_nodes=max_leaves,
        min_samples_leaf=min_leaf_rows,
        random_state=int(random.randint(2**31 - 1)),
        monotonic_cst=None if directions is None else list(directions),
    )
    tree = grown.fit(matrix, churned).tree_
    rows = tree.n_node_samples.astype(np.int64)
    split = tree.children_left >= 0
    return GrownTree(
        column=np.where(split, tree.feature, -1),
        threshold=np.where(split, np.minimum(tree.threshold, FLOAT32_MAX), 0.0),
        missing_left=tree.missing_go_to_left.astype(bool) & split,
        left=tree.children_left.copy(),
        right=tree.children_right.copy(),
        rows=rows,
        churners=_churners(tree.value[:, 0, 1] * rows, directions),
        keeps_order=directions is not None,
    )


def _churners(expected: np.ndarray, directions: Sequence[int] | None) -> np.ndarray:
    """Give whole churners; a leaf that was held to its neighbours' order has a fraction of one."""
    return np.rint(expected).astype(np.int64) if directions is None else expected


@dataclass(frozen=True)
class Step:
    """A subtree on the way of pruning: from which alpha on, the nodes that became leaves, how many leaves it has."""

    alpha: float
    cut: frozenset[int]
    leaves: int


def pruning_steps(tree: GrownTree) -> list[Step]:
    """List the subtrees that cost-complexity pruning passes through; the cost is the log loss a fit row."""
    cost = _log_loss(tree)
    left, right = tree.left.copy(), tree.right.copy()
    steps, alpha = [Step(0.0, frozenset(), tree.leaves)], 0.0
    while left[0] >= 0:
        below, leaves = _totals(left, right, cost)
        reached = standing(tree, steps[-1].cut) == np.arange(len(left))
        inner = np.flatnonzero((left >= 0) & reached)
        gain = (cost[inner] - below[inner]) / (leaves[inner] - 1)
        weakest = inner[gain <= gain.min() + 1e-15]
        alpha = max(alpha, float(gain.min()))
        left[weakest], right[weakest] = -1, -1
        cut = steps[-1].cut | frozenset(weakest.tolist())
        steps.append(Step(alpha, cut, int(_totals(left, right, cost)[1][0])))
    return steps


def step_at(steps: list[Step], alpha: float, max_leaves: int) -> Step:
    """Give the subtree that an alpha leaves standing, pruned further if it has too many leaves."""
    last = max(index for index, step in enumerate(steps) if step.alpha <= alpha)
    return next(step for step in steps[last:] if step.leaves <= max_leaves)


def standing(tree: GrownTree, cut: frozenset[int]) -> np.ndarray:
    """Give, for each node, the node at which its rows stop in a subtree."""
    stop = np.arange(len(tree.left))
    for node in np.flatnonzero(tree.left >= 0):
        if stop[node] != node or node in cut:
            stop[[tree.left[node], tree.right[node]]] = stop[node]
    return stop


def _log_loss(tree: GrownTree) -> np.ndarray:
    share = tree.churners / tree.rows
    with np.errstate(divide="ignore", invalid="ignore"):
        bits = -(share * np.log(share) + (1 - share) * np.log1p(-share))
    return np.nan_to_num(bits) * tree.rows / tree.rows[0]


def _totals(left: np.ndarray, right: np.ndarray, cost: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sum cost and count leaves below each node; children stand after their parents."""
    below, leaves = cost.copy(), np.ones(len(left), dtype=np.int64)
    for node in range(len(left) - 1, -1, -1):
        if left[node] >= 0:
            below[node] = below[left[node]] + below[right[node]]
            leaves[node] = leaves[left[node]] + leaves[right[node]]
    return below, leaves


def without(tree: GrownTree, cut: frozenset[int]) -> GrownTree:
    """Give the subtree with its nodes numbered anew, parents before children."""
    kept, waiting = [], [0]
    while waiting:
        node = waiting.pop()
        kept.append(node)
        if tree.left[node] >= 0 and node not in cut:
            waiting += [int(tree.right[node]), int(tree.left[node])]
    order = np.array(kept)
    place = {node: index for index, node in enumerate(kept)}
    inner = np.array([tree.left[node] >= 0 and node not in cut for node in kept])
    return GrownTree(
        column=np.where(inner, tree.column[order], -1),
        threshold=np.where(inner, tree.threshold[order], 0.0),
        missing_left=tree.missing_left[order] & inner,
        left=np.array([place[int(tree.left[n])] if go else -1 for n, go in zip(kept, inner, strict=True)]),
        right=np.array([place[int(tree.right[n])] if go else -1 for n, go in zip(kept, inner, strict=True)]),
        rows=tree.rows[order],
        churners=tree.churners[order],
        keeps_order=tree.keeps_order,
    )
