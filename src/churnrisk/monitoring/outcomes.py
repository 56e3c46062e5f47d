"""What came true of one night's list, once its horizon has passed."""

from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from churnrisk.labels.churned import LEFT_OUT
from churnrisk.modeling.metrics import top_count
from churnrisk.modeling.wilson import wilson
from churnrisk.monitoring.clustered import Array, Figure, auc, log_losses, mean, observed_expected, ratio
from churnrisk.scoring.ranking import ranked
from churnrisk.settings import PipelineSettings
from churnrisk.snapshots.build import Workshop

#: The part of a night that is all of it; other parts are segments.
ALL = "all"
#: Name = share of the riskiest customers.
TOPS = {"top_1": 0.01, "top_5": 0.05, "top_10": 0.10}
TENTH = 0.1


def came_true(workshop: Workshop, day: date) -> pd.DataFrame:
    """Give the labels of a cutoff by the pipeline's definition of churn: customer_id, churned, left_out."""
    labels = workshop.labels(workshop.standing([day]), [day])
    return workshop.engine.rows(labels.select("customer_id", "churned", "left_out"))


def with_truth(scores: pd.DataFrame, labels: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, int]]:
    """Put labels beside a night's scores; who has none is counted and left out.

    Parameters
    ----------
    scores
        Who was scored: customer_id, churn_probability, segment, mrr, expected_loss.
    labels
        By `came_true`.

    Returns
    -------
    The rows with a label, in the order of customer_id, and reason = customers without one.

    Examples
    --------
    >>> scores = pd.DataFrame({"customer_id": ["b", "a", "c"], "churn_probability": [0.2, 0.1, 0.3]})
    >>> labels = pd.DataFrame({"customer_id": ["a", "b"], "churned": [0, None], "left_out": [None, "competing"]})
    >>> rows, without = with_truth(scores, labels)
    >>> rows[["customer_id", "churned"]].values.tolist()
    [['a', 0.0]]
    >>> without
    {'ended for a reason that is neither churn nor a stay': 1, 'not at risk in the tables as they are now': 1}
    """
    known = scores[scores["churn_probability"].notna()]
    rows = known.merge(labels, on="customer_id", how="left", validate="1:1").sort_values("customer_id")
    why = rows["left_out"].map(LEFT_OUT).fillna("not at risk in the tables as they are now")
    gone = rows["churned"].isna()
    without = {str(reason): int(number) for reason, number in why[gone].value_counts().sort_index().items()}
    kept = rows[~gone].drop(columns="left_out").reset_index(drop=True)
    return kept.assign(churned=kept["churned"].astype("float64")), without


def reach_of(settings: PipelineSettings, customers: int) -> int:
    """Say how many customers of a list the team reaches: its capacity, else the tenth.

    Examples
    --------
    >>> reach_of(PipelineSettings(), 1200), reach_of(PipelineSettings(team={"capacity_per_day": 2}), 1200)
    (120, 40)
    """
    capacity = settings.backtest.capacity or max(settings.reached, default=None)
    return top_count(customers, TENTH) if capacity is None else min(capacity, customers)


def outcome_rows(rows: pd.DataFrame, settings: PipelineSettings, base_rate: float | None) -> list[dict[str, Any]]:
    """Judge one night by who left: a line for all of it, and one for each segment.

    Parameters
    ----------
    rows
        By `with_truth`; not empty.
    base_rate
        The churn rate of the training, given to everyone; None where it is not known.

    Returns
    -------
    Lines with part, customers, churners, expected, observed_expected, money and, for all of it, log loss, AUC, lift
    and capture; each interval has the endings _low and _high.
    """
    lines = [_line(ALL, rows, settings) | _whole(rows, settings, base_rate)]
    segments = [name for name in settings.segments.names if (rows["segment"] == name).any()]
    return [*lines, *(_line(name, rows[rows["segment"] == name], settings) for name in segments)]


def _line(part: str, rows: pd.DataFrame, settings: PipelineSettings) -> dict[str, Any]:
    """Count a part, and hold what came beside what was promised, in customers and in money."""
    churned, probability = _arrays(rows)
    codes = np.arange(len(rows))
    lost, expected = _money(rows, settings)
    has_money = bool(rows["mrr"].notna().any())
    return {
        "part": part,
        "customers": len(rows),
        "churners": int(churned.sum()),
        "expected": round(float(probability.sum()), 2),
        **_told("observed_expected", observed_expected(churned, probability, codes)),
        "money_expected": round(float(expected.sum()), 2) if has_money else None,
        "money_lost": round(float(lost.sum()), 2) if has_money else None,
        **_told("money_ratio", ratio(lost, expected, codes) if has_money else Figure()),
    }


def _whole(rows: pd.DataFrame, settings: PipelineSettings, base_rate: float | None) -> dict[str, Any]:
    churned, probability = _arrays(rows)
    codes = np.arange(len(rows))
    loss = log_losses(churned, probability)
    told: dict[str, Any] = {"churn_rate": float(churned.mean()), "log_loss": float(loss.mean())}
    if base_rate is not None:
        simple = log_losses(churned, np.full(len(rows), base_rate))
        told |= {"base_rate_log_loss": float(simple.mean()), **_told("gain", mean(simple - loss, codes))}
    told |= _told("roc_auc", auc(churned, probability, codes))
    riskiest = np.argsort(-probability, kind="stable")
    for name, share in TOPS.items():
        told |= _held(name, churned, riskiest[: top_count(len(rows), share)])
    reached = reach_of(settings, len(rows))
    told |= {"reached": reached, **_held("at_capacity", churned, riskiest[:reached])}
    head = ranked(rows, settings.list).head(reached)
    told |= {"capture_on_list": _share(head["churned"].sum(), churned.sum())}
    lost, _ = _money(head, settings)
    everything = _money(rows, settings)[0].sum()
    return told | {"money_share": _share(lost.sum(), everything) if rows["mrr"].notna().any() else None}


def _held(name: str, churned: Array, first: Any) -> dict[str, Any]:
    """Give capture and lift of some first customers; chance moves who of the churners is among them."""
    total, part = float(churned.sum()), len(first) / len(churned)
    if not total:
        return {f"{what}_{name}{end}": None for what in ("capture", "lift") for end in ("", "_low", "_high")}
    value = float(churned[first].sum()) / total
    low, high = (float(end[0]) for end in wilson(np.array([value]), np.array([total])))
    found = Figure(value, low, high)
    return _told(f"capture_{name}", found) | _told(f"lift_{name}", Figure(value / part, low / part, high / part))


def _money(rows: pd.DataFrame, settings: PipelineSettings) -> tuple[Array, Array]:
    """Give each customer's money lost (MRR x months, of who left) and expected to be lost."""
    mrr, expected = (np.nan_to_num(rows[name].to_numpy(dtype=np.float64)) for name in ("mrr", "expected_loss"))
    return rows["churned"].to_numpy(dtype=np.float64) * mrr * settings.economics.months_at_stake, expected


def _arrays(rows: pd.DataFrame) -> tuple[Array, Array]:
    return rows["churned"].to_numpy(dtype=np.float64), rows["churn_probability"].to_numpy(dtype=np.float64)


def _share(part: float, whole: float) -> float | None:
    return round(float(part / whole), 6) if whole > 0 else None


def _told(name: str, found: Figure) -> dict[str, float | None]:
    """Give a figure under its names; empty where it is not known."""
    ends = {"": found.value, "_low": found.low, "_high": found.high}
    return {f"{name}{end}": round(number, 6) if np.isfinite(number) else None for end, number in ends.items()}
