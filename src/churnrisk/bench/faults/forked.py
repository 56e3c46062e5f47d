"""A process that has loaded everything and forks a command for each line it is told, so that a start costs nothing.

``python -m churnrisk.bench.faults.forked`` reads lines of JSON: ``{"start": {...}}`` forks a command and answers with
its process, ``{"wait": pid}`` answers with its exit code, below 0 where a signal ended it.
"""

import importlib
import json
import os
import resource
import signal
import sys
import tempfile
from pathlib import Path
from typing import Any

from churnrisk.modeling.store import open_store
from churnrisk.settings import PipelineSettings

#: What changes files, as Python tells its auditors, and which of its words is the name; a rename is a replace, too.
CHANGES = {"os.rename": 1, "os.symlink": 1, "os.remove": 0, "os.rmdir": 0, "os.mkdir": 0, "open": 0}
#: What a night loads on its way.
LOADED = (
    "ibis.backends.duckdb",
    "openpyxl",
    "pyarrow.parquet",
    "churnrisk.cli",
    "churnrisk.flows.score",
    "churnrisk.terminal",
)
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC


def main() -> None:
    """Fork a command for each line that asks for one."""
    _load()
    for line in sys.stdin:
        asked = json.loads(line)
        if "wait" in asked:
            _, status = os.waitpid(asked["wait"], 0)
            _answer(os.waitstatus_to_exitcode(status))
            continue
        pid = os.fork()
        if pid == 0:
            _command(**asked["start"])
        _answer(pid)


def _load() -> None:
    """Load what a night loads, so that forked commands find it there; MLflow loads most with its first store."""
    for name in LOADED:
        importlib.import_module(name)
    with tempfile.TemporaryDirectory() as scratch:
        open_store(PipelineSettings(name="loaded", out="out", file=Path(scratch) / "loaded.toml"))


def _answer(told: int) -> None:
    sys.stdout.write(f"{told}\n")
    sys.stdout.flush()


def _command(
    words: list[str],
    log: str,
    under: tuple[str, ...] = (),
    kill_at: int | None = None,
    trace: str | None = None,
    largest: int | None = None,
    environment: dict[str, str] | None = None,
) -> None:
    """Run the command line and end with its exit code."""
    os.setsid()
    os.environ.update(environment or {})
    with open(os.devnull) as nothing, open(log, "wb") as told:
        os.dup2(nothing.fileno(), 0)
        os.dup2(told.fileno(), 1)
        os.dup2(told.fileno(), 2)
    if largest is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))
    if kill_at is not None or trace is not None:
        sys.addaudithook(_Counting(tuple(under), kill_at, trace))
    sys.argv = ["churnrisk", *words]
    importlib.import_module("churnrisk.cli").main()  # as a person starts it; no room imports the command line
    sys.exit(0)


class _Counting:
    """Counts what changes files under a folder, writes each down, and ends the process before a given one."""

    def __init__(self, under: tuple[str, ...], kill_at: int | None, trace: str | None) -> None:
        self.under = under
        self.kill_at = kill_at
        self.trace = os.open(trace, os.O_WRONLY | os.O_CREAT | os.O_TRUNC) if trace else None
        self.count = 0

    def __call__(self, event: str, told: tuple[Any, ...]) -> None:
        if event not in CHANGES or (event == "open" and not _is_write(told)):
            return
        named = told[CHANGES[event]]
        path = os.fsdecode(named) if isinstance(named, str | bytes | os.PathLike) else ""
        if os.path.isabs(path) and not path.startswith(self.under):
            return
        if _is_nothing(event, path):
            return
        self.count += 1
        if self.trace is not None:
            os.write(self.trace, f"{event} {Path(path).name}\n".encode())
        if self.count == self.kill_at:
            os.kill(os.getpid(), signal.SIGKILL)


def _is_nothing(event: str, path: str) -> bool:
    """Say whether it will change nothing: what is there cannot be made, what is not cannot be removed."""
    there = os.path.lexists(path)
    return (event == "os.mkdir" and there) or (event == "os.remove" and os.path.isabs(path) and not there)


def _is_write(told: tuple[Any, ...]) -> bool:
    path, mode, flags = told
    if not isinstance(path, str | bytes | os.PathLike):
        return False
    return any(letter in mode for letter in "wax+") if isinstance(mode, str) else bool((flags or 0) & _WRITES)


if __name__ == "__main__":
    main()
