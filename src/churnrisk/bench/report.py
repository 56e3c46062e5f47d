"""The benchmark itself: what is measured, the ratios, the table and the JSON."""

import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from churnrisk.bench.generate import Size, generate, newest_cutoffs
from churnrisk.bench.measure import Taken, in_a_child, in_turn, median
from churnrisk.bench.pandas_way import TEN
from churnrisk.errors import EngineError

FLOOR, OURS, THEIRS, NIGHT = (
    "plain DuckDB pass (floor)",
    "ten signals, churnrisk",
    "ten signals, pandas",
    "whole night",
)
#: Most times the floor's CPU that all features may take, by number of cutoffs.
ALLOWED = {1: 3.0, 12: 14.0}
#: The night's own size, and the memory within which it must finish.
NIGHT_SIZE = Size(1_000_000, 100_000_000)
NIGHT_MIB = 6 * 1024
#: Tables on which the night's model is trained.
TRAINED_ON = Size(10_000, 400_000)


def run(
    *,
    customers: int = 100_000,
    events: int = 10_000_000,
    cutoffs: Sequence[int] = (1, 12),
    runs: int = 3,
    folder: Path = Path("out/bench"),
    night: bool = False,
    night_size: Size = NIGHT_SIZE,
    json_to: Path | None = None,
) -> pd.DataFrame:
    """Measure features, and with ``night`` a whole night, against one plain pass over the same tables.

    Parameters
    ----------
    cutoffs
        Numbers of cutoffs at which all features are measured.
    runs
        Rounds; in each, every piece of work runs once, and the median counts.
    folder
        Where tables are generated (and kept for the next time) and results written.
    json_to
        The JSON file; by default ``bench.json`` in the folder.

    Returns
    -------
    DataFrame
        One row a piece of work: ``cpu_seconds``, ``wall_seconds``, ``peak_mib``, ``times_floor`` (CPU), ``allowed``
        and ``times_churnrisk`` (CPU of the pandas code, over ours).

    Raises
    ------
    EngineError
        When a piece of work fails, or the pandas code finds other values.
    """
    folder = folder.resolve()
    out = folder / "out"
    out.mkdir(parents=True, exist_ok=True)
    size = Size(customers, events)
    tasks = _tasks(generate(size, folder), out, cutoffs)
    taken = in_turn(tasks, runs)
    differences = compared(out)
    wrong = {name: number for name, number in differences.items() if number}
    if wrong:
        raise EngineError(f"The pandas code finds other values than churnrisk: {wrong} (customers that differ).")
    middle = {name: median(each) for name, each in taken.items()}
    if night:
        middle[NIGHT] = _night(folder, out, night_size)
    table = _table(middle)
    written = {
        "size": asdict(size),
        "runs": runs,
        **_written(middle, table),
        "every_run_cpu_seconds": {name: [one.cpu_seconds for one in each] for name, each in taken.items()},
        "customers_that_differ_from_pandas": differences,
        **({"night_size": asdict(night_size)} if night else {}),
    }
    target = json_to or folder / "bench.json"
    target.write_text(json.dumps(written, indent=2) + "\n", encoding="utf-8")
    return table


def _written(middle: Mapping[str, Taken], table: pd.DataFrame) -> dict[str, Any]:
    """Give the figures, what was made, and the machine, as they are written."""
    return {
        "machine": {"cpus": os.cpu_count(), "python": platform.python_version(), "duckdb": duckdb.__version__},
        "rows": json.loads(table.to_json(orient="records")),
        "made": {name: one.made for name, one in middle.items()},
    }


def as_text(table: pd.DataFrame) -> str:
    """Show the figures as a table of plain text; empty where there is nothing to say."""
    shown = table.copy()
    for name in shown.columns[1:]:
        decimals = 0 if name == "peak_mib" else 2
        shown[name] = [f"{value:.{decimals}f}" if pd.notna(value) else "" for value in shown[name]]
    return shown.to_string(index=False)


def _all_features(number: int) -> str:
    return f"all features, {number} cutoff{'s' if number > 1 else ''}"


def _tasks(tables: Path, out: Path, cutoffs: Sequence[int]) -> dict[str, dict[str, Any]]:
    """List the pieces of work of one round; the floor stands before each number of cutoffs in the same round."""
    base = {"folder": str(tables), "out": str(out)}
    newest = [str(day) for day in newest_cutoffs(1)]
    tasks: dict[str, dict[str, Any]] = {FLOOR: base | {"work": "floor"}}
    for number in cutoffs:
        (out / f"all-{number}").mkdir(exist_ok=True)
        days = [str(day) for day in newest_cutoffs(number)]
        tasks[_all_features(number)] = base | {"work": "features", "days": days, "out": str(out / f"all-{number}")}
    tasks[OURS] = base | {"work": "features", "days": newest, "signals": list(TEN)}
    tasks[THEIRS] = base | {"work": "pandas", "days": newest}
    return tasks


def compared(out: Path) -> dict[str, int]:
    """Count for each of the ten signals the customers for whom the pandas code finds another value."""
    day = newest_cutoffs(1)[0]
    ours = pd.read_parquet(out / f"features-{day}.parquet").set_index("customer_id")
    theirs = pd.read_parquet(out / f"pandas-{day}.parquet").set_index("customer_id").reindex(ours.index)
    zero = ours[list(TEN)].notna() & theirs.isna()[list(TEN)]
    theirs = theirs[list(TEN)].mask(zero & (ours[list(TEN)] == 0), 0.0)
    return {name: int((~_equal(ours[name], theirs[name])).sum()) for name in TEN}


def _equal(one: pd.Series, other: pd.Series) -> pd.Series:
    near = (one - other).abs() <= 1e-9 * one.abs().clip(lower=1.0)
    return near | (one.isna() & other.isna())


def _night(folder: Path, out: Path, size: Size) -> Taken:
    """Train on small tables, then run the night's flow on large ones."""
    small = generate(TRAINED_ON, folder)
    trained = in_a_child({"work": "train", "folder": str(small), "out": str(out)})
    night = in_a_child({"work": "night", "folder": str(generate(size, folder)), "out": str(out)})
    return Taken(
        night.cpu_seconds,
        night.wall_seconds,
        night.peak_mib,
        night.loading_cpu_seconds,
        {"night": night.made, "model": trained.made},
    )


def _table(middle: Mapping[str, Taken]) -> pd.DataFrame:
    floor, ours = middle[FLOOR].cpu_seconds, middle[OURS].cpu_seconds
    allowed = {_all_features(number): most for number, most in ALLOWED.items()}
    rows = [
        {
            "work": name,
            "cpu_seconds": round(one.cpu_seconds, 3),
            "wall_seconds": round(one.wall_seconds, 3),
            "peak_mib": round(one.peak_mib, 1),
            "times_floor": round(one.cpu_seconds / floor, 2) if name != NIGHT else None,
            "allowed": allowed.get(name),
            "times_churnrisk": round(one.cpu_seconds / ours, 2) if name == THEIRS else None,
        }
        for name, one in middle.items()
    ]
    if NIGHT in middle:
        rows.append(_beside(middle[NIGHT].made["night"]["step_cpu_seconds"]))
    columns = ["cpu_seconds", "wall_seconds", "peak_mib", "times_floor", "allowed", "times_churnrisk"]
    return pd.DataFrame(rows).astype(dict.fromkeys(columns, "float64"))


def _beside(steps: Mapping[str, float]) -> dict[str, Any]:
    """Give what safety, history and delivery take of a night, and their share.

    Examples
    --------
    >>> _beside({"features": 7.0, "safety": 1.0, "history": 1.0, "delivery": 1.0})["work"]
    'of it safety, history and delivery: 30.0 %'
    """
    spent = sum(steps.get(name, 0.0) for name in ("safety", "history", "delivery"))
    share = 100 * spent / sum(steps.values())
    return {"work": f"of it safety, history and delivery: {share:.1f} %", "cpu_seconds": spent}
