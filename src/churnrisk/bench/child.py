"""One piece of work in a process of its own, so that its CPU and memory can be told apart from all else.

``python -m churnrisk.bench.child '{"work": "floor", "folder": "..."}'`` prints what it took as one line of JSON.
"""

import json
import resource
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any


def prepare(task: dict[str, Any]) -> Callable[[], Any]:
    """Load what a piece of work needs, and give the work itself."""
    folder, out = Path(task["folder"]), Path(task.get("out", "."))
    days = [date.fromisoformat(day) for day in task.get("days", [])]
    if task["work"] == "floor":
        from churnrisk.bench.floor import plain_pass

        return lambda: plain_pass(folder)
    from churnrisk.bench.ours import describe

    return lambda: describe(folder, days, out, signals=task.get("signals", ()))


def cpu_seconds() -> float:
    """Give the CPU that this process has used so far, in all its threads."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def peak_mib() -> float:
    """Give the most memory that this process ever held, in MiB."""
    try:
        status = Path("/proc/self/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0]) / 1024
    except (OSError, IndexError):
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most / (1024**2 if sys.platform == "darwin" else 1024)


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
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
