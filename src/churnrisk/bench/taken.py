"""What a process has taken so far: CPU in all its threads and children, and the most memory it ever held."""

import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def cpu_seconds() -> float:
    """Give the CPU that this process has used so far, in all its threads, and in the processes it waited for.

    Examples
    --------
    >>> cpu_seconds() > 0
    True
    """
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def peak_mib() -> float:
    """Give the most memory that this process ever held, in MiB.

    Linux tells it of this process alone; elsewhere it may hold what the parent had when it started this one.

    Examples
    --------
    >>> peak_mib() > 1
    True
    """
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
        return int(status.split("VmHWM:")[1].split()[0]) / 1024
    except (OSError, IndexError):
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most / (1024**2 if sys.platform == "darwin" else 1024)


class Steps:
    """CPU seconds of named steps, added up where a step comes again.

    Examples
    --------
    >>> steps = Steps()
    >>> with steps.step("sum"):
    ...     _ = sum(range(10))
    >>> list(steps.cpu_seconds)
    ['sum']
    """

    def __init__(self) -> None:
        self.cpu_seconds: dict[str, float] = {}

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Count what is done inside under a name."""
        before = cpu_seconds()
        yield
        self.cpu_seconds[name] = round(self.cpu_seconds.get(name, 0.0) + cpu_seconds() - before, 3)
