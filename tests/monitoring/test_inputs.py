"""What a night's tables held: only what was known before the cutoff counts."""

from datetime import date

import pandas as pd
import pytest

from churnrisk.monitoring.inputs import customers_at_risk, inputs_of, without_events
from churnrisk.snapshots.fingerprint import fingerprints
from tests.snapshots.workshops import make_workshop, subscription

CUTOFF = date(2024, 7, 1)
ROWS = {
    "subscriptions": [subscription(name, "2024-01-01") for name in "abcd"],
    "usage": [
        {"customer_id": "a", "occurred_at": "2024-06-20T08:00"},
        {"customer_id": "b", "occurred_at": "2024-07-01T00:00"},
    ],
    "tickets": [{"ticket_id": "t", "customer_id": "c", "opened_at": "2024-02-01"}],
}


@pytest.fixture
def workshop(engine):
    return make_workshop(engine, ROWS)


def inputs(workshop, cutoff=CUTOFF):
    told = inputs_of(workshop, cutoff, fingerprints(workshop, cutoff))
    return {one["table"]: one for one in told}


def test_each_table_tells_rows_and_its_newest_day(workshop):
    told = inputs(workshop)
    assert {name: (one["rows"], one["newest"]) for name, one in told.items()} == {
        "customers": (4, "2024-01-01"),
        "subscriptions": (4, "2024-01-01"),
        "tickets": (1, "2024-02-01"),
        "usage": (1, "2024-06-20"),
    }
    assert told["usage"]["columns"]["occurred_at"] == "time"
    assert told["subscriptions"]["columns"]["mrr"] == "number"
    assert "known_at" not in told["usage"]["columns"]


def test_what_comes_at_or_after_the_cutoff_changes_nothing(engine, workshop):
    later = {**ROWS, "usage": [ROWS["usage"][0], {"customer_id": "d", "occurred_at": "2024-08-01"}]}
    before = inputs(workshop)
    assert inputs(make_workshop(engine, later)) == before


def test_a_table_of_which_nothing_was_known_has_no_newest_day(workshop):
    told = inputs(workshop, date(2024, 1, 15))
    assert (told["usage"]["rows"], told["usage"]["newest"]) == (0, None)


def test_customers_without_an_event_are_counted(workshop):
    people = customers_at_risk(workshop, CUTOFF)
    assert sorted(people) == list("abcd")
    assert without_events(workshop, CUTOFF, people) == 2  # b comes at the cutoff, d never does
    assert without_events(workshop, date(2024, 7, 2), people) == 1


def test_tables_of_events_that_are_not_there_say_nothing(engine):
    workshop = make_workshop(engine, {"subscriptions": ROWS["subscriptions"]}, signals=["contract_tenure_days"])
    assert without_events(workshop, CUTOFF, pd.Series(["a"])) is None
