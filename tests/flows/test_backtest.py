"""A backtest from tables to table, lists, picture, run and card."""

import json
from datetime import datetime

import pandas as pd
import pytest

from churnrisk import terminal
from churnrisk.errors import RefusedError
from churnrisk.flows import backtest
from churnrisk.flows.opened import opened
from churnrisk.modeling.registry import Registry
from churnrisk.settings import load_settings
from churnrisk.snapshots.worth import worth
from churnrisk.training.replay import past_splits, replay
from tests.flows.company import TODAY

THREE = {"models": "stability = false\n\n[backtest]\ncutoffs = 3"}
LISTED = ["customer_id", "rank", "churn_probability", "segment", "mrr", "expected_loss"]


@pytest.fixture(scope="module")
def asked(company):
    return company.pipeline("replayed", name="replayed", **THREE)


@pytest.fixture(scope="module")
def replayed(asked):
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        asked.card_folder.mkdir(parents=True)
        (asked.card_folder / "card.md").write_text(
            "# replayed\n<!-- backtest_first -->\n<!-- /backtest_first -->\n", encoding="utf-8"
        )
        return backtest.run(asked, TODAY)


def test_the_newest_cutoffs_are_replayed_and_written_down(replayed, asked):
    assert replayed.exit_code == 0
    assert replayed.table["cutoff"].tolist() == ["2024-09-25", "2024-10-25", "2024-11-25", "all"]
    assert replayed.skipped == {}
    lists = pd.read_parquet(asked.out_folder / "backtest" / "lists.parquet")
    assert lists.groupby("cutoff").size().tolist() == replayed.table["customers"].tolist()[:-1]
    assert lists["churned"].sum() == replayed.table["churners"].iloc[-1]
    assert lists["mrr"].between(10, 16).all()


def test_every_cutoff_has_a_line_on_the_terminal(replayed, capsys):
    terminal.show_backtest(replayed)
    shown = capsys.readouterr().out
    assert all(shown.count(cutoff) >= 1 for cutoff in replayed.table["cutoff"])
    assert "Capture and money: the riskiest 10 %." in shown


def test_each_cutoff_is_a_step_of_one_run(replayed, asked):
    store = Registry(asked).store
    found = store.client.search_runs([store.experiment_id], "tags.`mlflow.runName` = 'backtest'")
    steps = store.client.get_metric_history(found[0].info.run_id, "backtest.capture_at_capacity")
    assert [one.step for one in sorted(steps, key=lambda one: one.step)] == [0, 1, 2]
    told = [one.value for one in sorted(steps, key=lambda one: one.step)]
    assert told == pytest.approx(replayed.table["capture_at_capacity"].tolist()[:-1])
    assert found[0].data.tags["backtest"] == replayed.sentence
    assert Registry(asked).champion() is None


def test_the_card_that_is_there_shows_it(replayed, asked):
    assert replayed.sentence in (asked.card_folder / "card.md").read_text(encoding="utf-8")
    assert "model card" in replayed.look


def test_no_replay_learns_from_a_cutoff_whose_labels_were_open(replayed, asked):
    told = json.loads((asked.out_folder / "backtest" / "backtest.json").read_text(encoding="utf-8"))
    for one in told["replays"]:
        newest = max([*one["fit_cutoffs"], *one["calibration_cutoffs"]])
        assert (pd.Timestamp(one["cutoff"]) - pd.Timestamp(newest)).days >= asked.churn.settled_days


def only_what_was_known(company, day):
    """Write the company's tables again as they stood at a cutoff."""
    known = company.folder / "known"
    known.mkdir()
    subscriptions = pd.read_csv(company.folder / "data" / "subscriptions.csv")
    subscriptions = subscriptions[pd.to_datetime(subscriptions["started_at"]) < day]
    ended = pd.to_datetime(subscriptions["ended_at"])
    subscriptions.assign(ended_at=ended.where(ended < day)).to_csv(known / "subscriptions.csv", index=False)
    for name, column in (("usage", "occurred_at"), ("tickets", "opened_at")):
        rows = pd.read_csv(company.folder / "data" / f"{name}.csv")
        rows[pd.to_datetime(rows[column], format="mixed") < day].to_csv(known / f"{name}.csv", index=False)


def test_the_list_is_that_of_tables_which_end_at_the_cutoff(company, asked):
    day = datetime(2024, 10, 25)
    only_what_was_known(company, day)
    past = company.pipeline("past", name="past", data="known", **THREE)
    found = []
    for settings in (asked, past):
        with opened(settings, TODAY) as workshop:
            parts = past_splits([pd.Timestamp(2024, month, 25).date() for month in range(3, 11)], 1, settings)[0]
            assert parts.test == [day.date()]
            made = workshop.snapshots([*parts.fit, *parts.calibrate, *parts.test])
            found.append(replay(made, parts, worth(workshop, parts.test), settings).listed)
    pd.testing.assert_frame_equal(found[0][LISTED], found[1][LISTED])
    assert found[0]["churned"].sum() > found[1]["churned"].sum() == 0


def test_one_model_can_be_replayed_alone(company, monkeypatch):
    seen = {}
    monkeypatch.setattr(backtest, "past_splits", lambda days, wanted, settings: seen.update(of=settings, n=wanted))
    result = backtest.run(company.pipeline("alone", name="alone"), TODAY, cutoffs=2, model="tree")
    assert (seen["of"].models.names, seen["n"]) == (["tree"], 2)
    assert (result.exit_code, result.table.empty) == (3, True)


def test_a_past_too_short_ends_with_findings(company):
    short = company.pipeline("brief", name="brief", models="[cutoffs]\nmin_history_days = 320")
    result = backtest.run(short, TODAY)
    assert (result.exit_code, result.look) == (3, {})
    assert result.sentence.startswith("Nothing could be replayed. There is 1 labelled cutoff")
    assert not (short.out_folder / "backtest").exists()


def test_cutoffs_with_too_few_churners_are_named(company):
    few = company.pipeline("fewer", name="fewer", need="60", **THREE)
    result = backtest.run(few, TODAY, cutoffs=4)
    assert result.exit_code == 0
    assert [str(day) for day in result.skipped] == ["2024-08-25"]
    assert all("60 are needed" in why for why in result.skipped.values())
    assert len(result.table) == 4


def test_a_flat_source_has_no_history(company):
    flat = company.folder / "flat.toml"
    flat.write_text('[source]\nkind = "flat"\nfile = "data/usage.csv"\nlabel = "churned"\n', encoding="utf-8")
    with pytest.raises(RefusedError, match="is flat: there is no history to replay"):
        backtest.run(load_settings(flat), TODAY)
