"""Grids: columns cut into bins, and what a function of bins says of one column and of two together."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from churnrisk.modeling.columns import NUMBER
from churnrisk.modeling.released import churn_model

COARSE = 8
DAMPING = 1.0
LEAST_BEND = 1e-6
SETTLED = 1e-12

Pair = tuple[int, int]


@dataclass(frozen=True)
class Axis:
    """How a column falls into bins: numbers at cuts (the left bin holds the cut), texts by level."""

    column: str
    cuts: tuple[float, ...] = ()
    levels: Mapping[str, int] | None = None

    @property
    def bins(self) -> int:
        """Number of bins, without the one for gaps."""
        return len(self.cuts) + 1 if self.levels is None else len(self.levels) + 1

    def plain(self) -> dict[str, Any]:
        """Give the axis as plain data (see `churn_model.bin_of`)."""
        return {"cuts": list(self.cuts)} if self.levels is None else {"levels": dict(self.levels), "other": self.bins - 1}

    def place(self, values: np.ndarray) -> np.ndarray:
        """Give each value its bin; the last number is that of gaps."""
        return churn_model.bin_of(self.plain(), values)


def axis_of(column: str, values: np.ndarray, kind: str, *, bins: int, min_rows: int) -> Axis:
    """Look at a column and cut it into at most ``bins`` bins of about equally many rows.

    Examples
    --------
    >>> axis_of("plan", np.array(["a", "a", "b"], dtype=object), "text", bins=8, min_rows=2).levels
    {'a': 0}
    >>> axis_of("logins", np.array([1.0, 2.0, 2.0, np.nan]), "number", bins=8, min_rows=2).cuts
    (1.5,)
    """
    if kind != NUMBER:
        counts = pd.Series(values, dtype=object).value_counts()
        ordered = sorted(counts.items(), key=lambda pair: (-pair[1], str(pair[0])))
        kept = [str(level) for level, rows in ordered[: bins - 1] if rows >= min_rows]
        return Axis(column, levels={level: place for place, level in enumerate(kept)})
    known = values[~np.isnan(values)]
    found = np.unique(known)
    if len(found) <= bins:
        cuts = (found[1:] + found[:-1]) / 2
    else:
        cuts = np.unique(np.quantile(known, np.linspace(0, 1, bins + 1)[1:-1], method="inverted_cdf"))
    return Axis(column, tuple(cuts.tolist()))


def binned(axes: Sequence[Axis], columns: Mapping[str, np.ndarray]) -> np.ndarray:
    """Lay the bins of all columns side by side: rows by columns, 16 bit."""
    placed = np.empty((len(next(iter(columns.values()))), len(axes)), dtype=np.int16)
    for index, axis in enumerate(axes):
        placed[:, index] = axis.place(columns[axis.column])
    return placed


def strongest_pairs(
    bins: np.ndarray, sizes: Sequence[int], churned: np.ndarray, odds: np.ndarray, among: Sequence[int]
) -> list[Pair]:
    """Order pairs of columns by what they could still gain together beyond what each gains alone.

    The gain of a pair is that of one Newton step on a coarse grid of the two, its own rows' and columns' means taken
    out, set against what chance alone would gain on a grid of that size (Lou, Caruana, Gehrke, Hooker 2013, section 4).

    Parameters
    ----------
    bins
        Rows by columns (see `binned`).
    sizes
        Number of bins of each column, the one for gaps included.
    odds
        The log-odds so far.
    among
        The columns to pair.
    """
    chance = churn_model.probability(odds)
    miss, bend = churned - chance, chance * (1.0 - chance)
    coarse = {index: _coarse(bins[:, index], sizes[index]) for index in among}
    scored = []
    for first, second in combinations(among, 2):
        (one, rows), (two, across) = coarse[first], coarse[second]
        if rows < 2 or across < 2:
            continue
        cell = one * across + two
        pull = np.bincount(cell, miss, rows * across).reshape(rows, across)
        weight = np.bincount(cell, bend, rows * across).reshape(rows, across) + 1e-9
        free = (rows - 1) * (across - 1)
        scored.append(((2 * _joint_gain(pull, weight) - free) / np.sqrt(2 * free), first, second))
    return [(first, second) for _, first, second in sorted(scored, key=lambda one: (-one[0], one[1], one[2]))]


def _coarse(placed: np.ndarray, size: int) -> tuple[np.ndarray, int]:
    """Join neighbouring bins until a few of about equally many rows are left."""
    rows = np.bincount(placed, minlength=size)
    if (rows > 0).sum() > COARSE:
        known = np.cumsum(rows[:-1])
        group = np.append(np.minimum(known * COARSE // max(known[-1] + 1, 1), COARSE - 1), COARSE)
    else:
        group = np.arange(size)
    found, number = np.unique(group[rows > 0], return_inverse=True)
    place = np.zeros(size, dtype=np.int64)
    place[rows > 0] = number
    return place[placed], len(found)


def _joint_gain(pull: np.ndarray, weight: np.ndarray) -> float:
    step, _, _ = purified(pull / (weight + DAMPING), weight, rounds=4)
    return float((pull * step).sum() - 0.5 * (weight * step**2).sum())


def purified(values: np.ndarray, weight: np.ndarray, rounds: int = 500) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Split a grid into what its rows add, what its columns add, and what only both together add.

    Afterwards each row and each column of the grid has mean 0 under the weights (Lengerich, Tan, Chang, Hooker,
    Caruana 2020); the parts add up to the grid. Lines without weight are left at 0 in all parts.

    Returns
    -------
    The grid, what each row adds, what each column adds.

    Examples
    --------
    >>> rest, rows, across = purified(np.array([[0.0, 1.0], [2.0, 3.0]]), np.ones((2, 2)))
    >>> rest.round(9).tolist(), rows.tolist(), across.tolist()
    ([[0.0, 0.0], [0.0, 0.0]], [0.5, 2.5], [-0.5, 0.5])
    """
    across_weight, down_weight = weight.sum(axis=1), weight.sum(axis=0)
    rest = np.where((across_weight[:, None] > 0) & (down_weight > 0), values, 0.0)
    rows, columns = np.zeros(len(rest)), np.zeros(rest.shape[1])
    for _ in range(rounds):
        by_row = _means((rest * weight).sum(axis=1), across_weight)
        rest = rest - np.where(down_weight > 0, by_row[:, None], 0.0)
        by_column = _means((rest * weight).sum(axis=0), down_weight)
        rest = rest - np.where(across_weight[:, None] > 0, by_column, 0.0)
        rows, columns = rows + by_row, columns + by_column
        if max(np.abs(by_row).max(), np.abs(by_column).max()) < SETTLED:
            break
    return rest, rows, columns


def _means(sums: np.ndarray, weight: np.ndarray) -> np.ndarray:
    return np.divide(sums, weight, out=np.zeros_like(sums), where=weight > 0)


@dataclass(frozen=True)
class Parts:
    """A function of bins, taken apart: one number a bin of each column, and a grid for each pair that needs one."""

    constant: float
    curves: list[np.ndarray]
    grids: dict[Pair, np.ndarray]


def taken_apart(
    score: Callable[[np.ndarray], np.ndarray], bins: np.ndarray, sizes: Sequence[int], pairs: Sequence[Pair]
) -> Parts:
    """Take a function that is a sum of functions of one and of two columns apart, exactly.

    It is read at a reference row, along each column and over each pair from there, which is all there is to know
    of such a function; grids are then purified under the rows' own joint distribution.

    Parameters
    ----------
    score
        Gives a number for each row of bins.
    bins
        The fit rows.
    pairs
        The only pairs that the function looks at together.
    """
    reference = np.zeros((1, len(sizes)), dtype=bins.dtype)
    constant = float(score(reference)[0])
    curves = []
    for index, size in enumerate(sizes):
        along = np.repeat(reference, size, axis=0)
        along[:, index] = np.arange(size)
        curves.append(score(along) - constant)
    grids: dict[Pair, np.ndarray] = {}
    for first, second in pairs:
        shape = (sizes[first], sizes[second])
        over = np.repeat(reference, shape[0] * shape[1], axis=0)
        over[:, first], over[:, second] = (side.ravel() for side in np.indices(shape))
        joint = score(over).reshape(shape) - curves[first][:, None] - curves[second] - constant
        grids[first, second] = joint
    for (first, second), joint in list(grids.items()):
        cell = bins[:, first].astype(np.int64) * sizes[second] + bins[:, second]
        weight = np.bincount(cell, minlength=joint.size).reshape(joint.shape).astype(np.float64)
        grids[first, second], down, across = purified(joint, weight)
        curves[first] = curves[first] + down
        curves[second] = curves[second] + across
        if np.abs(grids[first, second]).max() < LEAST_BEND:
            constant += 0.0
            del grids[first, second]
    return Parts(constant, curves, grids)
