"""A training: what is promoted, what is kept, and what is refused."""

import json
import os
from datetime import timedelta

import pandas as pd
import pytest

from churnrisk.flows import train
from churnrisk.modeling.registry import Registry
from tests.flows.company import NOW


def test_the_best_model_is_promoted_and_written_down(trained):
    result, out = trained.result, trained.settings.out_folder
    assert result.released
    assert (result.exit_code, result.champion) == (0, 1)
    assert "may be used" in result.sentence
    champion = Registry(trained.settings).champion()
    assert champion.tags["promoted_by"] == "train"
    assert champion.tags["champion_from"] == "2025-01-01T02:30:00"
    assert {"metrics.json", "predictions.parquet", "reliability.png", "lift.png"} <= set(os.listdir(out / "train"))
    assert (trained.settings.card_folder / "card.md").is_file()


def test_each_model_stands_beside_the_simple_rules(trained):
    assert set(trained.result.metrics["model"]) == {"logistic", "base rate", "simple rule"}


def test_metrics_come_from_the_test_cutoffs_only(trained):
    folder = trained.settings.out_folder / "train"
    told = json.loads((folder / "metrics.json").read_text())
    rows = pd.read_parquet(folder / "predictions.parquet")
    assert {str(day.date()) for day in rows["cutoff"]} == set(told["test_cutoffs"]) == {"2024-10-25", "2024-11-25"}
    assert (told["rows"], told["churners"]) == (len(rows), int(rows["churned"].sum()))


def test_the_same_model_trained_again_keeps_its_version(trained):
    again = train.run(trained.settings, NOW + timedelta(days=1))
    assert (again.champion, again.exit_code) == (1, 0)
    registry = Registry(trained.settings)
    assert registry.challenger() is None
    assert registry.champion().tags["champion_from"] == "2025-01-01T02:30:00"
    store = registry.store
    newest = store.client.search_runs(
        [store.experiment_id], "tags.`mlflow.runName` = 'train'", order_by=["attributes.start_time DESC"]
    )[0]
    assert newest.data.tags["registry"] == "version 1 is this very model, and stays"


def test_shuffled_labels_touch_neither_registry_nor_files(trained):
    folder = trained.settings.out_folder / "train"
    before = {path: path.stat().st_mtime_ns for path in sorted(folder.rglob("*"))}
    placebo = train.run(trained.settings, NOW, shuffle_labels=1)
    assert placebo.sentence.startswith("On shuffled labels: ")
    assert (placebo.champion, placebo.look) == (None, {})
    assert {path: path.stat().st_mtime_ns for path in sorted(folder.rglob("*"))} == before
    assert Registry(trained.settings).champion().version == 1


def test_too_few_churners_end_with_findings_and_say_how_many_are_missing(company):
    few = company.pipeline("few", name="few", need="1000")
    result = train.run(few, NOW)
    assert (result.exit_code, result.champion, result.released) == (3, None, False)
    assert "and 1000 are needed" in result.sentence
    churners = int(result.sentence.split(": ")[1].split()[0])
    assert f"{1000 - churners} are missing" in result.sentence
    assert result.metrics.empty
    assert not few.out_folder.exists()


def test_data_that_are_too_short_end_with_findings(company):
    result = train.run(company.pipeline("short", name="short", models="[cutoffs]\nmin_history_days = 400"), NOW)
    assert result.exit_code == 3
    assert result.sentence.startswith("Too little to learn from. The data span")


def test_a_set_of_cutoffs_without_churners_cannot_judge(company, monkeypatch):
    monkeypatch.setattr(train, "_judgeable", lambda *_: False)
    result = train.run(company.pipeline("one", name="one"), NOW)
    assert result.exit_code == 3
    assert "one of the sets of cutoffs has none, or nobody stayed" in result.sentence


@pytest.mark.parametrize(("labels", "can"), [([0, 1], True), ([0, 0], False), ([1, 1], False)])
def test_a_set_can_judge_when_some_left_and_some_stayed(labels, can):
    from churnrisk.snapshots.build import Snapshots
    from churnrisk.snapshots.split import Split

    days = pd.to_datetime(["2024-01-01", "2024-06-01"])
    rows = pd.DataFrame({"cutoff": [days[0]] * 2 + [days[1]] * 2, "churned": [0, 1, *labels]})
    parts = Split([days[0].date()], [], [days[1].date()], [])
    assert train._judgeable(Snapshots(rows, []), parts) is can
