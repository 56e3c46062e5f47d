"""How one column bends into effects: a curve through knots, or a level for each text; its own effect for a gap."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from churnrisk.modeling.columns import NUMBER

BLOCK_ROWS = 8_192
KNOT_ROWS = 200_000


@dataclass(frozen=True)
class Curve:
    """A column of numbers: straight between its knots, constant beyond them.

    Between two knots every column counts as one step long, so that a long tail weighs no more than the crowd;
    a straight line on the column's own scale is kept beside that. A curve with a ``direction`` (1 rises, -1 falls)
    is laid out as its steps from knot to knot, none of which may be below 0.
    """

    column: str
    knots: np.ndarray
    centre: np.ndarray
    line: tuple[float, float]
    has_missing: bool
    direction: int = 0

    @property
    def width(self) -> int:
        """Number of design columns."""
        return len(self.centre) + self.has_missing

    @property
    def least(self) -> np.ndarray:
        """Lower bound of each weight."""
        curve = np.full(len(self.centre), 0.0 if self.direction else -np.inf)
        return np.append(curve, [-np.inf] * self.has_missing)

    def bent(self, values: np.ndarray) -> np.ndarray:
        """Lay values along the line, the steps, and the hinge at each inner knot."""
        last = len(self.knots) - 1
        if last < 1:
            return np.empty((len(values), 0))
        steps = np.interp(values, self.knots, np.arange(last + 1.0))
        if self.direction:
            return self.direction * np.clip(steps[:, None] - np.arange(last), 0.0, 1.0)
        parts = [steps] + [np.maximum(steps - knot, 0.0) for knot in range(1, last)]
        if last > 1:
            mean, spread = self.line
            parts.append((np.clip(values, self.knots[0], self.knots[-1]) - mean) / spread)
        return np.column_stack(parts)

    def fill(self, design: np.ndarray, values: np.ndarray) -> None:
        """Write the design columns of some rows."""
        missing = np.isnan(values)
        curve = len(self.centre)
        if curve:
            design[:, :curve] = self.bent(values) - self.centre
            design[missing, :curve] = 0.0
        if self.has_missing:
            design[:, curve] = missing

    def plain(self, weights: np.ndarray) -> dict:
        """Give the effect as plain data: log-odds at the knots, and for a gap."""
        curve = len(self.centre)
        values = (self.bent(self.knots) - self.centre) @ weights[:curve] if curve else np.zeros(len(self.knots))
        missing = float(weights[curve]) if self.has_missing else None
        return {"column": self.column, "knots": self.knots.tolist(), "values": values.tolist(), "missing": missing}


@dataclass(frozen=True)
class Levels:
    """A column of text: a level for each text seen often enough, the rare ones pooled."""

    column: str
    levels: tuple[str, ...]
    has_other: bool
    has_missing: bool

    @property
    def least(self) -> np.ndarray:
        """Lower bound of each weight: none."""
        return np.full(self.width, -np.inf)

    @property
    def width(self) -> int:
        """Number of design columns."""
        several = len(self.levels) + self.has_other + self.has_missing
        return several if several > 1 else 0

    def fill(self, design: np.ndarray, values: np.ndarray) -> None:
        """Write the design columns of some rows."""
        if not self.width:
            return
        place = {level: index for index, level in enumerate(self.levels)}
        codes, found = pd.factorize(values)
        lookup = np.array([place.get(level, len(place)) for level in found] + [self.width - 1], dtype=np.int64)
        design[:] = 0.0
        at = lookup[codes]
        here = np.flatnonzero(at < self.width)
        design[here, at[here]] = 1.0

    def plain(self, weights: np.ndarray) -> dict:
        """Give the effect as plain data: log-odds of each level, of any other text, and of a gap."""
        if not self.width:
            return {"column": self.column, "levels": {}, "other": None, "missing": None}
        effects = weights.tolist()
        return {
            "column": self.column,
            "levels": dict(zip(self.levels, effects, strict=False)),
            "other": effects[len(self.levels)] if self.has_other else None,
            "missing": effects[-1] if self.has_missing else None,
        }


def choose_knots(values: np.ndarray, count: int) -> np.ndarray:
    """Choose up to ``count`` knots: values that many rows share first, then quantiles of the rest.

    Examples
    --------
    >>> choose_knots(np.array([0.0, 1.0, 1.0, 2.0, np.nan]), 6).tolist()
    [0.0, 1.0, 2.0]
    >>> choose_knots(np.append(np.zeros(500), np.arange(1.0, 501.0)), 4).tolist()
    [0.0, 5.0, 250.0, 495.0]
    """
    values = values[~np.isnan(values)]
    values = values[:: max(1, len(values) // KNOT_ROWS)]
    found, rows = np.unique(values, return_counts=True)
    if len(found) <= count:
        return found if len(found) else np.zeros(1)
    crowded = np.sort(found[np.argsort(-rows, kind="stable")[: count - 2]])
    crowded = crowded[rows[np.searchsorted(found, crowded)] >= len(values) / count]
    rest = values[~np.isin(values, crowded)]
    wanted = np.linspace(0.01, 0.99, max(2, count - len(crowded)))
    quantiles = np.quantile(rest, wanted, method="inverted_cdf")
    return np.unique(np.append(crowded, quantiles))


def curve_of(column: str, values: np.ndarray, knots: int, direction: int = 0) -> Curve:
    """Look at a column of numbers and lay its knots; it may be made to rise (1) or fall (-1) throughout."""
    chosen = choose_knots(values, knots)
    known = values[~np.isnan(values)]
    clipped = np.clip(known, chosen[0], chosen[-1])
    line = (float(clipped.mean()), float(clipped.std())) if len(known) else (0.0, 1.0)
    gaps = 0 < len(known) < len(values)
    bare = Curve(column, chosen, np.empty(0), (line[0], line[1] or 1.0), gaps, direction)
    centre = np.zeros(bare.bent(chosen).shape[1])
    for start in range(0, len(known), BLOCK_ROWS * 16):
        centre += bare.bent(known[start : start + BLOCK_ROWS * 16]).sum(axis=0)
    return replace(bare, centre=centre / max(len(known), 1))


def levels_of(column: str, values: np.ndarray, min_rows: int, max_levels: int) -> Levels:
    """Look at a column of text and keep the levels seen often enough."""
    counts = pd.Series(values, dtype=object).value_counts()
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    kept = tuple(str(level) for level, rows in ordered[:max_levels] if rows >= min_rows)
    return Levels(column, kept, len(kept) < len(counts), bool(pd.isna(values).any()))


def design_of(bases: list[Curve | Levels], columns: dict[str, np.ndarray]) -> np.ndarray:
    """Lay all design columns side by side; 32 bit where the table is large."""
    rows = len(next(iter(columns.values())))
    width = sum(basis.width for basis in bases)
    design = np.empty((rows, width), dtype=np.float32 if rows * width > 2_000_000 else np.float64)
    for start in range(0, rows, BLOCK_ROWS):
        block, at = design[start : start + BLOCK_ROWS], 0
        for basis in bases:
            basis.fill(block[:, at : at + basis.width], columns[basis.column][start : start + BLOCK_ROWS])
            at += basis.width
    return design


def look_at(
    columns: dict[str, np.ndarray],
    types: dict[str, str],
    *,
    knots: int,
    min_rows: int,
    max_levels: int,
    directions: Mapping[str, int] | None = None,
) -> list[Curve | Levels]:
    """Choose how each column bends, without a look at the labels."""
    return [
        curve_of(name, columns[name], knots, (directions or {}).get(name, 0))
        if kind == NUMBER
        else levels_of(name, columns[name], min_rows, max_levels)
        for name, kind in types.items()
    ]
