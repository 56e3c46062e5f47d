"""A backtest: history replayed cutoff by cutoff, judged by who left later, and written down."""

import os
from dataclasses import dataclass
from datetime import date

import pandas as pd

from churnrisk.errors import ModelError, RefusedError
from churnrisk.flows.opened import opened
from churnrisk.modeling.tracking import Tracker
from churnrisk.settings import PipelineSettings
from churnrisk.snapshots.build import Workshop
from churnrisk.snapshots.known import KnownLabels
from churnrisk.snapshots.plan import plan
from churnrisk.snapshots.split import Split
from churnrisk.snapshots.worth import worth
from churnrisk.training.backtest import Backtest, judge_replays
from churnrisk.training.backtest_facts import backtest_folder, how_many, sentence
from churnrisk.training.backtest_record import record_backtest, write_backtest
from churnrisk.training.replay import Replay, known_days, past_splits, replay
from churnrisk.training.valued import with_value_kept


@dataclass(frozen=True)
class BacktestResult:
    """How a backtest ended.

    Parameters
    ----------
    sentence
        What the lists were worth, or why nothing could be replayed.
    table
        One row a cutoff, and all together last; empty where nothing could be replayed.
    reached
        How many customers of each list count as reached, in words.
    skipped
        Cutoffs that could not be replayed, each with the reason.
    look
        Where to look next: what = where.
    """

    sentence: str
    table: pd.DataFrame
    reached: str
    skipped: dict[date, str]
    look: dict[str, str]

    @property
    def exit_code(self) -> int:
        """0 when something was replayed, else 3."""
        return 3 if self.table.empty else 0


def run(
    settings: PipelineSettings, today: date, *, cutoffs: int | None = None, model: str | None = None
) -> BacktestResult:
    """Replay the newest labelled cutoffs of a pipeline, and judge each list by who left later.

    Parameters
    ----------
    cutoffs
        How many to replay; by default ``[backtest] cutoffs``.
    model
        The one candidate to replay; by default the pipeline's, with the choice made at each cutoff.

    Raises
    ------
    RefusedError
        When the source is flat: it has no history.
    """
    if settings.flat is not None:
        raise RefusedError(
            f"A backtest needs tables with times, and the source of {settings.name!r} is flat: there is no history "
            "to replay. Its cross-validation stands in the model card."
        )
    if model is not None:
        settings = settings.model_copy(update={"models": settings.models.model_copy(update={"names": [model]})})
    with opened(settings, today) as workshop:
        labelled = plan(workshop).labelled
        splits = past_splits(labelled, cutoffs or settings.backtest.cutoffs, settings)
        if not splits:
            return _nothing(settings, {}, f"{_cutoffs(len(labelled))}, and what came before was too short.")
        tracker = Tracker(settings)
        with tracker.training("backtest") as tracked:
            backtest, skipped = _replayed(workshop, splits)
            if backtest is None:
                return _nothing(settings, skipped, "Too little was known at each of them.")
            folder = write_backtest(backtest, backtest_folder(settings))
            card = record_backtest(tracked, backtest, folder)
    look = {"table, lists and picture": folder} | ({"model card": card} if card else {})
    return BacktestResult(
        sentence(backtest),
        backtest.table(),
        how_many(settings),
        skipped,
        {what: os.path.relpath(where) for what, where in look.items()}
        | {"MLflow": f"churnrisk ui {os.path.relpath(settings.file)}"},
    )


def _replayed(workshop: Workshop, splits: list[Split]) -> tuple[Backtest | None, dict[date, str]]:
    """Describe every cutoff once, and replay each one to be judged."""
    judged = [parts.test[0] for parts in splits]
    needed = {day for parts in splits for day in (*known_days(parts), *parts.test)}
    snapshots = workshop.snapshots(sorted(needed), unlabelled=True)
    labels = KnownLabels(workshop, sorted(needed))
    money = worth(workshop, judged)
    replays: list[Replay] = []
    skipped: dict[date, str] = {}
    for parts in splits:
        settings = with_value_kept(workshop.settings, workshop, [*parts.fit, *parts.calibrate][-1])
        try:
            known = labels.at(parts.test[0], known_days(parts))
            replays.append(replay(snapshots, parts, money, settings, known))
        except ModelError as fault:
            skipped[parts.test[0]] = str(fault)
    return (judge_replays(replays, workshop.settings, skipped) if replays else None), skipped


def _cutoffs(number: int) -> str:
    return "There is 1 labelled cutoff" if number == 1 else f"There are {number} labelled cutoffs"


def _nothing(settings: PipelineSettings, skipped: dict[date, str], why: str) -> BacktestResult:
    told = f"Nothing could be replayed. {why} A longer history, or a shorter horizon, allows it."
    return BacktestResult(told, pd.DataFrame(), how_many(settings), skipped, {})
