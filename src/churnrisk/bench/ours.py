"""All features from Parquet to Parquet, for one cutoff or many."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import ibis.expr.types as ir

from churnrisk.bench.opened import OpenedTables
from churnrisk.bench.taken import Steps
from churnrisk.settings import EngineSettings, PipelineSettings, SignalSettings
from churnrisk.snapshots.build import Workshop
from churnrisk.sources.engine import Engine


def describe(folder: Path, days: Sequence[date], out: Path, *, signals: Sequence[str] = ()) -> dict[str, object]:
    """Write one Parquet file of features for each cutoff, of all customers at risk at it.

    Parameters
    ----------
    signals
        Names of signals; empty means all that the tables allow.

    Returns
    -------
    dict
        How many ``signals`` and ``rows`` were made, and the CPU seconds of each step.
    """
    steps, rows = Steps(), 0
    with steps.step("open"):
        engine = Engine(EngineSettings(), scratch=out / "scratch")
        engine.connection.raw_sql("SET enable_progress_bar = false")
        settings = PipelineSettings(name="bench", signals=SignalSettings(include=list(signals)))
        workshop = Workshop(OpenedTables(folder, engine), settings, engine)  # type: ignore[arg-type]
    with steps.step("customer and day"):
        workshop.rolled  # noqa: B018  (made at first use)
    if len(days) > 1:
        with steps.step("hold keyed tables"):
            workshop.hold()
    for day in days:
        with steps.step("who is at risk"):
            stood = workshop.standing([day])
        with steps.step("features"):
            described = workshop.features(stood)
        with steps.step("write"):
            engine.write_parquet(described, out / f"features-{day}.parquet")
            rows += _count(engine, described)
            engine.connection.drop_table(described.op().name, database=("temp", "main"))
    customer_days = {name: _count(engine, one) for name, one in workshop.rolled.items()}
    engine.close()
    made = len(workshop.choice.columns)
    return {"signals": made, "rows": rows, "customer_days": customer_days, "steps": steps.cpu_seconds}


def _count(engine: Engine, rows: ir.Table) -> int:
    return int(engine.rows(rows.count().name("n").as_table())["n"].tolist()[0])
