"""The figures of a backtest can be counted by hand from its lists."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from churnrisk.modeling.evaluate import evaluate
from churnrisk.modeling.metrics import roc_auc
from churnrisk.settings import BacktestSettings
from churnrisk.training.backtest import BACKTEST_METRICS, capacity_of, judge_replays, reach
from churnrisk.training.replay import past_splits, replay
from tests.training.replayed import DAYS, settings, snapshots, worth

MADE = snapshots()


@pytest.fixture(scope="module")
def replays():
    return [replay(MADE, parts, worth(MADE), settings()) for parts in past_splits(DAYS, 3, settings())]


@pytest.fixture(scope="module")
def backtest(replays):
    return judge_replays(replays, settings())


def test_there_is_a_line_for_each_cutoff_and_one_for_all(backtest):
    table = backtest.table()
    assert table["cutoff"].tolist() == [*map(str, DAYS[-3:]), "all"]
    assert table["customers"].tolist() == [300, 300, 300, 900]
    assert table["churners"].iloc[:-1].sum() == table["churners"].iloc[-1]
    assert set(BACKTEST_METRICS) <= set(table.columns)


def test_one_cutoff_is_judged_as_a_training_judges(backtest, replays):
    rows = replays[0].listed.sort_values("customer_id")
    told = evaluate(rows["churned"], rows["churn_probability"], rows["customer_id"], resamples=40, seed=0)
    for metric, found in backtest.outcomes[0].metrics.items():
        if metric in told.metrics:
            assert found == told[metric], metric
    assert backtest.outcomes[0].metrics["capture_at_capacity"] == told["capture_top_10"]


def test_lift_agrees_with_capture(backtest):
    for one in backtest.outcomes:
        assert one.metrics["lift_top_10"].value == pytest.approx(10 * one.metrics["capture_at_capacity"].value)


def test_shares_of_all_cutoffs_are_counted_within_each_list(backtest, replays):
    lists = [one.listed.sort_values("customer_id") for one in replays]
    caught = sum(one.nlargest(30, "churn_probability")["churned"].sum() for one in lists)
    every = sum(one["churned"].sum() for one in lists)
    assert backtest.together.metrics["capture_at_capacity"].value == pytest.approx(caught / every)
    assert backtest.together.reached == 90


def test_money_is_mrr_times_months_of_those_who_left(backtest, replays):
    one = replays[-1].listed
    left = one[one["churned"] == 1]
    found = backtest.outcomes[-2]
    assert found.money_lost == pytest.approx((left["mrr"] * 12).sum())
    assert found.money_pointed_at == pytest.approx((left.loc[left["rank"] <= 30, "mrr"] * 12).sum())
    assert found.metrics["money_share"].value == pytest.approx(found.money_pointed_at / found.money_lost)
    assert found.metrics["money_share"].low <= found.metrics["money_share"].value <= found.metrics["money_share"].high


def test_all_rows_together_give_the_auc(backtest):
    rows = backtest.lists()
    assert backtest.together.metrics["roc_auc"].value == pytest.approx(
        roc_auc(rows["churned"], rows["churn_probability"])
    )


def test_the_base_rate_is_what_was_known_then(backtest, replays):
    p, y = replays[0].base_rate, replays[0].listed["churned"].mean()
    told = -(y * np.log(p) + (1 - y) * np.log(1 - p))
    assert backtest.outcomes[0].base_rate_log_loss == pytest.approx(told)


def test_a_capacity_takes_so_many_of_each_list(replays):
    asked = settings(backtest=BacktestSettings(capacity=5))
    found = judge_replays(replays, asked)
    assert [one.reached for one in found.outcomes] == [5, 5, 5, 15]
    assert (
        found.outcomes[0].metrics["lift_top_10"]
        == judge_replays(replays, settings()).outcomes[0].metrics["lift_top_10"]
    )


def test_the_teams_capacity_counts_where_the_backtest_names_none():
    assert capacity_of(settings(team={"capacity_per_day": 3, "days": [1, 5]})) == 15
    assert capacity_of(settings(team={"capacity_per_day": 3}, backtest={"capacity": 7})) == 7
    assert reach(50, 99) == 50


def test_without_mrr_there_is_no_money(replays):
    bare = [dataclasses.replace(one, listed=one.listed.assign(mrr=np.nan, expected_loss=np.nan)) for one in replays]
    found = judge_replays(bare, settings()).together
    assert (found.money_lost, found.money_pointed_at, found.metrics["money_share"].value) == (None, None, None)


def test_a_cutoff_at_which_nobody_left_has_a_line_without_figures(replays):
    calm = dataclasses.replace(replays[0], listed=replays[0].listed.assign(churned=0))
    found = judge_replays([calm, replays[1]], settings())
    assert found.outcomes[0].metrics["roc_auc"].value is None
    assert found.outcomes[0].metrics["capture_at_capacity"].value is None
    assert found.outcomes[0].money_lost == 0
    assert found.together.churners == replays[1].listed["churned"].sum()
    assert pd.notna(found.table()["roc_auc"].iloc[-1])
