import json
from dataclasses import replace

import numpy as np
import pytest

from churnrisk.kpis.alerts.sentence import as_line
from churnrisk.kpis.alerts.watch import judged_of
from churnrisk.kpis.alerts.watched import COLUMNS, watched_table
from tests.kpis.alerts.making import chance_rates, money_of, rate_of, watch

STEADY = [80, 78, 84, 79, 81, 77, 83, 80, 82, 76, 81, 80]


def quiet_ones(number):
    return [replace(chance_rates(13, seed=seed), value=f"plan {seed}") for seed in range(number)]


def alerts_of(series, **told):
    judge = watch(**told)
    step = judge.step(series)
    return judge, step, judge.fired(step)


def test_only_the_series_that_moved_fires():
    moved = rate_of([*STEADY, 120], 2000)
    _, _, found = alerts_of([*quiet_ones(9), moved])
    assert [alert.judged.series for alert in found] == [moved]


def test_more_series_ask_for_more():
    moved = rate_of([*STEADY, 112], 2000)
    assert len(alerts_of([moved])[2]) == 1
    assert alerts_of([moved, *quiet_ones(79)])[2] == []


def test_a_higher_promise_lets_more_through():
    moved = rate_of([*STEADY, 104], 2000)
    assert alerts_of([moved, *quiet_ones(9)])[2] == []
    assert len(alerts_of([moved, *quiet_ones(9)], false_alarms=20)[2]) >= 1


def test_series_that_are_not_judged_take_nothing_from_the_promise():
    small = replace(rate_of([1] * 13, 20), value="small")
    judge, step, _ = alerts_of([rate_of([*STEADY, 80], 2000), small])
    assert judged_of(step) == 1
    assert "30 are needed" in step[1].why_not
    assert judge.allowed(1) == pytest.approx(1 / 12)


def test_what_is_not_complete_is_not_judged():
    late = replace(rate_of([*STEADY, 120], 2000), ripe=12)
    judge, step, found = alerts_of([late])
    assert (step[0].at, found) == (11, [])
    assert judge.judge(late, 12).why_not == "the period is not complete"


def test_a_shift_that_goes_on_is_told_with_its_beginning():
    _, _, found = alerts_of([rate_of([*STEADY, 118, 121], 2000), *quiet_ones(4)])
    series = found[0].judged.series
    assert series.period[found[0].since] == "2024-01"
    assert series.period[found[0].raised] == "2024-01"
    assert series.period[found[0].judged.at] == "2024-02"


def line_of(series, **told):
    judge, step, found = alerts_of(series, **told)
    return as_line(found[0], judge.allowed(judged_of(step)), judged_of(step))


def test_a_line_says_what_where_since_when_how_much_and_how_rare():
    line = line_of([rate_of([*STEADY, 120], 2000, mrr_each=np.full(13, 50.0)), *quiet_ones(9)])
    assert json.loads(json.dumps(line)) == line
    assert (line["kpi"], line["split"], line["value"], line["period"]) == ("churn_rate", "plan", "pro", "2024-01")
    assert (line["number"], line["customers"]) == (6.0, 40)
    assert line["mrr"] == pytest.approx(40 * 50, rel=0.02)
    assert line["sentence"].startswith("Churn rate (plan = pro) rose in 2024-01: 6.00 % where 4.00 % was expected (")
    assert "since 2024-01. That is 40 customers and" in line["sentence"]
    assert "over the 10 watched series" in line["sentence"]
    assert line["season"] == "cannot be told"
    assert "a season would look the same" in line["sentence"]


def test_a_fall_is_told_as_one():
    line = line_of([rate_of([*STEADY, 40], 2000)])
    assert (line["direction"], line["customers"]) == ("lower", -40)
    assert "fell in 2024-01" in line["sentence"]
    assert "40 customers less than expected" in line["sentence"]


def test_revenue_is_told_in_money():
    line = line_of([money_of([4000.0] * 12 + [8000.0], 100_000.0)])
    assert (line["customers"], line["mrr"]) == (None, 4000.0)
    assert "That is 4,000.00 of MRR more than expected." in line["sentence"]


def test_every_series_and_period_has_its_row():
    series = [rate_of([*STEADY, 120], 2000), replace(rate_of([1] * 13, 20), value="small")]
    judge, step, _ = alerts_of(series)
    table = watched_table(judge, step)
    assert table.columns.tolist() == list(COLUMNS)
    assert len(table) == 26
    last = table[table.value == "pro"].iloc[-1]
    assert bool(last.fired)
    assert last.low < last.expected < last.high < last.number
    assert (table[table.value == "small"].why != "").all()
