"""Commands in processes that start at once, can be killed, and are waited for."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from churnrisk.errors import EngineError


@dataclass(frozen=True)
class Ended:
    """How a command ended.

    Parameters
    ----------
    code
        Its exit code; below 0 the signal that ended it.
    said
        What it printed.
    seconds
        How long it took.
    """

    code: int
    said: str
    seconds: float


class Started:
    """A command that runs."""

    def __init__(self, launcher: "Launcher", pid: int, log: Path) -> None:
        self.launcher, self.pid, self.log = launcher, pid, log
        self.began = time.monotonic()

    def kill_after(self, seconds: float) -> None:
        """End it without warning, so many seconds after its start."""
        time.sleep(max(0.0, self.began + seconds - time.monotonic()))
        self.kill()

    def kill(self) -> None:
        """End it without warning."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)

    def wait(self) -> Ended:
        """Wait until it has ended."""
        code = self.launcher.ask({"wait": self.pid})
        said = self.log.read_text(encoding="utf-8", errors="replace")
        return Ended(code, said, time.monotonic() - self.began)


class Launcher:
    """A process that forks commands; closing ends it.

    Parameters
    ----------
    scratch
        Where what the commands print is kept, and where their temporary files go.
    """

    def __init__(self, scratch: Path) -> None:
        self.scratch = scratch
        self.temporary = scratch / "tmp"
        self.temporary.mkdir(parents=True, exist_ok=True)
        quiet = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "churnrisk.bench.faults.forked"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **quiet, "TMPDIR": str(self.temporary), "MLFLOW_DISABLE_TELEMETRY": "true"},
        )

    def __enter__(self) -> "Launcher":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._process.wait(timeout=60)

    def start(self, *words: object, **more: Any) -> Started:
        """Start a command.

        Parameters
        ----------
        more
            ``under`` (how names begin whose changes are counted), ``kill_at`` (end it before that change), ``trace``
            (file to write each change to), ``largest`` (bytes that a file may reach), ``environment``.
        """
        handle, log = tempfile.mkstemp(suffix=".log", dir=self.scratch)
        os.close(handle)
        told = {name: str(value) if isinstance(value, Path) else value for name, value in more.items()}
        pid = self.ask({"start": {"words": [str(word) for word in words], "log": log, **told}})
        return Started(self, pid, Path(log))

    def run(self, *words: object, **more: Any) -> Ended:
        """Start a command and wait until it has ended."""
        return self.start(*words, **more).wait()

    def ask(self, line: Mapping[str, object]) -> int:
        """Send one line and read the answer."""
        if self._process.stdin is None or self._process.stdout is None:
            raise EngineError("The process that starts commands has no input. Start it again.")
        self._process.stdin.write(json.dumps(line) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise EngineError("The process that starts commands has ended. What it wrote above says why.")
        return int(answer)


def in_lines(said: str) -> Sequence[str]:
    r"""Give the lines of what was printed, without empty ones.

    Examples
    --------
    >>> in_lines("one\n\ntwo\n")
    ['one', 'two']
    """
    return [line for line in said.splitlines() if line.strip()]
