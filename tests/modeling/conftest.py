import shutil

import pytest

from churnrisk.settings import PipelineSettings


@pytest.fixture(scope="session")
def empty_mlflow(tmp_path_factory):
    """An MLflow database made once; making one takes seconds."""
    from churnrisk.modeling.store import load_mlflow

    folder = tmp_path_factory.mktemp("mlflow")
    address = f"sqlite:///{folder}/mlflow.db"
    load_mlflow().MlflowClient(address, address).search_experiments()
    return folder / "mlflow.db"


@pytest.fixture
def mlflow_pipeline(empty_mlflow, tmp_path, monkeypatch):
    """A pipeline whose store is there and empty."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    file = tmp_path / "sample.toml"
    file.write_text('name = "sample"\n', encoding="utf-8")
    (tmp_path / "out" / "mlflow").mkdir(parents=True)
    shutil.copy(empty_mlflow, tmp_path / "out" / "mlflow" / "mlflow.db")
    return PipelineSettings(name="sample", out="out", file=file)
