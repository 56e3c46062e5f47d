"""Lays curves and grids of bins over an additive model's plain data."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from churnrisk.modeling.grid import Axis, Parts, binned, with_pure_grids

SAME = 1e-12


def with_parts(
    plain: dict[str, Any], parts: Parts, axes: Sequence[Axis], columns: dict[str, np.ndarray], max_maps: int
) -> dict[str, Any]:
    """Add steps to the curves and the strongest maps beside them; each effect keeps mean 0 over the fit rows.

    Parameters
    ----------
    plain
        An additive model as plain data.
    columns
        The fit rows.
    max_maps
        At most so many maps, those that move customers most.
    """
    placed = binned(axes, columns)
    parts = with_pure_grids(_strongest(parts, placed, max_maps), placed)
    mean = plain["mean_log_odds"] + parts.constant
    effects = []
    for index, (part, axis) in enumerate(zip(plain["effects"], axes, strict=True)):
        added = parts.curves[index]
        if not (placed[:, index] == axis.bins).any():
            added = np.append(added[:-1], added[placed[:, index]].mean())
        shift = float(added[placed[:, index]].mean())
        mean += shift
        effects.append(_stepped(part, axis, added - shift))
    maps = [_drawn(axes[first], axes[second], grid) for (first, second), grid in parts.grids.items()]
    return plain | {"effects": effects, "mean_log_odds": mean} | ({"maps": maps} if maps else {})


def _strongest(parts: Parts, placed: np.ndarray, most: int) -> Parts:
    """Keep the grids that move customers most, the strongest first."""
    moves = {pair: float(grid[placed[:, pair[0]], placed[:, pair[1]]].std()) for pair, grid in parts.grids.items()}
    kept = sorted(moves, key=lambda pair: (-moves[pair], pair))[:most]
    return replace(parts, grids={pair: parts.grids[pair] for pair in kept})


def _stepped(part: dict[str, Any], axis: Axis, added: np.ndarray) -> dict[str, Any]:
    """Add to one effect what each bin adds; the last number is that of gaps."""
    moved = part | {"missing": part["missing"] + float(added[-1])}
    if axis.levels is not None:
        here = {level: axis.levels.get(level, axis.bins - 1) for level in part["levels"]}
        moved["levels"] = {level: value + float(added[here[level]]) for level, value in part["levels"].items()}
        moved["other"] = part["other"] + float(added[axis.bins - 1])
        return moved
    steps = added[:-1]
    turns = np.flatnonzero(np.abs(np.diff(steps)) > SAME)
    if not len(turns):
        return moved | {"values": [value + float(steps[0]) for value in part["values"]]}
    cuts = [axis.cuts[place] for place in turns]
    return moved | {"cuts": cuts, "steps": steps[np.append(turns, len(steps) - 1)].tolist()}


def _drawn(first: Axis, second: Axis, grid: np.ndarray) -> dict[str, Any]:
    """Write a map as plain data; neighbouring bins of numbers that say the same become one."""
    rows, grid = _merged(first, grid)
    across, turned = _merged(second, grid.T)
    return {"columns": [first.column, second.column], "axes": [rows, across], "values": turned.T.tolist()}


def _merged(axis: Axis, grid: np.ndarray) -> tuple[dict[str, Any], np.ndarray]:
    if axis.levels is not None:
        return axis.plain(), grid
    known = grid[:-1]
    turns = np.flatnonzero(np.abs(np.diff(known, axis=0)).max(axis=1) > SAME) if len(known) > 1 else np.empty(0, int)
    keep = np.append(turns, len(known) - 1)
    return {"cuts": [axis.cuts[place] for place in turns]}, np.vstack([known[keep], grid[-1:]])
