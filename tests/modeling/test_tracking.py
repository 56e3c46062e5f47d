import json
import os
import signal
import subprocess
import sys
import textwrap

import numpy as np
import pytest

from churnrisk.modeling.evaluate import evaluate
from churnrisk.modeling.plots import reliability_plot
from churnrisk.modeling.tracking import Tracker, close_abandoned, git_commit


def status(tracker, run_id):
    return tracker.store.client.get_run(run_id).info.status


def test_training_is_a_finished_run_with_a_run_nested_for_each_model(mlflow_pipeline):
    tracker = Tracker(mlflow_pipeline)
    random = np.random.default_rng(0)
    p = random.uniform(0.05, 0.5, 200)
    found = evaluate(random.random(200) < p, p, np.arange(200), resamples=20)
    with tracker.training("train 2025-06-01") as run:
        run.log_dataset("snapshots", "abc123", source="tables", context="fit", profile=json.dumps({"rows": 200}))
        run.log_dict({"a": 1}, "verdict.json")
        run.log_text("# Card", "card.md")
        run.log_tags({"verdict": "released"})
        with run.nested("logistic") as child:
            child.log_metrics("test", found)
    client = tracker.store.client
    parent, nested = client.get_run(run.id), client.get_run(child.id)
    assert (parent.info.status, nested.info.status) == ("FINISHED", "FINISHED")
    assert nested.data.tags["mlflow.parentRunId"] == run.id
    assert nested.data.metrics["test.log_loss"] == pytest.approx(found["log_loss"].value)
    assert nested.data.metrics["test.roc_auc.low"] == pytest.approx(found["roc_auc"].low)
    assert nested.data.metrics["test.rows"] == 200
    assert parent.data.params["churn.kind"] == "contract"
    assert parent.data.tags["churnrisk.git_commit"]
    assert parent.inputs.dataset_inputs[0].dataset.digest == "abc123"
    assert {file.path for file in client.list_artifacts(run.id)} == {"sample.toml", "verdict.json", "card.md"}
    assert (tracker.store.folder / "artifacts").is_dir()


def test_figure_is_recorded(mlflow_pipeline):
    from churnrisk.modeling.evaluate import Judged

    judged = Judged([0, 1] * 50, range(100), resamples=20)
    judged.add("logistic", [0.2, 0.7] * 50)
    tracker = Tracker(mlflow_pipeline)
    with tracker.training() as run:
        run.log_figure(reliability_plot(judged, "logistic").figure, "reliability.png")
    assert "reliability.png" in {file.path for file in tracker.store.client.list_artifacts(run.id)}


def test_metrics_that_cannot_be_had_are_left_out(mlflow_pipeline):
    tracker = Tracker(mlflow_pipeline)
    with tracker.training() as run:
        run.log_metrics("test", evaluate([0] * 20, [0.1] * 20, range(20), resamples=5))
    assert "test.roc_auc" not in tracker.store.client.get_run(run.id).data.metrics
    assert "test.log_loss" in tracker.store.client.get_run(run.id).data.metrics


def test_training_that_fails_is_recorded_as_failed(mlflow_pipeline):
    tracker = Tracker(mlflow_pipeline)
    with pytest.raises(ZeroDivisionError), tracker.training() as run, run.nested("tree") as child:
        _ = 1 / 0
    assert status(tracker, run.id) == status(tracker, child.id) == "FAILED"


def test_sigterm_ends_the_runs_as_killed_and_leaves_the_handler_as_it_was(mlflow_pipeline):
    tracker, before = Tracker(mlflow_pipeline), signal.getsignal(signal.SIGTERM)
    with pytest.raises(SystemExit) as end, tracker.training() as run, run.nested("tree") as child:
        os.kill(os.getpid(), signal.SIGTERM)
    assert end.value.code == 143
    assert status(tracker, run.id) == status(tracker, child.id) == "KILLED"
    assert signal.getsignal(signal.SIGTERM) is before


def test_running_training_of_this_process_is_not_closed(mlflow_pipeline):
    tracker = Tracker(mlflow_pipeline)
    with tracker.training() as run:
        assert close_abandoned(tracker.store) == []
        assert status(tracker, run.id) == "RUNNING"


def test_run_of_another_host_is_not_closed(mlflow_pipeline):
    tracker = Tracker(mlflow_pipeline)
    tags = {"churnrisk.pid": "1", "churnrisk.process_started": "0", "churnrisk.host": "elsewhere"}
    made = tracker.store.client.create_run(tracker.store.experiment_id, tags=tags)
    assert close_abandoned(tracker.store) == []
    assert status(tracker, made.info.run_id) == "RUNNING"


def test_git_commit_is_unknown_outside_a_repository(tmp_path):
    assert git_commit(tmp_path) == "unknown"


TRAININGS = """
    import os, signal, sys, time
    from pathlib import Path
    from churnrisk.modeling.store import load_mlflow
    from churnrisk.modeling.tracking import Tracker
    from churnrisk.settings import PipelineSettings

    load_mlflow()
    import mlflow.store.tracking.sqlalchemy_store

    pipeline = PipelineSettings(name="sample", out="out", file=Path(sys.argv[1]) / "sample.toml")

    def race():
        with Tracker(pipeline).training("race"):
            pass

    def die():
        with Tracker(pipeline).training("die") as run, run.nested("tree"):
            os.kill(os.getpid(), signal.SIGKILL)

    def fork(work):
        child = os.fork()
        if child:
            return child
        try:
            work()
        except BaseException as fault:
            print(repr(fault), file=sys.stderr)
            os._exit(1)
        os._exit(0)

    racers = [fork(race), fork(race)]
    print([os.waitpid(child, 0)[1] for child in racers], os.waitpid(fork(die), 0)[1])
"""


@pytest.mark.slow
def test_two_processes_create_the_store_at_once_and_a_killed_training_is_closed_at_the_next_start(tmp_path):
    environment = {name: told for name, told in os.environ.items() if name != "MLFLOW_TRACKING_URI"}
    code = textwrap.dedent(TRAININGS)
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, env=environment
    )
    assert done.stdout.strip() == "[0, 0] 9", done.stderr
    assert done.stderr == ""

    from pathlib import Path

    from churnrisk.settings import PipelineSettings

    tracker = Tracker(PipelineSettings(name="sample", out="out", file=Path(tmp_path) / "sample.toml"))
    runs = tracker.store.client.search_runs([tracker.store.experiment_id])
    assert sorted(run.info.status for run in runs) == ["FINISHED", "FINISHED", "RUNNING", "RUNNING"]
    with tracker.training("next"):
        pass
    runs = tracker.store.client.search_runs([tracker.store.experiment_id])
    assert sorted(run.info.status for run in runs) == ["FINISHED"] * 3 + ["KILLED"] * 2
