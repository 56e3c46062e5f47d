"""Further horizons in a training: fitted for the best candidate, judged where test cutoffs cover them, and told."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from churnrisk.modeling.card import metric_facts
from churnrisk.modeling.evaluate import Judged, Metric
from churnrisk.modeling.horizons import FurtherHorizon, fit_further
from churnrisk.modeling.release import Release, with_horizons
from churnrisk.modeling.select import BASE_RATE, Fitted, Rows, add_simple_rules
from churnrisk.settings import PipelineSettings
from churnrisk.timeline import horizon_days

#: What the card tells of a further horizon.
SHOWN = ("roc_auc", "log_loss", "calibration_slope", "observed_expected")


@dataclass(frozen=True)
class FurtherJudged:
    """How the best candidate did at one further horizon; the gate does not look at it.

    Parameters
    ----------
    note
        How its hazard came about.
    cutoffs
        The test cutoffs that cover it.
    judged
        The model beside base rate and simple rule; None where no test cutoff covers it.
    label, churn_probability
        Of each test row; empty where its cutoff does not cover the horizon.
    """

    days: int
    model: str
    note: str
    cutoffs: list[str]
    judged: Judged | None
    label: pd.Series
    churn_probability: pd.Series

    def columns(self) -> dict[str, pd.Series]:
        """Give label and probabilities as columns beside the test rows."""
        return {f"churned_{self.days}": self.label, f"{self.model}_{self.days}": self.churn_probability}


def further_release(
    fitted: Fitted, release: Release, fit: Rows, later: Rows | None, settings: PipelineSettings
) -> tuple[Release, tuple[FurtherHorizon, ...]]:
    """Fit the hazards of further horizons and put them beside a released model; one horizon changes nothing.

    Parameters
    ----------
    fit, later
        The rows that fitted and calibrated it.
    """
    models = settings.models
    further = fit_further(
        fitted,
        fit,
        later,
        first_days=horizon_days(settings.churn.horizon),
        min_churners=models.min_churners,
        seed=models.seed,
        method=models.calibration,
        ahead_days=settings.churn.embargo_days,
    )
    types: dict[str, str] = {}
    for one in further:
        types |= {} if one.estimator is None else one.estimator.types_
    return with_horizons(release, [one.to_plain() for one in further], types, fitted.fit_rows), further


def judge_further(
    name: str,
    further: Sequence[FurtherHorizon],
    scored: pd.DataFrame,
    fit: Rows,
    test: Rows,
    settings: PipelineSettings,
) -> tuple[FurtherJudged, ...]:
    """Judge the probabilities of each further horizon on the test cutoffs that cover it.

    Parameters
    ----------
    scored
        The test rows as the released model scores them.
    """
    return tuple(_judge(name, one, scored, fit, test, settings) for one in further)


def _judge(
    name: str, one: FurtherHorizon, scored: pd.DataFrame, fit: Rows, test: Rows, settings: PipelineSettings
) -> FurtherJudged:
    label = test.further[one.days]
    known = ~np.isnan(label)
    times = np.asarray(test.cutoffs)
    covered = np.isin(times, times[known])
    chance = scored[f"churn_probability_{one.days}"].to_numpy()
    judged = None
    if known.any():
        rows = _labelled(test, one.days)
        models = settings.models
        judged = Judged(rows.churned, rows.customers, resamples=models.bootstrap, seed=models.seed)
        add_simple_rules(judged, _labelled(fit, one.days), rows)
        judged.add(name, chance[known])
    return FurtherJudged(
        days=one.days,
        model=name,
        note=one.note,
        cutoffs=[str(day)[:10] for day in np.unique(times[known])],
        judged=judged,
        label=pd.Series(label, dtype="Float64").astype("Int64"),
        churn_probability=pd.Series(np.where(covered, chance, np.nan)),
    )


def _labelled(rows: Rows, days: int) -> Rows:
    """Take the rows whose label at a further horizon is known, with that label."""
    known = np.flatnonzero(~np.isnan(rows.further[days]))
    return dataclasses.replace(rows.take(known), churned=rows.further[days][known].astype(np.int64))


def further_sentences(further: Sequence[FurtherJudged]) -> list[str]:
    """Say in one sentence each how good the probabilities of further horizons are."""
    return [_sentence(one) for one in further]


def _sentence(one: FurtherJudged) -> str:
    if one.judged is None:
        return f"Within {one.days} days: not judged, because no test cutoff covers it."
    found, base = one.judged[one.model], one.judged[BASE_RATE]
    cutoffs = "1 test cutoff" if len(one.cutoffs) == 1 else f"{len(one.cutoffs)} test cutoffs"
    return (
        f"Within {one.days} days, on {cutoffs}: AUC {_shown(found['roc_auc'], 3)}, log loss "
        f"{_shown(found['log_loss'], 4)} (base rate {_shown(base['log_loss'], 4)}), "
        f"observed / expected {_shown(found['observed_expected'], 2)}."
    )


def _shown(found: Metric, digits: int) -> str:
    return "unknown" if found.value is None else f"{found.value:.{digits}f}"


def further_metrics(further: Sequence[FurtherJudged]) -> dict[str, Any]:
    """Give every metric at every further horizon as plain data, by days."""
    return {str(one.days): _metrics(one) for one in further}


def _metrics(one: FurtherJudged) -> dict[str, Any]:
    told: dict[str, Any] = {"hazard": one.note, "test_cutoffs": one.cutoffs, "rows": 0, "churners": 0, "models": {}}
    if one.judged is not None:
        told |= {"rows": len(one.judged.churned), "churners": int(one.judged.churned.sum())}
        told["models"] = {
            name: {
                metric: {"value": found.value, "low": found.low, "high": found.high}
                for metric, found in one.judged[name].metrics.items()
            }
            for name in one.judged.names
        }
    return told


def further_facts(further: Sequence[FurtherJudged]) -> list[dict[str, Any]]:
    """Give what the model card tells of each further horizon; ``cells`` is empty where it could not be judged."""
    return [_facts(one) for one in further]


def _facts(one: FurtherJudged) -> dict[str, Any]:
    told: dict[str, Any] = {"days": one.days, "note": one.note, "cutoffs": len(one.cutoffs), "cells": {}}
    if one.judged is None:
        return told
    lines = {line["metric"]: line["cells"] for line in metric_facts(one.judged, [one.model, BASE_RATE])}
    return told | {
        "rows": len(one.judged.churned),
        "observed": float(one.judged.churned.mean()),
        "expected": float(one.judged.churn_probability(one.model).mean()),
        "cells": {metric: lines[metric][0] for metric in SHOWN},
        "base_rate": lines["log_loss"][1],
    }
