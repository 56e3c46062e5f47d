"""The champion behind MLflow's own scoring server, for one customer at a time."""

import os
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from types import FrameType

from churnrisk.errors import RefusedError
from churnrisk.modeling.mlflow_form import write_to_serve
from churnrisk.modeling.registry import Registry
from churnrisk.settings import PipelineSettings

#: A request that takes longer is ended.
SECONDS = 60


def run(settings: PipelineSettings, port: int) -> int:
    """Serve the champion on the loopback address until stopped; give the server's exit code.

    The server reads a folder of its own that is written from the bytes that were checked against the registry, so
    nothing else that lies in the store is loaded or run.

    Raises
    ------
    RefusedError
        When there is no champion.
    ModelError
        When one of its files was changed.
    """
    release = Registry(settings).champion()
    if release is None:
        raise RefusedError(
            f"There is no champion for the pipeline {settings.name!r}, so there is nothing to serve. "
            f"Train one: churnrisk train {settings.file.name}."
        )
    with tempfile.TemporaryDirectory(prefix="churnrisk-serve-") as scratch:
        folder = Path(scratch) / "model"
        write_to_serve(folder, release.model, release.script)
        command = [sys.executable, "-m", "mlflow", "models", "serve", "--model-uri", folder.as_uri()]
        command += ["--env-manager", "local", "--host", "127.0.0.1", "--port", str(port), "--timeout", str(SECONDS)]
        return _until_stopped(command, _environment())


def _environment() -> dict[str, str]:
    """Give the environment of the server, which looks for its programs beside this Python."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    return {**os.environ, "PATH": path, "MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"}


def _until_stopped(command: list[str], environment: dict[str, str]) -> int:
    """Run a server until it ends or this process is asked to; whatever it started ends with it."""
    server = subprocess.Popen(command, env=environment, start_new_session=True)
    before = signal.signal(signal.SIGTERM, _stop)
    try:
        return server.wait()
    except KeyboardInterrupt:
        return 0
    finally:
        signal.signal(signal.SIGTERM, before)
        with suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGTERM)
        server.wait()


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
