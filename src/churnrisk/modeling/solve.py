"""Ridge logistic regression on a wide table: few passes, because steps are measured in the curvature of a part."""

import numpy as np
from scipy.linalg import cho_factor, solve_triangular
from scipy.optimize import minimize

BLOCK_ROWS = 8_192
CURVATURE_ROWS = 40_000
JITTER = 1e-7


def fit_ridge(
    design: np.ndarray,
    churned: np.ndarray,
    l2: float,
    start: np.ndarray,
    gram: np.ndarray,
    *,
    tolerance: float = 1e-9,
    least: np.ndarray | None = None,
) -> np.ndarray:
    """Minimise the log loss plus ``l2`` / 2 times the squared weights; the last weight is the free intercept.

    Parameters
    ----------
    design
        Rows by columns, without a column of ones; 32 or 64 bit.
    l2
        Strength of the penalty on the scale of the sum over rows, so that it means the same at any number of rows.
    gram
        The curvature of the mean log loss (see `curvature`), of these rows or of some like them.
    tolerance
        Stop when a step gains less mean log loss than this.
    least
        Lower bound of each weight but the intercept, where there are any: slower, because bounded weights cannot
        be measured in the curvature.

    Examples
    --------
    >>> design, churned = np.array([[-1.0], [1.0], [-1.0], [1.0]]), np.array([0, 1, 0, 1])
    >>> gram = curvature(design, np.zeros(2))
    >>> abs(fit_ridge(design, churned, 1.0, np.zeros(2), gram)).round(3).tolist()
    [1.043, 0.0]
    """
    rows, width = design.shape
    penalty = np.append(np.full(width, l2 / rows), 0.0)
    if least is not None and np.isfinite(least).any():
        return _fit_bounded(design, churned, penalty, np.maximum(start, np.append(least, -np.inf)), gram, least)
    scale = np.diag(gram).mean() + penalty.mean()
    root = cho_factor(gram + np.diag(penalty + JITTER * scale), lower=True)[0]

    def loss_of_step(step: np.ndarray) -> tuple[float, np.ndarray]:
        weights = start + solve_triangular(root, step, lower=True, trans="T")
        loss, slope = _loss_and_slope(design, churned, weights)
        loss += 0.5 * float(penalty @ weights**2)
        return loss, solve_triangular(root, slope + penalty * weights, lower=True)

    options = {"maxiter": 200, "ftol": tolerance, "gtol": 1e-6, "maxcor": 20}
    found = minimize(loss_of_step, np.zeros(width + 1), jac=True, method="L-BFGS-B", options=options)
    return start + solve_triangular(root, found.x, lower=True, trans="T")


def _fit_bounded(
    design: np.ndarray,
    churned: np.ndarray,
    penalty: np.ndarray,
    start: np.ndarray,
    gram: np.ndarray,
    least: np.ndarray,
) -> np.ndarray:
    """Minimise with lower bounds, each weight measured in its own curvature."""
    unit = 1.0 / np.sqrt(np.diag(gram) + penalty + JITTER)

    def loss_of(scaled: np.ndarray) -> tuple[float, np.ndarray]:
        weights = scaled * unit
        loss, slope = _loss_and_slope(design, churned, weights)
        return loss + 0.5 * float(penalty @ weights**2), unit * (slope + penalty * weights)

    bounds = [(low, None) for low in [*least / unit[:-1], -np.inf]]
    options = {"maxiter": 500, "ftol": 1e-9, "gtol": 1e-6, "maxcor": 30}
    found = minimize(loss_of, start / unit, jac=True, method="L-BFGS-B", bounds=bounds, options=options)
    return np.maximum(found.x * unit, np.append(least, -np.inf))


def curvature(design: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Give the second derivative of the mean log loss at some weights, from every n-th row if there are many."""
    part = design[:: max(1, len(design) // CURVATURE_ROWS)]
    rows, width = part.shape
    total = np.zeros((width + 1, width + 1))
    for start in range(0, rows, BLOCK_ROWS):
        block = part[start : start + BLOCK_ROWS]
        odds = block @ weights[:-1].astype(design.dtype) + design.dtype.type(weights[-1])
        chance = 1.0 / (1.0 + np.exp(-np.clip(odds, -30, 30)))
        bend = (chance * (1.0 - chance)).astype(design.dtype)
        bent = block * bend[:, None]
        total[:-1, :-1] += block.T @ bent
        total[-1, :-1] += bent.sum(axis=0)
        total[-1, -1] += bend.sum()
    total[:-1, -1] = total[-1, :-1]
    return total / rows


def _loss_and_slope(design: np.ndarray, churned: np.ndarray, weights: np.ndarray) -> tuple[float, np.ndarray]:
    """Sum block by block in 64 bit, so that 32-bit designs lose nothing over many rows."""
    own = weights[:-1].astype(design.dtype)
    loss, slope = 0.0, np.zeros(len(weights))
    for start in range(0, len(design), BLOCK_ROWS):
        block, label = design[start : start + BLOCK_ROWS], churned[start : start + BLOCK_ROWS]
        odds = (block @ own).astype(np.float64) + weights[-1]
        tail = np.exp(-np.abs(odds))
        loss += float((np.maximum(odds, 0.0) + np.log1p(tail) - label * odds).sum())
        miss = np.where(odds >= 0, 1.0, tail) / (1.0 + tail) - label
        slope[:-1] += block.T @ miss.astype(design.dtype)
        slope[-1] += miss.sum()
    return loss / len(design), slope / len(design)
