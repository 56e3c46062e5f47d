"""The part of the hazard that nobody can see, and what survival tells about it."""

from functools import cache
from statistics import NormalDist

import numpy as np

#: Spread of the frailty's logarithm.
SPREAD = 0.25
#: Values that a frailty can take.
VALUES = 7


@cache
def values() -> np.ndarray:
    """Give the frailties there are, all equally likely at first; their mean is 1.

    Examples
    --------
    >>> len(values()), round(float(values().mean()), 6)
    (7, 1.0)
    """
    points = np.exp([SPREAD * NormalDist().inv_cdf((at + 0.5) / VALUES) for at in range(VALUES)])
    return points / points.mean()


def even(count: int) -> np.ndarray:
    """Weigh the frailties of customers of whom nothing is known.

    Examples
    --------
    >>> even(1).round(3).tolist()[0][:2]
    [0.143, 0.143]
    """
    return np.full((count, VALUES), 1 / VALUES)


def normal(weights: np.ndarray) -> np.ndarray:
    """Make each row's weights add up to 1."""
    return weights / weights.sum(axis=1, keepdims=True)


def draw(weights: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw one frailty a row."""
    at = (rng.random((len(weights), 1)) > np.cumsum(weights, axis=1)).sum(axis=1)
    return values()[np.minimum(at, VALUES - 1)]


def survival(weights: np.ndarray, hazard: np.ndarray, signal: float, months: int = 1) -> np.ndarray:
    """Give the probability to live through so many months of one voluntary hazard, frailty integrated out.

    Examples
    --------
    >>> survival(even(1), np.array([0.0]), 1.0).round(6).tolist()
    [1.0]
    """
    return (weights * np.exp(-months * np.outer(hazard, values() ** signal))).sum(axis=1)


def updated(weights: np.ndarray, hazard: np.ndarray, signal: float, left: np.ndarray) -> np.ndarray:
    """Learn from one month in which each customer gave notice (``left``) or did not.

    Examples
    --------
    >>> stayed, left = updated(even(2), np.array([0.5, 0.5]), 1.0, np.array([False, True])) @ values()
    >>> bool(stayed < 1 < left)
    True
    """
    stays = np.exp(-np.outer(hazard, values() ** signal))
    return normal(weights * np.where(left[:, None], 1 - stays, stays))
