"""Calibration: from a model's log-odds to probabilities that mean what they say."""

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from sklearn.base import clone
from sklearn.isotonic import IsotonicRegression
from sklearn.utils import check_random_state

from churnrisk.modeling.columns import FitError, group_codes
from churnrisk.modeling.folds import fold_of_rows, log_loss_rows, splits
from churnrisk.modeling.released import churn_model

Method = Literal["auto", "none", "sigmoid", "isotonic"]

FOLDS = 5
CLEARLY = 2.0
PRIOR_SLOPE = 0.01


@dataclass(frozen=True)
class Calibration:
    """A rising curve from a model's log-odds to calibrated ones.

    Parameters
    ----------
    plain
        The curve as plain data; the released script reads it.
    losses
        Mean log loss of each way, cross-fitted on the calibration rows; empty when one was asked for.
    note
        Why this one, in a sentence.

    Examples
    --------
    >>> curve = Calibration({"kind": "sigmoid", "slope": 0.5, "intercept": 0.0})
    >>> curve.probability([0.0]).tolist(), curve.kind
    ([0.5], 'sigmoid')
    """

    plain: dict[str, Any]
    losses: dict[str, float] = field(default_factory=dict)
    note: str = ""

    @property
    def kind(self) -> str:
        """How it calibrates: none, sigmoid or isotonic."""
        return str(self.plain["kind"])

    def log_odds(self, raw: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Give calibrated log-odds; the order of rows is kept."""
        return churn_model.calibrated(self.plain, np.asarray(raw, dtype=np.float64))

    def probability(self, raw: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Give calibrated probabilities, not yet rounded."""
        return churn_model.probability(self.log_odds(raw))

    def to_plain(self) -> dict[str, Any]:
        """Give the curve as data that JSON can carry."""
        return self.plain


def calibrate(
    log_odds: npt.ArrayLike,
    churned: npt.ArrayLike,
    groups: npt.ArrayLike | None = None,
    *,
    method: Method = "auto",
    seed: int = 0,
) -> Calibration:
    """Fit a calibration on rows that did not fit the model (or on out-of-fold log-odds of those that did).

    The way is chosen by log loss, cross-fitted inside these rows. Isotonic makes ties and needs many churners:
    it is taken only when it gains more than two standard errors (over groups) on the better of the other two.

    Parameters
    ----------
    log_odds
        The model's log-odds.
    churned
        1 = left.
    groups
        The customer of each row; a customer's rows stay together.
    method
        The way, or "auto".

    Raises
    ------
    FitError
        When the rows hold one class only.

    Examples
    --------
    >>> raw = np.tile([-2.0, 0.0, 2.0], 200)
    >>> curve = calibrate(raw, np.tile([0, 1, 1, 0, 0, 1], 100), method="sigmoid")
    >>> bool(curve.plain["slope"] > 0)
    True
    """
    raw = np.asarray(log_odds, dtype=np.float64)
    labels = np.asarray(churned).astype(np.float64)
    if not 0 < labels.sum() < len(labels):
        raise FitError("The calibration rows hold one class only. Give more cutoffs, or a longer horizon.")
    if method != "auto":
        plain = _fit(method, raw, labels)
        if plain is None:
            raise FitError(
                "Churn falls as the model's log-odds rise: no sigmoid with a rising slope fits these rows."
            )
        return Calibration(plain, note=f"Calibration {method}, as asked for.")
    return _chosen(raw, labels, group_codes(np.asarray(groups) if groups is not None else None, len(raw)), seed)


def out_of_fold_log_odds(
    estimator: Any,
    X: Any,
    churned: npt.ArrayLike,
    groups: npt.ArrayLike | None = None,
    *,
    folds: int = 5,
    seed: int = 0,
) -> npt.NDArray[np.float64]:
    """Give each row's log-odds from a copy of the estimator that never saw the row's customer.

    Raises
    ------
    FitError
        When there are too few customers who left for two folds.
    """
    labels = np.asarray(churned).astype(np.int64)
    codes = group_codes(np.asarray(groups) if groups is not None else None, len(labels))
    fold = fold_of_rows(labels, codes, folds, check_random_state(seed))
    odds = np.full(len(labels), np.nan)
    for fit_rows, judge_rows in splits(fold, labels):
        fitted = clone(estimator).fit(_take(X, fit_rows), labels[fit_rows], groups=codes[fit_rows])
        odds[judge_rows] = fitted.decision_function(_take(X, judge_rows))
    if np.isnan(odds).any():
        raise FitError("Too few customers left for two folds. Give more cutoffs, or a longer horizon.")
    return odds


def calibrate_out_of_fold(
    estimator: Any,
    X: Any,
    churned: npt.ArrayLike,
    groups: npt.ArrayLike | None = None,
    *,
    folds: int = 5,
    seed: int = 0,
) -> tuple[Calibration, npt.NDArray[np.float64]]:
    """Calibrate without rows of one's own: on out-of-fold log-odds of the fit rows; gives those, too."""
    odds = out_of_fold_log_odds(estimator, X, churned, groups, folds=folds, seed=seed)
    return calibrate(odds, churned, groups, seed=seed), odds


def _take(X: Any, rows: npt.NDArray[np.int64]) -> Any:
    return X.iloc[rows] if hasattr(X, "iloc") else np.asarray(X)[rows]


def _chosen(raw: np.ndarray, labels: np.ndarray, groups: np.ndarray, seed: int) -> Calibration:
    """Judge each way on rows it was not fitted on."""
    fold = fold_of_rows(labels, groups, FOLDS, check_random_state(seed))
    ways: tuple[Method, ...] = ("none", "sigmoid", "isotonic")
    rows: dict[str, np.ndarray] = {way: np.full(len(raw), np.nan) for way in ways}
    for fit_rows, judge_rows in splits(fold, labels):
        for way in ways:
            plain = _fit(way, raw[fit_rows], labels[fit_rows])
            if plain is not None:
                odds = churn_model.calibrated(plain, raw[judge_rows])
                rows[way][judge_rows] = log_loss_rows(labels[judge_rows], odds)
    losses = {way: float(loss.mean()) for way, loss in rows.items() if not np.isnan(loss).any()}
    fitted: dict[str, dict[str, Any] | None] = {way: _fit(way, raw, labels) for way in losses}
    best = min((way for way in ("sigmoid", "none") if fitted.get(way)), key=lambda way: losses[way], default="none")
    if "isotonic" in losses and _gains(rows[best] - rows["isotonic"], groups):
        best = "isotonic"
    shown = ", ".join(f"{way} {loss:.5f}" for way, loss in losses.items()) or "too few churners to compare"
    return Calibration(fitted.get(best) or {"kind": "none"}, losses, f"Calibration {best} by log loss: {shown}.")


def _gains(gain: np.ndarray, groups: np.ndarray) -> bool:
    """Say whether a mean gain exceeds two standard errors, rows of one group taken together."""
    sums = np.bincount(groups, weights=gain - gain.mean())
    return bool(gain.sum() > CLEARLY * np.sqrt((sums**2).sum()))


def _fit(method: str, raw: np.ndarray, labels: np.ndarray) -> dict[str, Any] | None:
    if method == "none":
        return {"kind": "none"}
    return _sigmoid(raw, labels) if method == "sigmoid" else _isotonic(raw, labels)


def _sigmoid(raw: np.ndarray, labels: np.ndarray) -> dict[str, Any] | None:
    """Fit slope and intercept on log-odds; a whisper of a prior at slope 1 keeps the slope finite."""
    centre, slope = float(raw.mean()), 1.0
    share = labels.mean()
    level = float(np.log(share) - np.log1p(-share))
    apart = raw - centre
    for _ in range(100):
        chance = churn_model.probability(level + slope * apart)
        miss, bend = labels - chance, np.maximum(chance * (1 - chance), 1e-12)
        pull = np.array([miss.sum(), apart @ miss - PRIOR_SLOPE * (slope - 1)])
        cross = float(apart @ bend)
        curve = np.array([[bend.sum(), cross], [cross, apart**2 @ bend + PRIOR_SLOPE]])
        step = np.clip(np.linalg.solve(curve, pull), -2.0, 2.0)
        level, slope = level + float(step[0]), slope + float(step[1])
        if np.abs(step).max() < 1e-10:
            break
    if not slope > 0:
        return None
    return {"kind": "sigmoid", "slope": slope, "intercept": level - slope * centre}


def _isotonic(raw: np.ndarray, labels: np.ndarray) -> dict[str, Any]:
    """Fit a rising curve; no probability is nearer to 0 or 1 than half a row in all of them."""
    edge = 0.5 / len(raw)
    rising = IsotonicRegression(y_min=edge, y_max=1 - edge, out_of_bounds="clip").fit(raw, labels)
    return {
        "kind": "isotonic",
        "log_odds": rising.X_thresholds_.tolist(),
        "probabilities": rising.y_thresholds_.tolist(),
    }
