"""Candidates against the simple rules and the champion, on cutoffs that none of them has seen."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from churnrisk.features.signal import SIGNALS
from churnrisk.modeling.evaluate import Judged
from churnrisk.modeling.gate import Verdict, judge
from churnrisk.modeling.horizons import FurtherHorizon
from churnrisk.modeling.profit import campaign
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
from churnrisk.scoring.bounds import cut
from churnrisk.scoring.changes import change_cards
from churnrisk.scoring.plain import plain_cards
from churnrisk.scoring.reasons import signal_cards
from churnrisk.scoring.segments import RiskSegmenter
from churnrisk.settings import PipelineSettings
from churnrisk.training.directions import directions
from churnrisk.training.further import FurtherJudged, further_release, judge_further


@dataclass(frozen=True)
class Candidate:
    """One model as it would be released.

    Parameters
    ----------
    segmenter
        Its segments, bounded on the calibration rows.
    further
        The hazards of further horizons, which only the best candidate has.
    bounded_by
        What sets the bounds of its segments, in a sentence.
    """

    fitted: Fitted
    segmenter: RiskSegmenter
    release: Release
    further: tuple[FurtherHorizon, ...] = ()
    bounded_by: str = ""

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
    further
        How the best candidate did at each further horizon, on the test cutoffs that cover it.
    """

    candidates: Mapping[str, Candidate]
    judged: Judged
    verdict: Verdict
    best: Candidate
    rule: str
    test: pd.DataFrame
    refitted: Candidate | None = None
    further: tuple[FurtherJudged, ...] = ()

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
    judged = judged_on(test, settings)
    rule = add_simple_rules(judged, fit, test)
    candidates: dict[str, Candidate] = {name: candidate_of(name, fit, later, settings) for name in models.names}
    for name, one in candidates.items():
        judged.add(name, _probabilities(one.release.model(), test_rows))
    if champion is not None:
        judged.add(CHAMPION, _probabilities(champion, test_rows))
    if oracle is not None:
        judged.add(ORACLE, oracle)
    best = _with_further(candidates[best_of(judged, list(candidates))], fit, later, settings)
    candidates[best.name] = best
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
    further = judge_further(best.name, best.further, _scored(best.release.model(), test_rows), fit, test, settings)
    refitted = None
    if models.refit and verdict.released:
        refitted = _refitted(best.name, [fit, test] if later is None else [fit, later, test], settings)
    shown = _shown(test_rows, judged, further)
    return Contest(candidates, judged, verdict, best, rule.sentence_, shown, refitted, further)


def judged_on(rows: Rows, settings: PipelineSettings) -> Judged:
    """Take the rows on which every model is judged, with the team's capacity and what a campaign costs."""
    return Judged(
        rows.churned,
        rows.customers,
        resamples=settings.models.bootstrap,
        seed=settings.models.seed,
        capacity=reached_of(rows, settings),
        campaign=campaign(settings.economics),
    )


def reached_of(rows: Rows, settings: PipelineSettings) -> int | None:
    """Give how many of these rows the team reaches, its capacity at each cutoff; None where none is said."""
    cutoffs = 1 if rows.cutoffs is None else len(np.unique(rows.cutoffs))
    return min(settings.reached[-1] * cutoffs, len(rows.churned)) if settings.reached else None


def _refitted(name: str, parts: Sequence[Rows], settings: PipelineSettings) -> Candidate:
    """Fit a candidate once more on all rows, calibrated out of fold."""
    everything = Rows.together(parts).thinned(settings.models.max_rows, settings.models.seed)
    return _with_further(candidate_of(name, everything, None, settings), everything, None, settings)


def _shown(test_rows: pd.DataFrame, judged: Judged, further: Sequence[FurtherJudged]) -> pd.DataFrame:
    """Lay every model's probabilities beside the test rows, and those of the best at further horizons."""
    shown = test_rows[["customer_id", "cutoff", "churned"]].reset_index(drop=True)
    shown = shown.assign(**{name.replace(" ", "_"): judged.churn_probability(name) for name in judged.names})
    for horizon in further:
        shown = shown.assign(**horizon.columns())
    return shown


def candidate_of(name: str, fit: Rows, later: Rows | None, settings: PipelineSettings) -> Candidate:
    """Fit and calibrate one candidate, as it would be released."""
    models = settings.models
    fitted = fit_candidate(
        name,
        fit,
        later,
        seed=models.seed,
        method=models.calibration,
        ahead_days=settings.churn.embargo_days,
        directions=directions(settings, fit.X.columns),
    )
    return released_as(fitted, settings)


def released_as(fitted: Fitted, settings: PipelineSettings) -> Candidate:
    """Cut a fitted candidate into segments and put it into plain data."""
    chosen = settings.segments
    found = cut(settings, fitted.calibration_probability, fitted.list_size)
    segmenter = RiskSegmenter(names=chosen.names, shares=found.shares or chosen.shares, bounds=found.bounds)
    segmenter.fit(fitted.calibration_probability.reshape(-1, 1), fitted.calibration_churned)
    release = build_release(
        fitted.estimator,
        fitted.calibration,
        fit_rows=fitted.fit_rows,
        segments=segmenter.to_plain(),
        actions=chosen.actions,
        cards=plain_cards(fitted.fit_rows)
        if settings.flat
        else signal_cards(SIGNALS.values(), list(fitted.fit_rows.columns)),
        pipeline=settings.name,
        version={"model": fitted.name, "calibration": fitted.calibration.kind},
        churn=settings.definition,
        changes=change_cards(SIGNALS.values(), list(fitted.estimator.types_), settings.signals),
    )
    return Candidate(fitted, segmenter, release, bounded_by=found.sentence)


def _with_further(candidate: Candidate, fit: Rows, later: Rows | None, settings: PipelineSettings) -> Candidate:
    """Give a candidate the hazards of further horizons, where there are such."""
    release, further = further_release(candidate.fitted, candidate.release, fit, later, settings)
    return dataclasses.replace(candidate, release=release, further=further)


def _probabilities(model: ReleasedModel, rows: pd.DataFrame) -> np.ndarray:
    return _scored(model, rows)["churn_probability"].to_numpy()


def _scored(model: ReleasedModel, rows: pd.DataFrame) -> pd.DataFrame:
    """Score rows; a column that the tables no longer give counts as missing."""
    absent = {name: (np.nan if kind == "number" else None) for name, kind in model.types.items() if name not in rows}
    return model.score(rows.assign(**absent), reasons=False)
