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
SAME_COLUMN = 0.95
DAMPING = 1.0
LEAST_CELL = 1e-6

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
        return (
            {"cuts": list(self.cuts)}
            if self.levels is None
            else {"levels": dict(self.levels), "other": self.bins - 1}
        )

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
        cuts = cuts[cuts < found[-1]]  # beyond the highest value seen nothing changes
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

    Of columns that move together (correlation of bins of 0.95 or more) only the first is paired.

    The gain of a pair is that of one Newton step on a coarse grid of the two, its own rows' and columns' means taken
    out, set against what chance alone would gain on a grid of that size (after Lou, Caruana, Gehrke, Hooker 2013).

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
    apart = _moving_apart(bins, among)
    coarse = {index: _coarse(bins[:, index], sizes[index]) for index in apart}
    scored = []
    for first, second in combinations(apart, 2):
        (one, rows), (two, across) = coarse[first], coarse[second]
        if rows < 2 or across < 2:
            continue
        clear, _ = _joint_step(one, two, (rows, across), miss, bend)
        scored.append((clear, first, second))
    return [(first, second) for _, first, second in sorted(scored, key=lambda one: (-one[0], one[1], one[2]))]


def joint_step(
    bins: np.ndarray, sizes: Sequence[int], pair: Pair, churned: np.ndarray, odds: np.ndarray
) -> tuple[float, np.ndarray]:
    """Give how clearly two columns still gain together, and the Newton step of that on the grid of their bins.

    Returns
    -------
    Standard deviations by which the gain exceeds what chance gives on average, and the step for each cell.
    """
    chance = churn_model.probability(odds)
    first, second = pair
    places = [_places(bins[:, index], sizes[index]) for index in pair]
    shape = (int(places[0].max()) + 1, int(places[1].max()) + 1)
    if min(shape) < 2:
        return 0.0, np.zeros((sizes[first], sizes[second]))
    one, two = places[0][bins[:, first]], places[1][bins[:, second]]
    clear, step = _joint_step(one, two, shape, churned - chance, chance * (1.0 - chance))
    return clear, step[np.ix_(places[0], places[1])]


def _joint_step(
    one: np.ndarray, two: np.ndarray, shape: tuple[int, int], miss: np.ndarray, bend: np.ndarray
) -> tuple[float, np.ndarray]:
    cell, cells = one * shape[1] + two, shape[0] * shape[1]
    pull = np.bincount(cell, miss, cells).reshape(shape)
    weight = np.bincount(cell, bend, cells).reshape(shape) + 1e-9
    step, _, _ = purified(pull / (weight + DAMPING), weight)
    gain = float((pull * step).sum() - 0.5 * (weight * step**2).sum())
    free = (shape[0] - 1) * (shape[1] - 1)
    return (2 * gain - free) / float(np.sqrt(2 * free)), step


def _moving_apart(bins: np.ndarray, among: Sequence[int]) -> list[int]:
    """Leave out columns that move together with an earlier one."""
    moving = [index for index in among if bins[:, index].min() < bins[:, index].max()]
    if len(moving) < 2:
        return moving
    alike = np.abs(np.corrcoef(bins[:, moving].T.astype(np.float64))) >= SAME_COLUMN
    kept: list[int] = []
    for place in range(len(moving)):
        if not alike[place, kept].any():
            kept.append(place)
    return [moving[place] for place in kept]


def _coarse(placed: np.ndarray, size: int) -> tuple[np.ndarray, int]:
    place = _places(placed, size)
    return place[placed], int(place.max()) + 1


def _places(placed: np.ndarray, size: int) -> np.ndarray:
    """Join neighbouring bins until a few of about equally many rows are left; give each bin its place."""
    rows = np.bincount(placed, minlength=size)
    if (rows > 0).sum() > COARSE:
        known = np.cumsum(rows[:-1])
        group = np.append(np.minimum(known * COARSE // max(known[-1] + 1, 1), COARSE - 1), COARSE)
    else:
        group = np.arange(size)
    number = np.unique(group[rows > 0], return_inverse=True)[1]
    place = np.zeros(size, dtype=np.int64)
    place[rows > 0] = number
    return place


def purified(values: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Split a grid into what its rows add, what its columns add, and what only both together add.

    Afterwards each row and each column of the grid has mean 0 under the weights (Lengerich, Tan, Chang, Hooker,
    Caruana 2020); the parts add up to the grid. Lines without weight are 0 in all parts.

    Returns
    -------
    The grid, what each row adds, what each column adds.

    Examples
    --------
    >>> rest, rows, across = purified(np.array([[0.0, 1.0], [2.0, 3.0]]), np.ones((2, 2)))
    >>> bool(np.abs(rest).max() < 1e-12), (rows[1] - rows[0]).round(9).item()
    (True, 2.0)
    """
    by_row, by_column = weight.sum(axis=1), weight.sum(axis=0)
    seen = (by_row[:, None] > 0) & (by_column > 0)
    values = np.where(seen, values, 0.0)
    system = np.block([[np.diag(by_row), weight], [weight.T, np.diag(by_column)]])
    sums = np.append((values * weight).sum(axis=1), (values * weight).sum(axis=0))
    found = np.linalg.lstsq(system, sums, rcond=None)[0]
    rows, columns = found[: len(by_row)], found[len(by_row) :]
    return np.where(seen, values - rows[:, None] - columns, 0.0), rows, columns


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
    asked = [np.zeros((1, len(sizes)), dtype=bins.dtype)]
    for index, size in enumerate(sizes):
        asked.append(np.zeros((size, len(sizes)), dtype=bins.dtype))
        asked[-1][:, index] = np.arange(size)
    for first, second in pairs:
        over = np.zeros((sizes[first] * sizes[second], len(sizes)), dtype=bins.dtype)
        over[:, first], over[:, second] = (side.ravel() for side in np.indices((sizes[first], sizes[second])))
        asked.append(over)
    told = np.split(score(np.concatenate(asked)), np.cumsum([len(rows) for rows in asked])[:-1])
    constant = float(told[0][0])
    curves = [along - constant for along in told[1 : len(sizes) + 1]]
    grids = {}
    for (first, second), over in zip(pairs, told[len(sizes) + 1 :], strict=True):
        joint = over.reshape(sizes[first], sizes[second])
        grids[first, second] = joint - curves[first][:, None] - curves[second] - constant
    return with_pure_grids(Parts(constant, curves, grids), bins)


def with_pure_grids(parts: Parts, bins: np.ndarray) -> Parts:
    """Move what each grid says of one column alone into that column's curve, under the joint distribution of rows."""
    curves, grids = list(parts.curves), {}
    for (first, second), joint in parts.grids.items():
        cell = bins[:, first].astype(np.int64) * joint.shape[1] + bins[:, second]
        weight = np.bincount(cell, minlength=joint.size).reshape(joint.shape).astype(np.float64)
        rest, down, across = purified(joint, weight)
        curves[first] = curves[first] + down
        curves[second] = curves[second] + across
        if np.abs(rest).max() >= LEAST_CELL:
            grids[first, second] = rest
    return Parts(parts.constant, curves, grids)
