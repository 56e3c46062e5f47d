"""Judges the best model of a training by each protected attribute."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from churnrisk.modeling.fairness import MEANING, Fairness, judge_groups
from churnrisk.settings import PipelineSettings
from churnrisk.tables.read import Tables
from churnrisk.training.contest import Contest

#: Every group has an interval of its own; they cost more than the model's.
MOST_RESAMPLES = 200


def protected_values(tables: Tables, names: list[str]) -> pd.DataFrame:
    """Bring the protected columns of customers: ``customer_id`` and one column an attribute, as they stand today."""
    return tables.engine.rows(tables["customers"].select("customer_id", *names))


def judge_fairness(contest: Contest, settings: PipelineSettings, attributes: pd.DataFrame) -> Fairness:
    """Judge the best model of a contest in each group of each protected attribute, on its test rows.

    Parameters
    ----------
    attributes
        ``customer_id`` and the protected columns, one row a customer.
    """
    protected = list(settings.fairness.protected)
    rows = contest.test[["customer_id"]].merge(
        attributes[["customer_id", *protected]], on="customer_id", how="left", validate="m:1"
    )
    return judge_groups(
        contest.judged,
        contest.best.name,
        rows[protected],
        listed=_listed(contest, settings),
        resamples=min(settings.models.bootstrap, MOST_RESAMPLES),
        seed=settings.models.seed,
    )


def _listed(contest: Contest, settings: PipelineSettings) -> np.ndarray | None:
    """Say which test rows the list would have held; None where the segments do not differ."""
    segmenter = contest.best.segmenter
    if not segmenter.usable_:
        return None
    member = segmenter.predict(contest.judged.churn_probability(contest.best.name).reshape(-1, 1))
    standing = [one["name"] for one in contest.best.release.data["segments"]]
    return np.isin(member, settings.list.segments or standing[:-1])


def fairness_facts(found: Fairness | None, settings: PipelineSettings) -> dict[str, Any]:
    """Give what the model card tells of each group, numbers as text; empty where no attribute is declared.

    Examples
    --------
    >>> fairness_facts(None, PipelineSettings())["groups"]
    []
    """
    if found is None:
        return {"sentence": "", "kept_out": [], "groups": []}
    groups = []
    for line in found.as_dict()["groups"]:
        cells = {metric: _cell(line, metric, "{:.3f}" if metric == "log_loss" else "{:.2f}") for metric in MEANING}
        shares = ("selected_top_10", "capture_top_10", "false_negative_rate")
        groups.append(line | cells | {metric: _cell(line, metric, "{:.0%}") for metric in shares})
    return {"sentence": found.sentence, "kept_out": settings.fairness.kept_out, "groups": groups}


def _cell(line: Mapping[str, Any], metric: str, written: str) -> str:
    """Write a number with its interval."""
    value, low, high = (line[f"{metric}{end}"] for end in ("", "_low", "_high"))
    if value is None:
        return "–"
    spread = "" if low is None or high is None else f" ({written.format(low)} to {written.format(high)})"
    return written.format(value) + spread
