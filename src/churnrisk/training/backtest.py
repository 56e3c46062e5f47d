"""What replayed lists were worth: each cutoff, and all together, judged by who left later."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from churnrisk.modeling.evaluate import Judged, Metric, interval
from churnrisk.modeling.metrics import Array, log_loss, top_count
from churnrisk.settings import PipelineSettings
from churnrisk.training.replay import Replay

TOGETHER = "all"
TENTH = 0.10
_CELLS = 500_000

#: Metric = what it says, in one line.
BACKTEST_METRICS = {
    "roc_auc": "how often a churner got a higher probability than a customer who stayed; 0.5 is chance",
    "log_loss": "mean surprise at what happened; lower is better",
    "lift_top_10": "churn rate of the riskiest 10 % over the average",
    "capture_at_capacity": "share of all churners among the riskiest customers that the team reaches",
    "capture_on_list": "share of all churners among as many customers at the head of the list, as it is ranked",
    "observed_expected": "observed churn / expected churn; 1 is right",
    "calibration_slope": "slope of the label on the log-odds; 1 is right, below 1 is too sure",
    "money_share": "share of the money lost that belonged to customers at the head of the list",
}
_JUDGED = ("roc_auc", "log_loss", "observed_expected", "calibration_slope")


@dataclass(frozen=True)
class Outcome:
    """What came of one replayed list, or of several together.

    Parameters
    ----------
    reached
        How many customers of each list the team reaches, summed over the cutoffs.
    money_pointed_at, money_lost
        MRR x months of those who left: at the head of the list, and of all; None without MRR.
    base_rate_log_loss
        Log loss of the churn rate known at the cutoff, given to everyone.
    """

    cutoff: str
    model: str
    customers: int
    churners: int
    reached: int
    money_pointed_at: float | None
    money_lost: float | None
    base_rate_log_loss: float
    metrics: Mapping[str, Metric]


@dataclass(frozen=True)
class Backtest:
    """History replayed and judged.

    Parameters
    ----------
    skipped
        Cutoffs that could not be replayed, each with the reason.
    """

    settings: PipelineSettings
    replays: list[Replay]
    outcomes: list[Outcome]
    skipped: dict[date, str] = field(default_factory=dict)

    @property
    def together(self) -> Outcome:
        """All cutoffs together."""
        return self.outcomes[-1]

    def table(self) -> pd.DataFrame:
        """Lay the outcomes out: one row a cutoff, and ``all`` last; each metric with its interval."""
        return pd.DataFrame([_line(one) for one in self.outcomes])

    def lists(self) -> pd.DataFrame:
        """Lay every replayed list over the others: the rows that all figures come from."""
        return pd.concat([one.listed for one in self.replays], ignore_index=True)


def judge_replays(
    replays: Sequence[Replay], settings: PipelineSettings, skipped: Mapping[date, str] | None = None
) -> Backtest:
    """Judge each replayed list by who left later, and all of them together.

    Shares of churners and of money are counted within each cutoff's own list, as a team works it, and then summed;
    AUC, log loss and calibration of all cutoffs stand on all rows. Intervals are 95 %, by resampling customers.
    """
    months = settings.economics.months_at_stake
    outcomes = [_outcome([one], settings, months) for one in replays]
    return Backtest(settings, list(replays), [*outcomes, _outcome(replays, settings, months)], dict(skipped or {}))


def capacity_of(settings: PipelineSettings) -> int | None:
    """Say how many customers of one list the team reaches; None where nothing was said, and the tenth counts.

    Examples
    --------
    >>> capacity_of(PipelineSettings(team={"capacity_per_day": 10})), capacity_of(PipelineSettings())
    (200, None)
    """
    return settings.backtest.capacity or max(settings.reached, default=None)


def reach(customers: int, capacity: int | None) -> int:
    """Say how many customers of a list the team reaches: its capacity, else the tenth.

    Examples
    --------
    >>> reach(1200, None), reach(1200, 50), reach(30, 50)
    (120, 50, 30)
    """
    return top_count(customers, TENTH) if capacity is None else min(capacity, customers)


def _outcome(replays: Sequence[Replay], settings: PipelineSettings, months: float) -> Outcome:
    """Judge some lists on one set of rows and one set of resamples."""
    rows = pd.concat(
        [one.listed.sort_values("customer_id").assign(base_rate=one.base_rate) for one in replays], ignore_index=True
    )
    judged = Judged(
        rows["churned"], rows["customer_id"], resamples=settings.models.bootstrap, seed=settings.models.seed
    )
    found = judged.add("list", rows["churn_probability"])
    lost = rows["churned"].to_numpy() * rows["mrr"].astype("float64").to_numpy() * months
    has_money = bool(rows["mrr"].notna().any())
    values = np.column_stack([judged.churned, np.nan_to_num(lost)])
    tenth, capacity, head = (_Sums.of(judged, rows, values, way, settings) for way in ("tenth", "riskiest", "rank"))
    churners = judged.churned.sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        metrics = {name: found[name] for name in _JUDGED} | {
            "lift_top_10": tenth.share(0, per=tenth.reached / len(rows)),
            "capture_at_capacity": capacity.share(0),
            "capture_on_list": head.share(0),
            "money_share": head.share(1) if has_money else Metric(None, note="these tables have no MRR"),
        }
    return Outcome(
        cutoff=str(replays[0].cutoff) if len(replays) == 1 else TOGETHER,
        model=", ".join(dict.fromkeys(one.model for one in replays)),
        customers=len(rows),
        churners=int(churners),
        reached=head.reached,
        money_pointed_at=round(float(head.point[1]), 2) if has_money else None,
        money_lost=round(float(head.total[1]), 2) if has_money else None,
        base_rate_log_loss=log_loss(rows["churned"], rows["base_rate"]),
        metrics={name: metrics[name] for name in BACKTEST_METRICS},
    )


@dataclass(frozen=True)
class _Sums:
    """Sums of values over the first customers of each cutoff's list, and over all, on each resample."""

    reached: int
    point: Array
    total: Array
    drawn: Array
    drawn_total: Array

    @classmethod
    def of(cls, judged: Judged, rows: pd.DataFrame, values: Array, way: str, settings: PipelineSettings) -> "_Sums":
        """Take the riskiest tenth, the riskiest that the team reaches, or as many at the head of the list."""
        capacity = None if way == "tenth" else capacity_of(settings)
        reached, point = 0, np.zeros(2)
        drawn, drawn_total = np.zeros((2, len(judged.counts), 2))
        cutoffs = rows["cutoff"].to_numpy()
        keys = rows["rank"].to_numpy() if way == "rank" else -rows["churn_probability"].to_numpy()
        for cutoff in np.unique(cutoffs):
            places = np.flatnonzero(cutoffs == cutoff)
            order = places[np.argsort(keys[places], kind="stable")]
            most = reach(len(order), capacity)
            reached, point = reached + most, point + values[order[:most]].sum(axis=0)
            here, all_here = first_sums(values[order], judged.codes[order], judged.counts, most)
            drawn, drawn_total = drawn + here, drawn_total + all_here
        return cls(reached, point, values.sum(axis=0), drawn, drawn_total)

    def share(self, column: int, *, per: float = 1.0) -> Metric:
        """Give the first customers' share of one value, over another share, with its interval."""
        if not self.total[column] > 0:
            return Metric(None, note="nobody churned in these rows")
        with np.errstate(divide="ignore", invalid="ignore"):
            low, high = interval(self.drawn[:, column] / self.drawn_total[:, column] / per)
        value = float(self.point[column] / self.total[column] / per)
        return Metric(value, low, high) if np.isfinite(low) else Metric(value, note="no interval")


def first_sums(values: Array, codes: Any, counts: Any, most: int) -> tuple[Array, Array]:
    """Sum values over the first so many rows of each resample, and over all its rows.

    Parameters
    ----------
    values
        One line a row, in the order of the list.
    codes, counts
        The number of each row's customer, and how often each resample holds each customer.

    Examples
    --------
    >>> counts = np.array([[1, 1, 1], [3, 0, 0], [0, 1, 2]])
    >>> first, all_of_it = first_sums(np.array([[1.0], [2.0], [4.0]]), np.arange(3), counts, 2)
    >>> first.ravel().tolist(), all_of_it.ravel().tolist()
    ([3.0, 2.0, 6.0], [7.0, 3.0, 10.0])
    """
    first, everything = [], []
    size = max(1, _CELLS // max(1, len(values)))
    for at in range(0, len(counts), size):
        held = counts[at : at + size][:, codes]
        upto = np.minimum(np.cumsum(held, axis=1), most)
        first.append(np.diff(upto, axis=1, prepend=0) @ values)
        everything.append(held @ values)
    return np.concatenate(first), np.concatenate(everything)


def _line(one: Outcome) -> dict[str, Any]:
    told: dict[str, Any] = {
        "cutoff": one.cutoff,
        "model": one.model,
        "customers": one.customers,
        "churners": one.churners,
        "reached": one.reached,
        "money_pointed_at": one.money_pointed_at,
        "money_lost": one.money_lost,
        "base_rate_log_loss": one.base_rate_log_loss,
    }
    for name, found in one.metrics.items():
        told |= {name: found.value, f"{name}_low": found.low, f"{name}_high": found.high}
    return told
