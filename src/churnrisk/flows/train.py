"""Training: from tables to snapshots, from candidates to a verdict, everything recorded."""

import os
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd

from churnrisk.flows.opened import opened
from churnrisk.training.record import TrainingFacts, record, write_figures
from churnrisk.training.contest import Contest, hold_contest
from churnrisk.modeling.registry import Registry
from churnrisk.modeling.select import Rows
from churnrisk.modeling.tracking import Tracker
from churnrisk.settings import PipelineSettings
from churnrisk.snapshots.build import Snapshots, Workshop
from churnrisk.snapshots.plan import count_labels, plan, rows_of, with_shuffled_labels
from churnrisk.snapshots.split import Split
from churnrisk.training.oracle import oracle
from churnrisk.timeline import midnight


@dataclass(frozen=True)
class TrainResult:
    """How a training ended.

    Parameters
    ----------
    sentence
        The verdict.
    champion
        The version in use afterwards; None while there is none.
    metrics
        One row a model and metric; empty where nothing could be judged.
    look
        Where to look next.
    """

    sentence: str
    champion: int | None
    metrics: pd.DataFrame
    look: list[str]

    @property
    def exit_code(self) -> int:
        """0 when a champion stands, 3 when there is none."""
        return 0 if self.champion is not None else 3


def run(settings: PipelineSettings, today: date, *, shuffle_labels: int | None = None) -> TrainResult:
    """Train, calibrate and judge the candidates of a pipeline; promote the best if it passes the gate.

    Parameters
    ----------
    shuffle_labels
        A seed: labels are shuffled within each cutoff, the registry is left alone, and the verdict should be
        "no usable signal".
    """
    with opened(settings, today) as workshop:
        laid = plan(workshop)
        if laid.parts is None:
            return TrainResult(f"Too little to learn from. {laid.why_not}", None, pd.DataFrame(), [])
        parts = laid.parts
        snapshots = workshop.snapshots([*parts.fit, *parts.calibrate, *parts.test])
        counts = count_labels(workshop, laid.labelled)
        if counts.churners < settings.models.min_churners or not _judgeable(snapshots, parts):
            return _too_few(counts.churners, settings)
        if shuffle_labels is not None:
            snapshots = with_shuffled_labels(snapshots, shuffle_labels)
        tracker = Tracker(settings)
        registry = Registry(settings, tracker.store)
        champion = registry.champion() if shuffle_labels is None else None
        contest = _contest(settings, snapshots, parts, counts.churners, champion.open() if champion else None)
        facts = TrainingFacts(settings, workshop.tables, workshop.choice, parts, counts, contest)
        name = "train" if shuffle_labels is None else f"shuffled {shuffle_labels}"
        with tracker.training(name) as tracked:
            folder = write_figures(facts, settings.out_folder / ("train" if shuffle_labels is None else "shuffled"))
            version = record(tracked, registry, facts, keep=champion, register=shuffle_labels is None)
        standing = registry.champion() if shuffle_labels is None else None
        stands = version if shuffle_labels is not None else (standing.version if standing else None)
        return TrainResult(
            contest.verdict.sentence, stands, contest.judged.frame(), _where_to_look(settings, folder, facts)
        )


def _judgeable(snapshots: Snapshots, parts: Split) -> bool:
    """Say whether both those who stayed and those who left stand in each set."""
    sets = [days for days in (parts.fit, parts.calibrate, parts.test) if days]
    return all(rows_of(snapshots, days)["churned"].nunique() == 2 for days in sets)


def _too_few(churners: int, settings: PipelineSettings) -> TrainResult:
    missing = max(settings.models.min_churners - churners, 1)
    sentence = (
        f"Too few churners to learn from: {churners} in the labelled cutoffs, and {settings.models.min_churners} "
        f"are needed. {missing} more, from a longer history or a longer horizon."
    )
    return TrainResult(sentence, None, pd.DataFrame(), [])


def _contest(settings, snapshots: Snapshots, parts: Split, churners: int, champion) -> Contest:
    columns = snapshots.columns
    test = rows_of(snapshots, parts.test)
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


def _where_to_look(settings: PipelineSettings, folder: Path, facts: TrainingFacts) -> list[str]:
    lines = [
        f"model card   {os.path.relpath(facts.card_path)}",
        f"figures      {os.path.relpath(folder)}",
        f"MLflow       make ui (or: churnrisk ui {os.path.relpath(settings.file)})",
    ]
    return lines


__all__ = ["TrainResult", "Workshop", "midnight", "run"]
