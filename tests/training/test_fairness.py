"""Protected attributes judge the model, and none of them reaches it."""

import json
from dataclasses import replace

import pandas as pd
import pytest

from churnrisk.modeling.card import render_card
from churnrisk.modeling.fairness import MEANING
from churnrisk.settings import FairnessSettings
from churnrisk.training.facts import card_facts, metrics_json
from churnrisk.training.fairness import fairness_facts, judge_fairness
from churnrisk.training.record import write_files

PROTECTED = FairnessSettings(protected=["region"])


class Engine:
    """Gives what it is asked for, as it is."""

    def rows(self, table):
        return table


class Customers(pd.DataFrame):
    """A table that can be selected from."""

    def select(self, *names):
        return self[list(names)]


@pytest.fixture
def protected(training):
    """The same training, with a protected attribute of its customers."""
    people = training.contest.test["customer_id"]
    region = ["north" if number % 3 else "south" for number in range(len(people))]

    class Tables(dict):
        reports = training.tables.reports
        engine = Engine()

    tables = Tables(customers=Customers({"customer_id": people, "region": region, "name": "x"}))
    return replace(training, settings=training.settings.model_copy(update={"fairness": PROTECTED}), tables=tables)


def test_every_customer_of_the_test_rows_stands_in_one_group(protected):
    table = protected.fairness.table
    assert table["group"].tolist() == ["north", "south"]
    assert table["customers"].sum() == protected.contest.test["customer_id"].nunique()
    assert table["churners"].sum() == protected.contest.test["churned"].sum()


def test_what_the_list_misses_is_what_lies_below_its_bound(protected):
    contest = protected.contest
    bound = contest.best.release.data["segments"][-2]["lower_bound"]
    left = contest.test[contest.test["churned"] == 1]
    line = protected.fairness.table.set_index("group").loc["north"]
    regions = protected.tables["customers"].set_index("customer_id")["region"]
    north = left[left["customer_id"].map(regions) == "north"]
    assert line["false_negative_rate"] == pytest.approx((north[contest.best.name] < bound).mean())


def test_an_attribute_that_some_customers_lack_is_a_group(protected):
    some = protected.tables["customers"].head(600)
    found = judge_fairness(protected.contest, protected.settings, some)
    assert found.table["group"].tolist() == ["north", "south", "not given"]


def test_file_metrics_and_card_tell_the_same(protected, tmp_path):
    write_files(protected, tmp_path)
    written = pd.read_csv(tmp_path / "fairness.csv")
    assert written["group"].tolist() == ["north", "south"]
    assert {*MEANING} <= {*written.columns}
    told = json.loads((tmp_path / "metrics.json").read_text(encoding="utf-8"))["fairness"]
    assert [one["group"] for one in told["groups"]] == ["north", "south"]
    card = render_card(card_facts(protected, version=1, champion=None, run_id="r", commit="c"))
    assert protected.fairness.sentence in card
    assert "No model reads region." in card


def test_without_a_protected_attribute_the_card_says_so(training):
    assert fairness_facts(training.fairness, training.settings)["groups"] == []
    assert metrics_json(training)["fairness"] is None
    assert "No protected attribute is declared" in render_card(
        card_facts(training, version=1, champion=None, run_id="r", commit="c")
    )
