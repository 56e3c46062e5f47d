"""Who is a customer when, by each of the three definitions."""

from datetime import datetime

import pytest

from churnrisk.presence.spells import presence
from churnrisk.settings import ChurnSettings
from tests.making import at, make_table

COMPLETE = at("2025-12-31")


def day(value: datetime | None) -> str | None:
    return None if value is None or value != value else value.date().isoformat()


@pytest.fixture
def spells(engine):
    """Give (start, churn day, known day) of each spell of one customer."""

    def run(rows, *, table="subscriptions", **churn):
        settings = ChurnSettings(**churn)
        tables = {table: make_table(table, [{"customer_id": "a", **row} for row in rows])}
        if settings.kind == "recorded":
            tables["customers"] = make_table("customers", [{"customer_id": "a", "signed_up_at": "2025-01-01"}])
        found = engine.rows(presence(tables, settings, COMPLETE).order_by("started_at"))
        return [(day(row.started_at), day(row.churned_at), day(row.known_at)) for row in found.itertuples()]

    return run


def stay(start, end=None, notice=None, number="s", **more):
    return {"subscription_id": number, "started_at": start, "ended_at": end, "cancelled_at": notice, **more}


def test_a_gap_within_the_grace_days_is_one_spell(spells):
    assert spells([stay("2025-01-01", "2025-02-01"), stay("2025-02-08", number="t")]) == [("2025-01-01", None, None)]


def test_a_longer_gap_is_a_churn_and_a_reactivation(spells):
    found = spells([stay("2025-01-01", "2025-02-01"), stay("2025-02-09", number="t")])
    assert found == [("2025-01-01", "2025-02-01", "2025-02-08"), ("2025-02-09", None, None)]


def test_overlapping_and_touching_subscriptions_are_one_spell_to_the_last_end(spells):
    rows = [
        stay("2025-01-01", "2025-06-01"),
        stay("2025-02-01", "2025-03-01", number="t"),
        stay("2025-06-01", "2025-07-01"),
    ]
    assert spells(rows) == [("2025-01-01", "2025-07-01", "2025-07-08")]


def test_by_notice_the_churn_day_is_the_day_notice_was_given(spells):
    rows = [stay("2025-01-01", "2025-04-01", "2025-03-05")]
    assert spells(rows, day="notice") == [("2025-01-01", "2025-03-05", "2025-04-08")]
    assert spells(rows, day="end") == [("2025-01-01", "2025-04-01", "2025-04-08")]


def test_a_notice_is_no_churn_while_another_subscription_runs_on(spells):
    rows = [stay("2025-01-01", "2025-04-01", "2025-03-05"), stay("2025-02-01", number="t")]
    assert spells(rows, day="notice") == [("2025-01-01", None, None)]


def test_a_notice_is_no_churn_when_another_subscription_starts_within_the_grace_days(spells):
    rows = [stay("2025-01-01", "2025-04-01", "2025-03-05"), stay("2025-04-05", number="t")]
    assert spells(rows, day="notice") == [("2025-01-01", None, None)]


def test_of_two_notices_the_later_one_is_the_churn(spells):
    rows = [stay("2025-01-01", "2025-05-01", "2025-03-05"), stay("2025-02-01", "2025-04-01", "2025-03-20", "t")]
    assert spells(rows, day="notice") == [("2025-01-01", "2025-03-20", "2025-05-08")]


def test_a_renewal_row_that_never_ran_is_no_stay(spells):
    rows = [stay("2025-01-01", "2025-02-01"), stay("2025-02-01", "2025-02-01", number="t")]
    assert spells(rows) == [("2025-01-01", "2025-02-01", "2025-02-08")]


def test_a_trial_is_no_customer_until_it_pays(spells):
    trial = stay("2025-01-01", "2025-01-15", is_trial=True)
    assert spells([trial]) == []
    assert spells([trial, stay("2025-01-15", number="t")]) == [("2025-01-15", None, None)]
    assert spells([trial], trials="include") == [("2025-01-01", "2025-01-15", "2025-01-22")]


def test_a_row_that_begins_as_a_trial_starts_at_its_first_paid_day(spells):
    assert spells([stay("2025-01-01", trial_ends_at="2025-01-15")]) == [("2025-01-15", None, None)]
    assert spells([stay("2025-01-01", "2025-01-10", trial_ends_at="2025-01-15")]) == []


def test_who_gives_notice_before_the_first_paid_day_was_never_a_customer_by_notice(spells):
    row = stay("2025-01-01", "2025-02-01", "2025-01-10", trial_ends_at="2025-01-15")
    assert spells([row], day="notice") == []
    assert spells([row], day="end") == [("2025-01-15", "2025-02-01", "2025-02-08")]
    assert spells([row, stay("2025-03-01", number="t")], day="notice") == [("2025-03-01", None, None)]


@pytest.mark.parametrize("order", [1, -1])
def test_of_subscriptions_that_end_together_the_last_begun_that_says_why_gives_the_reason(engine, order):
    rows = [
        {"customer_id": "a", **stay("2025-01-01", "2025-03-01", number="s", end_reason="price")},
        {"customer_id": "a", **stay("2025-01-10", "2025-03-01", number="t", end_reason="moved")},
        {"customer_id": "a", **stay("2025-01-10", "2025-03-01", number="u", end_reason="other")},
        {"customer_id": "a", **stay("2025-01-20", "2025-03-01", number="v")},
        {"customer_id": "a", **stay("2025-01-20", "2025-02-01", number="w", end_reason="earlier")},
    ][::order]
    found = engine.rows(presence({"subscriptions": make_table("subscriptions", rows)}, ChurnSettings(), COMPLETE))
    assert list(found.reason) == ["moved"]


def test_a_competing_end_is_marked_and_a_planned_end_is_provisional(engine):
    rows = [
        {"customer_id": "a", **stay("2025-01-01", "2025-02-01", end_reason="death")},
        {"customer_id": "b", **stay("2025-01-01", "2026-02-01", end_reason="price")},
    ]
    churn = ChurnSettings(competing_reasons=["death"])
    found = engine.rows(presence({"subscriptions": make_table("subscriptions", rows)}, churn, COMPLETE))
    found = found.set_index("customer_id")
    assert list(found.loc[["a", "b"], "competing"]) == [True, False]
    assert list(found.loc[["a", "b"], "provisional"]) == [False, True]


def uses(*days):
    return [{"occurred_at": f"{one}T09:00", "quantity": 1} for one in days]


def test_silence_ends_a_spell_on_the_day_it_has_lasted_long_enough(spells):
    silent = {"table": "usage", "kind": "inactivity", "inactive_days": 30, "horizon": 30}
    found = spells(uses("2025-01-01", "2025-01-20", "2025-03-15"), **silent)
    assert found == [("2025-01-01", "2025-02-19", "2025-02-19"), ("2025-03-15", "2025-04-14", "2025-04-14")]


def test_a_silence_not_yet_long_enough_is_no_churn(spells):
    silent = {"table": "usage", "kind": "inactivity", "inactive_days": 30, "horizon": 30}
    assert spells(uses("2025-12-15"), **silent) == [("2025-12-15", None, None)]


def test_only_what_counts_as_activity_keeps_a_customer(spells):
    rows = [*uses("2025-01-01"), {"occurred_at": "2025-01-20", "quantity": -1}]
    silent = {"table": "usage", "kind": "inactivity", "inactive_days": 30, "horizon": 30}
    assert spells(rows, activity={"usage": "quantity > 0"}, **silent)[0][1] == "2025-01-31"
    assert spells(rows, activity={"usage": True}, **silent)[0][1] == "2025-02-19"


def test_recorded_churn_is_taken_as_the_company_says_it(spells):
    rows = [
        {"churned_at": "2025-02-01", "returned_at": "2025-03-01"},
        {"churned_at": "2025-05-01", "returned_at": None},
    ]
    assert spells(rows, table="churn_events", kind="recorded") == [
        ("2025-01-01", "2025-02-01", "2025-02-01"),
        ("2025-03-01", "2025-05-01", "2025-05-01"),
    ]


def test_settings_refuse_a_horizon_in_which_most_silent_customers_could_not_churn():
    with pytest.raises(ValueError, match="Set horizon to at least inactive_days"):
        ChurnSettings(kind="inactivity", inactive_days=90, horizon=30)
