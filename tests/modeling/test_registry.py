import hashlib
import json
import subprocess
import sys
import textwrap
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest

from churnrisk.errors import ModelError
from churnrisk.modeling.registry import Registry
from churnrisk.modeling.store import load_mlflow, quietly
from churnrisk.modeling.tracking import Tracker

SCRIPT = """
    import hashlib, json
    from pathlib import Path

    class ReleasedModel:
        def __init__(self, path, sha256):
            content = Path(path).read_bytes()
            if hashlib.sha256(content).hexdigest() != sha256:
                raise ValueError("changed")
            self.intercept = json.loads(content)["intercept"]

        def score(self, frame):
            return frame[["usage_count_28d"]] * 0 + self.intercept

    def load(path, sha256=None):
        return ReleasedModel(path, sha256)

    if __name__.startswith("code_model_"):
        import mlflow

        class ChurnModel(mlflow.pyfunc.PythonModel):
            def load_context(self, context):
                self.released = load(context.artifacts["model"], context.model_config["sha256"])

            def predict(self, context, model_input, params=None):
                Path(__file__).with_name("was_run").touch()
                return self.released.score(model_input)

        mlflow.models.set_model(ChurnModel())
"""
EXAMPLE = pd.DataFrame(
    {
        "usage_count_28d": pd.Series([1, None], dtype="Int64"),
        "plan": pd.Series(["pro", None], dtype="category"),
        "auto_renew": [True, False],
    }
)
NIGHT = datetime(2025, 6, 1, 2, 30, tzinfo=UTC)


@pytest.fixture
def company(mlflow_pipeline, tmp_path):
    (tmp_path / "churn_model.py").write_text(textwrap.dedent(SCRIPT), encoding="utf-8")
    return Company(mlflow_pipeline, tmp_path)


class Company:
    def __init__(self, pipeline, folder):
        self.pipeline, self.folder = pipeline, folder
        self.tracker = Tracker(pipeline)
        self.registry = Registry(pipeline, self.tracker.store)

    def release(self, intercept=0.25, example=EXAMPLE):
        release = self.folder / "release"
        release.mkdir(exist_ok=True)
        (release / "model.json").write_text(json.dumps({"intercept": intercept}), encoding="utf-8")
        (release / "estimator.joblib").write_bytes(b"joblib")
        with self.tracker.training() as run:
            return self.registry.register_release(run, release, self.folder / "churn_model.py", example)

    def promote(self, version, why="it beat the simple rules"):
        self.registry.promote(version, who="train", why=why, when=NIGHT)


def test_released_model_is_challenger_then_champion_and_opens_from_the_checked_bytes(company):
    version = company.release()
    assert company.registry.champion() is None
    assert company.registry.challenger().version == version == 1
    company.promote(version)
    champion = company.registry.champion()
    assert company.registry.challenger() is None
    assert champion.model_sha256 == hashlib.sha256(champion.model).hexdigest()
    assert champion.open().score(EXAMPLE.astype({"usage_count_28d": "float64"})).iloc[0, 0] == 0.25
    assert champion.tags["promoted_by"] == "train"
    assert champion.tags["champion_from"] == "2025-06-01T02:30:00+00:00"
    assert champion.tags["replaced"] == "none"


def test_nothing_is_there_before_the_first_release(company):
    assert company.registry.champion() is None
    assert company.registry.challenger() is None


def test_next_champion_keeps_the_record_of_the_one_before(company):
    first, second = company.release(), company.release(intercept=0.5)
    company.promote(first)
    company.promote(second, why="it was better")
    assert company.registry.champion().tags["replaced"] == "1"
    before = company.tracker.store.client.get_model_version("sample", "1").tags
    assert (before["replaced_by"], before["champion_until"]) == ("2", "2025-06-01T02:30:00+00:00")
    company.promote(first, why="rolled back")
    again = company.registry.champion()
    assert again.version == 1
    assert "champion_until" not in again.tags


@pytest.mark.parametrize("file", ["artifacts/model.json", "churn_model.py"])
def test_one_changed_byte_is_refused_before_any_code_runs(company, file):
    company.promote(company.release())
    path = company.registry.champion().model_path.parent.parent / file
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(ModelError, match="was changed"):
        company.registry.champion()


def test_store_that_was_moved_away_is_said(company):
    company.promote(company.release())
    company.registry.champion().model_path.unlink()
    with pytest.raises(ModelError, match="cannot be read"):
        company.registry.champion()


def test_unknown_version_is_refused_with_those_known(company):
    company.release()
    with pytest.raises(ModelError, match=r"no version 7 .* Known: \[1\]"):
        company.promote(7)


def test_personal_column_never_reaches_mlflow(company):
    with pytest.raises(ModelError, match="customer_id"):
        company.release(example=EXAMPLE.assign(customer_id="a"))


def test_mlflow_serves_the_model_and_the_example_was_never_run(company):
    company.release()
    folder = company.registry.challenger().model_path.parent.parent
    assert not list(company.folder.rglob("was_run"))
    with quietly():
        served = load_mlflow().pyfunc.load_model(str(folder))
    example = served.input_example
    assert list(example.columns) == list(EXAMPLE.columns)
    assert served.predict(example).iloc[0, 0] == 0.25
    assert served.metadata.get_input_schema().input_types_dict()["plan"].name == "string"
    requirements = (folder / "requirements.txt").read_text(encoding="utf-8").split()
    assert {line.split("==")[0] for line in requirements} == {"mlflow", "numpy", "pandas"}
    assert np.isnan(example["usage_count_28d"].iloc[1])


def test_registering_says_nothing_on_the_terminal(company, capfd):
    company.promote(company.release())
    assert capfd.readouterr() == ("", "")


def test_estimator_lies_beside_the_run_and_not_in_the_released_model(company):
    version = company.release()
    client = company.tracker.store.client
    run = client.get_model_version("sample", str(version)).run_id
    assert [file.path for file in client.list_artifacts(run, "release")] == ["release/estimator.joblib"]
    assert not list(company.registry.challenger().model_path.parent.parent.rglob("*.joblib"))


def test_importing_the_registry_loads_neither_mlflow_nor_scikit_learn():
    code = (
        "import sys, churnrisk.modeling.registry as r; print({'mlflow', 'sklearn', 'matplotlib'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
