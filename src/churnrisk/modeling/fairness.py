"""Judges a model group by group: metrics and calibration by each protected attribute."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import norm

from churnrisk.modeling.attribute_groups import groups_of
from churnrisk.modeling.evaluate import Judged, interval
from churnrisk.modeling.metrics import Array, top_count
from churnrisk.modeling.resample import weighted_sums

#: A group with fewer is shown and marked, and its differences count for nothing.
LEAST_CUSTOMERS, LEAST_CHURNERS = 100, 10
TOO_SMALL = f"too small to judge: fewer than {LEAST_CUSTOMERS} customers or {LEAST_CHURNERS} churners"
TOP = 0.1
CHANCE = 0.05

Flags = npt.NDArray[np.bool_]

#: Metric = what it says of a group.
MEANING: dict[str, str] = {
    "roc_auc": "how often a churner of the group gets a higher probability than one of it who stays",
    "log_loss": "mean surprise at what happened in the group; it is larger where more churn",
    "observed_expected": "observed churn / expected churn of the group; 1 is right",
    "selected_top_10": "share of the group among the riskiest 10 % of all rows",
    "capture_top_10": "share of the group's churners among the riskiest 10 % of all rows",
    "false_negative_rate": "share of the group's churners that the list would not have held",
}

#: What is laid side by side between groups; shares selected differ with churn itself, and log loss does.
COMPARED = {
    "roc_auc": ("AUC", "{:.2f}"),
    "observed_expected": ("observed / expected churn", "{:.2f}"),
    "false_negative_rate": ("the share of churners that the list misses", "{:.0%}"),
}


@dataclass(frozen=True)
class Fairness:
    """How a model does in each group.

    Parameters
    ----------
    table
        One row a group: attribute, group, rows, customers, churners, observed, expected, each metric of ``MEANING``
        with ``_low`` and ``_high``, note.
    sentence
        The largest difference between two groups that is more than chance, in words.
    """

    table: pd.DataFrame
    sentence: str

    def as_dict(self) -> dict[str, Any]:
        """Give it as plain data."""
        rows = [{name: _plain(value) for name, value in row.items()} for row in self.table.to_dict("records")]
        return {"groups": rows, "sentence": self.sentence, "meaning": MEANING}


@dataclass
class _Group:
    attribute: str
    name: str
    line: dict[str, Any]
    resampled: dict[str, Array] = field(repr=False)

    @property
    def is_small(self) -> bool:
        return bool(self.line["note"])


def judge_groups(
    judged: Judged,
    name: str,
    attributes: pd.DataFrame,
    *,
    listed: npt.ArrayLike | None = None,
    resamples: int = 200,
    seed: int = 0,
) -> Fairness:
    """Judge one model in each group of each attribute.

    Parameters
    ----------
    judged
        The rows, with the model among those judged.
    attributes
        One column a protected attribute, one line a row. Numbers and dates are cut at their quartiles.
    listed
        Whether each row would have stood on the list; None where there is no list.

    Examples
    --------
    >>> judged = Judged([0, 1] * 200, range(400), resamples=20)
    >>> _ = judged.add("tree", [0.3, 0.7] * 200)
    >>> found = judge_groups(judged, "tree", pd.DataFrame({"region": ["north", "south"] * 200}))
    >>> found.table[["group", "customers", "churners", "note"]].values.tolist()[0][:3]
    ['north', 200, 0]
    """
    on_list = None if listed is None else np.asarray(listed, dtype=bool)
    p = judged.churn_probability(name)
    top = np.zeros(len(p), dtype=bool)
    top[np.argsort(-p, kind="stable")[: top_count(len(p), TOP)]] = True
    groups: list[_Group] = []
    for attribute in attributes.columns:
        names, codes = groups_of(attributes[attribute])
        for code, group in enumerate(names):
            rows = codes == code
            part = Judged(judged.churned[rows], judged.codes[rows], resamples=resamples, seed=seed + len(groups))
            part.add(name, p[rows])
            caught = None if on_list is None else on_list[rows]
            groups.append(_judge(attribute, group, part, name, top[rows], caught))
    return Fairness(pd.DataFrame([one.line for one in groups]), _largest_difference(groups))


def _judge(attribute: str, group: str, part: Judged, name: str, top: Flags, listed: Flags | None) -> _Group:
    """Judge one group alone, on resamples of its own customers."""
    y, evaluation = part.churned, part[name]
    metrics = {one: evaluation[one] for one in ("roc_auc", "log_loss", "observed_expected")}
    line: dict[str, Any] = {
        "attribute": attribute,
        "group": group,
        "rows": evaluation.rows,
        "customers": evaluation.customers,
        "churners": evaluation.churners,
        "observed": float(y.mean()),
        "expected": float(part.churn_probability(name).mean()),
    }
    resampled = {one: part.resampled(name, one) for one in metrics}
    for one, found in metrics.items():
        line |= {one: found.value, f"{one}_low": found.low, f"{one}_high": found.high}
    missed = np.full(len(y), np.nan) if listed is None else y * ~listed
    columns = np.column_stack([np.ones(len(y)), y, top, y * top, missed]).astype(np.float64)
    points, drawn = columns.sum(axis=0), weighted_sums(columns, part.codes, part.counts).T
    shares = {"selected_top_10": (2, 0), "capture_top_10": (3, 1), "false_negative_rate": (4, 1)}
    for one, (over, under) in shares.items():
        with np.errstate(divide="ignore", invalid="ignore"):
            value, resampled[one] = points[over] / points[under], drawn[over] / drawn[under]
        low, high = interval(resampled[one])
        line |= {one: value, f"{one}_low": low, f"{one}_high": high}
    small = evaluation.customers < LEAST_CUSTOMERS or evaluation.churners < LEAST_CHURNERS
    return _Group(attribute, group, line | {"note": TOO_SMALL if small else ""}, resampled)


def _largest_difference(groups: list[_Group]) -> str:
    """Say in words which difference between two groups is the surest of those that chance does not explain."""
    pairs = [
        (first, second, metric)
        for first, second in combinations([one for one in groups if not one.is_small], 2)
        if first.attribute == second.attribute
        for metric in COMPARED
    ]
    found = [each for pair in pairs if (each := _difference(*pair)) is not None]
    if not found:
        return (
            f"No two groups are large enough to compare: {LEAST_CUSTOMERS} customers and {LEAST_CHURNERS} churners "
            "are needed in each."
        )
    sure = norm.ppf(1 - CHANCE / (2 * len(found)))
    surest = max(found, key=lambda each: each["distance"])
    if surest["distance"] <= sure:
        compared = "1 comparison" if len(found) == 1 else f"{len(found)} comparisons"
        return f"No difference between groups is larger than chance explains ({compared})."
    first, second, metric = surest["pair"]
    words, written = COMPARED[metric]
    reach = sure * surest["spread"]
    low, high = (written.format(surest["size"] + side * reach) for side in (-1, 1))
    return (
        f"The largest difference that is more than chance, by {first.attribute}: {words} is "
        f"{written.format(first.line[metric])} for {first.name} and {written.format(second.line[metric])} for "
        f"{second.name}; the difference lies between {low} and {high}, with 95 % over all {len(found)} comparisons."
    )


def _difference(first: _Group, second: _Group, metric: str) -> Mapping[str, Any] | None:
    """Give the difference of one metric between two groups, and how far it lies from 0 in standard errors."""
    values = [one.line[metric] for one in (first, second)]
    apart = first.resampled[metric] - second.resampled[metric]
    if any(value is None or not np.isfinite(value) for value in values) or not np.isfinite(interval(apart)[0]):
        return None
    spread, size = float(np.nanstd(apart)), abs(values[0] - values[1])
    pair = (first, second, metric) if values[0] >= values[1] else (second, first, metric)
    return {"pair": pair, "size": size, "spread": spread, "distance": size / spread if spread > 0 else 0.0}


def _plain(value: Any) -> Any:
    """Turn a cell into what JSON can carry: no nan, no numpy."""
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not np.isfinite(value) else value
