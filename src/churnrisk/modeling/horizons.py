"""When, not only whether: the hazard of each further horizon, and probabilities that never fall with it.

The first horizon has the model that is judged by the gate. A further horizon has a hazard: the probability to churn
between the horizon before and this one, of those who had not churned by then. Together they give
``P(this) = P(before) + (1 - P(before)) * hazard``.
"""

import dataclasses
from dataclasses import dataclass
from typing import Any

import numpy as np

from churnrisk.modeling.calibrate import Calibration, calibrate
from churnrisk.modeling.columns import FitError
from churnrisk.modeling.logistic import PlainDataClassifier
from churnrisk.modeling.select import Fitted, Rows, fit_candidate


@dataclass(frozen=True)
class FurtherHorizon:
    """The hazard between one horizon and the next.

    Parameters
    ----------
    days
        The horizon, in days.
    estimator
        The model of the hazard; None where the first horizon's model has to do.
    calibration
        From the model's log-odds to those of the hazard; without a model, from the first horizon's calibrated ones.
    note
        How the hazard came about, as a sentence.
    """

    days: int
    estimator: PlainDataClassifier | None
    calibration: Calibration
    note: str

    def to_plain(self) -> dict[str, Any]:
        """Give the hazard as data that JSON can carry."""
        model = None if self.estimator is None else self.estimator.to_plain()
        return {"days": self.days, "model": model, "calibration": self.calibration.to_plain()}


def in_interval(rows: Rows, before: int | None, days: int) -> Rows:
    """Take who had not churned within the horizon before, and say who churned within this one.

    Parameters
    ----------
    before
        The horizon before, in days; None for the first.

    Examples
    --------
    >>> import pandas as pd
    >>> labels = {60: np.array([1.0, 1.0, 0.0, np.nan])}
    >>> frame = pd.DataFrame({"logins": [0, 1, 2, 3]})
    >>> rows = Rows(frame, np.array([1, 0, 0, 0]), np.array(["a", "b", "c", "d"]), further=labels)
    >>> taken = in_interval(rows, None, 60)
    >>> taken.customers.tolist(), taken.churned.tolist()
    (['b', 'c'], [1, 0])
    """
    earlier = rows.churned if before is None else rows.further[before]
    label = rows.further[days]
    kept = np.flatnonzero((earlier == 0) & ~np.isnan(label))
    return dataclasses.replace(rows.take(kept), churned=label[kept].astype(np.int64))


def fit_further(
    first: Fitted, fit: Rows, later: Rows | None, *, first_days: int, min_churners: int, seed: int, **how: Any
) -> tuple[FurtherHorizon, ...]:
    """Fit and calibrate the hazard of every further horizon that the rows have labels for.

    Each is a model of the same kind as the first, fitted and calibrated the same way on those who had not churned
    before. Where too few churned in between, the first model's log-odds are calibrated to the hazard instead.

    Parameters
    ----------
    first
        The fitted model of the first horizon.
    fit, later
        The rows that fitted it and those that calibrated it (None where it was out of fold).
    first_days
        The first horizon.
    min_churners
        Churners in the fit rows that a model of its own needs.
    how
        How to calibrate (`fit_candidate`).
    """
    found: list[FurtherHorizon] = []
    before: int | None = None
    for days in sorted(fit.further):
        between = f"between {before or first_days} and {days} days"
        fitting = in_interval(fit, before, days)
        judging = None if later is None else in_interval(later, before, days)
        try:
            found.append(_own_model(first.name, fitting, judging, days, between, min_churners, {"seed": seed, **how}))
        except FitError as fault:
            rows = fitting if judging is None else Rows.together([fitting, judging])
            found.append(_borrowed(first, rows, days, str(fault), seed))
        before = days
    return tuple(found)


def _own_model(
    name: str, fit: Rows, later: Rows | None, days: int, between: str, min_churners: int, how: dict[str, Any]
) -> FurtherHorizon:
    """Fit and calibrate like the first; later rows of one class cannot calibrate, and the fit rows do it instead."""
    churners = int(fit.churned.sum())
    if churners < min_churners:
        raise FitError(
            f"Too few churned {between} for a model of its own: {churners:,} fit, and {min_churners:,} are needed."
        )
    known = fit.X.columns[fit.X.notna().any()]
    fit = dataclasses.replace(fit, X=fit.X[known])
    if later is not None:
        later = dataclasses.replace(later, X=later.X[known]) if len(np.unique(later.churned)) == 2 else None
    fitted = fit_candidate(name, fit, later, **how)
    note = f"{name} on {churners:,} who churned {between}. {fitted.calibration.note}"
    return FurtherHorizon(days, fitted.estimator, fitted.calibration, note)


def _borrowed(first: Fitted, rows: Rows, days: int, told: str, seed: int) -> FurtherHorizon:
    """Turn the first model's calibrated log-odds into the hazard: by a sigmoid, or the same for all."""
    try:
        odds = first.calibration.log_odds(first.estimator.decision_function(rows.X))
        curve = calibrate(odds, rows.churned, rows.customers, method="sigmoid", seed=seed)
        how = "One sigmoid of the first horizon's log-odds gives the hazard."
    except FitError:
        share = (rows.churned.sum() + 0.5) / (len(rows.churned) + 1.0)
        curve = Calibration({"kind": "sigmoid", "slope": 0.0, "intercept": float(np.log(share) - np.log1p(-share))})
        how = "The hazard is the same for all: it does not rise with the first horizon's log-odds."
    return FurtherHorizon(days, None, curve, f"{told} {how}")
