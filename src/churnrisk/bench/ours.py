"""All features from Parquet to Parquet, for one cutoff or many."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from churnrisk.bench.opened import OpenedTables
from churnrisk.settings import EngineSettings, PipelineSettings, SignalSettings
from churnrisk.snapshots.build import Workshop
from churnrisk.sources.engine import Engine


def describe(
    folder: Path, days: Sequence[date], out: Path, *, signals: Sequence[str] = (), memory_limit: str | None = None
) -> int:
    """Write one Parquet file of features for each cutoff, of all customers at risk at it.

    Parameters
    ----------
    signals
        Names of signals; empty means all that the tables allow.

    Returns
    -------
    int
        Feature columns made.
    """
    engine = Engine(EngineSettings(memory_limit=memory_limit), scratch=out / "scratch")
    try:
        settings = PipelineSettings(name="bench", signals=SignalSettings(include=list(signals)))
        workshop = Workshop(OpenedTables(folder, engine), settings, engine)  # type: ignore[arg-type]
        if len(days) > 1:
            workshop.hold()
        for day in days:
            engine.write_parquet(workshop.features(workshop.standing([day])), out / f"features-{day}.parquet")
        return len(workshop.choice.columns)
    finally:
        engine.close()
