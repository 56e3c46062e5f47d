import logging
import os

from churnrisk.modeling.store import load_mlflow, open_store, tracking_address
from churnrisk.settings import PipelineSettings, TrackingSettings


def pipeline(folder, **tracking):
    return PipelineSettings(name="sample", out="out", file=folder / "s.toml", tracking=TrackingSettings(**tracking))


def test_address_of_the_toml_comes_before_the_environment(tmp_path):
    told = pipeline(tmp_path, uri="http://here:1")
    assert tracking_address(told, {"MLFLOW_TRACKING_URI": "http://there:2"}) == "http://here:1"


def test_pipelines_of_one_output_folder_share_one_store(tmp_path):
    other = PipelineSettings(name="other", out="out", file=tmp_path / "o.toml")
    assert tracking_address(pipeline(tmp_path), {}) == tracking_address(other, {})


def test_telemetry_is_off_and_mlflow_is_quiet():
    load_mlflow()
    assert os.environ["MLFLOW_DISABLE_TELEMETRY"] == "true"
    assert logging.getLogger("mlflow").getEffectiveLevel() >= logging.WARNING


def test_opening_sets_nothing_global(mlflow_pipeline, capfd):
    before = (load_mlflow().get_tracking_uri(), os.environ.get("MLFLOW_TRACKING_URI"))
    first, second = open_store(mlflow_pipeline), open_store(mlflow_pipeline)
    assert first.experiment_id == second.experiment_id
    assert (load_mlflow().get_tracking_uri(), os.environ.get("MLFLOW_TRACKING_URI")) == before
    assert capfd.readouterr() == ("", "")


def test_deleted_experiment_comes_back(mlflow_pipeline):
    store = open_store(mlflow_pipeline)
    store.client.delete_experiment(store.experiment_id)
    assert open_store(mlflow_pipeline).experiment_id == store.experiment_id
    assert store.client.get_experiment(store.experiment_id).lifecycle_stage == "active"
