"""A label that was known at a cutoff is what the tables said then, not what came out later."""

from datetime import date

import pandas as pd

from churnrisk.settings import ChurnSettings
from churnrisk.snapshots.known import KnownLabels
from tests.snapshots.workshops import make_workshop, subscription

MARCH, MAY, OCTOBER = date(2024, 3, 25), date(2024, 5, 25), date(2024, 10, 25)
NOTICE = ChurnSettings(day="notice")


def labels(workshop, day):
    rows = KnownLabels(workshop, [MARCH, day]).at(day, [MARCH])
    return {row.customer_id: None if pd.isna(row.churned) else int(row.churned) for row in rows.itertuples()}


def in_hindsight(workshop):
    return dict(workshop.snapshots([MARCH]).rows[["customer_id", "churned"]].itertuples(index=False))


def test_plain_labels_are_those_of_hindsight(engine):
    rows = [subscription("stays", "2024-01-01"), subscription("leaves", "2024-01-01", "2024-04-10")]
    workshop = make_workshop(engine, {"subscriptions": rows, "usage": []})
    assert labels(workshop, MAY) == in_hindsight(workshop) == {"stays": 0, "leaves": 1}


def test_a_notice_that_was_withdrawn_later_still_counted_then(engine):
    rows = [
        subscription("stays", "2024-01-01"),
        subscription("returns", "2024-01-01", "2024-08-01", cancelled_at="2024-04-10"),
        subscription("returns", "2024-07-20"),
    ]
    workshop = make_workshop(engine, {"subscriptions": rows, "usage": []}, churn=NOTICE)
    assert in_hindsight(workshop) == {"stays": 0, "returns": 0}
    assert labels(workshop, MAY) == {"stays": 0, "returns": 1}
    assert labels(workshop, OCTOBER) == {"stays": 0, "returns": 0}


def test_a_return_that_was_recorded_late_was_a_churn_until_then(engine):
    rows = [
        subscription("stays", "2024-01-01"),
        subscription("returns", "2024-01-01", "2024-04-10"),
        subscription("returns", "2024-04-12", known_at="2024-06-30"),
    ]
    workshop = make_workshop(engine, {"subscriptions": rows, "usage": []})
    assert in_hindsight(workshop) == {"stays": 0, "returns": 0}
    assert labels(workshop, MAY) == {"stays": 0, "returns": 1}
    assert labels(workshop, OCTOBER) == {"stays": 0, "returns": 0}


def test_silence_is_read_from_what_was_known_then(engine):
    churn = ChurnSettings(kind="inactivity", inactive_days=30, horizon=40)
    usage = [
        {"customer_id": "silent", "occurred_at": "2024-03-10"},
        {"customer_id": "late", "occurred_at": "2024-03-10"},
        {"customer_id": "late", "occurred_at": "2024-04-01", "known_at": "2024-06-30"},
        {"customer_id": "late", "occurred_at": "2024-04-25", "known_at": "2024-06-30"},
    ]
    workshop = make_workshop(engine, {"usage": usage}, churn=churn, signals=["usage_count_28d"])
    assert labels(workshop, MAY) == {"silent": 1, "late": 1}
    assert labels(workshop, OCTOBER) == {"silent": 1, "late": 0}


def test_customers_without_a_label_are_kept_where_one_asks_for_them(engine):
    rows = [
        subscription("stays", "2024-01-01"),
        subscription("dies", "2024-01-01", "2024-04-10", end_reason="death"),
    ]
    churn = ChurnSettings(competing_reasons=["death"])
    workshop = make_workshop(engine, {"subscriptions": rows, "usage": []}, churn=churn)
    assert workshop.snapshots([MARCH]).rows["customer_id"].tolist() == ["stays"]
    everybody = workshop.snapshots([MARCH], unlabelled=True).rows
    assert everybody["customer_id"].tolist() == ["dies", "stays"]
    assert everybody["churned"].isna().tolist() == [True, False]
