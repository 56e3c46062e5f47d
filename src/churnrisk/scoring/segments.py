"""Named groups of customers by churn probability, each with an observed churn of its own."""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import pandas as pd
from scipy.stats import binomtest, fisher_exact
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.metrics import roc_auc_score
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted, validate_data

from churnrisk.modeling.columns import FitError, read_labels
from churnrisk.modeling.released.churn_model import DECIMALS, segment_places

NAMES = ("critical", "high", "medium", "low")
SHARES = (0.02, 0.07, 0.20)
SIGNIFICANT = 0.05


class RiskSegmenter(ClassifierMixin, BaseEstimator):
    """A classifier that puts each customer into exactly one named group, the riskiest first.

    Bounds are the probabilities that the riskiest shares of the fit rows reach; after ``fit`` they are fixed.
    Neighbours whose observed churn does not clearly fall from one to the next merge, and the riskier name stays.

    Parameters
    ----------
    names
        From the riskiest to the safest; by default critical, high, medium, low.
    shares
        The riskiest shares of the fit rows whose probabilities become the bounds; by default 2, 7 and 20 %.
    bounds
        Fixed probabilities instead, falling.

    Attributes
    ----------
    classes_
        Names of the segments that stand, from the riskiest to the safest; ``predict`` gives these.
    bounds_
        Lowest probability of each segment but the last.
    merged_
        A sentence for each merge.
    usable_
        Whether at least two segments stand; if not, the verdict is "no usable signal".
    table_
        For each segment its lower bound, customers, churners and observed churn with its 95 % Wilson interval.

    Examples
    --------
    >>> chances = np.repeat([0.9, 0.1], [100, 900])
    >>> left = np.concatenate([np.arange(100) < 90, np.arange(900) < 90]).astype(int)
    >>> segmenter = RiskSegmenter(names=["at risk", "safe"], shares=[0.1]).fit(chances.reshape(-1, 1), left)
    >>> segmenter.predict([[0.95], [0.2]]).tolist(), segmenter.usable_
    (['at risk', 'safe'], True)
    """

    classes_: np.ndarray

    def __init__(
        self,
        *,
        names: Sequence[str] = NAMES,
        shares: Sequence[float] = SHARES,
        bounds: Sequence[float] | None = None,
    ) -> None:
        self.names = names
        self.shares = shares
        self.bounds = bounds

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        tags.classifier_tags.poor_score = True
        return tags

    def fit(self, X: Any, y: Any) -> Self:
        """Lay the bounds and look at who left.

        Parameters
        ----------
        X
            The column ``churn_probability`` of a dataframe, else the first column; others are left alone.
        y
            Two labels; the second one means left.
        """
        self._check_parameters()
        chances = self._chances(X, reset=True)
        _, churned = read_labels(pd.DataFrame(index=range(len(chances))), y)
        bounds = list(self.bounds) if self.bounds else _reached(chances, self.shares)
        lower = np.round(np.asarray(bounds, dtype=np.float64), DECIMALS)
        places = segment_places(lower.tolist(), chances)
        names, counts = list(self.names), np.zeros((len(self.names), 2), dtype=np.int64)
        np.add.at(counts, (places, churned), 1)
        self.merged_ = _merge(names, lower_bounds := lower.tolist(), rows := counts.tolist())
        self.classes_ = np.array(names)
        self.bounds_ = np.array(lower_bounds)
        self.usable_ = len(names) > 1
        self.table_ = _table(names, lower_bounds, rows)
        return self

    def predict(self, X: Any) -> np.ndarray:
        """Give the name of each row's segment."""
        check_is_fitted(self, "bounds_")
        return self.classes_[segment_places(self.bounds_.tolist(), self._chances(X, reset=False))]

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Give the ROC AUC of the segments' order; accuracy means nothing between names and labels."""
        check_is_fitted(self, "bounds_")
        places = segment_places(self.bounds_.tolist(), self._chances(X, reset=False))
        return float(roc_auc_score(y, -places, sample_weight=sample_weight))

    def to_plain(self) -> list[dict[str, Any]]:
        """Give name and lower bound of each segment, the riskiest first; the last one's is 0."""
        check_is_fitted(self, "bounds_")
        lower = [*self.bounds_.tolist(), 0.0]
        return [{"name": str(name), "lower_bound": low} for name, low in zip(self.classes_, lower, strict=True)]

    def _check_parameters(self) -> None:
        given, what = (self.bounds, "bounds") if self.bounds else (self.shares, "shares")
        ordered = [-bound for bound in given] if self.bounds else list(given)
        if len(self.names) < 2 or len(set(self.names)) < len(self.names):
            raise FitError(f"names should be two or more different names, and are {list(self.names)}.")
        if len(given) != len(self.names) - 1:
            raise FitError(f"{len(self.names)} names need {len(self.names) - 1} {what}, and there are {len(given)}.")
        if not all(0 < value < 1 for value in given) or ordered != sorted(set(ordered)):
            direction = "fall" if self.bounds else "rise"
            raise FitError(f"{what} should lie between 0 and 1 and {direction}, and are {list(given)}.")

    def _chances(self, X: Any, *, reset: bool) -> np.ndarray:
        place = 0
        if isinstance(X, pd.DataFrame) and "churn_probability" in X.columns:
            place = list(X.columns).index("churn_probability")
        values = validate_data(self, X, dtype=np.float64, reset=reset)
        return np.round(values[:, place], DECIMALS)


def _reached(chances: np.ndarray, shares: Sequence[float]) -> list[float]:
    """Give the probabilities that the riskiest shares reach."""
    falling = -np.sort(-chances)
    return [float(falling[max(0, int(np.ceil(share * len(falling))) - 1)]) for share in shares]


def _merge(names: list[str], bounds: list[float], rows: list[list[int]]) -> list[str]:
    """Merge neighbours that do not differ, the most alike first; changes the three lists."""
    told = []
    while len(names) > 1:
        doubts = [_doubt(rows[place], rows[place + 1]) for place in range(len(names) - 1)]
        place = int(np.argmax(doubts))
        if doubts[place] < SIGNIFICANT:
            break
        risky, safe = _rate(rows[place]), _rate(rows[place + 1])
        told.append(
            f"{names[place]} and {names[place + 1]} do not differ in observed churn ({risky} and {safe}): "
            f"both are called {names[place]}."
        )
        rows[place] = [a + b for a, b in zip(rows[place], rows.pop(place + 1), strict=True)]
        del names[place + 1], bounds[place]
    return told


def _doubt(risky: list[int], safe: list[int]) -> float:
    """Give the chance of so clear a fall of churn if both were alike (Fisher's exact test, one sided)."""
    if sum(risky) == 0 or sum(safe) == 0:
        return 1.0
    return float(fisher_exact([[risky[1], risky[0]], [safe[1], safe[0]]], alternative="greater").pvalue)


def _rate(counts: list[int]) -> str:
    total = sum(counts)
    return f"{100 * counts[1] / total:.1f} % of {total:,}" if total else "no customer"


def _table(names: list[str], bounds: list[float], rows: list[list[int]]) -> pd.DataFrame:
    lines = []
    for name, lower, (stayed, left) in zip(names, [*bounds, 0.0], rows, strict=True):
        total = stayed + left
        span = binomtest(left, total).proportion_ci(method="wilson") if total else (np.nan, np.nan)
        share = left / total if total else np.nan
        lines.append((name, lower, total, left, share, float(span[0]), float(span[1])))
    columns = ["segment", "lower_bound", "customers", "churners", "observed_churn", "churn_low", "churn_high"]
    return pd.DataFrame(lines, columns=columns)
