from datetime import date

import pytest

from churnrisk.kpis.ledger import Ledger, periods_of
from churnrisk.kpis.reasons.seen import newest_cutoffs, seen_at
from churnrisk.kpis.reasons.voices import with_voices
from churnrisk.settings import ChurnSettings, CutoffSettings, ReasonSettings, ScopeSettings
from tests.making import CONTRACTS, at
from tests.snapshots.workshops import make_workshop, subscription

CHURN = ChurnSettings(voluntary_reasons=["too_expensive", "switched"])
FIRST = CutoffSettings(first=date(2024, 3, 1))


def ticket(number, opened_at, resolved_at, satisfaction):
    told = {"ticket_id": number, "customer_id": "s0", "category": "bug", "satisfaction": satisfaction}
    return {**told, "opened_at": opened_at, "resolved_at": resolved_at}


TABLES = {
    "subscriptions": [
        subscription("a", "2024-01-01", "2024-03-10", end_reason="too_expensive", plan="pro"),
        subscription("a", "2024-06-01", "2024-09-15", end_reason="switched", plan="basic"),
        subscription("b", "2024-01-01", "2024-03-20", plan="basic"),
        *[subscription(f"s{n}", "2024-01-01", plan="pro") for n in range(40)],
    ],
    "tickets": [
        {"ticket_id": "1", "customer_id": "a", "opened_at": "2024-02-10", "category": "bug"},
        {"ticket_id": "2", "customer_id": "a", "opened_at": "2024-03-05", "category": "billing"},
        {"ticket_id": "3", "customer_id": "b", "opened_at": "2023-09-01", "category": "bug"},
        ticket("4", "2024-02-01", "2024-02-03", 4.0),
        ticket("5", "2024-02-05", "2024-03-03", 1.0),
    ],
    "surveys": [
        {"customer_id": "a", "answered_at": "2024-02-01", "score": 3.0},
        {"customer_id": "a", "answered_at": "2024-02-20", "score": 2.0},
        {"customer_id": "a", "answered_at": "2024-03-02", "score": 0.0},
        {"customer_id": "b", "answered_at": "2024-02-01", "score": 5.0, "kind": "csat"},
    ],
}


def ledger_of(engine, by=(), **settings):
    workshop = make_workshop(engine, TABLES, churn=CHURN, cutoffs=FIRST, signals=["contract_tenure_days"], **settings)
    return Ledger(workshop, periods_of(workshop), by)


def test_who_left_has_the_reason_of_the_next_end_and_who_stayed_has_none(engine):
    rows = seen_at(ledger_of(engine), [date(2024, 3, 1), date(2024, 9, 1)]).rows
    left = rows[rows["churned"]].set_index(["customer_id", "cutoff"])["reason"]
    assert left.to_dict() == {
        ("a", at("2024-03-01")): "too_expensive",
        ("b", at("2024-03-01")): "not given",
        ("a", at("2024-09-01")): "switched",
    }
    assert rows.loc[~rows["churned"], "reason"].isna().all()


def test_who_is_looked_at_follows_from_the_id_and_all_who_left_are(engine):
    found = seen_at(ledger_of(engine), [date(2024, 3, 1), date(2024, 4, 1)], most_others=10)
    stayed = found.rows[~found.rows["churned"]]
    of = [set(group["customer_id"]) for _, group in stayed.groupby("cutoff")]
    assert of[0] == of[1]
    assert 0 < len(of[0]) < 25
    assert found.rows["churned"].sum() == 2
    assert found.notes == ["Of those who stayed, 25 % were looked at, chosen by their id."]


def test_splits_are_those_of_the_period_in_which_the_cutoff_lies(engine):
    rows = seen_at(ledger_of(engine, ["plan"]), [date(2024, 3, 1), date(2024, 9, 1)]).rows
    plans = rows[rows["customer_id"] == "a"].set_index("cutoff")["plan"]
    assert plans.to_dict() == {at("2024-03-01"): "pro", at("2024-09-01"): "basic"}
    assert (rows["mrr"] == 10).all()


def test_a_scope_keeps_its_own_customers_only(engine):
    rows = seen_at(ledger_of(engine, scope=ScopeSettings(products=["basic"])), [date(2024, 3, 1)]).rows
    assert rows["customer_id"].tolist() == ["b"]


def test_the_newest_labelled_cutoffs_within_the_scope_are_taken(engine):
    workshop = ledger_of(engine).workshop
    days = newest_cutoffs(workshop, ReasonSettings(cutoffs=2), ScopeSettings())
    assert days == [date(2024, 10, 1), date(2024, 11, 1)]
    assert newest_cutoffs(workshop, ReasonSettings(cutoffs=2), ScopeSettings(end=date(2024, 6, 1)))[-1] == date(
        2024, 5, 1
    )


@pytest.fixture(scope="module")
def heard(engine):
    ledger = ledger_of(engine)
    rows = seen_at(ledger, [date(2024, 3, 1)]).rows
    found, names, left_out = with_voices(rows, ledger.workshop, 90)
    return found.set_index("customer_id"), names, left_out


def test_tickets_count_if_they_were_opened_in_the_days_before(heard):
    rows, names, left_out = heard
    assert names == ["tickets: any", "tickets: bug", "score: ticket satisfaction", "score: csat", "score: nps"]
    assert left_out == []
    assert rows["tickets: bug"].loc[["a", "b", "s0", "s1"]].tolist() == [1, 0, 1, 0]


def test_scores_are_the_last_that_were_known(heard):
    rows, *_ = heard
    assert rows.loc["a", "score: nps"] == 2
    assert rows.loc["b", "score: csat"] == 5
    assert rows["score: nps"].notna().sum() == 1
    assert rows.loc["s0", "score: ticket satisfaction"] == 4  # the other answer came after the cutoff


def test_categories_that_may_have_been_overwritten_are_left_out_and_named(engine):
    ledger = ledger_of(engine)
    ledger.tables.contracts["tickets"] = CONTRACTS["tickets"]
    rows = seen_at(ledger, [date(2024, 3, 1)]).rows
    _, names, left_out = with_voices(rows, ledger.workshop, 90)
    assert [name for name in names if name.startswith("tickets")] == ["tickets: any"]
    assert "may have been overwritten" in left_out[0]
    assert 'fixed = ["category"]' in left_out[0]
