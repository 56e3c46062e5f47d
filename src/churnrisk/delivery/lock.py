"""One run at a time: a small file says who is at work, and since when."""

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path

import psutil
from filelock import FileLock, Timeout

from churnrisk.errors import RefusedError

#: Two starts of a process nearer than this are one and the same; clocks that are set move them a little.
SAME_START_SECONDS = 2.0
#: How long to wait while another run takes or gives back the lock, which takes milliseconds.
GUARD_SECONDS = 30


@dataclass(frozen=True)
class Holder:
    """Who holds the lock.

    Parameters
    ----------
    process_started
        Seconds since 1970 at which the process began: another process may get its number later.
    started
        When the run began, in UTC.
    """

    pid: int
    host: str
    process_started: float
    started: str

    def is_gone(self, now: datetime, hours: float) -> bool:
        """Say whether the run can no longer be at work: its process is gone, or on another machine, too old."""
        if self.host == socket.gethostname():
            started = process_started(self.pid)
            return started is None or abs(started - self.process_started) > SAME_START_SECONDS
        return now - datetime.fromisoformat(self.started) > timedelta(hours=hours)


@contextmanager
def night_lock(folder: Path, now: datetime, *, hours: float) -> Iterator[Path]:
    """Keep other runs of a pipeline away while this one is at work.

    A lock is taken over where its process is gone, or where it is of another machine and older than ``hours``.

    Parameters
    ----------
    folder
        The pipeline's output folder; the lock lies beside it, so that a run that is refused leaves no folder.
    now
        The clock, in UTC.

    Raises
    ------
    RefusedError
        When another run is at work; it names process, machine and start.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp()) / "sample"
    >>> with night_lock(folder, datetime(2025, 6, 1, 2, 30), hours=12) as lock:
    ...     lock.name
    '.sample.lock'
    >>> lock.exists()
    False
    """
    path = folder.with_name(f".{folder.name}.lock")
    path.parent.mkdir(parents=True, exist_ok=True)
    own = Holder(os.getpid(), socket.gethostname(), process_started(os.getpid()) or 0.0, now.isoformat())
    with _guard(path):
        _take(path, own, now, hours)
    try:
        yield path
    finally:
        with _guard(path):
            if holder(path) == own:
                path.unlink()


def holder(path: Path) -> Holder | None:
    """Read who holds a lock; None where nobody does, or a run was ended while it wrote the file."""
    try:
        return Holder(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def process_started(pid: int) -> float | None:
    """Say when a process of this machine began, in seconds since 1970; None where there is none."""
    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else process.create_time()
    except psutil.NoSuchProcess:
        return None


def _take(path: Path, own: Holder, now: datetime, hours: float) -> None:
    other = holder(path)
    if other is not None and not other.is_gone(now, hours):
        raise RefusedError(_at_work(other))
    path.unlink(missing_ok=True)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(json.dumps(asdict(own)))
    except FileExistsError:  # a machine that the guard does not reach was quicker
        raise RefusedError(_taking(path)) from None
    except OSError:  # a lock that could not be written whole is none
        path.unlink(missing_ok=True)
        raise


@contextmanager
def _guard(path: Path) -> Iterator[None]:
    """Let one process at a time look at the lock and change it."""
    try:
        with FileLock(path.with_name(f"{path.name}.guard"), timeout=GUARD_SECONDS):
            yield
    except Timeout:
        raise RefusedError(_taking(path)) from None


def _taking(path: Path) -> str:
    other = holder(path)
    return _at_work(other) if other else "Another run of this pipeline takes the lock just now. Try again."


def _at_work(other: Holder) -> str:
    return (
        f"Another run of this pipeline is at work: process {other.pid} on {other.host}, since "
        f"{other.started[:19].replace('T', ' ')} UTC. Wait until it is done, or end it: the next run then takes over."
    )
