"""What a backtest writes down: files whose figures agree, a run without customers, the first lines of the card."""

import dataclasses
import json

import pandas as pd
import pytest

from churnrisk.modeling.evaluate import Metric
from churnrisk.settings import ChurnSettings
from churnrisk.training.backtest import judge_replays
from churnrisk.training.backtest_facts import (
    backtest_folder,
    card_block,
    decimal,
    facts,
    percent,
    read_facts,
    sentence,
)
from churnrisk.training.backtest_plot import backtest_plot
from churnrisk.training.backtest_record import record_backtest, write_backtest
from churnrisk.training.replay import past_splits, replay
from tests.training.replayed import DAYS, settings, snapshots, worth

CARD = """# small
<!-- backtest_first -->
Not run yet.
<!-- /backtest_first -->
**The verdict.**
<!-- backtest -->
Not run yet.
<!-- /backtest -->
The end.
"""


class Run:
    """Keeps what would be recorded in MLflow."""

    def __init__(self):
        self.tags, self.files, self.numbers = {}, [], {}

    def log_tags(self, tags):
        self.tags |= tags

    def log_file(self, path):
        self.files.append(path)

    def log_numbers(self, numbers, *, step=0):
        self.numbers |= {(name, step): told for name, told in numbers.items()}


@pytest.fixture(scope="module")
def backtest(tmp_path_factory):
    asked, made = settings(tmp_path_factory.mktemp("backtest")), snapshots()
    return judge_replays([replay(made, parts, worth(made), asked) for parts in past_splits(DAYS, 2, asked)], asked)


@pytest.fixture(scope="module")
def folder(backtest):
    return write_backtest(backtest, backtest_folder(backtest.settings))


def test_files_hold_table_lists_picture_and_facts(backtest, folder):
    names = {path.name for path in folder.iterdir()}
    assert names == {"backtest.csv", "backtest.parquet", "backtest.png", "backtest.json", "lists.parquet"}
    table, lists = (pd.read_parquet(folder / f"{name}.parquet") for name in ("backtest", "lists"))
    assert len(lists) == 600
    assert {"cutoff", "customer_id", "rank", "churn_probability", "mrr", "expected_loss", "churned"} <= set(lists)
    assert pd.read_csv(folder / "backtest.csv")["churners"].tolist() == table["churners"].tolist()
    assert table["churners"].iloc[-1] == lists["churned"].sum()


def test_the_facts_are_plain_and_say_what_each_replay_learnt_from(backtest):
    told = facts(backtest)
    assert json.loads(json.dumps(told)) == told
    assert [one["cutoff"] for one in told["replays"]] == told["cutoffs"] == [str(day) for day in DAYS[-2:]]
    assert all(max(one["fit_cutoffs"]) < one["cutoff"] for one in told["replays"])


def test_the_sentence_says_when_how_many_and_what(backtest):
    told = sentence(backtest)
    assert told.startswith(
        "Replayed at 2 cutoffs from 2024-07-01 to 2024-08-01, each time trained only on what was known"
    )
    assert "the riskiest 10 % held" in told
    assert "of the money lost" in told


def test_without_money_the_sentence_does_not_speak_of_it(backtest):
    bare = dataclasses.replace(backtest.together, money_lost=None, money_pointed_at=None)
    assert "money" not in sentence(dataclasses.replace(backtest, outcomes=[*backtest.outcomes[:-1], bare]))


def test_every_cutoff_is_a_step_and_nothing_names_a_customer(backtest, folder):
    run = Run()
    record_backtest(run, backtest, folder)
    aucs = [run.numbers["backtest.roc_auc", step] for step in range(2)]
    assert aucs == [one.metrics["roc_auc"].value for one in backtest.outcomes[:-1]]
    assert run.numbers["backtest.all.roc_auc", 0] == backtest.together.metrics["roc_auc"].value
    assert run.tags["backtest"] == sentence(backtest)
    assert {path.name for path in run.files} == {"backtest.csv", "backtest.png", "backtest.json"}
    assert not any("c0001" in path.read_text(encoding="utf-8") for path in run.files if path.suffix != ".png")


def test_the_card_shows_the_backtest_first_and_keeps_the_rest(backtest, folder):
    card = backtest.settings.card_folder / "card.md"
    card.parent.mkdir(parents=True, exist_ok=True)
    card.write_text(CARD, encoding="utf-8")
    assert record_backtest(Run(), backtest, folder) == card
    text = card.read_text(encoding="utf-8")
    assert "Not run yet" not in text
    assert text.index(sentence(backtest)) < text.index("**The verdict.**") < text.index("| all together |")
    assert text.endswith("The end.\n")
    record_backtest(Run(), backtest, folder)
    assert card.read_text(encoding="utf-8") == text


def test_without_a_card_there_is_none_to_renew(backtest, folder, tmp_path):
    elsewhere = backtest.settings.model_copy(update={"cards": str(tmp_path / "none")})
    assert record_backtest(Run(), dataclasses.replace(backtest, settings=elsewhere), folder) is None


def test_a_backtest_of_another_definition_of_churn_is_not_shown(backtest, folder):
    asked = backtest.settings
    assert read_facts(asked)["cutoffs"] == [str(day) for day in DAYS[-2:]]
    other = asked.model_copy(update={"churn": ChurnSettings(horizon=60)})
    assert read_facts(other) is None
    assert card_block(other)["sentence"] == ""
    assert card_block(other)["command"] == "churnrisk backtest small.toml"


def test_the_picture_holds_the_table_and_can_do_without_money(backtest):
    assert backtest_plot(backtest).numbers.equals(backtest.table())
    bare = [dataclasses.replace(one, money_lost=None, money_pointed_at=None) for one in backtest.outcomes]
    assert len(backtest_plot(dataclasses.replace(backtest, outcomes=bare)).figure.axes) == 8


@pytest.mark.parametrize(
    ("found", "told"),
    [(Metric(None), "–"), (Metric(0.123), "0.12"), (Metric(0.123, 0.1, 0.2), "0.12 (0.10 to 0.20)")],
)
def test_a_number_stands_with_its_interval(found, told):
    assert decimal(found, 2) == told
    assert percent(Metric(None)) == "–"
