"""Fingerprints: what was known before a cutoff, and nothing of what came after."""

import random
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from churnrisk.snapshots.fingerprint import fingerprints, total
from churnrisk.tables.contracts import CONTRACTS
from tests.laws.test_no_feature_sees_the_future import CUTOFF, World, other_future
from tests.snapshots.workshops import make_workshop, subscription

AT = date(2024, 6, 1)
ROWS = {
    "subscriptions": [subscription("a", "2024-01-01"), subscription("b", "2024-02-01")],
    "usage": [
        {"customer_id": "a", "occurred_at": "2024-03-01", "event": "login"},
        {"customer_id": "a", "occurred_at": "2024-03-01", "event": "login"},
        {"customer_id": "b", "occurred_at": "2024-07-01", "event": "login"},
    ],
    "tickets": [{"ticket_id": "t", "customer_id": "a", "opened_at": "2024-05-01", "severity": "high"}],
}


def told(engine, **changed):
    return total(fingerprints(make_workshop(engine, {**ROWS, **changed}), AT))


@pytest.fixture(scope="module")
def usual(engine):
    return told(engine)


def test_rows_known_before_the_cutoff_are_counted(usual):
    assert {name: one["rows"] for name, one in usual.items()} == {
        "customers": 2,
        "subscriptions": 2,
        "tickets": 1,
        "usage": 2,
    }


def test_the_order_of_rows_is_of_no_account(engine, usual):
    assert told(engine, usage=ROWS["usage"][::-1], subscriptions=ROWS["subscriptions"][::-1]) == usual


def test_a_row_after_the_cutoff_changes_nothing(engine, usual):
    later = {"customer_id": "a", "occurred_at": "2024-06-01", "event": "login"}
    assert told(engine, usage=[*ROWS["usage"], later]) == usual


def test_a_row_before_the_cutoff_changes_its_table_and_no_other(engine, usual):
    earlier = {"customer_id": "a", "occurred_at": "2024-05-31T23:59", "event": "login"}
    found = told(engine, usage=[*ROWS["usage"], earlier])
    assert found.pop("usage") != usual["usage"]
    assert found == {name: one for name, one in usual.items() if name != "usage"}


def test_a_value_that_changed_shows_at_the_same_number_of_rows(engine, usual):
    changed = [{**ROWS["usage"][0], "event": "export"}, *ROWS["usage"][1:]]
    found = told(engine, usage=changed)
    assert found["usage"]["rows"] == usual["usage"]["rows"]
    assert found["usage"]["fingerprint"] != usual["usage"]["fingerprint"]


def test_two_equal_rows_that_both_change_do_not_cancel_out(engine, usual):
    changed = [{**row, "event": "export"} for row in ROWS["usage"][:2]]
    assert told(engine, usage=[*changed, ROWS["usage"][2]])["usage"] != usual["usage"]


def test_what_was_filled_in_after_the_cutoff_changes_nothing(engine, usual):
    resolved = [{**ROWS["tickets"][0], "resolved_at": "2024-06-02", "satisfaction": 2}]
    ended = [subscription("a", "2024-01-01", "2024-09-01", end_reason="price"), ROWS["subscriptions"][1]]
    assert told(engine, tickets=resolved, subscriptions=ended) == usual


def test_what_was_filled_in_before_the_cutoff_counts(engine, usual):
    resolved = [{**ROWS["tickets"][0], "resolved_at": "2024-05-31", "satisfaction": 2}]
    assert told(engine, tickets=resolved)["tickets"] != usual["tickets"]


def test_a_table_of_which_nothing_was_known_has_no_rows(engine):
    later = [{"customer_id": "a", "occurred_at": "2024-12-01", "event": "login"}]
    assert told(engine, usage=later)["usage"]["rows"] == 0


def test_one_customer_more_is_one_part_more_or_fuller(engine):
    before = fingerprints(make_workshop(engine, ROWS), AT)
    new = {"customer_id": "c", "occurred_at": "2024-03-01", "event": "login"}
    after = fingerprints(make_workshop(engine, {**ROWS, "usage": [*ROWS["usage"], new]}), AT)
    both = before.merge(after, how="outer", on=["table", "part"], suffixes=("", "_after"))
    both = both.loc[both.table == "usage", ["hash", "hash_after"]].fillna(0)
    assert (both.hash != both.hash_after).sum() == 1


@settings(max_examples=8)
@given(st.integers(0, 10**6))
def test_another_future_gives_the_same_fingerprints(engine, seed):
    chance = random.Random(seed)
    rows = {name: [] for name in CONTRACTS if name != "churn_events"}
    other = {name: [] for name in rows}
    for index in range(12):
        world = World(chance, f"a{index:02d}")
        for name in rows:
            mine = [world.row(name, number) for number in range(1 if name == "customers" else chance.randint(0, 6))]
            rows[name] += mine
            other[name] += other_future(mine, name, world, world.customer)
    first, second = ({name: lines for name, lines in one.items() if lines} for one in (rows, other))
    names = [name for name in first if name in second]
    assert _before(engine, first, names) == _before(engine, second, names)


def _before(engine, rows, names):
    found = total(fingerprints(make_workshop(engine, rows), CUTOFF.date()))
    return {name: found[name] for name in names}
