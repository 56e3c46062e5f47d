"""Training: from tables to snapshots, from candidates to a verdict, everything recorded."""

import os
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pandas as pd

from churnrisk.flows.opened import opened
from churnrisk.modeling.registry import Registry
from churnrisk.modeling.select import Rows
from churnrisk.modeling.tracking import Tracker
from churnrisk.settings import PipelineSettings
from churnrisk.snapshots.build import Snapshots
from churnrisk.snapshots.plan import count_labels, plan, rows_of, with_shuffled_labels
from churnrisk.snapshots.split import Split
from churnrisk.training.contest import Contest, hold_contest
from churnrisk.training.facts import Training
from churnrisk.training.further import further_sentences
from churnrisk.training.oracle import oracle
from churnrisk.training.record import record, write_files
from churnrisk.training.valued import with_value_kept


@dataclass(frozen=True)
class TrainResult:
    """How a training ended.

    Parameters
    ----------
    sentence
        The verdict.
    released
        Whether a champion stands (new or kept).
    champion
        The version in use afterwards; None while there is none.
    metrics
        One row a model and metric; empty where nothing could be judged.
    look
        Where to look next: what = where.
    judged_on
        Which rows the metrics stand on.
    notes
        What someone must still look at.
    further
        How good the probabilities of further horizons are, a sentence each.
    """

    sentence: str
    released: bool
    champion: int | None
    metrics: pd.DataFrame
    look: dict[str, str]
    judged_on: str = "test cutoffs only"
    notes: list[str] = field(default_factory=list)
    further: list[str] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """0 when a champion stands, 3 when there is none."""
        return 0 if self.released else 3


def run(settings: PipelineSettings, now: datetime, *, shuffle_labels: int | None = None) -> TrainResult:
    """Train, calibrate and judge the candidates of a pipeline; promote the best if it passes the gate.

    Parameters
    ----------
    shuffle_labels
        A seed: labels are shuffled within each cutoff, the registry is left alone, and the verdict should be
        "no usable signal".
    """
    if settings.flat is not None:
        from churnrisk.flows import flat_train

        return flat_train.run(settings, now, shuffle_labels=shuffle_labels)
    with opened(settings, now.date()) as workshop:
        laid = plan(workshop)
        if laid.parts is None:
            return nothing(f"Too little to learn from. {laid.why_not}")
        counts = count_labels(workshop, laid.labelled)
        if counts.churners < settings.models.min_churners:
            return nothing(_too_few(counts.churners, settings))
        parts = laid.parts
        snapshots = workshop.snapshots([*parts.fit, *parts.calibrate, *parts.test])
        if not _judgeable(snapshots, parts):
            return nothing("Too few churners to learn from: one of the sets of cutoffs has none, or nobody stayed.")
        settings = with_value_kept(settings, workshop, [*parts.fit, *parts.calibrate][-1])
        if shuffle_labels is not None:
            shuffled = with_shuffled_labels(snapshots, shuffle_labels)
            return _placebo(_contest(settings, shuffled, parts, counts.churners, None))
        tracker = Tracker(settings)
        registry = Registry(settings, tracker.store)
        with tracker.training() as tracked:
            before = registry.champion()
            contest = _contest(settings, snapshots, parts, counts.churners, before.open() if before else None)
            training = Training(settings, workshop.tables, workshop.choice, parts, snapshots, contest)
            folder = write_files(training, training.folder)
            card = record(tracked, registry, training, folder, before=before, now=now)
        champion = registry.champion()
        look = {"model card": card, "pictures and numbers": folder}
        return TrainResult(
            contest.verdict.sentence,
            champion is not None,
            champion.version if champion else None,
            contest.judged.frame(),
            {what: os.path.relpath(where) for what, where in look.items() if where}
            | {"MLflow": f"churnrisk ui {os.path.relpath(settings.file)}"},
            further=further_sentences(contest.further),
        )


def _placebo(contest: Contest) -> TrainResult:
    """Tell how shuffled labels were judged, and write nothing down."""
    sentence = f"On shuffled labels: {contest.verdict.sentence}"
    return TrainResult(sentence, contest.verdict.released, None, contest.judged.frame(), {})


def _contest(settings: PipelineSettings, snapshots: Snapshots, parts: Split, churners: int, champion: Any) -> Contest:
    columns, test = snapshots.columns, rows_of(snapshots, parts.test)
    later = Rows.of(rows_of(snapshots, parts.calibrate), columns) if parts.calibrate else None
    return hold_contest(
        Rows.of(rows_of(snapshots, parts.fit), columns),
        later,
        test,
        columns,
        settings,
        churners=churners,
        champion=champion,
        oracle=oracle(settings, test[["customer_id", "cutoff"]]),
    )


def _judgeable(snapshots: Snapshots, parts: Split) -> bool:
    """Say whether both those who stayed and those who left stand in each set."""
    sets = [days for days in (parts.fit, parts.calibrate, parts.test) if days]
    return all(rows_of(snapshots, days)["churned"].nunique() == 2 for days in sets)


def _too_few(churners: int, settings: PipelineSettings) -> str:
    need = settings.models.min_churners
    return (
        f"Too few churners to learn from: {churners} in the labelled cutoffs, and {need} are needed. "
        f"{need - churners} are missing; a longer history or a longer horizon brings more."
    )


def nothing(sentence: str) -> TrainResult:
    """Say why there was no training."""
    return TrainResult(sentence, False, None, pd.DataFrame(), {})
