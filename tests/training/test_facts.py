"""The numbers a training tells agree with the rows they come from."""

import json

import pytest

from churnrisk.modeling.released.churn_model import probability
from churnrisk.training.drawn import drawn_tree
from churnrisk.training.facts import card_facts, example_rows, metrics_json, segment_facts, top_tenth_ratio


def facts(training):
    return card_facts(training, version=4, champion=None, run_id="r", commit="c")


def test_segments_hold_every_test_row_and_every_expected_churner(training):
    found = segment_facts(training)
    p = training.contest.judged.churn_probability(training.contest.best.name)
    assert sum(one["customers"] for one in found) == len(p) == 900
    assert sum(one["customers"] * one["expected"] for one in found) == pytest.approx(p.sum())
    bounds = [one["bound"] for one in found]
    assert bounds == sorted(bounds, reverse=True)
    assert bounds[-1] == 0


def test_riskiest_tenth_is_observed_over_expected(training):
    test = training.contest.test
    best = training.contest.best.name
    top = test.sort_values(best, ascending=False, kind="stable").head(90)
    assert top_tenth_ratio(training) == pytest.approx(top["churned"].sum() / top[best].sum())


def test_the_card_tells_the_rows_of_each_set(training):
    data = {one["name"]: one for one in facts(training)["data"]}
    assert {name: one["rows"] for name, one in data.items()} == {"fit": 1800, "calibration": 900, "test": 900}


def test_the_strongest_signal_comes_first_and_flat_ones_are_not_told(training):
    told = facts(training)["signals"]
    assert told[0]["name"] == "usage_count_28d"
    assert told[0]["direction"] == "low"
    assert all(one["strength"] > 0 for one in told)


def test_an_oracle_is_told_only_where_there_is_one(training):
    assert not facts(training)["oracle"]
    assert "oracle" not in facts(training)["models"]


def test_an_example_holds_features_only(training):
    assert set(example_rows(training).columns) <= set(training.choice.columns)
    assert len(example_rows(training)) == 5


def test_metrics_are_plain_data(training):
    told = metrics_json(training)
    assert json.loads(json.dumps(told)) == told
    assert told["churners"] == int(training.contest.test["churned"].sum())


def leaves(node):
    return [node] if "says" not in node else [*leaves(node["yes"]), *leaves(node["no"])]


def test_a_drawn_tree_holds_each_fit_row_in_one_leaf(training):
    data = training.contest.candidates["tree"].release.data
    root = drawn_tree(data)
    assert sum(leaf["rows"] for leaf in leaves(root)) == root["rows"] == 1800
    assert root["says"].startswith("usage_count_28d ≤ ")
    known = {round(float(one), 9) for one in probability_of(data["model"]["nodes"]["log_odds"])}
    assert {round(leaf["churn_probability"], 9) for leaf in leaves(root)} <= known


def probability_of(odds):
    import numpy as np

    return probability(np.array(odds))


def test_a_tree_of_one_leaf_asks_nothing():
    nodes = {"rows": [9], "log_odds": [0.0], "left": [-1], "right": [-1], "column": [-1], "threshold": [0.0]}
    drawn = drawn_tree({"model": {"nodes": {**nodes, "missing_left": [0]}, "columns": []}})
    assert drawn == {"rows": 9, "churn_probability": 0.5}


def test_a_question_about_words_names_them():
    nodes = {
        "rows": [9, 4, 5],
        "log_odds": [0.0, 1.0, -1.0],
        "left": [1, -1, -1],
        "right": [2, -1, -1],
        "column": [0, -1, -1],
        "threshold": [0.5, 0.0, 0.0],
        "missing_left": [1, 0, 0],
    }
    words = {"column": "plan", "codes": {"free": 0.0, "pro": 1.0}}
    assert drawn_tree({"model": {"nodes": nodes, "columns": [words]}})["says"] == "plan is free?"
    number = {"column": "logins", "gaps": True}
    assert drawn_tree({"model": {"nodes": nodes, "columns": [number]}})["says"] == "logins ≤ 0.5 or missing?"
