"""Customers with one stay at a time go the short way, and come out as they do on the long one."""

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from churnrisk.presence.spells import presence
from churnrisk.presence.states import overlapping_states
from churnrisk.presence.stays import apart, plain_states, stays_in_order, tangled
from churnrisk.settings import ChurnSettings
from tests.kpis.companies import random_company, workshop_of
from tests.making import make_table
from tests.snapshots.workshops import subscription


def in_order(engine, expression, by):
    return engine.rows(expression).sort_values(by, ignore_index=True)


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10_000), day=st.sampled_from(["end", "notice"]))
def test_spells_are_the_same_on_both_ways(engine, seed, day):
    company = random_company(seed, day=day)
    shop = workshop_of(engine, company)
    long = presence(shop.tables, company.churn, company.complete_to)
    found = in_order(engine, shop.presence, ["customer_id", "started_at"])
    pd.testing.assert_frame_equal(found, in_order(engine, long, ["customer_id", "started_at"]))


@pytest.mark.parametrize(("seed", "day"), [(1, "end"), (2, "notice"), (3, "notice")])
def test_states_are_the_same_on_both_ways(engine, seed, day):
    company = random_company(seed, day=day)
    shop = workshop_of(engine, company)
    plain, _ = apart(shop.stays, company.churn)
    columns = ["customer_id", "from_at", "to_at", "mrr", "plan", "began_at"]
    short = in_order(engine, plain_states(plain).select(*columns), ["customer_id", "from_at"])
    long = overlapping_states(plain, shop.presence, company.churn).select(*columns)
    pd.testing.assert_frame_equal(short, in_order(engine, long, ["customer_id", "from_at"]))
    assert len(short) > 20


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([("2024-01-01", "2024-02-01"), ("2024-02-01", None)], False),
        ([("2024-01-01", "2024-02-01"), ("2024-06-01", None)], False),
        ([("2024-01-01", "2024-02-01"), ("2024-01-31", None)], True),
        ([("2024-01-01", None), ("2024-01-01", "2024-03-01")], True),
    ],
    ids=["one touches the other", "a gap between them", "one overlaps the other", "both begin at once"],
)
def test_who_has_two_stays_at_a_time_is_told_apart(engine, rows, told):
    tables = {"subscriptions": make_table("subscriptions", [subscription("a", *one) for one in rows])}
    assert len(engine.rows(tangled(stays_in_order(tables, ChurnSettings())))) == told


def test_who_gave_notice_before_the_first_paid_day_goes_the_long_way(engine):
    row = subscription("a", "2024-01-01", "2024-03-01", cancelled_at="2023-12-20")
    tables = {"subscriptions": make_table("subscriptions", [row])}
    asked = {day: ChurnSettings(day=day) for day in ("end", "notice")}
    found = {day: len(engine.rows(tangled(stays_in_order(tables, churn)))) for day, churn in asked.items()}
    assert found == {"end": 0, "notice": 1}


def test_of_equal_ends_the_one_that_gives_a_reason_is_told(engine):
    rows = [
        subscription("a", "2024-01-01", "2024-03-01", subscription_id="one"),
        subscription("a", "2024-02-01", "2024-03-01", subscription_id="two", end_reason="price"),
        subscription("b", "2024-01-01", "2024-02-01", end_reason="upgrade"),
        subscription("b", "2024-02-01", "2024-03-01"),
    ]
    tables = {"subscriptions": make_table("subscriptions", rows)}
    churn, stays = ChurnSettings(), stays_in_order(tables, ChurnSettings())
    for kept in (None, stays):
        found = in_order(engine, presence(tables, churn, pd.Timestamp("2025-01-01"), kept), "customer_id")
        assert found.reason[0] == "price"
        assert pd.isna(found.reason[1])  # the last stay gives none
