"""The files of a night: what each list is called, how a run is named, written whole, linked to, and read again."""

import hashlib
import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from churnrisk import __version__
from churnrisk.delivery.files import link
from churnrisk.delivery.forms import write_list
from churnrisk.modeling.registry import Registered
from churnrisk.scoring.ranking import Stamp, TimelessStamp
from churnrisk.scoring.score import Night
from churnrisk.settings import PipelineSettings
from churnrisk.settings.delivery import IN_MORE_FORMS

#: Settings that change nothing in a list.
NO_PART_OF_A_NIGHT = {
    *("engine", "file", "kpis", "scope", "goals", "benchmarks", "cohorts", "groups", "alerts", "reasons", "backtest"),
    *("nightly", "history", "monitor", "delivery", "tracking", "cards", "out"),
}
#: Every list of a night, and the forms in which it is always written.
LISTS = {
    "scores": ("parquet",),
    "at_risk": ("parquet", "csv"),
    "today": ("csv", "xlsx"),
    "held_out": ("csv",),
    "cooling_down": ("csv",),
    "leaving": ("csv",),
    "lost": ("csv",),
    "better": ("csv",),
    "not_scored": ("csv",),
}
MANIFEST = "run.json"
#: A list with more rows is no workbook for people, and takes longer to write than all else together.
LONGEST_WORKBOOK = 20_000
#: The fingerprints of what was known, part by part.
PRINTS = "fingerprints.parquet"


@dataclass(frozen=True)
class Lists:
    """Everything that a night says, by the name of its file."""

    rows: Mapping[str, pd.DataFrame]

    def __getitem__(self, name: str) -> pd.DataFrame:
        return self.rows.get(name, pd.DataFrame(columns=["customer_id"]))

    @property
    def counts(self) -> dict[str, int]:
        """How many customers stand in each list."""
        counted = {"scores": "scored"}
        return {counted.get(name, name): len(self[name]) for name in LISTS}


@dataclass(frozen=True)
class Facts:
    """What the manifest of a night says beside its counts.

    Parameters
    ----------
    inputs
        A line a table: rows, fingerprint and what else was known of it.
    allowed
        Refusals that were overridden, by their codes.
    after
        The run of the night before, whose history this one continues.
    prints
        The fingerprints of what was known of each table, part by part.
    drift
        How far each signal lies from the training; None for a model without a profile.
    """

    stamp: Stamp | TimelessStamp
    release: Registered
    inputs: Sequence[Mapping[str, Any]]
    warnings: Sequence[str] = ()
    allowed: Sequence[str] = ()
    after: str | None = None
    prints: pd.DataFrame | None = field(default=None, repr=False)
    drift: pd.DataFrame | None = field(default=None, repr=False)


def night_key(
    inputs: Sequence[Mapping[str, Any]],
    settings: PipelineSettings,
    release: Registered,
    stamp: Stamp | TimelessStamp,
    after: str | None = None,
) -> str:
    """Name a night by its inputs, settings, model and the night before: what is equal need not be run again."""
    told = settings.model_copy(update={"engine": None, "file": None}).model_dump_json(exclude=NO_PART_OF_A_NIGHT)
    parts = [f"{one['table']} {one['fingerprint']}" for one in inputs]
    parts += [told, release.model_sha256, release.script_sha256, stamp.model_version, __version__, after or ""]
    parts += sorted(settings.delivery.formats)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:8]


def written_before(folder: Path) -> Path | None:
    """Find the folder of a run that was written under a name, the newest where it was written again."""
    found = [
        path
        for path in folder.parent.glob(f"{folder.name}*")
        if re.fullmatch(rf"{re.escape(folder.name)}(-\d+)?", path.name) and (path / MANIFEST).is_file()
    ]
    return max(found, key=lambda path: (len(path.name), path.name), default=None)


def write_lists(folder: Path, lists: Lists, further: Collection[str] = ()) -> None:
    """Write every list of a night in its forms; those that people take further, in further forms, too."""
    for name, forms in LISTS.items():
        more = further if name in IN_MORE_FORMS else ()
        wanted = [form for form in dict.fromkeys([*forms, *more]) if form in more or not _too_long(lists[name], form)]
        write_list(lists[name], folder, name, wanted)


def _too_long(rows: pd.DataFrame, form: str) -> bool:
    return form == "xlsx" and len(rows) > LONGEST_WORKBOOK


def no_workbook(lists: Lists, further: Collection[str] = ()) -> list[str]:
    """Say that today's list is too long for a workbook that nobody asked for, where it is."""
    if "xlsx" in further or not _too_long(lists["today"], "xlsx"):
        return []
    return [
        f"today has {len(lists['today']):,} rows, and no today.xlsx is written beyond {LONGEST_WORKBOOK:,}: say what "
        "the team can do in [team] capacity_per_day, or ask for workbooks in [delivery] formats."
    ]


def manifest(lists: Lists, settings: PipelineSettings, facts: Facts, steps: Mapping[str, Any]) -> dict[str, Any]:
    """Give what run.json says of a night."""
    stamp = facts.stamp
    return {
        "pipeline": settings.name,
        "cutoff": stamp.cutoff,
        "horizon_days": stamp.horizon_days,
        "further_horizons": settings.churn.further_horizons,
        "model_version": stamp.model_version,
        "model_sha256": facts.release.model_sha256,
        "churnrisk_version": __version__,
        "after": facts.after,
        "inputs": list(facts.inputs),
        "present": len(lists["scores"]) + len(lists["leaving"]),
        "counts": lists.counts,
        "allowed": list(facts.allowed),
        "warnings": list(facts.warnings),
        "steps": dict(steps),
    }


def point_at(settings: PipelineSettings, day: date | None, folder: Path) -> None:
    """Point the cutoff's link, where there is a cutoff, and last of all latest, at the run.

    A replay of an earlier cutoff leaves latest where it is.
    """
    out = settings.out_folder
    if day is not None:
        link(out / str(day), folder)
    if day is None or not _newer(out / "latest", day):
        link(out / "latest", folder)


def _newer(latest: Path, day: date) -> bool:
    """Say whether the newest list is of a later cutoff."""
    try:
        told = json.loads((latest / MANIFEST).read_text(encoding="utf-8"))["cutoff"]
        return told is not None and date.fromisoformat(told) > day
    except (OSError, ValueError, KeyError):
        return False


def read_lists(folder: Path) -> Lists:
    """Read a night's lists as they were written."""
    return Lists({name: _read(folder, name, forms[0]) for name, forms in LISTS.items()})


def _read(folder: Path, name: str, form: str) -> pd.DataFrame:
    path = folder / f"{name}.{form}"
    if not path.is_file():
        return pd.DataFrame(columns=["customer_id"])
    return pd.read_parquet(path) if form == "parquet" else pd.read_csv(path, dtype={"customer_id": str})


def lists_of(night: Night, more: Mapping[str, pd.DataFrame] | None = None) -> Lists:
    """Lay the lists of a night together with those of the team."""
    own = {name: getattr(night, name) for name in ("scores", "at_risk", "leaving", "not_scored")}
    return Lists({**own, **(more or {})})
