"""95 % intervals over customers without resampling: a million rows of several nights take a second.

Each figure is written as a mean of what every row adds to it (its influence). The rows of one customer at several
nights are summed first, so that a customer counts once (a linearised, cluster-robust variance).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import chdtri, expit, ndtri

from churnrisk.modeling.metrics import calibration_slope_intercept, clip, log_odds

Array = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]

_Z = float(ndtri(0.975))
#: Below so many churners an interval of a ratio is that of a Poisson count.
FEW = 10


@dataclass(frozen=True)
class Figure:
    """A number with its 95 % interval; all are ``nan`` where it cannot be had.

    Examples
    --------
    >>> Figure(0.5, 0.4, 0.6).outside(0.7, 0.9), Figure(0.5, 0.4, 0.8).outside(0.7, 0.9)
    (True, False)
    """

    value: float = float("nan")
    low: float = float("nan")
    high: float = float("nan")

    def outside(self, low: float, high: float) -> bool:
        """Say whether the interval lies wholly outside a range; one that is not known lies nowhere."""
        return bool(self.high < low or self.low > high)


def spread(influence: Array, codes: Codes) -> float:
    """Give the standard error of a figure whose rows add so much to it.

    Parameters
    ----------
    influence
        What each row adds, around 0.
    codes
        The number of each row's customer, from 0.

    Examples
    --------
    >>> round(spread(np.array([0.3, -0.3]), np.array([0, 1])), 3), spread(np.array([0.3, -0.3]), np.array([0, 0]))
    (0.6, 0.0)
    """
    sums = np.bincount(codes, weights=influence)
    customers = len(sums)
    return float(np.sqrt((sums**2).sum() * customers / max(customers - 1, 1)))


def mean(values: Array, codes: Codes) -> Figure:
    """Give the mean of values.

    Examples
    --------
    >>> found = mean(np.array([0.0, 1.0, 0.0, 1.0]), np.arange(4))
    >>> found.value, round(found.low, 2), round(found.high, 2)
    (0.5, -0.07, 1.07)
    """
    if not len(values):
        return Figure()
    value = float(values.mean())
    half = _Z * spread((values - value) / len(values), codes)
    return Figure(value, value - half, value + half)


def ratio(above: Array, below: Array, codes: Codes) -> Figure:
    """Give the ratio of two sums, such as observed over expected; the interval is symmetric on a log scale.

    Examples
    --------
    >>> y, p = np.repeat([0.0, 1.0], [80, 20]), np.full(100, 0.25)
    >>> found = ratio(y, p, np.arange(100))
    >>> found.value, round(found.low, 2), round(found.high, 2)
    (0.8, 0.54, 1.19)
    """
    total = float(below.sum())
    if not total > 0:
        return Figure()
    value = float(above.sum()) / total
    if value <= 0:
        return Figure(value, 0.0, float("nan"))
    half = _Z * spread((above - value * below) / total, codes) / value
    return Figure(value, value * float(np.exp(-half)), value * float(np.exp(half)))


def observed_expected(churned: Array, probability: Array, codes: Codes) -> Figure:
    """Give churners that came for each one promised; with few churners the interval is that of a Poisson count.

    Examples
    --------
    >>> found = observed_expected(np.zeros(100), np.full(100, 0.02), np.arange(100))
    >>> found.value, found.low, round(found.high, 2)
    (0.0, 0.0, 1.84)
    """
    expected, churners = float(probability.sum()), float(churned.sum())
    if not expected > 0:
        return Figure()
    if churners >= FEW:
        return ratio(churned, probability, codes)
    low = float(chdtri(2 * churners, 0.975)) / 2 if churners else 0.0
    return Figure(churners / expected, low / expected, float(chdtri(2 * churners + 2, 0.025)) / 2 / expected)


def log_losses(churned: Array, probability: Array) -> Array:
    """Give each row's surprise at what happened.

    Examples
    --------
    >>> log_losses(np.array([1.0, 0.0]), np.array([0.5, 0.5])).round(3).tolist()
    [0.693, 0.693]
    """
    sure = clip(probability)
    return np.where(churned > 0, -np.log(sure), -np.log1p(-sure))


def auc(churned: Array, probability: Array, codes: Codes) -> Figure:
    """Give how often a churner has a higher probability than who stays (DeLong's interval, by customer).

    Examples
    --------
    >>> found = auc(np.array([0.0, 0.0, 1.0, 1.0]), np.array([0.1, 0.3, 0.2, 0.4]), np.arange(4))
    >>> found.value
    0.75
    """
    left = churned > 0
    high, low = np.sort(probability[left]), np.sort(probability[~left])
    if not len(high) or not len(low):
        return Figure()
    above = _share_below(low, probability[left])
    below = 1 - _share_below(high, probability[~left])
    value = float(above.mean())
    influence = np.empty(len(probability))
    influence[left] = (above - value) / len(high)
    influence[~left] = (below - value) / len(low)
    half = _Z * spread(influence, codes)
    return Figure(value, max(0.0, value - half), min(1.0, value + half))


def _share_below(ordered: Array, values: Array) -> Array:
    """Give the share of ordered numbers below each value, equal ones counted half."""
    places = np.searchsorted(ordered, values, side="left") + np.searchsorted(ordered, values, side="right")
    return np.asarray(places / (2 * len(ordered)))


def slope(churned: Array, probability: Array, codes: Codes) -> Figure:
    """Give the slope of the label on the log-odds, by logistic regression; 1 is right, below 1 is too sure.

    Examples
    --------
    >>> y = np.array([1.0] * 2 + [0.0] * 8 + [1.0] * 6 + [0.0] * 4)
    >>> found = slope(y, np.repeat([0.2, 0.6], 10), np.arange(20))
    >>> round(found.value, 3), found.low < 1 < found.high
    (1.0, True)
    """
    line = calibration_slope_intercept(churned, probability) if len(churned) else None
    if line is None or not np.isfinite(line.slope):
        return Figure()
    x = log_odds(probability)
    chance = expit(line.intercept + line.slope * x)
    design = np.column_stack([np.ones(len(x)), x])
    bread = np.linalg.pinv((design * (chance * (1 - chance))[:, None]).T @ design)
    influence = (design * (churned - chance)[:, None]) @ bread[1]
    half = _Z * spread(influence, codes)
    return Figure(line.slope, line.slope - half, line.slope + half)
