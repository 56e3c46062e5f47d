"""Who left lately, as known at the cutoff: chosen ends first, then by MRR, with what they last said."""

from datetime import date

import pandas as pd
import pytest

from churnrisk.retention.lost import lost
from churnrisk.settings import ChurnSettings, TeamSettings
from tests.snapshots.workshops import make_workshop, subscription

CUTOFF = date(2024, 7, 1)
REASONS = ChurnSettings(
    voluntary_reasons=["price"], involuntary_reasons=["card"], competing_reasons=["died"], grace_days=7
)


def rows_of(
    engine, *subscriptions: dict[str, object], churn: ChurnSettings = REASONS, **tables: list
) -> pd.DataFrame:
    workshop = make_workshop(engine, {"subscriptions": list(subscriptions), **tables}, churn=churn)
    return lost(workshop, CUTOFF)


def customers(found: pd.DataFrame) -> list[str]:
    return found["customer_id"].tolist()


def test_who_left_in_the_last_days_is_lost_and_who_left_before_or_stays_is_not(engine):
    found = rows_of(
        engine,
        subscription("lately", "2024-01-01", "2024-05-01"),
        subscription("long ago", "2024-01-01", "2024-03-01"),
        subscription("stays", "2024-01-01"),
    )
    assert customers(found) == ["lately"]
    assert found["churned_at"].tolist() == [pd.Timestamp("2024-05-01")]


def test_the_days_are_counted_from_the_end_of_service(engine):
    first, before = subscription("a", "2024-01-01", "2024-04-02"), subscription("b", "2024-01-01", "2024-04-01")
    assert customers(rows_of(engine, first, before)) == ["a"]


def test_who_gave_notice_long_before_the_end_is_lost_from_the_end_on(engine):
    row = subscription("a", "2024-01-01", "2024-06-01", cancelled_at="2024-01-15")
    found = rows_of(engine, row, churn=ChurnSettings(day="notice"))
    assert found["churned_at"].tolist() == [pd.Timestamp("2024-01-15")]
    assert found["left_at"].tolist() == [pd.Timestamp("2024-06-01")]


def test_who_may_still_return_is_leaving_and_not_lost(engine):
    assert customers(rows_of(engine, subscription("a", "2024-01-01", "2024-06-25"))) == []


def test_who_came_back_is_not_lost(engine):
    found = rows_of(engine, subscription("a", "2024-01-01", "2024-05-01"), subscription("a", "2024-06-01"))
    assert customers(found) == []


def test_who_comes_back_after_the_cutoff_is_lost_at_it(engine):
    found = rows_of(engine, subscription("a", "2024-01-01", "2024-05-01"), subscription("a", "2024-07-01"))
    assert customers(found) == ["a"]


def test_an_end_that_is_heard_of_after_the_cutoff_is_not_known_yet(engine):
    row = subscription("a", "2024-01-01", "2024-05-01", known_at="2024-07-05")
    assert customers(rows_of(engine, row, subscription("b", "2024-01-01", "2024-05-01"))) == ["b"]


def test_who_left_for_good_is_no_loss_to_win_back(engine):
    assert customers(rows_of(engine, subscription("a", "2024-01-01", "2024-05-01", end_reason="died"))) == []


def test_chosen_ends_stand_first_then_unknown_ones_then_the_others_each_by_mrr(engine):
    left = [("a", "card", 90), ("b", None, 50), ("c", "price", 10), ("d", "price", 20), ("e", "price", 20)]
    found = rows_of(
        engine, *(subscription(one, "2024-01-01", "2024-05-01", end_reason=why, mrr=mrr) for one, why, mrr in left)
    )
    assert customers(found) == ["d", "e", "c", "b", "a"]
    assert found["kind"].tolist() == ["voluntary"] * 3 + ["unknown", "involuntary"]


def test_mrr_is_that_of_what_ended_last(engine):
    found = rows_of(
        engine,
        subscription("a", "2024-01-01", "2024-03-01", mrr=5),
        subscription("a", "2024-03-01", "2024-05-01", mrr=7),
        {**subscription("a", "2024-02-01", "2024-05-01", mrr=3), "subscription_id": "second"},
    )
    assert found["mrr"].tolist() == [10.0]


def test_the_reason_is_that_of_the_last_stay_even_where_an_earlier_one_says_more(engine):
    found = rows_of(
        engine,
        subscription("a", "2024-01-01", "2024-02-01", end_reason="price"),
        subscription("a", "2024-04-01", "2024-05-01"),
    )
    assert found["reason"].isna().all()


def test_the_list_tells_what_a_customer_last_said_before_the_cutoff(engine):
    tickets = [
        {"ticket_id": number, "customer_id": "a", "opened_at": opened, "resolved_at": resolved, "satisfaction": score}
        for number, opened, resolved, score in (
            ("1", "2024-02-01", "2024-02-02", 5),
            ("2", "2024-03-01", "2024-03-02", 2),
            ("3", "2024-03-10", "2024-07-02", 1),
        )
    ]
    surveys = [{"customer_id": "a", "answered_at": "2024-04-01", "score": 9}]
    gone = [subscription("a", "2024-01-01", "2024-05-01"), subscription("b", "2024-01-01", "2024-05-01")]
    found = rows_of(engine, *gone, tickets=tickets, surveys=surveys).set_index("customer_id")
    assert found.loc["a", "last_satisfaction"] == 2
    assert found.loc["a", "last_survey_score"] == 9
    assert found.loc["b", ["last_satisfaction", "last_survey_score"]].isna().all()


def test_without_tickets_and_surveys_the_columns_are_there_and_empty(engine):
    found = rows_of(engine, subscription("a", "2024-01-01", "2024-05-01"))
    assert found[["last_satisfaction", "last_survey_score"]].isna().all(axis=None)


def test_silence_can_be_the_loss(engine):
    usage = [{"customer_id": one, "occurred_at": when, "amount": 60} for one, when in (("a", "2024-05-01"),)]
    usage += [{"customer_id": "b", "occurred_at": "2024-06-20", "amount": 60}]
    churn = ChurnSettings(kind="inactivity", inactive_days=30, horizon=30)
    found = lost(make_workshop(engine, {"usage": usage}, churn=churn), CUTOFF)
    assert customers(found) == ["a"]
    assert found["churned_at"].tolist() == [pd.Timestamp("2024-05-31")]
    assert found["mrr"].tolist()[0] > 0


def test_recorded_churn_can_be_the_loss(engine):
    people = [{"customer_id": one, "signed_up_at": "2024-01-01"} for one in "abc"]
    events = [
        {"customer_id": "a", "churned_at": "2024-06-01", "reason": "price"},
        {"customer_id": "b", "churned_at": "2024-05-01", "returned_at": "2024-06-01"},
    ]
    churn = ChurnSettings(kind="recorded", voluntary_reasons=["price"])
    found = lost(make_workshop(engine, {"customers": people, "churn_events": events}, churn=churn), CUTOFF)
    assert customers(found) == ["a"]
    assert found["kind"].tolist() == ["voluntary"]


@pytest.mark.parametrize(("days", "count"), [(30, 0), (90, 1), (200, 2)])
def test_how_far_back_the_list_reaches_is_a_setting(engine, days, count):
    rows = {
        "subscriptions": [
            subscription("a", "2024-01-01", "2024-05-01"),
            subscription("b", "2024-01-01", "2024-02-01"),
        ]
    }
    assert len(lost(make_workshop(engine, rows, team=TeamSettings(lost_days=days)), CUTOFF)) == count


def test_columns_that_tell_who_it_is_stand_behind_the_id(engine):
    workshop = make_workshop(engine, {"subscriptions": [subscription("a", "2024-01-01", "2024-05-01")]})
    found = lost(workshop, CUTOFF, pd.DataFrame({"customer_id": ["a", "b"], "name": ["Acme", "Bolt"], "mrr": [1, 2]}))
    assert found.columns.tolist()[:3] == ["customer_id", "name", "churned_at"]
    assert found["name"].tolist() == ["Acme"]
