"""What each step of a run cost, and how much went through it."""

import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from churnrisk.delivery.log import tell


class Clock:
    """CPU and wall seconds of each step, by its name; each step's end is a line of the log.

    A step that is entered again is added up.

    Examples
    --------
    >>> clock = Clock()
    >>> with clock.step("read") as counts:
    ...     counts["rows"] = 12
    >>> sorted(clock.steps["read"])
    ['cpu_seconds', 'rows', 'wall_seconds']
    """

    def __init__(self) -> None:
        self.steps: dict[str, dict[str, Any]] = {}

    @contextmanager
    def step(self, name: str, **counts: int) -> Iterator[dict[str, Any]]:
        """Measure what runs inside, and give a dictionary that takes what it counted."""
        cpu, wall = _cpu(), time.monotonic()
        yield counts
        spent = {"cpu_seconds": _cpu() - cpu, "wall_seconds": time.monotonic() - wall}
        before = self.steps.get(name, {})
        cost = {one: round(before.get(one, 0) + seconds, 3) for one, seconds in spent.items()}
        self.steps[name] = before | cost | counts
        facts: dict[str, Any] = counts | {one: round(seconds, 3) for one, seconds in spent.items()}
        tell("step", step=name, **facts)


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
