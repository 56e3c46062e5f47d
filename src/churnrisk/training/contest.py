"""Candidates against the simple rules and the champion, on cutoffs that none of them has seen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from churnrisk.features.signal import SIGNALS
from churnrisk.modeling.evaluate import Judged
from churnrisk.modeling.gate import Verdict, judge
from churnrisk.modeling.release import Release, build_release
from churnrisk.modeling.released.churn_model import ReleasedModel
from churnrisk.modeling.select import (
    BASE_RATE,
    CHAMPION,
    ORACLE,
    SIMPLE_RULE,
    Fitted,
    Rows,
    add_simple_rules,
    best_of,
    fit_candidate,
)
from churnrisk.scoring.changes import change_cards
from churnrisk.scoring.reasons import signal_cards
from churnrisk.scoring.segments import RiskSegmenter
from churnrisk.settings import PipelineSettings


@dataclass(frozen=True)
class Candidate:
    """One model as it would be released.

    Parameters
    ----------
    segmenter
        Its segments, bounded on the calibration rows.
    """

    fitted: Fitted
    segmenter: RiskSegmenter
    release: Release

    @property
    def name(self) -> str:
        """The model's name."""
        return self.fitted.name


@dataclass(frozen=True)
class Contest:
    """Everything that came of judging candidates.

    Parameters
    ----------
    judged
        All of them, and the simple rules, on the same rows and resamples.
    best
        The candidate with the lowest log loss on the test cutoffs.
    test
        The test rows with one column of probabilities a model.
    refitted
        The best candidate fitted once more on all labelled cutoffs, where the settings ask for it; else None.
    """

    candidates: Mapping[str, Candidate]
    judged: Judged
    verdict: Verdict
    best: Candidate
    rule: str
    test: pd.DataFrame
    refitted: Candidate | None = None

    @property
    def released(self) -> Candidate:
        """What leaves the house: the candidate that was judged, unless it was fitted once more."""
        return self.refitted or self.best


def hold_contest(
    fit: Rows,
    later: Rows | None,
    test_rows: pd.DataFrame,
    columns: Sequence[str],
    settings: PipelineSettings,
    *,
    churners: int,
    champion: ReleasedModel | None = None,
    oracle: np.ndarray | None = None,
) -> Contest:
    """Fit, calibrate and judge every candidate of a pipeline; pass the best through the gate.

    Parameters
    ----------
    fit, later
        Rows that fit and rows that calibrate (None where too few cutoffs remain).
    test_rows
        The snapshot's rows of the test cutoffs.
    columns
        The features.
    churners
        Churners in all labelled cutoffs.
    oracle
        The true probabilities of the test rows, where a simulation knows them.
    """
    models = settings.models
    fit = fit.thinned(models.max_rows, models.seed)
    test = Rows.of(test_rows, columns)
    judged = Judged(test.churned, test.customers, resamples=models.bootstrap, seed=models.seed)
    rule = add_simple_rules(judged, fit, test)
    candidates: dict[str, Candidate] = {name: candidate_of(name, fit, later, settings) for name in models.names}
    for name, one in candidates.items():
        judged.add(name, _probabilities(one.release.model(), test_rows))
    if champion is not None:
        judged.add(CHAMPION, _probabilities(champion, test_rows))
    if oracle is not None:
        judged.add(ORACLE, oracle)
    best = candidates[best_of(judged, list(candidates))]
    verdict = judge(
        judged,
        best.name,
        base_rate=BASE_RATE,
        simple_rule=SIMPLE_RULE,
        champion=CHAMPION if champion is not None else None,
        segments=best.segmenter.predict(judged.churn_probability(best.name).reshape(-1, 1)),
        segments_merged=not best.segmenter.usable_,
        churners=churners,
        min_churners=models.min_churners,
        settings=settings.gate,
        seed=models.seed,
    )
    shown = test_rows[["customer_id", "cutoff", "churned"]].reset_index(drop=True)
    refitted = None
    if models.refit and verdict.released:
        everything = Rows.together([fit, later, test] if later is not None else [fit, test])
        refitted = candidate_of(best.name, everything.thinned(models.max_rows, models.seed), None, settings)
    return Contest(candidates, judged, verdict, best, rule.sentence_, shown.assign(**_columns(judged)), refitted)


def _columns(judged: Judged) -> dict[str, np.ndarray]:
    return {name.replace(" ", "_"): judged.churn_probability(name) for name in judged.names}


def candidate_of(name: str, fit: Rows, later: Rows | None, settings: PipelineSettings) -> Candidate:
    """Fit and calibrate one candidate, as it would be released."""
    fitted = fit_candidate(name, fit, later, seed=settings.models.seed)
    return released_as(fitted, settings)


def released_as(fitted: Fitted, settings: PipelineSettings) -> Candidate:
    """Cut a fitted candidate into segments and put it into plain data."""
    chosen = settings.segments
    segmenter = RiskSegmenter(names=chosen.names, shares=chosen.shares, bounds=chosen.bounds or None)
    segmenter.fit(fitted.calibration_probability.reshape(-1, 1), fitted.calibration_churned)
    release = build_release(
        fitted.estimator,
        fitted.calibration,
        fit_rows=fitted.fit_rows,
        segments=segmenter.to_plain(),
        actions=chosen.actions,
        cards=signal_cards(SIGNALS.values(), list(fitted.fit_rows.columns)),
        pipeline=settings.name,
        version={"model": fitted.name, "calibration": fitted.calibration.kind},
        churn=settings.churn.definition,
        changes=change_cards(SIGNALS.values(), list(fitted.estimator.types_), settings.signals),
    )
    return Candidate(fitted, segmenter, release)


def _probabilities(model: ReleasedModel, rows: pd.DataFrame) -> np.ndarray:
    """Score rows; a column that the tables no longer give counts as missing."""
    absent = {name: (np.nan if kind == "number" else None) for name, kind in model.types.items() if name not in rows}
    return model.score(rows.assign(**absent), reasons=False)["churn_probability"].to_numpy()
