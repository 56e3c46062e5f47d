from datetime import date

import pytest

from churnrisk.monitoring.retrain import reasons_to_train, train_again
from churnrisk.monitoring.verdict import Renewed
from churnrisk.settings import MonitorSettings

TODAY = date(2025, 7, 1)
FRESH = {"trained_on": date(2025, 6, 1), "alarms": [0, 0, 0], "verdict": Renewed("holds", "It holds.")}


def codes(**facts):
    return [one.code for one in reasons_to_train(MonitorSettings(), TODAY, **{**FRESH, **facts})]


def test_a_fresh_model_that_holds_may_go_on():
    assert codes() == []
    assert train_again([], "sample.toml") == ""


@pytest.mark.parametrize(("trained", "asked"), [(date(2025, 1, 2), []), (date(2025, 1, 1), ["age"]), (None, [])])
def test_age_asks_once_it_is_above_what_is_allowed(trained, asked):
    assert codes(trained_on=trained) == asked


@pytest.mark.parametrize(
    ("alarms", "asked"),
    [([1, 1], []), ([1, 2, 1], ["drift"]), ([1, 1, 1, 0, 0, 0, 0, 0], []), ([0, 1, 0, 3, 1], ["drift"])],
)
def test_drift_asks_when_enough_of_the_last_nights_have_an_alarm(alarms, asked):
    assert codes(alarms=alarms) == asked


@pytest.mark.parametrize(("code", "asked"), [("under_the_gate", ["quality"]), ("not_known", []), ("holds", [])])
def test_quality_asks_only_when_it_is_known_to_be_under_the_gate(code, asked):
    assert codes(verdict=Renewed(code, "…")) == asked


def test_all_reasons_stand_in_one_sentence():
    asked = reasons_to_train(
        MonitorSettings(), TODAY, trained_on=date(2024, 1, 1), alarms=[1] * 5, verdict=Renewed("under_the_gate", "")
    )
    told = train_again(asked, "sample.toml")
    assert told.count(" and ") == 2
    assert told.endswith("churnrisk train sample.toml")
