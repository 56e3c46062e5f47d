"""What every model must beat: the base rate for everyone, and the best simple rule."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.isotonic import isotonic_regression
from sklearn.utils.validation import check_is_fitted

from churnrisk.errors import ModelError
from churnrisk.modeling.metrics import Array

#: Signals that say how long ago the last activity was, the first that is there counts.
RECENCY = ("usage_days_since_last", "engagement_days_since_login")

_STEPS = 256
_PRIOR = 2.0


class BaseRate(ClassifierMixin, BaseEstimator):
    """Gives everybody the churn rate of the fit rows.

    Examples
    --------
    >>> rule = BaseRate().fit(pd.DataFrame({"a": [1, 2, 3, 4]}), [0, 0, 0, 1])
    >>> rule.predict_proba(pd.DataFrame({"a": [9]})).tolist()
    [[0.75, 0.25]]
    """

    def fit(self, X: Any, y: npt.ArrayLike) -> Self:
        """Learn the rate."""
        churned = _labels(y)
        self.classes_ = np.array([0, 1])
        self.churn_rate_ = float(churned.mean())
        self.name_ = "base rate"
        self.sentence_ = f"Everybody gets the churn rate of the fit rows, {self.churn_rate_:.2%}."
        return self

    def predict_proba(self, X: Any) -> Array:
        """Give each row the probability to stay and to churn."""
        check_is_fitted(self)
        return _two_columns(np.full(len(X), self.churn_rate_))

    def predict(self, X: Any) -> npt.NDArray[np.int64]:
        """Say who is likelier to churn than to stay."""
        return (self.predict_proba(X)[:, 1] > 0.5).astype(np.int64)


class SimpleRule(ClassifierMixin, BaseEstimator):
    """The best rule that needs one column: days since the last activity, else the best single signal.

    The probability is a curve that only rises or only falls with the signal; rows without a value, and each value
    of a text column, have a rate of their own. All rates are pulled a little towards the base rate (as if two average
    rows stood in each step), so that none is 0 or 1.

    Parameters
    ----------
    recency
        Columns that say how long ago the last activity was; the first that is there is the rule.

    Examples
    --------
    >>> X = pd.DataFrame({"usage_days_since_last": [1, 2, 40, 50] * 25})
    >>> rule = SimpleRule().fit(X, [0, 0, 1, 1] * 25)
    >>> rule.name_, rule.predict_proba(X[:3])[:, 1].round(2).tolist()
    ('usage_days_since_last', [0.02, 0.02, 0.98])
    >>> rule.sentence_
    'usage_days_since_last alone: the higher, the likelier a customer churns.'
    """

    def __init__(self, recency: Sequence[str] = RECENCY) -> None:
        self.recency = recency

    def fit(self, X: pd.DataFrame, y: npt.ArrayLike) -> Self:
        """Choose the signal and fit its curve, on the fit rows alone.

        Raises
        ------
        ModelError
            When X is no dataframe or has no columns.
        """
        if not isinstance(X, pd.DataFrame) or X.shape[1] == 0:
            raise ModelError("The simple rule needs a dataframe with at least one signal. Switch a signal on.")
        churned = _labels(y)
        self.classes_ = np.array([0, 1])
        self.feature_names_in_ = np.asarray(X.columns, dtype=object)
        wanted = next((name for name in self.recency if name in X.columns), None)
        names = list(X.columns) if wanted is None else [wanted]
        curves = [curve for name in names for curve in _curves(str(name), X[name], churned)]
        losses = [_log_loss(churned, curve.predict(X[curve.name])) for curve in curves]
        self.curve_ = curves[int(np.argmin(losses))]
        self.name_ = self.curve_.name
        self.sentence_ = f"{self.name_} alone: {self.curve_.said}."
        return self

    def predict_proba(self, X: pd.DataFrame) -> Array:
        """Give each row the probability to stay and to churn."""
        check_is_fitted(self)
        if self.name_ not in X:
            raise ModelError(f"The simple rule reads the column {self.name_!r}, which is missing. Give it.")
        return _two_columns(self.curve_.predict(X[self.name_]))

    def predict(self, X: pd.DataFrame) -> npt.NDArray[np.int64]:
        """Say who is likelier to churn than to stay."""
        return (self.predict_proba(X)[:, 1] > 0.5).astype(np.int64)


@dataclass(frozen=True)
class Curve:
    """A churn probability for each value of a number, monotone, flat beyond what was seen."""

    name: str
    values: Array
    churn_probability: Array
    missing: float
    said: str

    def predict(self, column: pd.Series) -> Array:
        """Read the curve."""
        values = _numbers(column)
        return np.where(np.isnan(values), self.missing, np.interp(values, self.values, self.churn_probability))


@dataclass(frozen=True)
class Rates:
    """A churn probability for each value of a text; the base rate for a value never seen."""

    name: str
    rates: dict[str, float]
    missing: float
    unseen: float
    said: str = "each value has a churn rate of its own"

    def predict(self, column: pd.Series) -> Array:
        """Look each value up."""
        found = column.astype("object").map(lambda value: self.rates.get(str(value), self.unseen))
        return np.where(column.isna(), self.missing, found.to_numpy(dtype=np.float64))


def _curves(name: str, column: pd.Series, churned: Array) -> Iterator[Curve | Rates]:
    """Fit what one column alone can say: a rising and a falling curve, or a rate for each text."""
    base = float(churned.mean())
    empty = column.isna().to_numpy()
    missing = float(_smoothed(churned[empty].sum(), empty.sum(), base))
    if not (pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column)):
        tally = pd.Series(churned[~empty]).groupby(column[~empty].astype(str).to_numpy()).agg(["sum", "count"])
        rates = _smoothed(tally["sum"].to_numpy(), tally["count"].to_numpy(), base)
        yield Rates(name, dict(zip(tally.index, rates, strict=True)), missing, float(_smoothed(0, 0, base)))
        return
    values = _numbers(column)
    seen = ~np.isnan(values)
    if not seen.any():
        yield Curve(name, np.zeros(1), np.array([missing]), missing, "no value at all")
        return
    steps = _grouped(values[seen], churned[seen])
    for rises in (True, False):
        knots, curve = _monotone(*steps, rises=rises, base=base)
        word = "higher" if rises else "lower"
        yield Curve(name, knots, curve, missing, f"the {word}, the likelier a customer churns")


def _grouped(values: Array, churned: Array) -> tuple[Array, Array, Array]:
    """Fold rows into at most 256 groups by value: mean value, churners, rows."""
    distinct, code = np.unique(values, return_inverse=True)
    if len(distinct) > _STEPS:
        edges = np.unique(np.quantile(values, np.linspace(0, 1, _STEPS + 1)[1:-1]))
        code = np.searchsorted(edges, values, side="right")
    rows = np.bincount(code)
    held = rows > 0
    sums = np.bincount(code, weights=values)[held]
    churners = np.bincount(code, weights=churned)[held]
    return sums / rows[held], churners.astype(np.float64), rows[held].astype(np.float64)


def _monotone(values: Array, churners: Array, rows: Array, *, rises: bool, base: float) -> tuple[Array, Array]:
    """Give the knots of a monotone curve whose steps are pulled a little towards the base rate."""
    fit = isotonic_regression(churners / rows, sample_weight=rows, increasing=rises)
    _, step = np.unique(fit.round(12), return_inverse=True)
    pulled = _smoothed(np.bincount(step, weights=churners), np.bincount(step, weights=rows), base)[step]
    curve = isotonic_regression(pulled, sample_weight=rows, increasing=rises)
    return values, curve


def _smoothed(churners: Any, rows: Any, base: float) -> Any:
    """Rates, as if two average rows more had been seen, and never 0 or 1 even where the base rate is."""
    safe = min(max(base, 1e-4), 1 - 1e-4)
    return (churners + _PRIOR * safe) / (rows + _PRIOR)


def _log_loss(churned: Array, churn_probability: Array) -> float:
    return float(-np.log(np.where(churned > 0, churn_probability, 1 - churn_probability)).mean())


def _numbers(column: pd.Series) -> Array:
    values = column.to_numpy(dtype=np.float64, na_value=np.nan)
    return np.where(np.isinf(values), np.sign(values) * np.finfo(np.float64).max / 1e10, values)


def _labels(y: npt.ArrayLike) -> Array:
    churned = np.asarray(y, dtype=np.float64)
    if not len(churned) or not np.isin(churned, (0, 1)).all():
        raise ModelError(f"Labels should be 0 (stays) and 1 (churned), and {len(churned)} came. Look at the label.")
    return churned


def _two_columns(churn_probability: Array) -> Array:
    return np.column_stack([1 - churn_probability, churn_probability])
