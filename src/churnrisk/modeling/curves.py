"""Rising curves from log-odds to calibrated log-odds, each fitted and kept as plain data."""

from typing import Any, Literal

import numpy as np
from sklearn.isotonic import IsotonicRegression

from churnrisk.modeling.released import churn_model

Way = Literal["none", "sigmoid", "beta", "isotonic"]

#: From the stiffest to the most flexible.
WAYS: tuple[Way, ...] = ("none", "sigmoid", "beta", "isotonic")

PRIOR_SLOPE = 0.01
_STEPS = 200
_HALVINGS = 30


def fit_curve(
    way: Way, raw: np.ndarray, churned: np.ndarray, offset: np.ndarray | None = None
) -> dict[str, Any] | None:
    """Fit one curve; None where no rising one fits.

    Parameters
    ----------
    raw
        The model's log-odds.
    offset
        What each row's cutoff adds to its calibrated log-odds, known beforehand; an isotonic curve leaves it out.

    Examples
    --------
    >>> raw = np.repeat([-2.0, 0.0, 2.0], 100)
    >>> curve = fit_curve("beta", raw, np.tile([0, 0, 0, 1], 75))
    >>> sorted(curve)
    ['a', 'b', 'intercept', 'kind']
    """
    if way == "none":
        return {"kind": "none"}
    if way == "isotonic":
        return _isotonic(raw, churned)
    known = np.zeros(len(raw)) if offset is None else offset
    return _sigmoid(raw, churned, known) if way == "sigmoid" else _beta(raw, churned, known)


def shifted(plain: dict[str, Any], shift: float) -> dict[str, Any]:
    """Move a curve up or down by so much log-odds.

    Examples
    --------
    >>> shifted({"kind": "none"}, 0.5)
    {'kind': 'sigmoid', 'slope': 1.0, 'intercept': 0.5}
    """
    if shift == 0:
        return plain
    if plain["kind"] == "none":
        return {"kind": "sigmoid", "slope": 1.0, "intercept": shift}
    if plain["kind"] == "isotonic":
        share = np.array(plain["probabilities"])
        moved = churn_model.probability(np.log(share) - np.log1p(-share) + shift)
        return {**plain, "probabilities": moved.tolist()}
    return {**plain, "intercept": plain["intercept"] + shift}


def _sigmoid(raw: np.ndarray, churned: np.ndarray, offset: np.ndarray) -> dict[str, Any] | None:
    """Fit slope and intercept on log-odds; a whisper of a prior at slope 1 keeps the slope finite."""
    intercept, (slope,) = _logistic([raw], churned, offset)
    return {"kind": "sigmoid", "slope": slope, "intercept": intercept} if slope > 0 else None


def _beta(raw: np.ndarray, churned: np.ndarray, offset: np.ndarray) -> dict[str, Any] | None:
    """Fit slopes on log p and on -log(1 - p), neither below 0, so that order is kept (Kull, Silva Filho, Flach 2017).

    One that would fall is set to 0 and the other is fitted alone.
    """
    logs = [-np.logaddexp(0.0, -raw), np.logaddexp(0.0, raw)]
    intercept, (a, b) = _logistic(logs, churned, offset)
    if a < 0 <= b or a <= b < 0:
        a, (intercept, (b,)) = 0.0, _logistic(logs[1:], churned, offset)
    elif b < 0:
        b, (intercept, (a,)) = 0.0, _logistic(logs[:1], churned, offset)
    if not (min(a, b) >= 0 and max(a, b) > 0):
        return None
    return {"kind": "beta", "a": a, "b": b, "intercept": intercept}


def _isotonic(raw: np.ndarray, churned: np.ndarray) -> dict[str, Any]:
    """Fit a rising curve; no probability is nearer to 0 or 1 than half a row in all of them."""
    edge = 0.5 / len(raw)
    rising = IsotonicRegression(y_min=edge, y_max=1 - edge, out_of_bounds="clip").fit(raw, churned)
    return {
        "kind": "isotonic",
        "log_odds": rising.X_thresholds_.tolist(),
        "probabilities": rising.y_thresholds_.tolist(),
    }


def _logistic(columns: list[np.ndarray], churned: np.ndarray, offset: np.ndarray) -> tuple[float, list[float]]:
    """Fit intercept and slopes by Newton steps that never make the fit worse; gives them for the columns as given."""
    centres = np.array([column.mean() for column in columns])
    design = np.column_stack([np.ones(len(churned)), *[c - m for c, m in zip(columns, centres, strict=True)]])
    share = churned.mean()
    at = np.array([np.log(share) - np.log1p(-share), *np.ones(len(columns))])
    prior = np.array([0.0, *np.full(len(columns), PRIOR_SLOPE)])

    def cost(weights: np.ndarray) -> float:
        odds = offset + design @ weights
        return float((np.logaddexp(0.0, odds) - churned * odds).sum() + 0.5 * prior @ (weights - 1) ** 2)

    reached = cost(at)
    for _ in range(_STEPS):
        chance = churn_model.probability(offset + design @ at)
        pull = design.T @ (churned - chance) - prior * (at - 1)
        bend = np.maximum(chance * (1 - chance), 1e-12)
        step = np.linalg.solve(design.T @ (bend[:, None] * design) + np.diag(prior), pull)
        for _ in range(_HALVINGS):
            if (tried := cost(at + step)) <= reached:
                break
            step = step / 2
        else:
            break
        at, reached = at + step, tried
        if np.abs(step).max() < 1e-10:
            break
    return float(at[0] - at[1:] @ centres), at[1:].tolist()
