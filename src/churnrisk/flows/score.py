"""A night: the champion, the tables, every customer scored, the list written whole or not at all."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from churnrisk.delivery.clock import Clock
from churnrisk.delivery.files import whole_folder, write_json
from churnrisk.errors import RefusedError, SettingsError
from churnrisk.flows.definition import refuse_other_definition
from churnrisk.flows.night_files import (
    MANIFEST,
    Facts,
    Lists,
    lists_of,
    manifest,
    night_key,
    point_at,
    read_lists,
    write_lists,
    written_before,
)
from churnrisk.flows.opened import opened
from churnrisk.modeling.registry import Registered, Registry
from churnrisk.scoring.ranking import Stamp
from churnrisk.scoring.score import Night, missing_inputs, score_night, segment_counts
from churnrisk.settings import PipelineSettings
from churnrisk.snapshots.build import Workshop
from churnrisk.tables.read import Tables
from churnrisk.tables.report import TableReport
from churnrisk.timeline import horizon_end, parse_day
from churnrisk.training.versions import night_warning


@dataclass(frozen=True)
class Asked:
    """What was asked of a night.

    Parameters
    ----------
    cutoff
        A day, or ``latest``: the midnight after the newest event in the tables.
    model
        A version to score with, in place of the champion of that night.
    allow_challenger
        Score with a model that was not released, and mark every row so.
    replace
        Write again what was written before.
    allow
        Codes of refusals to override.
    send
        Hand the lists to the places of ``[delivery]``.
    dry_run
        Say what would be handed over, and hand nothing over.
    """

    cutoff: str = "latest"
    model: int | None = None
    allow_challenger: bool = False
    replace: bool = False
    allow: frozenset[str] = frozenset()
    send: bool = True
    dry_run: bool = False


@dataclass(frozen=True)
class ScoreResult:
    """What a night wrote.

    Parameters
    ----------
    folder
        The run's folder.
    counts
        Customers in each list.
    segments
        Customers, mean probability and money at stake in each segment.
    first
        The first ten rows of the list.
    warnings
        What someone should know of this night.
    repeated
        Whether the same night had been written before, and was left as it is.
    differs
        A replay that gave something else than the night had: in which tables, and how many ranks moved.
    sent
        Where the lists were handed over, in words.
    """

    folder: Path
    cutoff: date | None
    model_version: str
    counts: dict[str, int]
    segments: pd.DataFrame
    first: pd.DataFrame
    warnings: list[str] = field(default_factory=list)
    repeated: bool = False
    differs: list[str] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """3 where a replay gave another list than the night had, else 0."""
        return 3 if self.differs else 0


def run(settings: PipelineSettings, now: datetime, asked: Asked | None = None) -> ScoreResult:
    """Score every customer present at a cutoff and write the night's files.

    Parameters
    ----------
    now
        The clock, in UTC.

    Raises
    ------
    RefusedError
        When there is no champion, it was trained for another definition of churn, another run has the lock, or the
        tables are not what a night may be made of.
    DeliveryError
        When lists could not be handed over; they are written by then, and handed over by the next run.
    """
    asked = asked or Asked()
    if settings.flat is not None:
        from churnrisk.flows import flat_score

        return flat_score.run(settings, asked)
    clock = Clock()
    with clock.step("model"):
        release, released = model_in_use(settings, asked.allow_challenger)
        model = release.open()
        refuse_other_definition(model.data["churn"], settings, release.version)
    with ExitStack() as stack:
        with clock.step("read"):
            workshop = stack.enter_context(opened(settings, now.date()))
        day = _day(asked.cutoff, workshop.tables)
        version = f"{release.version}" if released else f"{release.version} (not released)"
        stamp = Stamp(day, _horizon_days(day, settings), version)
        inputs = inputs_of(workshop.tables.reports)
        name = f"{day}-{night_key(inputs, settings, release, stamp)}"
        folder = settings.out_folder / "runs" / name
        if (before := written_before(folder)) and not asked.replace:
            point_at(settings, day, before)
            return result_of(before, read_lists(before), stamp, settings, _told_before(before), repeated=True)
        night = score_night(workshop, model, stamp, clock.step)
        warnings = [*by_hand(release), *_warnings(workshop, model, night)]
        lists = lists_of(night)
        facts = Facts(stamp, release, inputs, warnings)
        write_night(folder, lists, settings, facts, clock)
    point_at(settings, day, folder)
    return result_of(folder, lists, stamp, settings, warnings)


def write_night(folder: Path, lists: Lists, settings: PipelineSettings, facts: Facts, clock: Clock) -> None:
    """Write a night's files and, last, its manifest; the folder takes its name when all of it is there."""
    with whole_folder(folder) as unfinished:
        with clock.step("delivery"):
            write_lists(unfinished, lists)
        write_json(manifest(lists, settings, facts, clock.steps), unfinished / MANIFEST)


def result_of(
    folder: Path, lists: Lists, stamp: Any, settings: PipelineSettings, warnings: list[str], **more: Any
) -> ScoreResult:
    """Tell what a run's folder holds."""
    segments = segment_counts(lists["scores"], settings.segments.names)
    first = lists["at_risk"].head(10)
    return ScoreResult(
        folder, stamp.cutoff, stamp.model_version, lists.counts, segments, first, list(warnings), **more
    )


def inputs_of(reports: Sequence[TableReport]) -> list[dict[str, Any]]:
    """Say what each table held."""
    return [
        {"table": one.name, "rows": one.rows_used, "set_aside": one.rows_set_aside, "fingerprint": one.fingerprint}
        for one in reports
    ]


def _told_before(folder: Path) -> list[str]:
    import json

    return list(json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["warnings"])


def _day(cutoff: str, tables: Tables) -> date:
    """Find the night's cutoff; beyond the data it would describe silence that is none."""
    first, last = tables.observed_from.date(), tables.complete_to.date()
    day = last if cutoff == "latest" else parse_day(cutoff, what="cutoff")
    if not first < day <= last:
        raise SettingsError(
            f"The cutoff should lie within the data, after {first} and up to {last}, and is {day}. "
            "Name a day between them, or latest."
        )
    return day


def model_in_use(settings: PipelineSettings, allow_challenger: bool) -> tuple[Registered, bool]:
    """Find the champion; with leave, the challenger where there is none."""
    registry = Registry(settings)
    champion = registry.champion()
    if champion is not None:
        return champion, True
    challenger = registry.challenger() if allow_challenger else None
    if challenger is not None:
        return challenger, False
    raise RefusedError(
        f"There is no champion for the pipeline {settings.name!r}: no model has passed the gate. "
        f"Train one: churnrisk train {settings.file.name}. If training said why it refused, mend that first."
    )


def _horizon_days(day: date, settings: PipelineSettings) -> int:
    churn = settings.churn
    return (horizon_end(day, 0, churn.horizon) - day).days


def by_hand(release: Registered) -> list[str]:
    """Say that the champion was promoted against the gate, where it was."""
    told = night_warning(release.version, release.tags)
    return [told] if told else []


def _warnings(workshop: Workshop, model: Any, night: Night) -> list[str]:
    found = []
    gone = missing_inputs(workshop, model)
    if gone:
        told = "1 signal is" if len(gone) == 1 else f"{len(gone)} signals are"
        found.append(f"{told} off now that the model reads, and counted as missing: {', '.join(gone)}.")
    if len(night.scores) and not night.scores["mrr"].notna().any():
        found.append("There is no MRR in these tables: the list is ranked by churn_probability.")
    return found
