"""One piece of work in a process of its own, so that its CPU and memory can be told apart from all else.

``python -m churnrisk.bench.child '{"work": "floor", "folder": "..."}'`` writes what it took as its last line.
"""

import json
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from churnrisk.bench.taken import cpu_seconds, peak_mib


def prepare(task: dict[str, Any]) -> Callable[[], Any]:
    """Load what a piece of work needs, and give the work itself."""
    folder, out = Path(task["folder"]), Path(task.get("out", "."))
    days = [date.fromisoformat(day) for day in task.get("days", [])]
    if task["work"] == "floor":
        from churnrisk.bench.floor import plain_pass

        return lambda: plain_pass(folder)
    if task["work"] == "pandas":
        from churnrisk.bench.pandas_way import write_ten_signals

        return lambda: write_ten_signals(folder, days[0], out)
    if task["work"] in ("train", "night"):
        from churnrisk.bench.night import score_a_night, train_a_model

        return lambda: train_a_model(folder, out) if task["work"] == "train" else score_a_night(folder, out)
    if task["work"] == "model":
        from churnrisk.bench.models.fitting import fit_and_judge

        return lambda: fit_and_judge(folder, task["model"], out, released=task["released"])
    if task["work"] == "large":
        from churnrisk.bench.models.many_rows import train

        return lambda: train(folder, task["model"])
    if task["work"] == "sort":
        from churnrisk.bench.kpis import sort_once

        return lambda: sort_once(folder)
    if task["work"] == "history":
        from churnrisk.bench.history import prepared

        return prepared(folder, task["customers"], task["signals"])
    import ibis.backends.duckdb  # noqa: F401  (loads now what the first connection would load)

    if task["work"] in ("kpi table", "kpis"):
        import churnrisk.flows.kpis  # noqa: F401  (likewise)
        from churnrisk.bench.kpis import all_key_figures, whole_command

        return lambda: all_key_figures(folder, out) if task["work"] == "kpi table" else whole_command(folder, out)
    from churnrisk.bench.ours import describe

    return lambda: describe(folder, days, out, signals=task.get("signals", ()))


def main() -> None:
    """Do the one piece of work named on the command line."""
    run = prepare(json.loads(sys.argv[1]))
    loading, started = cpu_seconds(), time.perf_counter()
    made = run()
    found = {
        "cpu_seconds": cpu_seconds() - loading,
        "wall_seconds": time.perf_counter() - started,
        "peak_mib": peak_mib(),
        "loading_cpu_seconds": loading,
        "made": made,
    }
    sys.stdout.write("\n" + json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
