"""What each step of a run cost."""

import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Clock:
    """CPU and wall seconds of each step, by its name.

    Examples
    --------
    >>> clock = Clock()
    >>> with clock.step("read"):
    ...     pass
    >>> sorted(clock.steps["read"])
    ['cpu_seconds', 'wall_seconds']
    """

    def __init__(self) -> None:
        self.steps: dict[str, dict[str, float]] = {}

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Measure what runs inside."""
        cpu, wall = _cpu(), time.monotonic()
        yield
        self.steps[name] = {"cpu_seconds": round(_cpu() - cpu, 3), "wall_seconds": round(time.monotonic() - wall, 3)}


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
