"""Signals laid on scales that can be compared: skewed ones as logarithms, all from the middle in usual distances."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import skew

Array = npt.NDArray[np.float64]

#: Above this skewness a signal is laid on a logarithmic scale.
SKEWED = 1.0

#: So is one whose variance two middles explain by so much more there: heavy use varies more than light use.
CLEARER = 0.02

#: No value counts as further from the middle than so many usual distances.
FURTHEST = 5.0

#: In a normal distribution values lie so many standard deviations from the nearer of the two best middles.
FROM_THE_NEARER = 0.602810

#: The usual distance is at least this part of the standard deviation.
LEAST = 1 / 3

#: Values beyond these quantiles have no part in the usual distance.
COUNTED = (0.01, 0.99)

#: Signals where nothing at all means the most, not the usual.
EMPTY_IS_MOST = ("since_last",)


@dataclass(frozen=True)
class Scale:
    """How one signal is laid on a scale; plain numbers.

    Parameters
    ----------
    logarithm
        Whether the value's logarithm is taken (of 1 more than its size, with its sign).
    empty
        What an empty value counts as.
    middle, distance
        The median, and how far values usually lie from it.
    """

    name: str
    logarithm: bool
    empty: float
    middle: float
    distance: float

    def of(self, values: npt.ArrayLike) -> Array:
        """Lay values on the scale: 0 is the median, 1 a usual distance above it.

        Examples
        --------
        >>> Scale("a", False, 5.0, 5.0, 2.0).of([7.0, float("nan"), 900.0]).tolist()
        [1.0, 0.0, 5.0]
        """
        told = np.asarray(values, dtype=np.float64)
        told = np.where(np.isnan(told), self.empty, told)
        told = np.sign(told) * np.log1p(np.abs(told)) if self.logarithm else told
        return np.clip((told - self.middle) / self.distance, -FURTHEST, FURTHEST)

    def as_plain(self) -> dict[str, Any]:
        """Give the scale as plain data."""
        return asdict(self)


def learn_scale(name: str, values: npt.ArrayLike) -> Scale:
    """Learn from all customers how a signal is laid on a scale.

    Examples
    --------
    >>> learn_scale("a", np.arange(101.0)).middle
    50.0
    """
    told = np.asarray(values, dtype=np.float64)
    known = told[~np.isnan(told)]
    if not len(known):
        return Scale(name, False, 0.0, 0.0, 1.0)
    empty = float(known.max() if any(part in name for part in EMPTY_IS_MOST) else np.median(known))
    told = np.where(np.isnan(told), empty, told)
    logarithms = np.sign(told) * np.log1p(np.abs(told))
    logarithm = _varies(told) and bool(skew(told) > SKEWED or _parted(logarithms) > _parted(told) + CLEARER)
    told = logarithms if logarithm else told
    middle, distance = float(np.median(told)), usual_distance(told)
    return Scale(name, logarithm, round(empty, 9), round(middle, 9), max(round(distance, 9), 1e-9))


def usual_distance(values: Array) -> float:
    """Give how far values lie from the nearer of two middles, so that two modes do not look like one broad one.

    On a normal signal this is the standard deviation; on one with two narrow modes far less, so that it parts
    customers more clearly than a signal that only varies.

    Examples
    --------
    >>> two_modes = np.concatenate([np.linspace(0, 1, 50), np.linspace(9, 10, 50)])
    >>> round(float(two_modes.std()), 1), round(usual_distance(two_modes), 1)
    (4.5, 1.5)
    """
    told = np.clip(values, *np.quantile(values, COUNTED))
    if not _varies(told):
        return float(np.std(values)) if _varies(values) else 1.0
    left = math.sqrt(max(0.0, 1 - _parted(values)))
    return float(told.std()) * max(left / FROM_THE_NEARER, LEAST)


def _parted(values: Array) -> float:
    """Give the share of variance that the two best middles explain; 0 where nothing varies."""
    told = np.sort(np.clip(values, *np.quantile(values, COUNTED)))
    if not _varies(told):
        return 0.0
    told = told - told.mean()
    many, sums = np.arange(1, len(told)), told.cumsum()[:-1]
    between = (sums**2 / many + sums**2 / (len(told) - many)).max() / len(told)
    return float(between / told.var())


def _varies(values: Array) -> bool:
    return bool(np.ptp(values) > 1e-9 * max(1.0, float(np.abs(values).max())))


def learn_scales(rows: pd.DataFrame, names: Sequence[str]) -> list[Scale]:
    """Learn the scale of each signal."""
    return [learn_scale(name, rows[name]) for name in names]


def scaled(rows: pd.DataFrame | Mapping[str, Any], scales: Sequence[Scale]) -> Array:
    """Lay rows on their scales: one line a customer, one column a signal."""
    return np.column_stack([scale.of(rows[scale.name]) for scale in scales])


def spread_out(rows: pd.DataFrame, names: Sequence[str], random: np.random.Generator) -> pd.DataFrame:
    """Spread whole numbers over the half around them: customers who count 1 and 2 are no two groups.

    Examples
    --------
    >>> told = spread_out(pd.DataFrame({"a": [0.0, 1.0, 2.0]}), ["a"], np.random.default_rng(0))
    >>> bool((told["a"] - [0, 1, 2]).abs().max() <= 0.5), bool(told["a"].min() >= 0)
    (True, True)
    """
    told = rows[list(names)].astype("float64")
    for name in names:
        known = told[name].dropna()
        if len(known) and (known == known.round()).all():
            moved = told[name] + random.uniform(-0.5, 0.5, len(told))
            told[name] = moved.clip(lower=min(0.0, float(known.min())))
    return told
