"""How far a column has moved, and how often chance alone moves it so far.

The population stability index (PSI) of two sets of shares p and q over bins is the sum of (q - p) ln(q / p). Where
both are samples of n and m customers of one distribution over B bins, it is distributed as (1/n + 1/m) times a
chi-square with B - 1 degrees of freedom (Yurdakul, Statistical Properties of Population Stability Index, 2018; by a
Taylor series of the logarithm, PSI is Pearson's statistic to the second order). So a fixed bound such as 0.1 is
crossed by chance among few customers and never among many.

A company also moves from month to month without a fault. What the cutoffs of the training differed by beyond chance
is the part ``between``; it is taken as one direction of movement (one degree of freedom), estimated from few cutoffs,
and added. The sum of the two parts is approximated by one scaled chi-square with the same mean and variance
(Satterthwaite), over a scale that is itself estimated: an F distribution.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.special import chdtrc, chdtri, fdtrc, fdtri

Array = npt.NDArray[np.float64]

#: Comparisons that what other signals do is worth, when one signal's own movement is estimated.
PRIOR = 4
#: With more degrees of freedom than this an F distribution is a chi-square.
_MANY = 1e6


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
    """Give the PSI, beyond chance, of each later cutoff against all before it; the mean, and not below 0.

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
    (0.0, 0.167)
    """
    found, held = [], np.array(counts[0], dtype=np.int64)
    for here, size, seen in zip(counts[1:], customers[1:], before[1:], strict=True):
        chance = by_chance(freedom(here, held), size, seen)
        found.append(psi(here, held) - float(chance))
        held = held + np.asarray(here)
    return max(0.0, float(np.mean(found))) if found else 0.0


def moderated(own: float, comparisons: int, alike: float) -> tuple[float, int]:
    """Draw what one column does between cutoffs towards what all do: a few cutoffs say little of one alone.

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
    >>> moderated(0.02, 4, 0.01), moderated(0.0, 0, 0.0)
    ((0.015, 8), (0.0, 0))
    """
    if comparisons == 0:
        return 0.0, 0
    worth = comparisons + PRIOR
    return (comparisons * own + PRIOR * alike) / worth, worth


def _scale(
    degrees: npt.ArrayLike, chance: npt.ArrayLike, between_cutoffs: npt.ArrayLike, comparisons: npt.ArrayLike
) -> tuple[Array, Array, Array]:
    """Give mean, degrees of freedom of the sum, and those of its estimated scale."""
    d, a, b = (np.asarray(each, dtype=np.float64) for each in (degrees, chance, between_cutoffs))
    mean = a + b
    with np.errstate(divide="ignore", invalid="ignore"):
        upper = np.where(b > 0, mean**2 / (a**2 / np.maximum(d, 1) + b**2), d)
        lower = np.where(b > 0, np.asarray(comparisons) * mean**2 / b**2, np.inf)
    return mean, upper, np.minimum(lower, 2 * _MANY)


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
    (0.035, 0.536)
    """
    mean, upper, lower = _scale(degrees, chance, between_cutoffs, comparisons)
    psi_found = np.asarray(found, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = psi_found / mean
        p = np.where(lower > _MANY, chdtrc(upper, ratio * upper), fdtrc(upper, np.minimum(lower, _MANY), ratio))
    return np.where(np.asarray(degrees) > 0, p, 1.0)


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
    mean, upper, lower = _scale(degrees, chance, between_cutoffs, comparisons)
    least = np.maximum(upper, 1e-9)
    with np.errstate(divide="ignore", invalid="ignore"):
        wide = chdtri(least, chance_of_alarm) / least
        narrow = fdtri(least, np.minimum(lower, _MANY), 1 - chance_of_alarm)
    return np.where(np.asarray(degrees) > 0, mean * np.where(lower > _MANY, wide, narrow), np.inf)
