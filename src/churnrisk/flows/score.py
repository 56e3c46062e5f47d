"""A night: the champion, the tables, every customer scored, the list written whole or not at all."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from churnrisk.delivery.clock import Clock
from churnrisk.delivery.files import clear_older, fresh_name, whole_folder, write_json
from churnrisk.delivery.log import about
from churnrisk.delivery.manifests import manifest_of
from churnrisk.delivery.places import send
from churnrisk.errors import SettingsError
from churnrisk.flows.asked import Asked, ScoreResult
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
from churnrisk.flows.night_steps import Told, history_of, kept, told
from churnrisk.flows.opened import opened
from churnrisk.flows.refusing import Safety, allowed, counted, told_again
from churnrisk.flows.replay import LATEST, compare, model_for, standing_run
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
    slot = _Slot(day, name, stood, asked.replace)
    with kept(settings, day, name, found, clock) as keep:
        differs = _put(settings, folder := fresh_name(folder), found, facts, clock, slot, keep)
    return result_of(folder, found.lists, stamp, settings, warnings, differs=differs, replaced=asked.replace)


@dataclass(frozen=True)
class _Slot:
    """Where a night belongs: its cutoff and name, the run that stands there, and whether that may be replaced."""

    day: date
    name: str
    stood: Path | None
    replaced: bool


def _put(
    settings: PipelineSettings,
    folder: Path,
    found: Told,
    facts: Facts,
    clock: Clock,
    slot: _Slot,
    keep: Callable[[], None],
) -> list[str]:
    """Write a night and put it in its place, history first and links last; one that differs from what stands waits.

    Returns
    -------
    How it differs.
    """
    write_night(folder, found.lists, settings, facts, clock)
    differs = compare(slot.stood, folder) if slot.stood is not None else []
    if not differs or slot.replaced:
        keep()
        point_at(settings, slot.day, folder)
        clear_older(folder)
    history_of(settings).prune(slot.day, settings.history)
    prune_runs(settings.out_folder, slot.day, settings.history.keep_runs_days)
    return differs


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
