"""Training on a flat source: columns screened, candidates judged by cross-validation, everything recorded."""

import os
from datetime import datetime

import numpy as np

from churnrisk.flows.flat_check import enough_to_learn, screened
from churnrisk.flows.train import TrainResult, nothing
from churnrisk.modeling.registry import Registry
from churnrisk.modeling.tracking import Tracker
from churnrisk.settings import PipelineSettings
from churnrisk.training.flat import train_flat
from churnrisk.training.record import record, write_files
from churnrisk.training.screen import Screened, names_told


def run(settings: PipelineSettings, now: datetime, *, shuffle_labels: int | None = None) -> TrainResult:
    """Judge the candidates of a flat source by cross-validation; promote the best if it passes the gate.

    Parameters
    ----------
    shuffle_labels
        A seed: labels are shuffled, the registry is left alone, and the verdict should be "no usable signal".
    """
    with screened(settings) as found:
        enough, answer = enough_to_learn(found, settings)
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
