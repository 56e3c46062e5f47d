"""What the README says, from the sample company to tonight's list."""

import json
import sys
import warnings
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from churnrisk.cli import main
from churnrisk.delivery import log
from churnrisk.sources.sample import read_truth
from tests.flows_sample import settings_of


@dataclass(frozen=True)
class Ended:
    """What a command wrote."""

    stdout: str
    stderr: str


@pytest.fixture
def churnrisk(monkeypatch, capsys):
    """Run the command line as a user would, in this process: starting one more takes longer than most commands."""

    def run(*words: object, code: int = 0) -> Ended:
        capsys.readouterr()
        monkeypatch.setattr(sys, "argv", ["churnrisk", *map(str, words)])
        with warnings.catch_warnings(), pytest.raises(SystemExit) as ended:
            warnings.simplefilter("ignore")
            main()
        wrote = Ended(*capsys.readouterr())
        assert int(ended.value.code or 0) == code, (
            f"{words} ended {ended.value.code}:\n{wrote.stdout}\n{wrote.stderr}"
        )
        return wrote

    yield run
    log.forget()


def test_check_says_that_there_is_enough_to_learn_from(trained_sample, churnrisk):
    done = churnrisk("check", trained_sample.file)
    assert "Enough to learn from" in done.stdout
    assert "set aside" in done.stdout


def test_training_ends_with_a_champion_and_a_table_of_models(trained_sample):
    assert "In use: version 1" in trained_sample.printed
    assert all(name in trained_sample.printed for name in ("logistic", "tree", "base rate", "simple rule", "oracle"))


def test_the_metrics_can_be_recomputed_from_the_predictions(trained_sample):
    from sklearn.metrics import log_loss

    folder = trained_sample.settings.out_folder / "train"
    told = json.loads((folder / "metrics.json").read_text())
    rows = pd.read_parquet(folder / "predictions.parquet")
    best = told["best"]
    assert log_loss(rows.churned, rows[best]) == pytest.approx(told["models"][best]["log_loss"]["value"], rel=1e-9)
    truth = read_truth(trained_sample.settings.source_path)
    joined = rows.merge(truth, on=["customer_id", "cutoff"], how="left")
    assert (joined.churn_probability - joined.oracle).abs().max() < 1e-12


def test_the_model_is_judged_by_region_and_does_not_read_it(trained_sample):
    folder = trained_sample.settings.out_folder / "train"
    groups = pd.read_csv(folder / "fairness.csv")
    told = json.loads((folder / "metrics.json").read_text())
    assert groups["group"].tolist() == ["east", "north", "south", "west"]
    assert (groups["rows"].sum(), groups["churners"].sum()) == (told["rows"], told["churners"])
    assert told["fairness"]["sentence"] in (trained_sample.settings.card_folder / "card.md").read_text()
    model = json.loads((folder / "model" / "model.json").read_text())
    assert "region" not in [column["name"] for column in model["columns"]]


def test_what_would_lower_the_risk_most_is_lower_and_something_a_team_can_influence(night):
    listed = pd.read_parquet(night / "at_risk.parquet")
    told = listed[listed["best_change"] != ""]
    assert len(told) > 0.5 * len(listed)
    assert (told["best_change_probability"] < told["churn_probability"]).all()
    assert not told["best_change"].str.contains("customer for|to the end of the term").any()
    assert listed.loc[listed["best_change"] == "", "best_change_probability"].isna().all()


def test_every_customer_present_is_in_exactly_one_file(night, trained_sample):
    run = json.loads((night / "run.json").read_text())
    scores = pd.read_parquet(night / "scores.parquet")
    leaving = pd.read_csv(night / "leaving.csv", dtype=str)
    others = pd.read_csv(night / "not_scored.csv", dtype=str)
    ids = [set(one.customer_id) for one in (scores, leaving, others)]
    assert sum(map(len, ids)) == len(ids[0] | ids[1] | ids[2])
    assert run["counts"]["scored"] == len(scores)
    assert run["present"] == len(scores) + len(leaving)
    subscriptions = pd.read_parquet(trained_sample.settings.source_path / "subscriptions.parquet")
    running = subscriptions[subscriptions.ended_at.isna() & (subscriptions.started_at < run["cutoff"])]
    running = running[~running.is_trial & (running.customer_id.fillna("") != "")]
    assert set(running.customer_id) <= ids[0] | ids[1] | ids[2]


def test_the_list_is_ranked_and_says_why(night):
    rows = pd.read_csv(night / "at_risk.csv", dtype={"customer_id": str})
    assert rows["rank"].tolist() == list(range(1, len(rows) + 1))
    assert rows.expected_loss.is_monotonic_decreasing
    assert rows.churn_probability.between(0, 1).all()
    assert rows.reason_1.notna().mean() > 0.8
    assert set(rows.segment) <= {"critical", "high", "medium"}


def test_the_same_night_is_the_same_to_the_byte_on_one_and_on_four_threads(night, trained_sample, churnrisk):
    kept = {file.name: file.read_bytes() for file in night.iterdir() if file.name != "run.json"}
    churnrisk("score", trained_sample.file, "--threads", 4, "--replace")
    latest = trained_sample.settings.out_folder / "latest"
    again = {file.name: file.read_bytes() for file in latest.iterdir() if file.name != "run.json"}
    assert kept == again
    assert {"scores.parquet", "at_risk.csv", "today.csv", "today.xlsx", "held_out.csv", "lost.csv"} <= set(kept)


def test_a_night_that_was_written_is_not_run_again(night, trained_sample, churnrisk):
    done = churnrisk("score", trained_sample.file)
    assert "have written this night before" in done.stdout


def test_an_earlier_cutoff_can_be_scored(trained_sample, churnrisk):
    done = churnrisk("score", trained_sample.file, "--cutoff", "2025-03-01")
    assert "as of 2025-03-01" in done.stdout
    assert (trained_sample.settings.out_folder / "2025-03-01" / "at_risk.csv").is_file()


def test_without_signal_nothing_is_released_and_no_list_is_written(no_signal, churnrisk):
    done = churnrisk("train", no_signal, code=3)
    assert "No usable signal" in done.stdout
    refused = churnrisk("score", no_signal, code=4)
    assert "There is no champion" in refused.stderr
    assert not (settings_of(no_signal).out_folder / "runs").exists()


def test_shuffled_labels_hold_no_usable_signal(trained_sample, churnrisk):
    done = churnrisk("train", trained_sample.file, "--shuffle-labels", 1, code=3)
    assert "No usable signal" in done.stdout


def test_a_model_trained_for_another_definition_of_churn_is_refused(trained_sample, tmp_path, churnrisk):
    text = trained_sample.file.read_text()
    other = trained_sample.file.with_name("other.toml")
    other.write_text(text.replace("grace_days = 7", "grace_days = 8") + "\n", encoding="utf-8")
    named = other.read_text()
    other.write_text('name = "sample"\n' + named if "name =" not in named.split("[")[0] else named, encoding="utf-8")
    refused = churnrisk("score", other, code=4)
    assert "another definition of churn: grace_days was 7 and is 8" in refused.stderr


def test_help_answers_for_every_command_with_an_example():
    from typer.main import get_command

    from churnrisk.cli import app

    for name, command in get_command(app).commands.items():
        assert "Example: churnrisk" in (command.help or ""), name


def test_a_missing_pipeline_is_one_line_with_the_remedy(tmp_path: Path, churnrisk):
    done = churnrisk("check", tmp_path / "no.toml", code=1)
    assert done.stderr.strip().endswith("Write one with: churnrisk init FOLDER")
    assert "Traceback" not in done.stderr
