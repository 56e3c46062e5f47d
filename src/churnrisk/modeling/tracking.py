"""Every training is one recorded run, with a run nested in it for each model."""

import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

import psutil

from churnrisk.modeling.store import Store, load_mlflow, open_store
from churnrisk.settings import PipelineSettings

if TYPE_CHECKING:
    from churnrisk.modeling.evaluate import Evaluation


class Terminated(SystemExit):
    """The process was asked to end (SIGTERM); its runs are closed on the way out."""


class Tracker:
    """Opens one pipeline's store and records its trainings.

    Parameters
    ----------
    settings
        The pipeline; ``[tracking] uri``, else MLFLOW_TRACKING_URI, else ``out/mlflow/mlflow.db``.
    """

    def __init__(self, settings: PipelineSettings) -> None:
        self.settings = settings
        self.store = open_store(settings)

    @contextmanager
    def training(self, name: str = "train") -> Iterator["Run"]:
        """Open the run of one training; runs that a killed training left behind are closed first."""
        close_abandoned(self.store)
        with end_on_sigterm(), _run(self.store, name, self._tags()) as run:
            run.log_params(_few(self.settings))
            if self.settings.file.is_file():
                run.log_file(self.settings.file)
            yield run

    def _tags(self) -> dict[str, str]:
        commit = git_commit(self.settings.folder)
        return {"mlflow.source.git.commit": commit.removesuffix("-dirty"), "churnrisk.git_commit": commit}


@dataclass(frozen=True)
class Run:
    """One open run: numbers, texts, pictures and files go in."""

    id: str
    store: Store

    @contextmanager
    def nested(self, name: str) -> Iterator["Run"]:
        """Open a run within this one, for one model."""
        with _run(self.store, name, {"mlflow.parentRunId": self.id}) as run:
            yield run

    def log_metrics(self, prefix: str, evaluation: "Evaluation") -> None:
        """Record every metric with its interval: ``test.log_loss``, ``test.log_loss.low``, ``test.log_loss.high``."""
        numbers: dict[str, float | None] = {}
        for name, metric in evaluation.metrics.items():
            numbers |= {name: metric.value, f"{name}.low": metric.low, f"{name}.high": metric.high}
        counts = {"rows": evaluation.rows, "customers": evaluation.customers, "churners": evaluation.churners}
        self.log_numbers({f"{prefix}.{name}": number for name, number in {**numbers, **counts}.items()})

    def log_numbers(self, numbers: Mapping[str, float | None], *, step: int = 0) -> None:
        """Record numbers, all at one step of their curves; those that are None are left out."""
        from mlflow.entities import Metric

        now = int(time.time() * 1000)
        entries = [Metric(name, float(number), now, step) for name, number in numbers.items() if number is not None]
        self.store.client.log_batch(self.id, metrics=entries)

    def log_params(self, params: Mapping[str, object]) -> None:
        """Record what was set."""
        from mlflow.entities import Param

        self.store.client.log_batch(self.id, params=[Param(name, str(told)[:500]) for name, told in params.items()])

    def log_tags(self, tags: Mapping[str, object]) -> None:
        """Record what it was, for searching."""
        from mlflow.entities import RunTag

        self.store.client.log_batch(self.id, tags=[RunTag(name, str(told)[:5000]) for name, told in tags.items()])

    def log_dataset(self, name: str, digest: str, *, source: str, context: str, profile: str = "") -> None:
        """Record which rows were used: a name, a fingerprint of at most 36 characters, and counts as JSON."""
        from mlflow.entities import Dataset, DatasetInput, InputTag

        rows = Dataset(name, digest[:36], "local", source, profile=profile or None)
        self.store.client.log_inputs(self.id, [DatasetInput(rows, [InputTag("mlflow.data.context", context)])])

    def log_dict(self, content: Mapping[str, Any], file: str) -> None:
        """Record plain data as JSON or YAML, by the file's ending."""
        self.store.client.log_dict(self.id, dict(content), file)

    def log_text(self, text: str, file: str) -> None:
        """Record a text."""
        self.store.client.log_text(self.id, text, file)

    def log_figure(self, figure: Any, file: str) -> None:
        """Record a matplotlib figure."""
        self.store.client.log_figure(self.id, figure, file)

    def log_file(self, path: Path, folder: str | None = None) -> None:
        """Record a file as it is."""
        self.store.client.log_artifact(self.id, str(path), folder)


def close_abandoned(store: Store) -> list[str]:
    """Mark runs as killed whose process on this host is gone, and name them."""
    mine = f"attributes.status = 'RUNNING' and tags.`churnrisk.host` = '{socket.gethostname()}'"
    killed = []
    for run in store.client.search_runs([store.experiment_id], mine, max_results=1000):
        tags = run.data.tags
        if not _alive(int(tags.get("churnrisk.pid", -1)), float(tags.get("churnrisk.process_started", 0))):
            store.client.set_terminated(run.info.run_id, "KILLED")
            killed.append(run.info.run_id)
    return killed


def git_commit(folder: Path) -> str:
    """Name the commit a folder is at, with ``-dirty`` when files were changed; ``unknown`` without git.

    Examples
    --------
    >>> git_commit(Path("/"))
    'unknown'
    """
    command = ["git", "-C", str(folder), "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    try:
        found = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return found.stdout.strip() or "unknown"


@contextmanager
def _run(store: Store, name: str, tags: Mapping[str, str]) -> Iterator[Run]:
    """Open a run, and close it as what it became: finished, failed or killed."""
    load_mlflow()
    process = psutil.Process()
    own = {
        "churnrisk.pid": str(process.pid),
        "churnrisk.process_started": repr(process.create_time()),
        "churnrisk.host": socket.gethostname(),
    }
    made = store.client.create_run(store.experiment_id, run_name=name, tags={**own, **tags})
    run = Run(made.info.run_id, store)
    try:
        yield run
    except (Terminated, KeyboardInterrupt):
        store.client.set_terminated(run.id, "KILLED")
        raise
    except BaseException:
        store.client.set_terminated(run.id, "FAILED")
        raise
    store.client.set_terminated(run.id, "FINISHED")


@contextmanager
def end_on_sigterm() -> Iterator[None]:
    """Let SIGTERM unwind like an exception, so that open runs are closed; only the main thread can."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(_number: int, _frame: FrameType | None) -> None:
        raise Terminated(143)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _alive(pid: int, started: float) -> bool:
    """Say whether that very process still runs, not another with its number."""
    if pid == os.getpid():
        return True
    try:
        return abs(psutil.Process(pid).create_time() - started) < 1
    except (psutil.Error, ValueError):
        return False


def _few(settings: PipelineSettings) -> dict[str, object]:
    """Give the settings worth a column in MLflow's table; the TOML itself is recorded whole."""
    churn, models = settings.churn, settings.models
    if settings.flat is not None:
        return {
            "source.kind": settings.flat.kind,
            "source.label": settings.flat.label,
            "validation.folds": settings.validation.folds,
            "validation.seed": settings.validation.seed,
            "models.names": ", ".join(models.names),
            "models.seed": models.seed,
            "models.bootstrap": models.bootstrap,
        }
    return {
        "churn.kind": churn.kind,
        "churn.horizon": ", ".join(map(str, churn.every_horizon)),
        "churn.lead_days": churn.lead_days,
        "models.names": ", ".join(models.names),
        "models.seed": models.seed,
        "models.refit": models.refit,
        "models.bootstrap": models.bootstrap,
    }
