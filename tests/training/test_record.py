"""What a training writes down, and which model it lets be used."""

import dataclasses
import json
from contextlib import contextmanager
from datetime import datetime
from types import SimpleNamespace

import joblib
import pandas as pd
import pytest

from churnrisk.modeling.gate import Verdict
from churnrisk.modeling.reigns import Reign
from churnrisk.training.record import record, write_files

NOW = datetime(2025, 6, 2, 2, 30)


class Run:
    """Keeps what would be recorded in MLflow."""

    id = "run-1"

    def __init__(self):
        self.tags, self.files, self.texts, self.metrics, self.inner = {}, [], {}, [], {}

    def log_tags(self, tags):
        self.tags |= tags

    def log_file(self, path, folder=None):
        self.files.append(path.name)

    def log_text(self, text, file):
        self.texts[file] = text

    def log_dict(self, content, file):
        self.texts[file] = json.dumps(content)

    def log_metrics(self, prefix, evaluation):
        self.metrics.append(prefix)

    def log_dataset(self, name, digest, **more):
        self.texts[name] = digest

    def log_numbers(self, numbers):
        self.metrics += numbers

    def log_params(self, params):
        self.texts["params"] = json.dumps(params)

    @contextmanager
    def nested(self, name):
        self.inner[name] = Run()
        yield self.inner[name]


class Registry:
    """Keeps what would be registered and promoted."""

    def __init__(self):
        self.registered, self.promoted, self.notes = [], [], {}

    def register_release(self, run, folder, script, example, *, tags):
        self.tags = tags
        self.registered.append((sorted(path.name for path in folder.iterdir()), script.name, example))
        return 7

    def promote(self, version, **why):
        self.promoted.append((version, why))

    def note(self, version, tags):
        self.notes[version] = tags

    def reigns(self):
        return [Reign(version, 1, str(why["when"]), why["who"], why["why"]) for version, why in self.promoted]


@pytest.fixture(scope="module")
def folder(training):
    return write_files(training, training.folder)


def recorded(training, folder, before=None):
    run, registry = Run(), Registry()
    card = record(run, registry, training, folder, before=before, now=NOW)
    return run, registry, card


def judged_as(training, code):
    verdict = Verdict(code, f"It is {code}.", training.contest.verdict.checks)
    return dataclasses.replace(training, contest=dataclasses.replace(training.contest, verdict=verdict))


def test_a_released_model_is_registered_and_promoted_with_the_reason(training, folder):
    _, registry, _ = recorded(training, folder)
    assert registry.promoted == [(7, {"who": "train", "why": training.contest.verdict.sentence, "when": NOW})]
    files, script, example = registry.registered[0]
    assert files == ["churn_model.py", "estimator.joblib", "model.json", "profile.json"]
    assert script == "churn_model.py"
    assert len(registry.tags["profile_sha256"]) == 64
    assert registry.tags["trained_at"] == NOW.isoformat()
    assert registry.tags["verdict_sentence"] == training.contest.verdict.sentence
    assert "customer_id" not in example


@pytest.mark.parametrize("code", ["calibration_refused", "worse_than_champion"])
def test_a_refused_model_waits_as_challenger(training, folder, code):
    _, registry, _ = recorded(judged_as(training, code), folder)
    assert len(registry.registered) == 1
    assert registry.promoted == []


@pytest.mark.parametrize("code", ["no_usable_signal", "too_few_churners"])
def test_a_model_without_signal_is_not_even_registered(training, folder, code):
    run, registry, card = recorded(judged_as(training, code), folder)
    assert (registry.registered, registry.promoted) == ([], [])
    assert (run.tags["verdict"], run.tags["verdict_sentence"]) == (code, f"It is {code}.")
    assert "No version is in use." in card.read_text(encoding="utf-8")
    assert f"It is {code}." in card.read_text(encoding="utf-8")


def test_this_very_model_keeps_its_version(training, folder):
    before = SimpleNamespace(
        version=3, model_sha256=training.contest.best.release.sha256, tags={"profile_sha256": "0" * 64}
    )
    run, registry, _ = recorded(training, folder, before)
    assert (registry.registered, registry.promoted) == ([], [])
    assert run.tags["registry"] == "version 3 is this very model, and stays"
    assert registry.notes == {3: {"trained_at": NOW.isoformat()}}  # it is as young as this training


def test_another_model_than_the_champion_is_registered(training, folder):
    before = SimpleNamespace(version=3, model_sha256="0" * 64)
    _, registry, _ = recorded(training, folder, before)
    assert len(registry.registered) == len(registry.promoted) == 1


def test_every_model_has_a_run_within_the_training(training, folder):
    run, _, card = recorded(training, folder)
    assert set(run.inner) == {"logistic", "tree"}
    assert "rules.txt" in run.inner["tree"].texts
    assert "rules.txt" not in run.inner["logistic"].texts
    assert {"metrics.json", "segments.json", "usage"} <= set(run.texts)
    assert {"reliability.png", "lift.png", "capture.png", "tree.png", card.name} <= set(run.files)


def test_nothing_recorded_names_a_customer(training, folder):
    run, registry, card = recorded(training, folder)
    told = "".join([*run.texts.values(), *(text for one in run.inner.values() for text in one.texts.values())])
    told += card.read_text(encoding="utf-8") + registry.registered[0][2].to_csv()
    assert "c0001" not in told
    assert "predictions.parquet" not in run.files


def test_files_hold_predictions_metrics_and_pictures_with_their_numbers(training, folder):
    rows = pd.read_parquet(folder / "predictions.parquet")
    assert len(rows) == 900
    told = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    assert told["verdict"]["code"] == "released"
    assert set(told["models"]) == {"logistic", "tree", "base rate", "simple rule"}
    assert told["rows"] == 900
    for picture in folder.glob("*.png"):
        assert picture.with_suffix(".csv").is_file()
    assert (folder / "effect_usage_count_28d.png").is_file()


def test_the_estimator_beside_the_release_is_the_fitted_one(training, folder):
    recorded(training, folder)
    estimator = joblib.load(folder / "model" / "estimator.joblib")
    rows = training.contest.best.fitted.fit_rows
    assert estimator.decision_function(rows).tolist() == (
        training.contest.best.fitted.estimator.decision_function(rows).tolist()
    )
