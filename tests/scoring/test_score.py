"""Every customer known at a cutoff stands in exactly one place, with what is told of it."""

from datetime import date, datetime, timedelta

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from churnrisk.errors import ModelError
from churnrisk.features.signal import SIGNALS
from churnrisk.modeling.released.churn_model import ReleasedModel
from churnrisk.scoring.ranking import Stamp
from churnrisk.scoring.reasons import signal_cards
from churnrisk.scoring.score import SCORES, missing_inputs, score_night, segment_counts
from churnrisk.settings import ChurnSettings, ListSettings
from tests.snapshots.workshops import make_workshop, subscription

CUTOFF = date(2024, 6, 1)
STAMP = Stamp(CUTOFF, 30, "1")
USED = "usage_days_since_last"


@pytest.fixture(scope="module")
def model() -> ReleasedModel:
    """A model of one signal: who has not used for long is at risk."""
    curve = {"column": USED, "knots": [0.0, 100.0], "values": [-2.0, 2.0], "missing": 1.0}
    cards = signal_cards([SIGNALS[USED]], [USED])
    return ReleasedModel(
        {
            "format": 1,
            "columns": [{"name": USED, "type": "number"}],
            "model": {"kind": "additive", "mean_log_odds": -1.0, "effects": [curve]},
            "calibration": {"kind": "none"},
            "mean_calibrated_log_odds": -1.0,
            "segments": [
                {"name": "critical", "lower_bound": 0.2, "action": "call"},
                {"name": "low", "lower_bound": 0.0, "action": "leave alone"},
            ],
            "signals": [{**card, "median": 20.0} for card in cards],
        }
    )


def used(customer, day):
    return {"customer_id": customer, "occurred_at": day}


TABLES = {
    "subscriptions": [
        subscription("active", "2024-01-01", plan="pro"),
        subscription("silent", "2024-01-01", plan="free"),
        subscription("silent", "2024-04-01", plan="pro", subscription_id="second"),
        subscription("leaving", "2024-01-01", "2024-06-20", cancelled_at="2024-05-20", end_reason="price"),
        subscription("graced", "2024-01-01", "2024-05-30"),
        subscription("gone", "2024-01-01", "2024-03-01"),
        subscription("trying", "2024-05-20", is_trial=True),
        subscription("later", "2024-06-02"),
    ],
    "usage": [used("active", "2024-05-31"), used("silent", "2024-03-01")],
}


@pytest.fixture
def night(engine, model):
    return score_night(make_workshop(engine, TABLES, list=ListSettings(display=["plan"])), model, STAMP)


def test_each_customer_stands_where_it_was_known_to_stand(night):
    assert night.scores["customer_id"].tolist() == ["active", "silent"]
    assert night.leaving["customer_id"].tolist() == ["graced", "leaving"]
    assert night.not_scored.to_numpy().tolist() == [
        ["later", "no subscription before the cutoff"],
        ["trying", "on trial, not paying yet"],
    ]
    assert night.at_risk["customer_id"].tolist() == ["silent"]


def test_scores_hold_probability_segment_and_money(night):
    assert list(night.scores.columns) == list(SCORES)
    rows = night.scores.set_index("customer_id")
    assert rows["segment"].tolist() == ["low", "critical"]
    assert rows.loc["silent", "mrr"] == 20  # both subscriptions run
    assert rows.loc["silent", "expected_loss"] == round(rows.loc["silent", "churn_probability"] * 240, 2)


def test_the_list_shows_the_newest_plan_and_says_why(night):
    row = night.at_risk.iloc[0]
    assert (row["rank"], row["customer_id"], row["plan"], row["action"]) == (1, "silent", "pro", "call")
    assert "92 days" in row["reason_1"]
    assert row["driver_1"].startswith(USED)
    assert row["reason_2"] == ""


def test_those_who_leave_are_told_with_day_and_reason(night):
    row = night.leaving.set_index("customer_id").loc["leaving"]
    assert (str(row["ends_at"].date()), str(row["may_return_until"].date()), row["reason"]) == (
        "2024-06-20",
        "2024-06-27",
        "price",
    )


def test_segments_are_counted_from_the_riskiest(night):
    found = segment_counts(night.scores, ["critical", "high", "low"])
    assert found[["segment", "customers"]].to_numpy().tolist() == [["critical", 1], ["low", 1]]


def test_of_two_subscriptions_begun_together_the_same_one_is_always_shown(engine, model):
    rows = [subscription("silent", "2024-01-01", plan=plan, subscription_id=plan) for plan in ("b", "c", "a")]
    listing = ListSettings(display=["plan"])
    for lines in (rows, rows[::-1]):
        found = score_night(make_workshop(engine, {**TABLES, "subscriptions": lines}, list=listing), model, STAMP)
        assert found.at_risk["plan"].tolist() == ["c"]


def test_the_lowest_segment_is_listed_with_reasons_where_it_is_wanted(engine, model):
    listing = ListSettings(segments=["low"])
    tables = {**TABLES, "usage": [used("active", "2024-05-01"), used("silent", "2024-05-31")]}
    found = score_night(make_workshop(engine, tables, list=listing), model, STAMP)
    assert found.at_risk["customer_id"].tolist() == ["active", "silent"]


def test_a_display_column_that_nobody_has_is_refused(engine, model):
    with pytest.raises(ModelError, match=r"list\.display names 'plna', which neither"):
        score_night(make_workshop(engine, TABLES, list=ListSettings(display=["plna"])), model, STAMP)


def test_a_missing_table_at_night_counts_as_missing_and_is_named(engine, model):
    workshop = make_workshop(engine, {"subscriptions": TABLES["subscriptions"]})
    assert missing_inputs(workshop, model) == [USED]
    found = score_night(workshop, model, STAMP)
    assert found.scores["score"].tolist() == [0.0, 0.0]  # mean -1, missing +1


def test_nothing_is_missing_while_the_tables_are_there(engine, model):
    assert missing_inputs(make_workshop(engine, TABLES), model) == []


def test_a_night_with_nobody_at_risk_is_empty_and_no_fault(engine, model):
    tables = {
        "subscriptions": [subscription("gone", "2024-01-01", "2024-02-01")],
        "usage": [used("gone", "2024-01-05")],
    }
    found = score_night(make_workshop(engine, tables), model, STAMP)
    assert [len(one) for one in (found.scores, found.at_risk, found.leaving, found.not_scored)] == [0, 0, 0, 0]


DAYS = st.integers(1, 200).map(lambda day: f"{datetime(2024, 1, 1) + timedelta(days=day):%Y-%m-%d}")


@st.composite
def companies(draw):
    """Draw up to six customers, each with up to three subscriptions, some noticed, ended or on trial."""
    rows = []
    for customer in "abcdef"[: draw(st.integers(1, 6))]:
        for number in range(draw(st.integers(0, 3))):
            start, end = sorted([draw(DAYS), draw(DAYS)])
            ends = draw(st.sampled_from(["open", "ended", "noticed", "trial"]))
            more = {"cancelled_at": start} if ends == "noticed" else {"is_trial": ends == "trial"}
            row = subscription(customer, start, None if ends == "open" else end, subscription_id=str(number), **more)
            rows.append(row)
    return rows


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=companies(), kind=st.sampled_from(["contract", "inactivity"]))
def test_every_customer_known_is_in_exactly_one_of_scores_leaving_and_not_scored(engine, model, rows, kind):
    people = [{"customer_id": one, "signed_up_at": "2024-01-01"} for one in "abcdef"]
    tables = {
        "customers": people,
        "subscriptions": rows,
        "usage": [used(row["customer_id"], row["started_at"]) for row in rows],
    }
    churn = ChurnSettings(kind=kind, inactive_days=30, horizon=30)
    workshop = make_workshop(engine, tables, churn=churn)
    found = score_night(workshop, model, STAMP)
    listed = pd.concat([found.scores, found.leaving, found.not_scored])["customer_id"].tolist()
    assert len(listed) == len(set(listed))
    stood = engine.rows(workshop.standing([CUTOFF])).set_index("customer_id")["state"]
    gone = set(stood[stood == "gone"].index)
    assert set(listed) == set("abcdef") - gone
    assert set(found.scores["customer_id"]) == set(stood[stood == "at_risk"].index)
    assert set(found.at_risk["customer_id"]) <= set(found.scores["customer_id"])
    assert found.scores["churn_probability"].between(0, 1).all()
