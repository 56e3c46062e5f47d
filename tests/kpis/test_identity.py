"""Labels and key figures count the same leavers, by customer."""

import random
from dataclasses import replace
from datetime import datetime, timedelta

import pandas as pd
import pytest

from churnrisk.kpis import identity as room
from churnrisk.kpis.identity import NUMBERS, Identity, identity
from churnrisk.settings import ChurnSettings
from tests.snapshots.workshops import make_workshop, subscription

CHURN = {"horizon": 30, "grace_days": 7}


def february(engine, rows, **churn):
    """Count the leavers of February 2024 in a company of these subscription rows."""
    known = {"subscriptions": [*rows, subscription("anchor", "2023-01-01")]}
    shop = make_workshop(engine, known, complete_to="2024-03-20", churn=ChurnSettings(**CHURN | churn))
    found = identity(shop).rows.set_index("cutoff")
    return dict(found.loc["2024-02-01"])


def numbers(**some):
    return {name: some.get(name, 0) for name in NUMBERS}


def test_a_customer_who_leaves_is_a_positive_and_churned(engine):
    found = february(engine, [subscription("a", "2023-05-01", "2024-02-10")])
    assert found == numbers(positives=1, churned=1)


def test_a_customer_who_stays_counts_nowhere(engine):
    assert february(engine, [subscription("a", "2023-05-01", "2024-03-10")]) == numbers()


def test_what_happens_on_the_first_day_belongs_to_the_month(engine):
    assert february(engine, [subscription("a", "2023-05-01", "2024-02-01")]) == numbers(positives=1, churned=1)
    assert february(engine, [subscription("a", "2023-05-01", "2024-03-01")]) == numbers()


def test_a_customer_back_within_the_month_is_a_positive_and_not_churned(engine):
    rows = [subscription("a", "2023-05-01", "2024-02-05"), subscription("a", "2024-02-20")]
    assert february(engine, rows) == numbers(positives=1, left_and_back=1)


def test_a_gap_within_the_grace_days_counts_nowhere(engine):
    rows = [subscription("a", "2023-05-01", "2024-02-05"), subscription("a", "2024-02-12")]
    assert february(engine, rows) == numbers()


def test_a_customer_with_earlier_notice_is_leaving_at_the_cutoff_by_its_end_day(engine):
    rows = [subscription("a", "2023-05-01", "2024-02-10", cancelled_at="2024-01-10")]
    assert february(engine, rows) == numbers(churned=1, leaving=1)
    assert february(engine, rows, day="notice") == numbers()


def test_a_notice_within_the_month_is_the_churn_by_its_own_day(engine):
    rows = [subscription("a", "2023-05-01", "2024-04-10", cancelled_at="2024-02-10")]
    assert february(engine, rows) == numbers()
    assert february(engine, rows, day="notice") == numbers(positives=1, churned=1)


def test_a_row_that_was_known_late_is_not_scored(engine):
    rows = [subscription("a", "2024-01-20", "2024-02-10", known_at="2024-02-03")]
    assert february(engine, rows) == numbers(churned=1, not_scored=1)


def test_a_competing_end_is_no_churn(engine):
    rows = [subscription("a", "2023-05-01", "2024-02-10", end_reason="death")]
    assert february(engine, rows, competing_reasons=["death"]) == numbers()
    assert february(engine, rows) == numbers(positives=1, churned=1)


def test_a_competing_end_after_a_churn_in_the_same_month_counts_as_left_and_back(engine):
    rows = [
        subscription("a", "2023-05-01", "2024-02-03", end_reason="price"),
        subscription("a", "2024-02-15", "2024-02-25", end_reason="death"),
    ]
    assert february(engine, rows, competing_reasons=["death"]) == numbers(positives=1, left_and_back=1)


def test_a_churn_after_a_competing_end_in_the_same_month_is_not_scored(engine):
    rows = [
        subscription("a", "2023-05-01", "2024-02-03", end_reason="sold"),
        subscription("a", "2024-02-15", "2024-02-25", end_reason="price"),
    ]
    assert february(engine, rows, competing_reasons=["sold"]) == numbers(churned=1, not_scored=1)


def test_only_months_whose_labels_are_certain_are_counted(engine):
    rows = {"subscriptions": [subscription("a", "2023-05-01")]}
    shop = make_workshop(engine, rows, complete_to="2024-04-07", churn=ChurnSettings(**CHURN))
    assert [str(day.date()) for day in identity(shop).rows.cutoff] == ["2024-01-01", "2024-02-01"]
    shop = make_workshop(engine, rows, complete_to="2024-01-20", churn=ChurnSettings(**CHURN))
    assert identity(shop) is None


def test_silent_customers_add_up(engine):
    chance = random.Random(3)
    usage = []
    for number in range(60):
        day = datetime(2024, 1, 1) + timedelta(days=chance.randint(0, 90))
        while day < datetime(2024, 12, 31):
            usage.append({"customer_id": f"c{number:02}", "occurred_at": day, "quantity": 1})
            day += timedelta(days=chance.choice([3, 20, 29, 30, 31, 45]), hours=5)
    churn = ChurnSettings(kind="inactivity", inactive_days=30, horizon=30)
    found = identity(make_workshop(engine, {"usage": usage}, complete_to="2024-12-31", churn=churn))
    assert found.wrong == []
    assert found.rows[list(NUMBERS)].sum().drop("not_scored").min() > 0


def test_recorded_churn_adds_up(engine):
    events = [
        {"customer_id": "a", "churned_at": "2024-02-10", "returned_at": None},
        {"customer_id": "b", "churned_at": "2024-02-10", "returned_at": "2024-02-20"},
        {"customer_id": "c", "churned_at": "2024-02-10", "returned_at": "2024-03-20"},
    ]
    people = [{"customer_id": one, "signed_up_at": "2023-05-01"} for one in "abc"]
    churn = ChurnSettings(kind="recorded", horizon=30)
    shop = make_workshop(engine, {"customers": people, "churn_events": events}, complete_to="2024-03-20", churn=churn)
    found = identity(shop).rows.set_index("cutoff")
    assert dict(found.loc["2024-02-01"]) == numbers(positives=3, churned=2, left_and_back=1)


@pytest.mark.parametrize("day", ["end", "notice"])
def test_random_histories_add_up(engine, day):
    chance = random.Random(5)
    rows = []
    for number in range(150):
        when = datetime(2023, 10, 1) + timedelta(days=chance.randint(0, 200))
        for _ in range(chance.randint(1, 6)):
            end = when + timedelta(days=chance.choice([5, 20, 40, 100]))
            notice = chance.choice([None, end - timedelta(days=chance.randint(0, 30))])
            reason = chance.choice([None, "price", "death"])
            name = f"c{number:03}"
            rows.append(subscription(name, when, end, cancelled_at=notice, end_reason=reason))
            if chance.random() < 0.1:
                rows[-1]["known_at"] = when + timedelta(days=chance.randint(0, 40))
            when = end + timedelta(days=chance.choice([0, 3, 7, 8, 15, 60]))
    churn = ChurnSettings(**CHURN, day=day, competing_reasons=["death"])
    found = identity(make_workshop(engine, {"subscriptions": rows}, churn=churn))
    assert found.wrong == []
    assert found.fault == ""
    assert found.rows[list(NUMBERS)].sum().min() > 0 or day == "notice"


def test_a_label_that_misses_a_customer_is_a_fault_that_names_it(engine, monkeypatch):
    true = room.labels
    monkeypatch.setattr(room, "labels", lambda *given: true(*given).filter(lambda row: row.customer_id != "b"))
    rows = [subscription(one, "2023-05-01", "2024-02-10") for one in "abc"]
    shop = make_workshop(engine, {"subscriptions": rows}, complete_to="2024-03-20", churn=ChurnSettings(**CHURN))
    found = identity(shop)
    assert found.wrong == ["2024-02-01"]
    assert found.customers == ("b (2024-02-01)",)
    assert "Customers: b (2024-02-01)." in found.fault


def test_a_month_that_adds_up_has_no_fault():
    rows = pd.DataFrame({"cutoff": [pd.Timestamp("2024-02-01")], **{name: [0] for name in NUMBERS}})
    assert Identity(rows).fault == ""
    assert Identity(replace_number(rows)).wrong == ["2024-02-01"]


def replace_number(rows):
    return replace(Identity(rows), rows=rows.assign(leaving=1)).rows
