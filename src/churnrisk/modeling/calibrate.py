"""Calibration: from a model's log-odds to probabilities that mean what they say."""

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from sklearn.base import clone
from sklearn.utils import check_random_state

from churnrisk.modeling.base_rate import BaseRates, follow, watch
from churnrisk.modeling.columns import FitError, group_codes
from churnrisk.modeling.curves import WAYS, Way, fit_curve
from churnrisk.modeling.folds import fold_of_rows, log_loss_rows, splits
from churnrisk.modeling.levels import Scored
from churnrisk.modeling.released import churn_model

Method = Literal["auto", "none", "sigmoid", "beta", "isotonic"]

FOLDS = 5
#: Standard errors by which each way must gain on the simpler ones before it.
_CLEARLY: dict[Way, float] = {"sigmoid": 1.0, "beta": 2.0, "isotonic": 2.0}


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
    base_rates
        What the base rate did from cutoff to cutoff; None where there is no time.

    Examples
    --------
    >>> curve = Calibration({"kind": "sigmoid", "slope": 0.5, "intercept": 0.0})
    >>> curve.probability([0.0]).tolist(), curve.kind
    ([0.5], 'sigmoid')
    """

    plain: dict[str, Any]
    losses: dict[str, float] = field(default_factory=dict)
    note: str = ""
    base_rates: BaseRates | None = None

    @property
    def kind(self) -> str:
        """How it calibrates: none, sigmoid, beta or isotonic."""
        return str(self.plain["kind"])

    def log_odds(self, raw: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Give calibrated log-odds; the order of rows is kept."""
        return churn_model.calibrated(self.plain, np.asarray(raw, dtype=np.float64))

    def probability(self, raw: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Give calibrated probabilities, not yet rounded."""
        return churn_model.probability(self.log_odds(raw))

    @property
    def told(self) -> str:
        """Why this curve, and what the base rate did, in sentences."""
        return self.note if self.base_rates is None else f"{self.note} {self.base_rates.sentence}"

    def to_plain(self) -> dict[str, Any]:
        """Give the curve as data that JSON can carry."""
        return self.plain

    def as_dict(self) -> dict[str, Any]:
        """Give how it was chosen as data that JSON can carry."""
        rates = None if self.base_rates is None else self.base_rates.as_dict()
        return {"kind": self.kind, "note": self.note, "log_loss": self.losses, "base_rates": rates}


def calibrate(
    log_odds: npt.ArrayLike,
    churned: npt.ArrayLike,
    groups: npt.ArrayLike | None = None,
    *,
    method: Method = "auto",
    seed: int = 0,
    cutoffs: npt.ArrayLike | None = None,
    history: Scored | None = None,
    ahead_days: float = 0.0,
) -> Calibration:
    """Fit a calibration on rows that did not fit the model (or on out-of-fold log-odds of those that did).

    The way is chosen by log loss, cross-fitted inside these rows: none, unless sigmoid gains more than one standard
    error (over groups); beta instead only when it gains more than two on that; isotonic, which makes ties and needs
    many churners, only when it gains as much again.

    Where cutoffs are given, the base rate is watched. Does it move no more than chance, all rows count alike and
    cutoffs change nothing. Does it, the curve is fitted with a level of its own for each cutoff, and moved to the
    level to expect (`levels.outlook`). ``method="none"`` leaves probabilities as they are in any case.

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
    cutoffs
        The cutoff of each row.
    history
        The rows that fitted the model: they tell how much levels move, not what level to expect.
    ahead_days
        How long after the newest cutoff the model is first used.

    Raises
    ------
    FitError
        When the rows hold one class only, or churn falls as the log-odds rise and a rising curve was asked for.

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
    people = group_codes(np.asarray(groups) if groups is not None else None, len(raw))

    losses: dict[str, float] = {}
    note = ""

    def curve(offset: np.ndarray) -> dict[str, Any]:
        nonlocal losses, note
        asked = None if method == "auto" else _asked(method, raw, labels, offset)
        plain, losses, note = asked or _chosen(raw, labels, people, seed, offset)
        return plain

    plain = curve(np.zeros(len(raw)))
    if cutoffs is None:
        return Calibration(plain, losses, note)
    parts = [Scored(raw, labels, None if groups is None else np.asarray(groups), np.asarray(cutoffs))]
    parts += [history] if history is not None else []
    if method == "none":
        return Calibration(plain, losses, note, watch(plain, parts))
    followed = follow(plain, parts, curve, ahead_days=ahead_days)
    return Calibration(followed.plain, losses, note, followed.base_rates)


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
    method: Method = "auto",
    cutoffs: npt.ArrayLike | None = None,
    ahead_days: float = 0.0,
) -> tuple[Calibration, npt.NDArray[np.float64]]:
    """Calibrate without rows of one's own: on out-of-fold log-odds of the fit rows; gives those, too."""
    odds = out_of_fold_log_odds(estimator, X, churned, groups, folds=folds, seed=seed)
    curve = calibrate(odds, churned, groups, method=method, seed=seed, cutoffs=cutoffs, ahead_days=ahead_days)
    return curve, odds


def _take(X: Any, rows: npt.NDArray[np.int64]) -> Any:
    return X.iloc[rows] if hasattr(X, "iloc") else np.asarray(X)[rows]


def _chosen(
    raw: np.ndarray, labels: np.ndarray, groups: np.ndarray, seed: int, offset: np.ndarray
) -> tuple[dict[str, Any], dict[str, float], str]:
    """Judge each way on rows it was not fitted on; give the best curve, the losses and why."""
    fold = fold_of_rows(labels, groups, FOLDS, check_random_state(seed))
    rows: dict[str, np.ndarray] = {way: np.full(len(raw), np.nan) for way in WAYS}
    for fit_rows, judge_rows in splits(fold, labels):
        for way in WAYS:
            plain = fit_curve(way, raw[fit_rows], labels[fit_rows], offset[fit_rows])
            if plain is not None:
                odds = churn_model.calibrated(plain, raw[judge_rows]) + offset[judge_rows]
                rows[way][judge_rows] = log_loss_rows(labels[judge_rows], odds)
    losses = {way: float(loss.mean()) for way, loss in rows.items() if not np.isnan(loss).any()}
    fitted = {way: fit_curve(way, raw, labels, offset) for way in WAYS if way in losses}
    best: Way = "none"
    for way, clearly in _CLEARLY.items():
        if fitted.get(way) and best in losses and _gains(rows[best] - rows[way], groups, clearly):
            best = way
    shown = ", ".join(f"{way} {loss:.5f}" for way, loss in losses.items()) or "too few churners to compare"
    return fitted.get(best) or {"kind": "none"}, losses, f"Calibration {best} by log loss: {shown}."


def _asked(
    way: Way, raw: np.ndarray, labels: np.ndarray, offset: np.ndarray
) -> tuple[dict[str, Any], dict[str, float], str]:
    """Fit the way that was asked for."""
    plain = fit_curve(way, raw, labels, offset)
    if plain is None:
        raise FitError(
            f"Churn falls as the model's log-odds rise: no {way} curve that rises fits these rows. "
            'Set [models] calibration = "auto", or look at the model.'
        )
    return plain, {}, f"Calibration {way}, as asked for."


def _gains(gain: np.ndarray, groups: np.ndarray, clearly: float) -> bool:
    """Say whether a mean gain exceeds so many standard errors, rows of one group taken together."""
    sums = np.bincount(groups, weights=gain - gain.mean())
    return bool(gain.sum() > clearly * np.sqrt((sums**2).sum()))
