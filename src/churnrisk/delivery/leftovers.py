"""What processes that were killed leave behind: how it is named while they live, and how it goes after them.

Whatever is not whole yet lies beside its name as ``.<name>.<process>@<machine>.<kind>``.
"""

import os
import re
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import psutil

Kind = Literal["unfinished", "replaced", "link"]
#: Where only the run that has the lock writes: what lies unfinished there is of a run that was killed.
UNDER_THE_LOCK = "runs"
#: How deep below a pipeline's folder anything is written under a temporary name.
DEPTH = 3
#: What is older than this is a leftover, whoever bears the number of its process now.
OLD_SECONDS = 24 * 3600

_NAMED = re.compile(r"\.(?P<name>.+?)(\.(?P<pid>\d+)(@(?P<host>[^.@]+))?)?\.(?P<kind>unfinished|replaced|link)")
_SCRATCH = re.compile(r"churnrisk\.(?P<host>[^.@]+)\.(?P<pid>\d+)\..+")


def temporary(path: Path, kind: Kind) -> Path:
    """Name what is not whole yet, or on its way out, beside the name that it is meant for.

    Examples
    --------
    >>> found = leftover(temporary(Path("runs/2025-06-01"), "unfinished"))
    >>> found.meant_for.as_posix(), found.kind, found.pid == os.getpid()
    ('runs/2025-06-01', 'unfinished', True)
    """
    return path.with_name(f".{path.name}.{os.getpid()}@{_host()}.{kind}")


@dataclass(frozen=True)
class Leftover:
    """Something under a temporary name.

    Parameters
    ----------
    meant_for
        The name that it was to have, or had.
    pid, host
        The process that made it, and on which machine; empty where the name does not tell.
    """

    path: Path
    meant_for: Path
    kind: str
    pid: int | None
    host: str | None

    @property
    def is_abandoned(self) -> bool:
        """Whether the process that made it is gone; of another machine only age tells."""
        try:
            age = time.time() - self.path.lstat().st_mtime
        except OSError:
            return False
        here = self.host in (None, _host())
        return age > OLD_SECONDS or (here and (self.pid is None or _is_gone(self.pid)))

    def clear(self) -> str:
        """Remove it; a folder that was moved aside is put back where nothing took its place."""
        if self.kind == "replaced" and not self.meant_for.exists():
            self.path.rename(self.meant_for)
            return f"{self.meant_for.name}: put back"
        if self.path.is_dir() and not self.path.is_symlink():
            shutil.rmtree(self.path, ignore_errors=True)
        else:
            self.path.unlink(missing_ok=True)
        return f"{self.meant_for.name}: {self.kind}, removed"


def leftover(path: Path) -> Leftover | None:
    """Read a temporary name; None where it is none.

    Examples
    --------
    >>> leftover(Path(".latest.12.link")).pid, leftover(Path("latest")) is None
    (12, True)
    """
    found = _NAMED.fullmatch(path.name)
    if found is None:
        return None
    pid = int(found["pid"]) if found["pid"] else None
    return Leftover(path, path.with_name(found["name"]), found["kind"], pid, found["host"])


def clear_leftovers(folder: Path) -> list[str]:
    """Clear what killed runs left in a pipeline's folder; called under the lock, before anything is written.

    What other commands are writing just now stays.

    Returns
    -------
    list of str
        What was cleared, in words.

    Examples
    --------
    >>> folder = Path(tempfile.mkdtemp())
    >>> (folder / "runs" / ".2025-06-01-1a2b3c4d.99999999.unfinished").mkdir(parents=True)
    >>> clear_leftovers(folder), clear_leftovers(folder)
    (['2025-06-01-1a2b3c4d: unfinished, removed'], [])
    """
    found = [
        one for depth in range(DEPTH) for path in sorted(folder.glob("*/" * depth + ".*")) if (one := leftover(path))
    ]
    under_the_lock = folder / UNDER_THE_LOCK
    return [one.clear() for one in found if one.path.parent == under_the_lock or one.is_abandoned]


def clear_after(path: Path) -> None:
    """Clear what processes that are gone left beside one name."""
    for beside in sorted(path.parent.glob(f".{path.name}.*")):
        found = leftover(beside)
        if found is not None and found.meant_for == path and found.is_abandoned:
            found.clear()


@contextmanager
def own_scratch() -> Iterator[Path]:
    """Give the process a folder of its own for temporary files; it goes with the process, or after it.

    Whatever asks :mod:`tempfile` for a place gets one inside: the engine's overflow, unpacked files, MLflow's copies.

    Examples
    --------
    >>> with own_scratch() as scratch:
    ...     tempfile.gettempdir() == str(scratch)
    True
    >>> scratch.exists()
    False
    """
    before, outside = tempfile.tempdir, Path(tempfile.gettempdir())
    for path in sorted(outside.glob("churnrisk.*")):
        found = _SCRATCH.fullmatch(path.name)
        if found and found["host"] == _host() and _is_gone(int(found["pid"])):
            shutil.rmtree(path, ignore_errors=True)
    own = Path(tempfile.mkdtemp(prefix=f"churnrisk.{_host()}.{os.getpid()}.", dir=outside))
    tempfile.tempdir = str(own)
    try:
        yield own
    finally:
        tempfile.tempdir = before
        shutil.rmtree(own, ignore_errors=True)


def to_disk(folder: Path, *, deep: bool = True) -> None:
    """Hand a folder, and with ``deep`` its files, to the disk, where the system can; it costs waiting, no CPU."""
    for path in [*(sorted(folder.rglob("*")) if deep else ()), folder]:
        try:
            opened = os.open(path, os.O_RDONLY)
        except OSError:
            continue
        try:
            os.fsync(opened)
        except OSError:  # folders cannot be synced everywhere
            if path.is_file():
                raise
        finally:
            os.close(opened)


def _is_gone(pid: int) -> bool:
    """Say whether a process has ended; one's own number on something older is of an earlier process."""
    if pid == os.getpid():
        return True
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
    except psutil.AccessDenied:
        return False


def _host() -> str:
    return re.sub(r"[^A-Za-z0-9_-]", "_", socket.gethostname())
