"""Where runs and models are recorded: MLflow's address, opened quietly and created once."""

import logging
import os
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock

from churnrisk.settings import PipelineSettings

_QUIET = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "GIT_PYTHON_REFRESH": "quiet",
}


def load_mlflow() -> Any:
    """Import MLflow without telemetry, progress bars or chatter; takes some CPU seconds the first time."""
    os.environ.update(_QUIET)
    with quietly():
        import mlflow
    for name in ("mlflow", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)
    return mlflow


@contextmanager
def quietly() -> Iterator[None]:
    """Keep warnings about MLflow's own insides, and about types we never use, from the terminal."""
    with warnings.catch_warnings(record=True):
        warnings.simplefilter("ignore")
        yield


def tracking_address(settings: PipelineSettings, environment: Mapping[str, str] | None = None) -> str:
    """Say where MLflow records: the TOML's address, else MLFLOW_TRACKING_URI, else a SQLite file beside the runs.

    Examples
    --------
    >>> settings = PipelineSettings(name="sample", out="out", file=Path("/company/sample.toml"))
    >>> tracking_address(settings, {})
    'sqlite:////company/out/mlflow/mlflow.db'
    >>> tracking_address(settings, {"MLFLOW_TRACKING_URI": "http://mlflow.company:5000"})
    'http://mlflow.company:5000'
    """
    told = os.environ if environment is None else environment
    default = f"sqlite:///{(store_folder(settings) / 'mlflow.db').as_posix()}"
    return settings.tracking.uri or told.get("MLFLOW_TRACKING_URI") or default


def store_folder(settings: PipelineSettings) -> Path:
    """Give the folder that all pipelines of one output folder share for MLflow.

    Examples
    --------
    >>> store_folder(PipelineSettings(name="sample", out="out", file=Path("/company/sample.toml"))).as_posix()
    '/company/out/mlflow'
    """
    return settings.out_folder.parent / "mlflow"


@dataclass(frozen=True)
class Store:
    """An open MLflow store and the experiment of one pipeline.

    Parameters
    ----------
    address
        The tracking address; the registry lies there, too.
    folder
        A local folder for locks and downloads, and for the store itself by default.
    client
        MLflow's client on that address; nothing global is set.
    """

    address: str
    folder: Path
    client: Any
    experiment_id: str

    @property
    def is_remote(self) -> bool:
        """Whether a server stands between us and the files."""
        return self.address.startswith(("http://", "https://"))

    def lock(self) -> FileLock:
        """Give the lock under which the store is created and champions change."""
        return _lock(self.folder)


def open_store(settings: PipelineSettings) -> Store:
    """Open the store of a pipeline; the first to come creates it, and others wait."""
    mlflow = load_mlflow()
    address, folder = tracking_address(settings), store_folder(settings)
    folder.mkdir(parents=True, exist_ok=True)
    with _lock(folder):
        client = mlflow.MlflowClient(tracking_uri=address, registry_uri=address)
        name = settings.tracking.experiment or settings.name
        found = client.get_experiment_by_name(name)
        if found is None:
            here = (folder / "artifacts").as_uri() if address.startswith("sqlite:") else None
            experiment_id = client.create_experiment(name, artifact_location=here)
        else:
            experiment_id = found.experiment_id
            if found.lifecycle_stage == "deleted":
                client.restore_experiment(experiment_id)
    return Store(address, folder, client, experiment_id)


def _lock(folder: Path) -> FileLock:
    return FileLock(folder / "store.lock", timeout=120)
