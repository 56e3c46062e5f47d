"""Drift and truth: nights held against their training, and against what came of them."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

import pandas as pd
from filelock import FileLock

from churnrisk.errors import RefusedError
from churnrisk.flows.monitor_nights import drift_rows, night_rows, nights_of
from churnrisk.flows.monitor_record import log_outcomes, write_found
from churnrisk.flows.monitor_truth import Truth, told_truth
from churnrisk.flows.opened import opened
from churnrisk.modeling.registry import Registered, Registry
from churnrisk.monitoring.drift import alarm_counts, alarms
from churnrisk.monitoring.kept import keep
from churnrisk.monitoring.profile import Profile, profile_of
from churnrisk.monitoring.refusals import trained_on
from churnrisk.monitoring.retrain import Reason, reasons_to_train, train_again
from churnrisk.monitoring.verdict import Renewed
from churnrisk.settings import PipelineSettings, needs_time

FOLDER = "monitor"


@dataclass(frozen=True)
class MonitorResult:
    """What was found of the nights so far.

    Parameters
    ----------
    version
        The model in use; None where there is none.
    trained_on
        The day of its training; None where that is not known.
    nights
        One row a night: cutoff, model, customers, probabilities, segments.
    drift
        One row a night and column, with its limit and whether it is an alarm.
    outcomes
        One row for each night whose outcome is known, and for each of its segments.
    verdict
        What came true of the lists of the model in use; None where nothing is known.
    reasons
        Why a new training is asked for.
    notes
        What someone should know.
    """

    pipeline: str
    toml: str
    version: int | None
    trained_on: date | None
    nights: pd.DataFrame
    drift: pd.DataFrame
    outcomes: pd.DataFrame
    verdict: Renewed | None
    reasons: list[Reason]
    folder: Path
    notes: list[str] = field(default_factory=list)

    @property
    def newest_drift(self) -> pd.DataFrame:
        """The drift of the newest night, the largest first; empty where none was written."""
        if self.drift.empty or self.drift["cutoff"].iloc[-1] != self.nights["cutoff"].iloc[-1]:
            return self.drift.head(0)
        newest = self.drift[self.drift["run"] == self.nights["run"].iloc[-1]]
        return newest.sort_values(["alarm", "psi"], ascending=False, kind="stable")

    @property
    def train_again(self) -> str:
        """The sentence that asks for a new training; empty where there is no reason."""
        return train_again(self.reasons, self.toml)

    @property
    def exit_code(self) -> int:
        """3 when the newest night has drifted or a new training is asked for, else 0."""
        return 3 if self.reasons or bool(self.newest_drift["alarm"].any()) else 0

    @property
    def look(self) -> dict[str, str]:
        """Where the results lie: what = where."""
        names = {"tables and verdict": "", "drift": "drift.png", "what came true": "truth.png"}
        found = {what: self.folder / name for what, name in names.items()}
        return {what: os.path.relpath(path) for what, path in found.items() if path.exists()}


def run(settings: PipelineSettings, now: datetime) -> MonitorResult:
    """Hold every night against its training and against what came true, and say whether to train again.

    Parameters
    ----------
    now
        The clock, in UTC.

    Raises
    ------
    RefusedError
        When no night has been scored, or the source is flat.
    """
    needs_time("Monitoring", settings.source)
    nights = nights_of(settings)
    if not nights:
        raise RefusedError(
            f"There is no night to look at: nothing has been scored. Score one: churnrisk score {settings.file.name}"
        )
    registry = Registry(settings)
    champion = registry.champion()
    profile = profile_of(registry, champion.version) if champion else None
    folder = settings.out_folder / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / ".lock", timeout=600):
        table = keep(folder / "nights.parquet", night_rows(nights, folder / "nights.parquet", settings))
        drift = keep(folder / "drift.parquet", drift_rows(nights, folder / "drift.parquet"))
        with opened(settings, now.date()) as workshop:
            truth = told_truth(workshop, nights, folder / "outcomes.parquet", champion, profile, now)
        told = _judged(drift, settings)
        result = _result(settings, now, champion, profile, table, told, truth, folder)
        write_found(result)
    log_outcomes(registry, truth.fresh)
    return result


def _judged(drift: pd.DataFrame, settings: PipelineSettings) -> pd.DataFrame:
    """Say of every night which columns are alarms; the bounds are those of the TOML as it is now."""
    ordered = drift.sort_values("cutoff", kind="stable")
    parts = [alarms(rows, settings.monitor) for _, rows in ordered.groupby(["cutoff", "run"], sort=False)]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["cutoff", "run", "alarm"])


def _result(
    settings: PipelineSettings,
    now: datetime,
    champion: Registered | None,
    profile: Profile | None,
    table: pd.DataFrame,
    drift: pd.DataFrame,
    truth: Truth,
    folder: Path,
) -> MonitorResult:
    """Draw everything together."""
    table = table.sort_values("cutoff", kind="stable", ignore_index=True)
    version = champion.version if champion else None
    trained = trained_on(champion.version, champion.tags) if champion else None
    own = table[table["model"] == version]["cutoff"] if version is not None else table["cutoff"].head(0)
    with_drift = [day for day in dict.fromkeys(own) if day in set(drift["cutoff"])]
    reasons = reasons_to_train(
        settings.monitor,
        now.date(),
        trained_on=trained,
        alarms=alarm_counts(drift, with_drift),
        verdict=truth.verdict,
    )
    return MonitorResult(
        pipeline=settings.name,
        toml=settings.file.name,
        version=version,
        trained_on=trained,
        nights=table,
        drift=drift,
        outcomes=truth.outcomes.sort_values("cutoff", kind="stable", ignore_index=True),
        verdict=truth.verdict,
        reasons=reasons,
        folder=folder,
        notes=[*_notes(champion, profile, table, drift, settings.file.name), *truth.notes],
    )


def _notes(
    champion: Registered | None, profile: Profile | None, table: pd.DataFrame, drift: pd.DataFrame, toml: str
) -> Sequence[str]:
    if champion is None:
        return ["There is no model in use: no verdict is renewed, and nothing is asked of it."]
    found = []
    if profile is None:
        found.append(
            f"Version {champion.version} was trained before profiles were kept, and its nights cannot be held "
            f"against its training. The next training lays one beside it: churnrisk train {toml}."
        )
    without = len(set(table["cutoff"]) - set(drift["cutoff"]))
    if without and profile is not None:
        nights = "1 night was" if without == 1 else f"{without} nights were"
        found.append(f"{nights} scored without a drift table; drift is told of the others.")
    return found
