"""Models judged on the same rows and the same resamples of customers, so that their differences are paired."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from churnrisk.errors import ModelError
from churnrisk.modeling import metrics
from churnrisk.modeling.metrics import Array
from churnrisk.modeling.profit import Campaign
from churnrisk.modeling.resample import draw_customers, resampled_metrics

#: Name in a metric = share of the riskiest rows.
TOPS = {"top_1": 0.01, "top_5": 0.05, "top_10": 0.10}

#: Metric = what it says, in one line.
MEANING: dict[str, str] = {
    "roc_auc": "how often a churner gets a higher probability than a customer who stays; 0.5 is chance",
    "average_precision": "mean share of churners among the riskiest, over all depths of the list",
    "log_loss": "mean surprise at what happened; lower is better",
    "brier": "mean squared distance of the probability from what happened; lower is better",
    "calibration_error": "mean distance of predicted from observed churn in 10 equal-count bins; chance adds to it",
    "calibration_slope": "slope of the label on the log-odds; 1 is right, below 1 is too sure",
    "calibration_intercept": "intercept of the label on the log-odds; 0 is right",
    "observed_expected": "observed churn / expected churn; 1 is right",
    "lift_top_1": "churn rate of the riskiest 1 % over the average",
    "lift_top_5": "churn rate of the riskiest 5 % over the average",
    "lift_top_10": "churn rate of the riskiest 10 % over the average",
    "capture_top_1": "share of all churners in the riskiest 1 %",
    "capture_top_5": "share of all churners in the riskiest 5 %",
    "capture_top_10": "share of all churners in the riskiest 10 %",
    "capture_at_capacity": "share of all churners among as many of the riskiest as the team can reach",
    "expected_maximum_profit": "profit per customer when the best share of the riskiest is contacted",
    "profit_best_share": "share of the riskiest customers whose contact brings the most profit",
}

_ENOUGH = 0.9


@dataclass(frozen=True)
class Metric:
    """One number with its 95 % interval; all three are None where it cannot be had, and the note says why."""

    value: float | None
    low: float | None = None
    high: float | None = None
    note: str = ""


@dataclass(frozen=True)
class Evaluation:
    """Every metric of one model on one set of rows.

    Examples
    --------
    >>> found = evaluate([0, 1, 0, 1], [0.2, 0.7, 0.4, 0.6], ["a", "b", "c", "d"], resamples=50, seed=1)
    >>> found["roc_auc"].value, found.rows, found.churners
    (1.0, 4, 2)
    """

    rows: int
    customers: int
    churners: int
    metrics: Mapping[str, Metric]

    def __getitem__(self, name: str) -> Metric:
        return self.metrics[name]

    def frame(self) -> pd.DataFrame:
        """Lay the metrics out: one row a metric."""
        lines = [(name, m.value, m.low, m.high, m.note) for name, m in self.metrics.items()]
        return pd.DataFrame(lines, columns=["metric", "value", "low", "high", "note"])


def evaluate(
    churned: npt.ArrayLike,
    churn_probability: npt.ArrayLike,
    customers: npt.ArrayLike,
    *,
    resamples: int = 500,
    seed: int = 0,
    capacity: int | None = None,
) -> Evaluation:
    """Judge one model alone; to compare several, add them to one `Judged`."""
    judged = Judged(churned, customers, resamples=resamples, seed=seed, capacity=capacity)
    return judged.add("model", churn_probability)


@dataclass
class _Model:
    churn_probability: Array
    evaluation: Evaluation
    resampled: dict[str, Array] = field(repr=False)


class Judged:
    """The rows on which models are judged, and each model's metrics on the same resamples of customers.

    Parameters
    ----------
    churned
        The label of each row, 0 or 1.
    customers
        The customer of each row; rows of one customer stay together.
    resamples
        How many times customers are drawn with replacement.
    capacity
        How many of the riskiest rows the team can reach.
    campaign
        What contact brings and costs, for the expected maximum profit.

    Raises
    ------
    ModelError
        When there are no rows, lengths differ, or labels are not 0 and 1.

    Examples
    --------
    >>> judged = Judged([0, 1, 0, 1], ["a", "b", "c", "d"], resamples=200, seed=1)
    >>> good, flat = judged.add("logistic", [0.1, 0.9, 0.2, 0.8]), judged.add("base rate", [0.5] * 4)
    >>> low, high = judged.paired_difference("base rate", "logistic", "log_loss")
    >>> low > 0
    True
    """

    def __init__(
        self,
        churned: npt.ArrayLike,
        customers: npt.ArrayLike,
        *,
        resamples: int = 500,
        seed: int = 0,
        capacity: int | None = None,
        campaign: Campaign | None = None,
    ) -> None:
        self.churned = np.asarray(churned, dtype=np.float64)
        _refuse_bad_labels(self.churned, np.size(customers))
        self.capacity = capacity
        self.campaign = campaign
        self.codes, self.counts = draw_customers(customers, resamples, seed)
        self._models: dict[str, _Model] = {}

    @property
    def names(self) -> list[str]:
        """Names of the models judged so far."""
        return list(self._models)

    def __getitem__(self, name: str) -> Evaluation:
        return self._models[name].evaluation

    def churn_probability(self, name: str) -> Array:
        """Give the probabilities with which a model was judged."""
        return self._models[name].churn_probability

    def resampled(self, name: str, metric: str) -> Array:
        """Give one metric of one model on each resample."""
        return self._models[name].resampled[metric]

    def add(self, name: str, churn_probability: npt.ArrayLike) -> Evaluation:
        """Judge one more model.

        Raises
        ------
        ModelError
            When the probabilities do not fit the rows, or do not lie between 0 and 1.
        """
        p = np.asarray(churn_probability, dtype=np.float64)
        if p.shape != self.churned.shape or not np.all((p >= 0) & (p <= 1)):
            raise ModelError(
                f"The probabilities of {name!r} should be {len(self.churned)} numbers between 0 and 1, and are "
                f"{p.size}, of which {int((~((p >= 0) & (p <= 1))).sum())} are empty or outside. Mend the model."
            )
        terms: dict[str, Any] = {"capacity": self.capacity, "campaign": self.campaign}
        found = resampled_metrics(self.churned, p, self.codes, self.counts, tops=TOPS, **terms)
        points = _points(self.churned, p, **terms)
        each = {metric: _metric(metric, value, found[metric], self.churned) for metric, value in points.items()}
        evaluation = Evaluation(len(p), self.counts.shape[1], int(self.churned.sum()), each)
        self._models[name] = _Model(p, evaluation, found)
        return evaluation

    def paired_difference(self, first: str, second: str, metric: str) -> tuple[float, float]:
        """95 % interval of one metric of the first model minus that of the second, on the same resamples."""
        return interval(self.resampled(first, metric) - self.resampled(second, metric))

    def frame(self) -> pd.DataFrame:
        """Lay all models' metrics out: one row a model and metric."""
        parts = [self[name].frame().assign(model=name) for name in self.names]
        return pd.concat(parts, ignore_index=True)[["model", "metric", "value", "low", "high", "note"]]


def interval(resampled: Array) -> tuple[float, float]:
    """Percentiles 2.5 and 97.5 over resamples; ``nan`` where fewer than 9 in 10 could be computed.

    Examples
    --------
    >>> interval(np.arange(101.0))
    (2.5, 97.5)
    """
    low, high = intervals(resampled[:, None])
    return float(low[0]), float(high[0])


def intervals(resampled: Array) -> tuple[Array, Array]:
    """Do the same for each column: resamples are lines.

    Examples
    --------
    >>> low, high = intervals(np.full((20, 2), [1.0, np.nan]))
    >>> low.tolist(), high.tolist()
    ([1.0, nan], [1.0, nan])
    """
    usable = np.isfinite(resampled).mean(axis=0) >= _ENOUGH
    bounds = np.full((2, resampled.shape[1]), np.nan)
    if usable.any():
        bounds[:, usable] = np.nanpercentile(resampled[:, usable], [2.5, 97.5], axis=0)
    return bounds[0], bounds[1]


def _points(y: Array, p: Array, capacity: int | None, campaign: Campaign | None) -> dict[str, float]:
    line = metrics.calibration_slope_intercept(y, p)
    points = {
        "roc_auc": metrics.roc_auc(y, p),
        "average_precision": metrics.average_precision(y, p),
        "log_loss": metrics.log_loss(y, p),
        "brier": metrics.brier(y, p),
        "calibration_error": metrics.expected_calibration_error(y, p),
        "calibration_slope": line.slope,
        "calibration_intercept": line.intercept,
        "observed_expected": metrics.observed_expected(y, p),
    }
    points |= {f"lift_{name}": metrics.lift(y, p, share=share) for name, share in TOPS.items()}
    points |= {f"capture_{name}": metrics.capture(y, p, share=share) for name, share in TOPS.items()}
    if capacity is not None:
        points["capture_at_capacity"] = metrics.capture_at(y, p, capacity=capacity)
    if campaign is not None:
        points |= campaign.point(y, p)
    return points


def _metric(name: str, value: float, resampled: Array, y: Array) -> Metric:
    if not np.isfinite(value):
        if not y.any():
            return Metric(None, note="nobody churned in these rows")
        if y.all():
            return Metric(None, note="everybody churned in these rows")
        return Metric(None, note="all probabilities are equal, or the two classes do not overlap")
    low, high = interval(resampled)
    if not np.isfinite(low):
        return Metric(float(value), note="no interval: too many resamples hold only one class")
    return Metric(float(value), low, high)


def _refuse_bad_labels(churned: Array, customers: int) -> None:
    if not len(churned):
        raise ModelError("There are no rows to judge a model on. Give more cutoffs, or a later end of the data.")
    if len(churned) != customers:
        raise ModelError(
            f"There are {len(churned)} labels and {customers} customers; there should be as many of each."
        )
    if not np.isin(churned, (0, 1)).all():
        raise ModelError("Labels should be 0 (stays) and 1 (churned), and others came. Look at the label column.")
