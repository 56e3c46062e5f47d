"""Pieces of work, each in a child process, run in turn; the median counts."""

import json
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from churnrisk.errors import EngineError


@dataclass(frozen=True)
class Taken:
    """What one piece of work took.

    Parameters
    ----------
    cpu_seconds, wall_seconds
        Of the work, without starting Python and loading libraries.
    peak_mib
        The most memory that the whole process ever held.
    loading_cpu_seconds
        CPU of starting Python and loading libraries.
    made
        What the work says of itself.
    """

    cpu_seconds: float
    wall_seconds: float
    peak_mib: float
    loading_cpu_seconds: float
    made: Any


def in_a_child(task: Mapping[str, Any]) -> Taken:
    """Do one piece of work in a process of its own.

    Raises
    ------
    EngineError
        When the process ended with a fault; its last line says which.
    """
    command = [sys.executable, "-m", "churnrisk.bench.child", json.dumps(dict(task))]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        last = done.stderr.strip().splitlines()[-1:] or [f"it was ended from outside ({done.returncode})"]
        raise EngineError(f"The work {task['work']!r} did not finish: {last[0]}")
    return Taken(**json.loads(done.stdout.strip().splitlines()[-1]))


def in_turn(tasks: Mapping[str, Mapping[str, Any]], runs: int) -> dict[str, list[Taken]]:
    """Do each piece of work several times, one after the other and round again.

    What else the machine does then weighs on all of them alike.
    """
    taken: dict[str, list[Taken]] = {name: [] for name in tasks}
    for _ in range(runs):
        for name, task in tasks.items():
            taken[name].append(in_a_child(task))
    return taken


def median(runs: Sequence[Taken]) -> Taken:
    """Give the run whose CPU lies in the middle, with the highest memory of all.

    Examples
    --------
    >>> runs = [Taken(3, 3, 10, 1, None), Taken(1, 1, 12, 1, None), Taken(2, 2, 11, 1, None)]
    >>> median(runs).cpu_seconds, median(runs).peak_mib
    (2, 12)
    """
    middle = statistics.median_low([one.cpu_seconds for one in runs])
    found = next(one for one in runs if one.cpu_seconds == middle)
    highest = max(one.peak_mib for one in runs)
    return Taken(found.cpu_seconds, found.wall_seconds, highest, found.loading_cpu_seconds, found.made)
