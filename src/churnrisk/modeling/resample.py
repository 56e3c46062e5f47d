"""Every metric on many resamples of customers at once: integer weights over rows sorted once."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from churnrisk.modeling.metrics import Array, bin_starts, clip, fit_lines, log_odds, top_count
from churnrisk.modeling.profit import Campaign

Counts = npt.NDArray[np.int32]

_GROUPS = 1024
_CELLS = 500_000


def draw_customers(customers: npt.ArrayLike, resamples: int, seed: int) -> tuple[npt.NDArray[np.int64], Counts]:
    """Draw customers with replacement, so that all rows of one customer stay together.

    Returns
    -------
    The number of each row's customer, and how often each resample (line) holds each customer (column).

    Examples
    --------
    >>> codes, counts = draw_customers(["a", "b", "a"], 4, seed=0)
    >>> codes.tolist(), counts.sum(axis=1).tolist()
    ([0, 1, 0], [2, 2, 2, 2])
    """
    names, codes = np.unique(np.asarray(customers), return_inverse=True)
    random = np.random.default_rng(seed)
    counts = np.empty((resamples, len(names)), dtype=np.int32)
    for line in counts:
        line[:] = np.bincount(random.integers(0, len(names), len(names)), minlength=len(names))
    return codes.astype(np.int64), counts


def weighted_sums(columns: Array, codes: npt.NDArray[np.int64], counts: Counts) -> Array:
    """Sum columns over the rows of each resample; one line a resample.

    Examples
    --------
    >>> weighted_sums(np.array([[1.0], [2.0], [4.0]]), np.array([0, 1, 0]), np.array([[2, 0], [1, 1]])).tolist()
    [[10.0], [7.0]]
    """
    names = counts.shape[1]
    sums = np.stack([np.bincount(codes, weights=column, minlength=names) for column in columns.T])
    blocks = np.array_split(counts, max(1, counts.size // _CELLS + 1))
    return np.concatenate([np.einsum("bc,kc->bk", block.astype(np.float64), sums) for block in blocks])


@dataclass(frozen=True)
class Ranked:
    """Rows in falling order of probability, with what every resample needs and none changes.

    Parameters
    ----------
    codes
        The customer of each row, in this order.
    positives
        Where the churners stand.
    left, right
        Where the rows with each churner's own probability begin and end.
    bounds
        Where each group of near-equal log-odds begins, and the end.
    values
        Mean log-odds of each group.
    """

    codes: npt.NDArray[np.int64]
    positives: npt.NDArray[np.int64]
    left: npt.NDArray[np.int64]
    right: npt.NDArray[np.int64]
    bounds: npt.NDArray[np.int64]
    values: Array

    def churners_before(self, place: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Count the churner rows that stand before a place."""
        return np.searchsorted(self.positives, place)


def rank(churned: Array, churn_probability: Array, codes: npt.NDArray[np.int64]) -> Ranked:
    """Sort rows once by falling probability; ties stay in the order given."""
    order = np.argsort(-churn_probability, kind="stable")
    falling = -churn_probability[order]
    positives = np.flatnonzero(churned[order])
    odds = log_odds(churn_probability)[order]
    starts = bin_starts(falling, _GROUPS)
    distinct = np.flatnonzero(np.diff(falling, prepend=-np.inf))
    starts = distinct if len(distinct) <= _GROUPS else starts
    bounds = np.append(starts, len(falling))
    return Ranked(
        codes=codes[order],
        positives=positives,
        left=np.searchsorted(falling, falling[positives], side="left"),
        right=np.searchsorted(falling, falling[positives], side="right"),
        bounds=bounds,
        values=np.add.reduceat(odds, starts) / np.diff(bounds),
    )


def resampled_metrics(
    churned: Array,
    churn_probability: Array,
    codes: npt.NDArray[np.int64],
    counts: Counts,
    *,
    tops: dict[str, float],
    capacity: int | None = None,
    campaign: Campaign | None = None,
) -> dict[str, Array]:
    """Give each metric on each resample; ``nan`` where a resample does not allow one.

    Parameters
    ----------
    tops
        Name = share of the riskiest rows, for lift and capture.
    campaign
        What contact brings and costs, for the expected maximum profit.
    """
    found = _averages(churned, churn_probability, codes, counts)
    ranked = rank(churned, churn_probability, codes)
    size = max(1, _CELLS // max(1, len(churned)))
    blocks = [_ranked(ranked, counts[at : at + size], tops, capacity, campaign) for at in range(0, len(counts), size)]
    return found | {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}


def _averages(y: Array, p: Array, codes: npt.NDArray[np.int64], counts: Counts) -> dict[str, Array]:
    """Metrics that are sums over rows."""
    order = np.argsort(p, kind="stable")
    starts = bin_starts(p[order])
    bin_of = np.empty(len(p), dtype=np.int64)
    bin_of[order] = np.searchsorted(starts, np.arange(len(p)), side="right") - 1
    sure = clip(p)
    surprise = -np.where(y > 0, np.log(sure), np.log1p(-sure))
    gaps = np.where(bin_of[:, None] == np.arange(len(starts)), (p - y)[:, None], 0.0)
    columns = np.column_stack([np.ones(len(p)), surprise, (p - y) ** 2, y, p, gaps])
    rows, loss, square, observed, expected, *off = weighted_sums(columns, codes, counts).T
    return {
        "log_loss": loss / rows,
        "brier": square / rows,
        "calibration_error": np.abs(np.stack(off)).sum(axis=0) / rows,
        "observed_expected": np.divide(observed, expected, out=np.full(len(rows), math.nan), where=expected > 0),
    }


def _ranked(
    ranked: Ranked, counts: Counts, tops: dict[str, float], capacity: int | None, campaign: Campaign | None
) -> dict[str, Array]:
    """Metrics that need the order of rows, on one block of resamples."""
    rows = _running(counts[:, ranked.codes])
    churners = _running(counts[:, ranked.codes[ranked.positives]])
    total, positive = rows[:, -1].astype(np.float64), churners[:, -1].astype(np.float64)
    weight = np.diff(churners, axis=1).astype(np.float64)
    upto = churners[:, ranked.churners_before(ranked.right)].astype(np.float64)
    through = rows[:, ranked.right].astype(np.float64)
    stay_right = through - upto
    stay_left = rows[:, ranked.left] - churners[:, ranked.churners_before(ranked.left)].astype(np.float64)
    stay = (total - positive)[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        auc = (weight * (stay - 0.5 * (stay_left + stay_right))).sum(axis=1) / (positive * stay[:, 0])
        precision = np.where(weight > 0, weight * upto / through, 0.0).sum(axis=1) / positive
    held, left = rows[:, ranked.bounds], churners[:, ranked.churners_before(ranked.bounds)]
    slope, intercept = fit_lines(ranked.values, np.diff(held, axis=1), np.diff(left, axis=1), steps=15)
    found = {
        "roc_auc": auc,
        "average_precision": precision,
        "calibration_slope": slope,
        "calibration_intercept": intercept,
    }
    for name, share in tops.items():
        top = np.array([top_count(float(each), share) for each in total])
        caught = _caught(ranked, rows, churners, top)
        found[f"lift_{name}"] = caught * total / top
        found[f"capture_{name}"] = caught
    if capacity is not None:
        found["capture_at_capacity"] = _caught(ranked, rows, churners, np.minimum(capacity, total).astype(np.int64))
    if campaign is not None:
        found |= campaign.resampled(held, left)
    return found


def _caught(ranked: Ranked, rows: Counts, churners: Counts, top: npt.NDArray[np.int64]) -> Array:
    """Share of the churners within the first so many rows of each resample."""
    place = np.array([np.searchsorted(line, wanted) for line, wanted in zip(rows, top, strict=True)])
    last = np.maximum(place - 1, 0)
    each = np.arange(len(rows))
    before = ranked.churners_before(last)
    is_churner = ranked.churners_before(last + 1) - before
    caught = churners[each, before] + is_churner * np.minimum(
        top - rows[each, last], rows[each, place] - rows[each, last]
    )
    positive = churners[:, -1]
    return np.divide(caught, positive, out=np.full(len(rows), math.nan), where=positive > 0)


def _running(weights: Counts) -> Counts:
    """Sum along each line, with a zero in front."""
    sums = np.zeros((weights.shape[0], weights.shape[1] + 1), dtype=np.int32)
    np.cumsum(weights, axis=1, out=sums[:, 1:])
    return sums
