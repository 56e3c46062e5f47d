"""How far a column has moved, and how often chance alone moves it so far.

The population stability index (PSI) of two sets of shares p and q over bins is the sum of (q - p) ln(q / p). Where
both are samples of n and m customers of one distribution over B bins, it is distributed as (1/n + 1/m) times a
chi-square with B - 1 degrees of freedom (Yurdakul, Statistical Properties of Population Stability Index, 2018; by a
Taylor series of the logarithm, PSI is Pearson's statistic to the second order). So a fixed bound such as 0.1 is
crossed by chance among few customers and never among many.

A company also moves from month to month without a fault. What the cutoffs of the training differed by beyond chance
is the part ``between``. It is taken as one direction in which the shares move: along it the PSI is that of chance and
``between`` together, on a scale that is estimated from few cutoffs (an F distribution with 1 degree of freedom);
along the other B - 2 directions it is that of chance alone. The two are summed by quadrature.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.special import chdtrc, chdtri, fdtrc

Array = npt.NDArray[np.float64]

#: Comparisons that what other signals do is worth, when one signal's own movement is estimated.
PRIOR = 4
#: With more degrees of freedom than this an F distribution is a chi-square.
_MANY = 1e6
#: How often a limit is closed in on, and from how far; at which tail probabilities a sum of two parts is taken.
_HALVINGS, _FAR = 70, 1e15
_AT, _EACH = np.polynomial.legendre.leggauss(48)
_NODES, _WEIGHTS = ((_AT + 1) / 2) ** 4, 2 * ((_AT + 1) / 2) ** 3 * _EACH


def psi(now: npt.ArrayLike, before: npt.ArrayLike) -> float:
    """Population stability index of two counts over the same bins; half a customer is added to each bin in use.

    Examples
    --------
    >>> round(psi([10, 10], [100, 100]), 6), round(psi([300, 700], [500, 500]), 3)
    (0.0, 0.169)
    """
    q, p = np.asarray(now, dtype=np.float64), np.asarray(before, dtype=np.float64)
    used = (q + p) > 0
    if not used.any():
        return 0.0
    q, p = (np.where(used, each + 0.5, 0.0)[used] for each in (q, p))
    q, p = q / q.sum(), p / p.sum()
    return float(((q - p) * np.log(q / p)).sum())


def freedom(now: npt.ArrayLike, before: npt.ArrayLike) -> int:
    """Give the degrees of freedom: bins that hold anybody, less one.

    Examples
    --------
    >>> freedom([3, 0, 1, 0], [9, 2, 0, 0])
    2
    """
    return max(0, int(((np.asarray(now) + np.asarray(before)) > 0).sum()) - 1)


def by_chance(degrees: npt.ArrayLike, customers: npt.ArrayLike, reference: npt.ArrayLike) -> Array:
    """Give the PSI that sampling alone is expected to make.

    Examples
    --------
    >>> by_chance(9, 1_000, 9_000).tolist()
    0.01
    """
    d, n, m = (np.asarray(each, dtype=np.float64) for each in (degrees, customers, reference))
    with np.errstate(divide="ignore"):
        return np.asarray(d * (1 / n + 1 / m))


def between(counts: Sequence[npt.ArrayLike], customers: Sequence[int], before: Sequence[int]) -> float:
    """Give the PSI, beyond chance, of each later cutoff against all before it; the mean, below 0 by chance.

    Parameters
    ----------
    counts
        The bins of each cutoff, in order.
    customers
        How many customers each cutoff has.
    before
        How many different customers the cutoffs before each one have; the first is not used.

    Examples
    --------
    >>> same = [[500, 500]] * 3
    >>> between(same, [1000] * 3, [0, 1000, 1000]), round(between([[500, 500], [700, 300]], [1000] * 2, [0, 1000]), 3)
    (-0.002, 0.167)
    """
    found, held = [], np.array(counts[0], dtype=np.int64)
    for here, size, seen in zip(counts[1:], customers[1:], before[1:], strict=True):
        chance = by_chance(freedom(here, held), size, seen)
        found.append(psi(here, held) - float(chance))
        held = held + np.asarray(here)
    return float(np.mean(found)) if found else 0.0


def moderated(own: float, comparisons: int, alike: float) -> tuple[float, int]:
    """Draw what one column does between cutoffs towards what all do: a few cutoffs say little of one alone.

    No column is taken to stand stiller than all do on average, and none to move less than not at all.

    Parameters
    ----------
    own
        By `between`.
    comparisons
        How many comparisons of cutoffs it stands on.
    alike
        The mean over all columns.

    Returns
    -------
    What the column is taken to do, and how many comparisons that is worth.

    Examples
    --------
    >>> moderated(0.02, 4, 0.01), moderated(-0.002, 4, 0.01), moderated(-0.002, 0, 0.0)
    ((0.015, 8), (0.01, 8), (0.0, 0))
    """
    if comparisons == 0:
        return 0.0, 0
    worth = comparisons + PRIOR
    return max((comparisons * own + PRIOR * alike) / worth, alike, 0.0), worth


def p_value(
    found: npt.ArrayLike,
    degrees: npt.ArrayLike,
    chance: npt.ArrayLike,
    between_cutoffs: npt.ArrayLike = 0.0,
    comparisons: npt.ArrayLike = 0,
) -> Array:
    """Say how often a column that has not drifted has so large a PSI.

    Parameters
    ----------
    degrees
        By `freedom`.
    chance
        By `by_chance`.
    between_cutoffs, comparisons
        By `moderated`.

    Examples
    --------
    >>> round(float(p_value(0.02, 9, 0.01)), 3), round(float(p_value(0.02, 9, 0.01, 0.02, 10)), 3)
    (0.035, 0.501)
    """
    asked = (found, degrees, chance, between_cutoffs, comparisons)
    x, d, a, b, worth = np.broadcast_arrays(*(np.asarray(each, dtype=np.float64) for each in asked))
    unit = a / np.maximum(d, 1)
    others = unit[..., None] * chdtri(np.maximum(d - 1, 1e-9)[..., None], _NODES)
    left = np.maximum(x[..., None] - np.where(d[..., None] > 1, others, 0.0), 0.0)
    p = (_one_direction(left, (unit + b)[..., None], b[..., None], worth[..., None]) * _WEIGHTS).sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        p = np.where(b > 0, np.clip(p, 0.0, 1.0), chdtrc(d, x / unit))
    return np.where(d > 0, p, 1.0)


def _one_direction(moved: Array, scale: Array, apart: Array, worth: Array) -> Array:
    """Say how often the direction in which a company moves makes so much of a PSI; its scale is estimated."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        ratio = np.where(scale > 0, moved / scale, np.inf)
        lower = np.where(apart > 0, worth * (scale / apart) ** 2, np.inf)
        certain, estimated = chdtrc(1, ratio), fdtrc(1, np.minimum(lower, _MANY), ratio)
    return np.asarray(np.where(lower < _MANY, estimated, certain))


def limit(
    chance_of_alarm: float,
    degrees: npt.ArrayLike,
    chance: npt.ArrayLike,
    between_cutoffs: npt.ArrayLike = 0.0,
    comparisons: npt.ArrayLike = 0,
) -> Array:
    """Give the PSI that a column without drift exceeds so rarely.

    Examples
    --------
    >>> limit(0.05, 9, by_chance(9, 1_000, 1_000)).round(4).tolist()
    0.0338
    >>> float(p_value(limit(0.001, 9, 0.01, 0.02, 10), 9, 0.01, 0.02, 10).round(6))
    0.001
    """
    asked = (degrees, chance, between_cutoffs, comparisons)
    d, a, b, worth = np.broadcast_arrays(*(np.asarray(each, dtype=np.float64) for each in asked))
    high = np.maximum(a + b, 1e-12) * _FAR
    low = high / _FAR**2
    for _ in range(_HALVINGS):
        middle = np.sqrt(low * high)
        above = p_value(middle, d, a, b, worth) > chance_of_alarm
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    return np.where(d > 0, high, np.inf)
