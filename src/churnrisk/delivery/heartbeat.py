"""Signs of life of a night: a small file that says when it last ran and how it ended, and an address to call."""

import json
import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from churnrisk.delivery.leftovers import temporary
from churnrisk.delivery.log import one_line, tell
from churnrisk.errors import RefusedError
from churnrisk.settings import PipelineSettings

FILE = "heartbeat.json"
#: Seconds to wait for a connection, and for an answer.
PING_SECONDS = (3, 5)
#: How much of a fault's message is kept.
LONGEST = 2_000
#: Ends of a run that is done, with or without findings.
DONE = {0, 3}

Sign = Literal["start", "done", "fail"]


@dataclass
class Beat:
    """One run's signs of life.

    Parameters
    ----------
    folder
        Where the file lies.
    ping
        Name of the environment variable with the address to call; None calls nobody.
    now
        When the run began, in UTC.
    silent
        Give no signs.
    """

    folder: Path
    ping: str | None
    now: datetime
    silent: bool = False
    exit_code: int = 0
    message: str = "done"
    run: str | None = None
    begun: bool = False
    _began: float = field(default_factory=time.monotonic, repr=False)

    def start(self) -> None:
        """Say that the run is at work; to be called once it holds the lock.

        The end of the run before stays in the file until this one ends.
        """
        self.begun = True
        if self.silent:
            return
        before = read_heartbeat(self.folder) or {}
        kept = {name: before.get(name) for name in ("last_end", "exit_code", "message", "run", "last_success")}
        self._write({"last_start": _instant(self.now), "running": True, "pid": os.getpid(), **kept})
        call(self.ping, "start")

    def end(self) -> None:
        """Write down how the run ended, and call the address."""
        if self.silent:
            return
        ended = self.now + timedelta(seconds=time.monotonic() - self._began)
        before = read_heartbeat(self.folder) or {}
        failed = self.exit_code not in DONE
        told = {
            "last_start": _instant(self.now),
            "running": False,
            "pid": os.getpid(),
            "last_end": _instant(ended),
            "exit_code": self.exit_code,
            "message": one_line(self.message)[:LONGEST],
            "run": self.run,
            "last_success": before.get("last_success") if failed else _instant(ended),
        }
        self._write(told)
        call(self.ping, "fail" if failed else "done")

    def _write(self, told: dict[str, Any]) -> None:
        """Replace the file in one step; a folder that cannot be written does not hide how the run went."""
        path = self.folder / FILE
        fresh = temporary(path, "unfinished")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            fresh.write_text(json.dumps(told, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
            fresh.replace(path)
        except OSError as fault:
            with suppress(OSError):
                fresh.unlink(missing_ok=True)
            tell("heartbeat", f"{FILE} could not be written: {fault.strerror}.", level=logging.WARNING)


@contextmanager
def alive(settings: PipelineSettings, now: datetime, *, silent: bool = False) -> Iterator[Beat]:
    """Write and call signs of life around a run, however it ends.

    A run that never began, because another had the lock, leaves the signs of the other alone.

    Parameters
    ----------
    now
        The clock, in UTC.
    silent
        Give no signs: somebody looks at this run.
    """
    beat = Beat(settings.out_folder, settings.nightly.ping, now, silent)
    try:
        yield beat
    except BaseException as fault:
        beat.exit_code, beat.message = _exit_code(fault), _message(fault)
        if beat.begun or not isinstance(fault, RefusedError):
            beat.end()
        raise
    beat.end()


def _exit_code(fault: BaseException) -> int:
    told = fault.code if isinstance(fault, SystemExit) else getattr(fault, "exit_code", 1)
    return told if isinstance(told, int) else 1


def _message(fault: BaseException) -> str:
    if isinstance(fault, SystemExit) and isinstance(fault.code, int):
        return f"The process was asked to end, with exit code {fault.code}."
    return str(fault) or type(fault).__name__


def read_heartbeat(folder: Path) -> dict[str, Any] | None:
    """Read a pipeline's last signs of life; None where there are none.

    Examples
    --------
    >>> read_heartbeat(Path("no such folder")) is None
    True
    """
    try:
        told = json.loads((folder / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return told if isinstance(told, dict) else None


def call(variable: str | None, sign: Sign) -> bool:
    """Call the address that an environment variable holds: itself when done, ``/start`` and ``/fail`` else.

    Nothing of the run is sent along. A call that fails is a line of the log, without the address, and nothing more.

    Returns
    -------
    Whether it was answered.

    Examples
    --------
    >>> call(None, "done")
    False
    """
    if variable is None:
        return False
    address = os.environ.get(variable, "").strip()
    if not address:
        tell("ping", f"The variable {variable} of [nightly] ping holds no address. Set it.", level=logging.WARNING)
        return False
    import requests

    where = address if sign == "done" else f"{address.rstrip('/')}/{sign}"
    try:
        with requests.Session() as session:
            answer = session.get(where, timeout=PING_SECONDS, headers={"User-Agent": "churnrisk"})
        answered, why = answer.ok, str(answer.status_code)
    except (requests.RequestException, ValueError) as fault:
        answered, why = False, type(fault).__name__
    if not answered:
        tell("ping", f"The address in {variable} did not take {sign!r}: {why}. Check it.", level=logging.WARNING)
    return answered


def _instant(moment: datetime) -> str:
    return f"{moment.isoformat(timespec='seconds')}Z"
