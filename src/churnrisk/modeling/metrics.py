"""The numbers that judge a model: how well it orders customers, and whether its probabilities are true."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn import metrics as sk

Array = npt.NDArray[np.float64]

BINS = 10
SHARES = (0.01, 0.05, 0.10)
SMALLEST = 1e-9


def roc_auc(churned: npt.ArrayLike, churn_probability: npt.ArrayLike) -> float:
    """How often a churner gets a higher probability than a customer who stays; 0.5 is chance, ``nan`` with one class.

    Examples
    --------
    >>> roc_auc([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    0.75
    """
    y, p = _both(churned, churn_probability)
    return float(sk.roc_auc_score(y, p)) if _has_both_classes(y) else math.nan


def average_precision(churned: npt.ArrayLike, churn_probability: npt.ArrayLike) -> float:
    """Mean share of churners among the riskiest, over all depths of the list; the base rate is chance.

    Examples
    --------
    >>> average_precision([0, 1, 1], [0.1, 0.8, 0.9])
    1.0
    """
    y, p = _both(churned, churn_probability)
    return float(sk.average_precision_score(y, p)) if y.any() else math.nan


def log_loss(churned: npt.ArrayLike, churn_probability: npt.ArrayLike) -> float:
    """Mean surprise at what happened, in nats; lower is better, and a sure miss costs about 21.

    Examples
    --------
    >>> round(log_loss([0, 1], [0.5, 0.5]), 4)
    0.6931
    """
    y, p = _both(churned, churn_probability)
    return float(sk.log_loss(y, clip(p), labels=[0, 1])) if len(y) else math.nan


def brier(churned: npt.ArrayLike, churn_probability: npt.ArrayLike) -> float:
    """Mean squared distance of the probability from what happened, 0 to 1; lower is better.

    Examples
    --------
    >>> brier([0, 1], [0.5, 0.5])
    0.25
    """
    y, p = _both(churned, churn_probability)
    return float(sk.brier_score_loss(y, p, labels=[0, 1])) if len(y) else math.nan


def expected_calibration_error(
    churned: npt.ArrayLike, churn_probability: npt.ArrayLike, *, bins: int = BINS
) -> float:
    """Mean distance between predicted and observed churn over equal-count bins; equal probabilities share a bin.

    Examples
    --------
    >>> round(expected_calibration_error([0, 0, 0, 1], [0.25, 0.25, 0.25, 0.25]), 6)
    0.0
    """
    y, p = _both(churned, churn_probability)
    order = np.argsort(p, kind="stable")
    gaps = np.add.reduceat((p - y)[order], bin_starts(p[order], bins)) if len(y) else np.array([math.nan])
    return float(np.abs(gaps).sum() / max(len(y), 1))


def bin_starts(sorted_probability: Array, bins: int = BINS) -> npt.NDArray[np.int64]:
    """Give where each equal-count bin begins in sorted probabilities, without tearing equal ones apart.

    Examples
    --------
    >>> bin_starts(np.array([0.1, 0.1, 0.1, 0.2, 0.3, 0.4]), 3).tolist()
    [0, 4]
    """
    rows = len(sorted_probability)
    wanted = (np.arange(1, bins) * rows) // bins
    moved = np.searchsorted(sorted_probability, sorted_probability[wanted], side="left") if rows else wanted
    return np.unique(np.concatenate([[0], moved])).astype(np.int64)


@dataclass(frozen=True)
class Line:
    """The straight line on log-odds that would mend the probabilities: slope 1 and intercept 0 mend nothing."""

    slope: float
    intercept: float


def calibration_slope_intercept(churned: npt.ArrayLike, churn_probability: npt.ArrayLike) -> Line:
    """Slope and intercept of a logistic regression of the label on the log-odds, without penalty.

    A slope below 1 means probabilities too far apart; ``nan`` where all probabilities, or all labels, are equal.

    Examples
    --------
    >>> p = np.repeat([0.2, 0.6], 10)
    >>> line = calibration_slope_intercept([1] * 2 + [0] * 8 + [1] * 6 + [0] * 4, p)
    >>> round(line.slope, 6), abs(round(line.intercept, 6))
    (1.0, 0.0)
    """
    y, p = _both(churned, churn_probability)
    values, group = np.unique(log_odds(p), return_inverse=True)
    rows = np.bincount(group, minlength=len(values))[None, :]
    churners = np.bincount(group, weights=y, minlength=len(values))[None, :]
    slope, intercept = fit_lines(values, rows, churners)
    return Line(float(slope[0]), float(intercept[0]))


def fit_lines(
    values: Array, rows: npt.NDArray[np.number], churners: npt.NDArray[np.number], steps: int = 30
) -> tuple[Array, Array]:
    """Fit many logistic regressions of one variable at once, by Newton steps on grouped rows.

    Parameters
    ----------
    values
        The variable, one value a group.
    rows, churners
        How many rows, and churners, each group holds: one line a regression.

    Examples
    --------
    >>> slope, intercept = fit_lines(np.array([-1.0, 1.0]), np.array([[4, 4]]), np.array([[1, 3]]))
    >>> round(float(slope[0]), 4), abs(round(float(intercept[0]), 4))
    (1.0986, 0.0)
    """
    n, k = rows.astype(np.float64), churners.astype(np.float64)
    lost = _apart(values, n - k, k)
    slope = np.zeros(len(n))
    with np.errstate(all="ignore"):
        intercept = np.log(k.sum(axis=1) / (n - k).sum(axis=1))
        for _ in range(steps):
            chance = 1 / (1 + np.exp(-np.clip(intercept[:, None] + slope[:, None] * values, -35, 35)))
            weight = n * chance * (1 - chance)
            miss = k - n * chance
            first, second = miss.sum(axis=1), (miss * values).sum(axis=1)
            h00, h01 = weight.sum(axis=1), (weight * values).sum(axis=1)
            h11 = (weight * values**2).sum(axis=1)
            root = h00 * h11 - h01**2
            step = (h00 * second - h01 * first) / root
            shift = (h11 * first - h01 * second) / root
            slope, intercept = slope + step, intercept + shift
            if np.nanmax(np.abs(np.where(lost, 0, step)), initial=0) < 1e-9:
                break
    lost |= ~np.isfinite(slope)
    return np.where(lost, math.nan, slope), np.where(lost, math.nan, intercept)


def _apart(values: Array, stays: Array, churners: Array) -> npt.NDArray[np.bool_]:
    """Say where one threshold parts the classes, or one is missing: no line fits best there."""
    low_stay, low_churn = (np.where(held > 0, values, np.inf).min(axis=1) for held in (stays, churners))
    high_stay, high_churn = (np.where(held > 0, values, -np.inf).max(axis=1) for held in (stays, churners))
    return (high_stay <= low_churn) | (high_churn <= low_stay)


def observed_expected(churned: npt.ArrayLike, churn_probability: npt.ArrayLike) -> float:
    """Churners that came, for each one that the probabilities promised; 1 is right.

    Examples
    --------
    >>> observed_expected([1, 0, 0, 0], [0.5, 0.5, 0.5, 0.5])
    0.5
    """
    y, p = _both(churned, churn_probability)
    return float(y.sum() / p.sum()) if p.sum() > 0 else math.nan


def top_count(rows: float, share: float) -> int:
    """How many rows the riskiest share holds: rounded up, at least one.

    Examples
    --------
    >>> top_count(30, 0.1), top_count(4, 0.01), top_count(0, 0.1)
    (3, 1, 0)
    """
    return min(int(rows), max(1, math.ceil(round(share * rows, 9))))


def capture_at(churned: npt.ArrayLike, churn_probability: npt.ArrayLike, *, capacity: int) -> float:
    """Share of all churners found in the riskiest so many rows; ties fall by the order of rows given.

    Examples
    --------
    >>> capture_at([1, 0, 1, 0], [0.9, 0.8, 0.3, 0.1], capacity=2)
    0.5
    """
    y, p = _both(churned, churn_probability)
    riskiest = np.argsort(-p, kind="stable")[: max(0, capacity)]
    return float(y[riskiest].sum() / y.sum()) if y.any() else math.nan


def capture(churned: npt.ArrayLike, churn_probability: npt.ArrayLike, *, share: float = 0.1) -> float:
    """Share of all churners found in the riskiest share of rows, 0 to 1.

    Examples
    --------
    >>> capture([1, 0, 1, 0], [0.9, 0.8, 0.3, 0.1], share=0.25)
    0.5
    """
    return capture_at(churned, churn_probability, capacity=top_count(np.size(churned), share))


def lift(churned: npt.ArrayLike, churn_probability: npt.ArrayLike, *, share: float = 0.1) -> float:
    """How many times the average churn rate the riskiest share holds; ``nan`` where nobody churned.

    Examples
    --------
    >>> lift([1, 0, 0, 0], [0.9, 0.3, 0.2, 0.1], share=0.25)
    4.0
    """
    rows = np.size(churned)
    top = top_count(rows, share)
    return capture(churned, churn_probability, share=share) * rows / top if top else math.nan


def clip(churn_probability: Array) -> Array:
    """Keep probabilities a hair away from 0 and 1, so that logarithms stay finite."""
    return np.clip(churn_probability, SMALLEST, 1 - SMALLEST)


def log_odds(churn_probability: Array) -> Array:
    """Give the logarithm of the odds, with 0 and 1 kept finite.

    Examples
    --------
    >>> log_odds(np.array([0.5])).tolist()
    [0.0]
    """
    p = clip(churn_probability)
    return np.log(p) - np.log1p(-p)


def _both(churned: npt.ArrayLike, churn_probability: npt.ArrayLike) -> tuple[Array, Array]:
    return np.asarray(churned, dtype=np.float64), np.asarray(churn_probability, dtype=np.float64)


def _has_both_classes(churned: Array) -> bool:
    return bool(len(churned)) and 0 < churned.sum() < len(churned)
