"""A night: the champion, the tables, every customer scored, the list written whole or not at all."""

import hashlib
import json
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from churnrisk import __version__
from churnrisk.delivery.clock import Clock
from churnrisk.delivery.files import link, whole_folder, write_json, write_table
from churnrisk.errors import RefusedError, SettingsError
from churnrisk.flows.definition import refuse_other_definition
from churnrisk.flows.opened import opened
from churnrisk.modeling.registry import Registered, Registry
from churnrisk.scoring.ranking import Stamp, TimelessStamp
from churnrisk.scoring.score import Night, missing_inputs, score_night, segment_counts
from churnrisk.settings import PipelineSettings
from churnrisk.snapshots.build import Workshop
from churnrisk.tables.read import Tables
from churnrisk.tables.report import TableReport
from churnrisk.timeline import horizon_end, parse_day
from churnrisk.training.versions import night_warning

#: Settings that change nothing in a list.
NO_PART_OF_A_NIGHT = {
    *("engine", "file", "kpis", "scope", "goals", "benchmarks", "cohorts", "groups", "alerts", "reasons", "backtest"),
}
FILES = ("scores.parquet", "at_risk.parquet", "at_risk.csv", "leaving.csv", "not_scored.csv")


@dataclass(frozen=True)
class ScoreResult:
    """What a night wrote.

    Parameters
    ----------
    folder
        The run's folder.
    counts
        Customers scored, at risk, leaving, not scored.
    segments
        Customers, mean probability and money at stake in each segment.
    first
        The first ten rows of the list.
    warnings
        What someone should know of this night.
    repeated
        Whether the same night had been written before, and was left as it is.
    """

    folder: Path
    cutoff: date | None
    model_version: str
    counts: dict[str, int]
    segments: pd.DataFrame
    first: pd.DataFrame
    warnings: list[str] = field(default_factory=list)
    repeated: bool = False


def run(
    settings: PipelineSettings,
    today: date,
    *,
    cutoff: str = "latest",
    allow_challenger: bool = False,
    replace: bool = False,
) -> ScoreResult:
    """Score every customer present at a cutoff and write the night's files.

    Parameters
    ----------
    cutoff
        A day, or ``latest``: the midnight after the newest event in the tables.
    allow_challenger
        Score with a model that was not released, and mark every row so.
    replace
        Write again what the same tables, settings and model have written before.

    Raises
    ------
    RefusedError
        When there is no champion, or it was trained for another definition of churn.
    """
    if settings.flat is not None:
        from churnrisk.flows import flat_score

        return flat_score.run(settings, cutoff=cutoff, allow_challenger=allow_challenger, replace=replace)
    clock = Clock()
    with clock.step("model"):
        release, released = model_in_use(settings, allow_challenger)
        model = release.open()
        refuse_other_definition(model.data["churn"], settings, release.version)
    with ExitStack() as stack:
        with clock.step("read"):
            workshop = stack.enter_context(opened(settings, today))
        day = _day(cutoff, workshop.tables)
        version = f"{release.version}" if released else f"{release.version} (not released)"
        stamp = Stamp(day, _horizon_days(day, settings), version)
        folder = (
            settings.out_folder / "runs" / f"{day}-{night_key(workshop.tables.reports, settings, release, stamp)}"
        )
        if folder.is_dir() and not replace:
            return as_written(folder, stamp, settings)
        with clock.step("score"):
            night = score_night(workshop, model, stamp)
        warnings = [*by_hand(release), *_warnings(workshop, model, night)]
        write_night(folder, night, settings, workshop.tables.reports, stamp, release, warnings, clock)
        point_at(settings, day, folder)
        segments = segment_counts(night, settings.segments.names)
        return ScoreResult(folder, day, version, night.counts, segments, night.at_risk.head(10), warnings)


def point_at(settings: PipelineSettings, day: date | None, folder: Path) -> None:
    """Point the cutoff's link, where there is a cutoff, and last of all latest, at the run."""
    if day is not None:
        link(settings.out_folder / str(day), folder)
    link(settings.out_folder / "latest", folder)


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


def night_key(
    reports: Sequence[TableReport], settings: PipelineSettings, release: Registered, stamp: Stamp | TimelessStamp
) -> str:
    """Name a night by its inputs, settings and model: what is equal need not be run again."""
    parts = [f"{one.name} {one.fingerprint}" for one in reports]
    told = settings.model_copy(update={"engine": None, "file": None}).model_dump_json(exclude=NO_PART_OF_A_NIGHT)
    parts += [told, release.model_sha256, release.script_sha256, stamp.model_version, __version__]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:8]


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


def write_night(
    folder: Path,
    night: Night,
    settings: PipelineSettings,
    reports: Sequence[TableReport],
    stamp: Stamp | TimelessStamp,
    release: Registered,
    warnings: list[str],
    clock: Clock,
) -> None:
    """Write a night's files and its manifest, whole or not at all."""
    with whole_folder(folder) as unfinished:
        with clock.step("write"):
            for name in FILES:
                write_table(getattr(night, name.split(".")[0]), unfinished / name)
        inputs = [
            {
                "table": one.name,
                "rows": one.rows_used,
                "set_aside": one.rows_set_aside,
                "fingerprint": one.fingerprint,
            }
            for one in reports
        ]
        manifest = {
            "pipeline": settings.name,
            "cutoff": stamp.cutoff,
            "horizon_days": stamp.horizon_days,
            "further_horizons": settings.churn.further_horizons,
            "model_version": stamp.model_version,
            "model_sha256": release.model_sha256,
            "churnrisk_version": __version__,
            "inputs": inputs,
            "present": len(night.scores) + len(night.leaving),
            "counts": night.counts,
            "warnings": warnings,
            "steps": clock.steps,
        }
        write_json(manifest, unfinished / "run.json")


def as_written(folder: Path, stamp: Stamp | TimelessStamp, settings: PipelineSettings) -> ScoreResult:
    """Tell of a night that the same tables, settings and model have written before."""
    names = {name.split(".")[0]: name for name in reversed(FILES)}
    read = {key: _read(folder / name) for key, name in names.items()}
    night = Night(**read)
    point_at(settings, stamp.cutoff, folder)
    return ScoreResult(
        folder,
        stamp.cutoff,
        stamp.model_version,
        night.counts,
        segment_counts(night, settings.segments.names),
        night.at_risk.head(10),
        json.loads((folder / "run.json").read_text(encoding="utf-8"))["warnings"],
        repeated=True,
    )


def _read(path: Path) -> pd.DataFrame:
    return pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path, dtype={"customer_id": str})
