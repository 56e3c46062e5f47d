"""A night: the champion, the tables, every customer scored, the list written whole or not at all."""

from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from churnrisk.delivery.clock import Clock
from churnrisk.delivery.files import clear_older, fresh_name, whole_folder, write_json
from churnrisk.delivery.log import about
from churnrisk.delivery.manifests import manifest_of
from churnrisk.delivery.places import send
from churnrisk.errors import SettingsError
from churnrisk.flows.night_drift import night_drift
from churnrisk.flows.night_files import (
    MANIFEST,
    PRINTS,
    Facts,
    Lists,
    manifest,
    night_key,
    no_workbook,
    point_at,
    read_lists,
    write_lists,
    written_before,
)
from churnrisk.flows.night_steps import history_of, kept, told
from churnrisk.flows.opened import opened
from churnrisk.flows.refusing import Safety, allowed, counted, told_again
from churnrisk.flows.replay import LATEST, compare, model_for
from churnrisk.flows.watched import ended, watched
from churnrisk.history.old_runs import prune_runs
from churnrisk.history.store import History
from churnrisk.modeling.registry import Registered
from churnrisk.monitoring.drift import FILE as DRIFT
from churnrisk.scoring.ranking import Stamp
from churnrisk.scoring.score import Night, missing_inputs, score_night, segment_counts
from churnrisk.settings import PipelineSettings
from churnrisk.snapshots.build import Workshop
from churnrisk.snapshots.fingerprint import fingerprints
from churnrisk.tables.feedback import troubles
from churnrisk.tables.read import Tables
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

    cutoff: str = LATEST
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
    replaced
        Whether the list that stood before was replaced by this one.
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
    replaced: bool = False
    sent: list[str] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """3 where a replay gave another list than the night had, and that one still stands; else 0."""
        return 3 if self.differs and not self.replaced else 0


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
    with watched(settings, now, asked) as beat:
        if settings.flat is not None:
            from churnrisk.flows import flat_score

            result = flat_score.run(settings, now, asked)
        else:
            result = _night(settings, now, asked)
        result = _handed_over(settings, result, asked)
        ended(beat, result)
        return result


def _handed_over(settings: PipelineSettings, result: ScoreResult, asked: Asked) -> ScoreResult:
    """Hand the lists to the places of ``[delivery]``; a replay goes nowhere."""
    if not asked.send or asked.cutoff != LATEST:
        return result
    with Clock().step("send") as counts:
        sent = send(settings, result.folder, dry_run=asked.dry_run)
        counts["places"] = len(sent)
    return replace(result, sent=sent)


def _night(settings: PipelineSettings, now: datetime, asked: Asked) -> ScoreResult:
    clock = Clock()
    with clock.step("model"):
        release, released, chosen = model_for(settings, asked.cutoff, asked.model, asked.allow_challenger)
        model = release.open()
        safety = Safety(settings, release, model.data["churn"], now=now, cutoff=asked.cutoff, allow=asked.allow)
    with ExitStack() as stack:
        with clock.step("read") as read:
            workshop = stack.enter_context(opened(settings, now.date()))
            read |= counted(workshop.tables.reports)
        day = _day(asked.cutoff, workshop.tables)
        version = f"{release.version}" if released else f"{release.version} (not released)"
        stamp = Stamp(day, _horizon_days(day, settings), version)
        with clock.step("safety") as checked:
            prints = fingerprints(workshop, day)
            inputs, warned = safety.of_tables(workshop, day, prints)
            checked["tables"] = len(inputs)
        history = history_of(settings)
        after = history.run_name(last) if (last := history.before(day)) else None
        name = f"{day}-{night_key(inputs, settings, release, stamp, after)}"
        folder = settings.out_folder / "runs" / name
        about(run=name)
        before = written_before(folder)
        stood = standing_run(settings, asked.cutoff)
        if before and _is_kept(settings, history, day, name, before, stood) and not asked.replace:
            if stood is None or stood == before:
                point_at(settings, day, before)
                clear_older(before)
            return _repeated(settings, before, stamp, stood, warned)
        night = score_night(workshop, model, stamp, clock.step)
        with clock.step("safety"):
            drift, without = night_drift(settings, release.version, night)
            warned += without
            warned += safety.of_customers(workshop, day, night.features["customer_id"])
        found = told(workshop, model, night, day, clock)
        warnings = [*by_hand(release), *chosen, *warned, *_warnings(workshop, model, night)]
        warnings += no_workbook(found.lists, settings.delivery.formats)
    overridden = allowed(asked.allow, released or not asked.allow_challenger)
    facts = Facts(stamp, release, inputs, warnings, overridden, after, prints, drift)
    folder = fresh_name(folder)
    with kept(settings, day, name, found, clock) as keep:
        write_night(folder, found.lists, settings, facts, clock)
        differs = compare(stood, folder) if stood is not None else []
        if not differs or asked.replace:
            keep()
            point_at(settings, day, folder)
            clear_older(folder)
    history.prune(day, settings.history)
    prune_runs(settings.out_folder, day, settings.history.keep_runs_days)
    return result_of(folder, found.lists, stamp, settings, warnings, differs=differs, replaced=asked.replace)


def standing_run(settings: PipelineSettings, cutoff: str) -> Path | None:
    """Give the run whose list stands for a cutoff that was asked for; None where there is none, or for latest."""
    if cutoff == LATEST:
        return None
    link = settings.out_folder / str(parse_day(cutoff, what="cutoff"))
    return link.resolve() if (link / MANIFEST).is_file() else None


def _is_kept(
    settings: PipelineSettings, history: History, day: date, name: str, before: Path, stood: Path | None
) -> bool:
    """Say whether a run was written to its end: history and links are its own, or another night's list stands."""
    return history.run_name(day) == name or (stood is not None and stood != before)


def _repeated(
    settings: PipelineSettings, before: Path, stamp: Stamp, stood: Path | None, warned: list[str]
) -> ScoreResult:
    differs = compare(stood, before) if stood not in (None, before) else []
    warnings = told_again((manifest_of(before) or {}).get("warnings", []), warned)
    return result_of(before, read_lists(before), stamp, settings, warnings, repeated=True, differs=differs)


def write_night(folder: Path, lists: Lists, settings: PipelineSettings, facts: Facts, clock: Clock) -> None:
    """Write a night's files and, last, its manifest; the folder takes its name when all of it is there."""
    with whole_folder(folder) as unfinished:
        with clock.step("delivery"):
            write_lists(unfinished, lists, settings.delivery.formats)
            if facts.prints is not None:
                facts.prints.to_parquet(unfinished / PRINTS, index=False)
            if facts.drift is not None:
                facts.drift.to_parquet(unfinished / DRIFT, index=False)
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


def _day(cutoff: str, tables: Tables) -> date:
    """Find the night's cutoff; beyond the data it would describe silence that is none."""
    first, last = tables.observed_from.date(), tables.complete_to.date()
    day = last if cutoff == LATEST else parse_day(cutoff, what="cutoff")
    if not first < day <= last:
        raise SettingsError(
            f"The cutoff should lie within the data, after {first} and up to {last}, and is {day}. "
            "Name a day between them, or latest."
        )
    return day


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
    if "offers" in workshop.tables:
        found += troubles(workshop.tables.report("offers").findings)
    return found
