"""Check and training of a flat source: no cutoffs, so columns are screened and folds judge."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from churnrisk.delivery.files import write_table
from churnrisk.flows.train import TrainResult, nothing
from churnrisk.modeling.registry import Registry
from churnrisk.modeling.tracking import Tracker
from churnrisk.settings import PipelineSettings
from churnrisk.sources.engine import Engine
from churnrisk.sources.flat import FlatTable, read_flat
from churnrisk.training.flat import train_flat
from churnrisk.training.record import record, write_files
from churnrisk.training.screen import ColumnFacts, Screened, names_told, screen
from churnrisk.training.suspects import Finding

REJECTED = "flat.parquet"


@dataclass(frozen=True)
class FlatCheckResult:
    """What was found of a flat source.

    Parameters
    ----------
    columns
        Every column of the file, with its type, gaps, AUC alone, and why no model reads it.
    findings
        What someone should know; open ones must be looked at.
    enough
        Whether there is enough to learn from; ``answer`` says it in a sentence.
    """

    pipeline: str
    customers: int
    churners: int
    unlabelled: int
    columns: list[ColumnFacts]
    findings: list[Finding]
    enough: bool
    answer: str

    @property
    def exit_code(self) -> int:
        """0 when one can learn from the file and nothing is open, else 3."""
        return 3 if not self.enough or any(one.is_open for one in self.findings) else 0


def check(settings: PipelineSettings) -> FlatCheckResult:
    """Read a flat source and report on its columns; nothing but rejects is written."""
    with screened(settings) as found:
        enough, answer = _answer(found, settings)
        return FlatCheckResult(
            pipeline=settings.name,
            customers=len(found.churned),
            churners=int(found.churned.sum()),
            unlabelled=len(found.table.customers) - len(found.churned),
            columns=found.columns,
            findings=found.findings,
            enough=enough,
            answer=answer,
        )


def train(settings: PipelineSettings, now: datetime, *, shuffle_labels: int | None = None) -> TrainResult:
    """Judge the candidates of a flat source by cross-validation; promote the best if it passes the gate.

    Parameters
    ----------
    shuffle_labels
        A seed: labels are shuffled, the registry is left alone, and the verdict should be "no usable signal".
    """
    with screened(settings) as found:
        enough, answer = _answer(found, settings)
        if not enough:
            return nothing(answer)
        if shuffle_labels is not None:
            return _placebo(found, settings, shuffle_labels)
        tracker = Tracker(settings)
        registry = Registry(settings, tracker.store)
        with tracker.training() as tracked:
            before = registry.champion()
            training = train_flat(found, settings)
            folder = write_files(training, training.folder)
            card = record(tracked, registry, training, folder, before=before, now=now)
    champion = registry.champion()
    look = {"model card": card, "pictures and numbers": folder}
    return TrainResult(
        training.contest.verdict.sentence,
        champion is not None,
        champion.version if champion else None,
        training.contest.judged.frame(),
        {what: os.path.relpath(where) for what, where in look.items()}
        | {"MLflow": f"churnrisk ui {os.path.relpath(settings.file)}"},
        judged_on=_judged_on(settings),
        notes=names_told(found.findings),
    )


@contextmanager
def screened(settings: PipelineSettings) -> Iterator[Screened]:
    """Read a flat source and screen its columns; rows set aside are written under the output folder."""
    engine = Engine(settings.engine)
    try:
        table = read_flat(settings, engine)
        write_rejects(table, settings)
        yield screen(table, settings)
    finally:
        engine.close()


def write_rejects(table: FlatTable, settings: PipelineSettings) -> None:
    """Write the rows set aside: customer, reason, line, file; an older file goes where there are none."""
    path = settings.out_folder / "rejected" / REJECTED
    path.unlink(missing_ok=True)
    if len(table.rejects):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_table(table.rejects, path)


def _answer(found: Screened, settings: PipelineSettings) -> tuple[bool, str]:
    need, churners = settings.models.min_churners, int(found.churned.sum())
    if churners < need:
        return (
            False,
            f"Too few churners to learn from: {churners}, and {need} are needed; {need - churners} are missing.",
        )
    return True, f"Enough to learn from: {churners:,} churners among {len(found.churned):,} customers."


def _judged_on(settings: PipelineSettings) -> str:
    return f"out of fold in {settings.validation.folds} folds, not out of time"


def _placebo(found: Screened, settings: PipelineSettings, seed: int) -> TrainResult:
    """Judge on shuffled labels, and write nothing down."""
    shuffled = np.random.default_rng(seed).permutation(found.churned)
    contest = train_flat(found, settings, shuffled).contest
    sentence = f"On shuffled labels: {contest.verdict.sentence}"
    return TrainResult(
        sentence, contest.verdict.released, None, contest.judged.frame(), {}, judged_on=_judged_on(settings)
    )
