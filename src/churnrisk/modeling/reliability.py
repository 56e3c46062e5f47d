"""Predicted beside observed churn: over the range of probabilities, and in each group of customers."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from churnrisk.modeling.evaluate import Judged, intervals
from churnrisk.modeling.metrics import bin_starts
from churnrisk.modeling.resample import weighted_sums
from churnrisk.modeling.wilson import wilson

#: Below so many churners (or stayers) resamples see too little of what chance can do, and Wilson's interval stands.
FEW = 10


def churn_by_group(judged: Judged, name: str, groups: npt.ArrayLike) -> pd.DataFrame:
    """Observed and expected churn of one model in each group of rows (a segment, a bin), with 95 % intervals.

    The intervals come from resamples of customers. In a group with fewer than 10 churners (or 10 who stayed) they are
    Wilson's, and rows of one customer that resemble one another count for less.

    Returns
    -------
    One row a group: group, rows, customers, churners, expected and observed (rates), observed_low, observed_high,
    observed_expected (the ratio), low, high (of the ratio).

    Examples
    --------
    >>> judged = Judged([0, 1, 0, 1], ["a", "b", "c", "d"], resamples=50, seed=1)
    >>> _ = judged.add("logistic", [0.2, 0.8, 0.2, 0.8])
    >>> found = churn_by_group(judged, "logistic", ["low", "high", "low", "high"])
    >>> found[["group", "observed_expected"]].values.tolist()
    [['high', 1.25], ['low', 0.0]]
    """
    p, y = judged.churn_probability(name), judged.churned
    known, code = np.unique(np.asarray(groups), return_inverse=True)
    member = (code[:, None] == np.arange(len(known))).astype(np.float64)
    columns = np.hstack([member, member * y[:, None], member * p[:, None]])
    rows, churners, promised = np.split(columns.sum(axis=0), 3)
    drawn = np.split(weighted_sums(columns, judged.codes, judged.counts), 3, axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        observed_low, observed_high = intervals(drawn[1] / drawn[0])
        low, high = intervals(drawn[1] / drawn[2])
        ratio = np.where(promised > 0, churners / promised, np.nan)
        few = np.minimum(churners, rows - churners) < FEW
        few_low, few_high = wilson(churners / rows, _independent_rows(judged, code, rows, churners))
        observed_low, observed_high = np.where(few, few_low, observed_low), np.where(few, few_high, observed_high)
        low = np.where(few & (promised > 0), few_low * rows / promised, low)
        high = np.where(few & (promised > 0), few_high * rows / promised, high)
    return pd.DataFrame(
        {
            "group": known,
            "rows": rows.astype(np.int64),
            "customers": [len(np.unique(judged.codes[code == each])) for each in range(len(known))],
            "churners": churners.astype(np.int64),
            "expected": promised / rows,
            "observed": churners / rows,
            "observed_low": observed_low,
            "observed_high": observed_high,
            "observed_expected": ratio,
            "low": low,
            "high": high,
        }
    )


def _independent_rows(
    judged: Judged, group: npt.NDArray[np.int64], rows: npt.NDArray[np.float64], churners: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Give how many independent rows would vary as much as each group; with one class only, the fewest possible."""
    customers = judged.counts.shape[1]
    together, place = np.unique(group * customers + judged.codes, return_inverse=True)
    owner = together // customers
    share = churners / rows
    sums = np.bincount(place, weights=judged.churned - share[group])
    varies = np.bincount(owner, weights=sums**2)
    chance = rows * share * (1 - share)
    most = np.bincount(owner, weights=np.bincount(place).astype(np.float64) ** 2) / rows
    surplus = np.divide(varies, chance, out=most, where=chance > 0)
    return rows / np.maximum(surplus, 1.0)


def reliability(judged: Judged, name: str) -> pd.DataFrame:
    """Predicted and observed churn of one model in ten equal-count bins, with the interval of the observed.

    Returns
    -------
    One row a bin: bin (1 = safest), rows, churn_probability (its mean), observed, low, high.

    Examples
    --------
    >>> judged = Judged([0, 1, 0, 1], ["a", "b", "c", "d"], resamples=50, seed=1)
    >>> _ = judged.add("logistic", [0.2, 0.8, 0.2, 0.8])
    >>> reliability(judged, "logistic")[["bin", "rows", "observed"]].values.tolist()
    [[1.0, 2.0, 0.0], [2.0, 2.0, 1.0]]
    """
    p = judged.churn_probability(name)
    order = np.argsort(p, kind="stable")
    bins = np.empty(len(p), dtype=np.int64)
    bins[order] = np.searchsorted(bin_starts(p[order]), np.arange(len(p)), side="right")
    found = churn_by_group(judged, name, bins)
    return pd.DataFrame(
        {
            "bin": found["group"],
            "rows": found["rows"],
            "churn_probability": found["expected"],
            "observed": found["observed"],
            "low": found["observed_low"],
            "high": found["observed_high"],
        }
    )
