"""What the whole table of key figures costs, against one sort of the same subscriptions."""

import json
import os
import platform
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from churnrisk.bench.measure import Taken, in_turn, median
from churnrisk.bench.subscribers import FIRST_DAY, MONTHS, last_day, subscribers
from churnrisk.bench.taken import Steps
from churnrisk.settings import PipelineSettings, load_settings

FLOOR, READING, LEDGER, COMMAND = (
    "one sort of the subscriptions (floor)",
    "reading and checking the tables",
    "key figures, tables read",
    "the command kpis",
)
#: Most times the floor's CPU that the whole table of key figures may take, and the memory within which it must stay.
TIMES_FLOOR, MIB = 12.0, 4096.0
#: The splits that are measured beside the whole.
SPLITS = ("plan", "mrr_band", "region")


def run(
    *, customers: int = 1_000_000, runs: int = 3, folder: Path = Path("out/bench"), say: Callable[[str], None] = print
) -> pd.DataFrame:
    """Measure all key figures of 36 months and three splits against one sort of the same subscriptions.

    Parameters
    ----------
    runs
        Rounds; in each, every piece of work runs once in a process of its own, and the median counts.
    folder
        Where tables are generated (and kept for the next time) and results written, as ``kpis.json``.
    say
        Where a line goes when the tables are made and when each round ends.

    Returns
    -------
    DataFrame
        One row a piece of work: ``cpu_seconds``, ``wall_seconds``, ``peak_mib``, ``times_floor`` (CPU), ``allowed``.
    """
    folder = folder.resolve()
    say(f"{customers:,} customers, {MONTHS} months, splits by {', '.join(SPLITS)}.")
    tables = subscribers(customers, folder)
    out = folder / "out"
    out.mkdir(parents=True, exist_ok=True)
    base = {"folder": str(tables), "out": str(out)}
    tasks: dict[str, dict[str, Any]] = {
        FLOOR: base | {"work": "sort"},
        LEDGER: base | {"work": "kpi table"},
        COMMAND: base | {"work": "kpis"},
    }
    taken = in_turn(tasks, runs)
    middle = {name: median(each) for name, each in taken.items()}
    table = _table(middle)
    written = {
        "customers": customers,
        "runs": runs,
        "machine": {"cpus": os.cpu_count(), "python": platform.python_version(), "duckdb": duckdb.__version__},
        "rows": json.loads(table.to_json(orient="records")),
        "every_run": {name: [asdict(one) for one in each] for name, each in taken.items()},
    }
    (folder / "kpis.json").write_text(json.dumps(written, indent=2) + "\n", encoding="utf-8")
    return table


def _table(middle: dict[str, Taken]) -> pd.DataFrame:
    """Set the pieces of work beside one another; the steps of the ledger's process are told apart."""
    floor, ledger = middle[FLOOR], middle[LEDGER]
    reading = ledger.made["steps"]["read"]
    rows = [
        _line(FLOOR, floor.cpu_seconds, floor.wall_seconds, floor.peak_mib, floor, allowed=None),
        _line(READING, reading, None, None, floor, allowed=None),
        _line(LEDGER, ledger.made["steps"]["count"], None, ledger.peak_mib, floor, allowed=TIMES_FLOOR),
        _line(
            COMMAND,
            middle[COMMAND].cpu_seconds,
            middle[COMMAND].wall_seconds,
            middle[COMMAND].peak_mib,
            floor,
            allowed=None,
        ),
    ]
    return pd.DataFrame(rows)


def _line(
    work: str, cpu: float, wall: float | None, peak: float | None, floor: Taken, *, allowed: float | None
) -> dict[str, object]:
    return {
        "work": work,
        "cpu_seconds": round(cpu, 3),
        "wall_seconds": None if wall is None else round(wall, 3),
        "peak_mib": None if peak is None else round(peak, 1),
        "times_floor": round(cpu / floor.cpu_seconds, 2),
        "allowed": allowed,
    }


def verdict(table: pd.DataFrame) -> str:
    """Say whether the table of key figures stays within what is allowed."""
    rows = table.set_index("work")
    times, peak = float(rows["times_floor"][LEDGER]), float(rows["peak_mib"].max())
    kept = times <= TIMES_FLOOR and peak <= MIB
    return (
        f"All key figures: {times:.1f} times the floor (at most {TIMES_FLOOR:g}), {peak:,.0f} MiB "
        f"(at most {MIB:,.0f}): {'within' if kept else 'beyond'} what is allowed."
    )


def sort_once(folder: Path) -> dict[str, int]:
    """Sort the subscriptions by customer and start, and look at the end of the row before: the floor."""
    connection = duckdb.connect()
    connection.execute("SET enable_progress_bar = false")
    try:
        rows, overlaps = connection.execute(
            "SELECT count(*), sum(CAST(started_at < ended_before AS INTEGER)) FROM (SELECT started_at, "
            "lag(ended_at) OVER (PARTITION BY customer_id ORDER BY started_at) AS ended_before "
            f"FROM read_parquet('{folder / 'subscriptions.parquet'}'))"
        ).fetchall()[0]
    finally:
        connection.close()
    return {"rows": rows, "overlaps": overlaps}


def all_key_figures(folder: Path, out: Path) -> dict[str, object]:
    """Read the tables, then count every key figure of every month and split; the two are told apart."""
    from churnrisk.flows.opened import opened
    from churnrisk.kpis.ledger import Ledger, periods_of
    from churnrisk.kpis.table import kpi_table

    steps = Steps()
    with ExitStack() as stack:
        with steps.step("read"):
            workshop = stack.enter_context(opened(_settings(folder, out), last_day()))
        with steps.step("count"):
            table = kpi_table(Ledger(workshop, periods_of(workshop), SPLITS))
    return {"rows": len(table), "months": int(table["period_start"].nunique()), "steps": steps.cpu_seconds}


def whole_command(folder: Path, out: Path) -> dict[str, object]:
    """Run the flow of the command ``kpis``, from Parquet to its files."""
    from churnrisk.flows import kpis

    done = kpis.run(_settings(folder, out), last_day(), by=SPLITS)
    return {"rows": len(done.table)}


def _settings(folder: Path, out: Path) -> PipelineSettings:
    file = folder / "kpis.toml"
    file.write_text(
        f'name = "bench_kpis"\nout = "{out.as_posix()}"\ncards = "{(out / "cards").as_posix()}"\n'
        '[churn]\nday = "notice"\ninvoluntary_reasons = ["payment_failed", "card_expired"]\n'
        'voluntary_reasons = ["not_needed", "too_expensive", "missing_features", "switched"]\n'
        f'[source]\npath = "."\ncomplete_to = {last_day()}\nobserved_from = {FIRST_DAY}\n'
        '[source.tables.customers]\nfixed = ["region", "company_size"]\n'
        '[source.tables.subscriptions]\nfixed = ["plan", "mrr", "auto_renew", "term_ends_at"]\n',
        encoding="utf-8",
    )
    return load_settings(file)
