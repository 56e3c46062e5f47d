"""What a training has to tell: plain data for the model card, MLflow and the files beside them."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from churnrisk.features.build import Choice
from churnrisk.features.signal import SIGNALS
from churnrisk.modeling.card import LIMITS, churn_facts, metric_facts, part_facts
from churnrisk.modeling.explain import signal_strengths
from churnrisk.modeling.fairness import Fairness
from churnrisk.modeling.profit import profit_sentence
from churnrisk.modeling.reliability import churn_by_group, reliability
from churnrisk.modeling.select import CHAMPION, ORACLE, Rows
from churnrisk.settings import PipelineSettings
from churnrisk.snapshots.build import Snapshots
from churnrisk.snapshots.plan import rows_of
from churnrisk.snapshots.split import Split
from churnrisk.tables.read import Tables
from churnrisk.training.backtest_facts import card_block
from churnrisk.training.contest import Contest
from churnrisk.training.fairness import fairness_facts, judge_fairness, protected_values
from churnrisk.training.further import further_facts, further_metrics
from churnrisk.training.stability import Overlap, stability

SHOWN_SIGNALS = 15
NOBODY = "No version is in use."


@dataclass(frozen=True)
class Training:
    """Everything of one training that is written down."""

    settings: PipelineSettings
    tables: Tables
    choice: Choice
    parts: Split
    snapshots: Snapshots
    contest: Contest

    @cached_property
    def fairness(self) -> Fairness | None:
        """The best model judged by each protected attribute; None where none is declared."""
        names = list(self.settings.fairness.protected)
        return judge_fairness(self.contest, self.settings, protected_values(self.tables, names)) if names else None

    @cached_property
    def stability(self) -> list[Overlap]:
        """How alike the riskiest tenths of other trainings are; empty where nothing is to be measured."""
        models, best = self.settings.models, self.contest.best
        if not models.stability or not self.parts.test:
            return []
        fit = Rows.of(rows_of(self.snapshots, self.parts.fit), self.snapshots.columns)
        test = rows_of(self.snapshots, self.parts.test)
        return stability(best.fitted.estimator, fit.thinned(models.max_rows, models.seed), test, seed=models.seed)

    @property
    def folder(self) -> Path:
        """Where this training's files go."""
        return self.settings.out_folder / "train"

    @property
    def judged_as(self) -> str:
        """The prefix of its metrics in MLflow."""
        return "test"

    def on_the_card(self, facts: dict[str, Any]) -> dict[str, Any]:
        """Say what the card of this kind of training tells otherwise."""
        return facts

    def in_metrics(self, facts: dict[str, Any]) -> dict[str, Any]:
        """Say what metrics.json of this kind of training tells otherwise."""
        return facts


def card_facts(
    training: Training,
    *,
    version: int | None,
    champion: int | None,
    run_id: str,
    commit: str,
    in_use: str = NOBODY,
) -> dict[str, Any]:
    """Gather what the model card tells.

    Parameters
    ----------
    version
        The registered version; None where nothing was registered.
    champion
        The version in use before this training.
    in_use
        Which version is in use after it, since when and why.
    """
    contest, settings = training.contest, training.settings
    best = contest.best
    names = [name for name in contest.judged.names if name != ORACLE]
    names += [ORACLE] if ORACLE in contest.judged.names else []
    facts = {
        "pipeline": settings.name,
        "model": best.name,
        "version": version,
        "verdict": contest.verdict.as_dict(),
        "in_use": in_use,
        "churn": churn_facts(settings.churn),
        "backtest": card_block(settings),
        "data": _data(training),
        "split": _split_sentence(training),
        "resamples": settings.models.bootstrap,
        "models": names,
        "metrics": metric_facts(contest.judged, names),
        "simple_rule": contest.rule,
        "champion": champion if CHAMPION in contest.judged.names else None,
        "oracle": ORACLE in contest.judged.names,
        "horizons": further_facts(contest.further),
        "calibration": best.fitted.calibration.told,
        "reliability": reliability(contest.judged, best.name).to_dict("records"),
        "profit": profit_sentence(settings.economics),
        "bounded_by": " ".join([best.bounded_by, *best.segmenter.merged_]),
        "segments": segment_facts(training),
        "fairness": fairness_facts(training.fairness, settings),
        "stability": [one.sentence for one in training.stability],
        "signals": _signals(training),
        "limits": [*LIMITS, _as_judged(training)],
        "use": [
            f"`churnrisk score {settings.file.name}` writes tonight's list.",
            "The released model is `model.json` with `churn_model.py` beside it; it scores without this package.",
        ],
        "commit": commit,
        "seed": settings.models.seed,
        "run": run_id,
    }
    return training.on_the_card(facts)


def _data(training: Training) -> list[dict[str, Any]]:
    parts = {"fit": training.parts.fit, "calibration": training.parts.calibrate, "test": training.parts.test}
    return [part_facts(name, days, rows_of(training.snapshots, days)) for name, days in parts.items()]


def _split_sentence(training: Training) -> str:
    days = training.settings.churn.embargo_days
    told = f"Between two sets lie at least {days} days, so that every label was known before the next set began."
    if training.contest.best.fitted.out_of_fold:
        told += " Too few cutoffs remain for a set of its own to calibrate: out-of-fold probabilities of the fit"
        told += " cutoffs do it, with folds by customer."
    return told


def segment_facts(training: Training) -> list[dict[str, Any]]:
    """Give each segment with its bound, and expected and observed churn on the test cutoffs, riskiest first."""
    best, judged = training.contest.best, training.contest.judged
    if not best.segmenter.usable_:
        return []
    member = best.segmenter.predict(judged.churn_probability(best.name).reshape(-1, 1))
    found = churn_by_group(judged, best.name, member).set_index("group")
    facts = []
    for one in best.release.data["segments"]:
        row = found.loc[one["name"]] if one["name"] in found.index else None
        facts.append(
            {
                "name": one["name"],
                "bound": one["lower_bound"],
                "customers": 0 if row is None else int(row["rows"]),
                "expected": None if row is None else float(row["expected"]),
                "observed": None if row is None else float(row["observed"]),
                "observed_low": None if row is None else float(row["observed_low"]),
                "observed_high": None if row is None else float(row["observed_high"]),
                "action": one["action"],
            }
        )
    return facts


def _as_judged(training: Training) -> str:
    if training.contest.refitted is None:
        return "It was judged as it stands; it was not fitted again on the test cutoffs."
    return (
        "It was fitted once more on all labelled cutoffs after it was judged (refit = true): the figures above are "
        "those of the model before, and nobody has judged the one that is released."
    )


def _signals(training: Training) -> list[dict[str, Any]]:
    best = training.contest.best
    strengths = signal_strengths(best.fitted.estimator, best.fitted.fit_rows)
    strengths = strengths[strengths["mean_share"] > 0].head(SHOWN_SIGNALS)
    return [
        {
            "name": name,
            "group": SIGNALS[name].group if name in SIGNALS else "attribute",
            "direction": (SIGNALS[name].raises_risk if name in SIGNALS else None) or "–",
            "strength": float(strength),
        }
        for name, strength in zip(strengths["column"], strengths["mean_share"], strict=True)
    ]


def example_rows(training: Training, rows: int = 5) -> pd.DataFrame:
    """Take a few rows of features for MLflow, without anything that names a customer."""
    best = training.contest.released
    names = best.release.column_names
    return best.fitted.fit_rows[names].head(rows).reset_index(drop=True)


def metrics_json(training: Training) -> dict[str, Any]:
    """Give every metric of every model with its interval, and the verdict."""
    judged = training.contest.judged
    facts = {
        "pipeline": training.settings.name,
        "best": training.contest.best.name,
        "verdict": training.contest.verdict.as_dict(),
        "test_cutoffs": [str(day) for day in training.parts.test],
        "calibration": training.contest.best.fitted.calibration.as_dict(),
        "rows": len(judged.churned),
        "churners": int(judged.churned.sum()),
        "models": {
            name: {
                metric: {"value": found.value, "low": found.low, "high": found.high}
                for metric, found in judged[name].metrics.items()
            }
            for name in judged.names
        },
        "horizons": further_metrics(training.contest.further),
        "profit": profit_sentence(training.settings.economics),
        "segments_bounded_by": training.contest.best.bounded_by,
        "segments": segment_facts(training),
        "fairness": training.fairness.as_dict() if training.fairness else None,
        "stability": [one.as_dict() for one in training.stability],
    }
    return training.in_metrics(facts)


def top_tenth_ratio(training: Training) -> float:
    """Observed over expected churn in the riskiest tenth of the test rows, by the best model."""
    judged, name = training.contest.judged, training.contest.best.name
    p = judged.churn_probability(name)
    top = np.argsort(-p, kind="stable")[: max(1, len(p) // 10)]
    return float(judged.churned[top].sum() / p[top].sum())
