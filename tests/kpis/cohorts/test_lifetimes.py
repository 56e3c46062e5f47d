"""Ages at the first churn, and from which age on customers are in view."""

import math
from datetime import datetime, timedelta

import ibis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from churnrisk.kpis.cohorts.lifetimes import BEFORE, CUT, certain_until, common_values, lifetimes, members
from churnrisk.kpis.ledger import Ledger
from churnrisk.kpis.periods import lay_periods
from churnrisk.settings import ChurnSettings, ScopeSettings
from tests.kpis.companies import random_company, workshop_of
from tests.snapshots.workshops import make_workshop, subscription

SEEN, CERTAIN = datetime(2024, 1, 1), datetime(2024, 7, 13)


def everyone(engine, rows, *, seen_from=SEEN, **churn):
    shop = make_workshop(engine, {"subscriptions": rows}, complete_to="2024-07-20", churn=ChurnSettings(**churn))
    return _members(shop, seen_from)


def _members(shop, seen_from=SEEN):
    periods = lay_periods("month", seen_from, shop.tables.complete_to, 7)
    return members(Ledger(shop, periods).firsts, periods, seen_from, ScopeSettings())


def ages(engine, rows, **churn):
    """Give each row of ages as (entry, days, churned, customers)."""
    people = everyone(engine, rows, **churn).mutate(value=ibis.literal("all"))
    found = engine.rows(lifetimes(people, SEEN, CERTAIN))
    return sorted(found[["entry", "days", "churned", "customers"]].itertuples(index=False, name=None))


def test_days_run_from_the_first_start_to_the_end_of_the_first_spell(engine):
    rows = [subscription("a", "2024-02-01", "2024-02-29"), subscription("a", "2024-04-01")]
    assert ages(engine, rows) == [(0, 28, True, 1)]


def test_a_gap_within_the_grace_days_is_no_end(engine):
    rows = [subscription("a", "2024-02-01", "2024-02-29"), subscription("a", "2024-03-05", "2024-03-12")]
    assert ages(engine, rows) == [(0, 40, True, 1)]


def test_a_started_day_counts_as_one(engine):
    assert ages(engine, [subscription("a", "2024-02-01", "2024-02-01T09:00")]) == [(0, 1, True, 1)]
    assert ages(engine, [subscription("a", "2024-02-01T20:00", "2024-02-03T21:00")]) == [(0, 3, True, 1)]


def test_who_is_still_there_was_seen_up_to_the_last_certain_day(engine):
    assert ages(engine, [subscription("a", "2024-07-01")]) == [(0, 12, False, 1)]


def test_an_end_that_may_still_be_bridged_is_no_churn_yet(engine):
    assert ages(engine, [subscription("a", "2024-07-01", "2024-07-14")]) == [(0, 12, False, 1)]
    assert ages(engine, [subscription("a", "2024-07-01", "2024-07-13")]) == [(0, 12, True, 1)]


def test_an_end_announced_for_later_is_no_churn_yet_but_a_notice_is(engine):
    rows = [subscription("a", "2024-07-01", "2024-09-01", cancelled_at="2024-07-05")]
    assert ages(engine, rows) == [(0, 12, False, 1)]
    assert ages(engine, rows, day="notice") == [(0, 4, True, 1)]


def test_a_competing_end_is_seen_up_to_its_day_and_no_churn(engine):
    rows = [subscription("a", "2024-02-01", "2024-03-02", end_reason="death")]
    assert ages(engine, rows, competing_reasons=["death"]) == [(0, 30, False, 1)]
    assert ages(engine, rows) == [(0, 30, True, 1)]


def test_who_began_before_the_data_comes_into_view_at_the_age_they_had(engine):
    assert ages(engine, [subscription("a", "2023-12-02", "2024-01-31")]) == [(30, 60, True, 1)]


def test_who_had_churned_before_the_data_is_not_in_even_when_they_came_back(engine):
    assert ages(engine, [subscription("a", "2023-10-01", "2023-12-01"), subscription("a", "2024-02-01")]) == []
    assert ages(engine, [subscription("a", "2023-10-01", "2024-01-01")]) == []  # on the first day: not seen before it


def test_customers_of_the_same_ages_are_counted_together(engine):
    rows = [subscription(name, "2024-02-01", "2024-03-02") for name in "abc"]
    assert ages(engine, rows) == [(0, 30, True, 3)]


def test_a_cohort_is_the_month_of_the_first_start(engine):
    rows = [subscription("a", "2024-02-01"), subscription("b", "2024-02-29T23:59"), subscription("c", "2024-03-01")]
    rows += [subscription("old", "2023-05-01"), subscription("cut", "2024-01-20")]
    found = engine.rows(everyone(engine, rows, seen_from=datetime(2024, 1, 15)))
    cohorts = dict(zip(found["customer_id"], found["cohort"], strict=True))
    assert cohorts == {"a": 0, "b": 0, "c": 1, "old": BEFORE, "cut": CUT}


def test_rare_values_are_gathered(engine):
    rows = [
        subscription(f"{plan}-{n}", "2024-02-01", plan=f"p{plan:02}") for plan in range(15) for n in range(16 - plan)
    ]
    people = everyone(engine, rows)
    found = engine.rows(people.group_by(value=common_values(people, "plan", engine)).aggregate(n=lambda t: t.count()))
    counts = dict(zip(found["value"], found["n"], strict=True))
    assert len(counts) == 12
    assert counts["all others"] == 5 + 4 + 3 + 2
    few = everyone(engine, rows[:31])
    assert set(engine.rows(few.select(value=common_values(few, "plan", engine)))["value"]) == {"p00", "p01"}


def test_ends_are_certain_when_the_days_of_grace_are_over():
    assert certain_until(datetime(2024, 7, 20), 7) == CERTAIN


@settings(
    max_examples=4,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(seed=st.integers(0, 10_000), notice=st.booleans())
def test_ages_are_what_a_count_customer_by_customer_gives(engine, seed, notice):
    company = random_company(seed, customers=40, day="notice" if notice else "end")
    certain_to = company.complete_to - timedelta(days=company.churn.grace_days)
    wanted = []
    for one in company.customers:
        if one.first is None:
            continue
        begin, left = one.first.begin, one.first.churned_at
        end = min(left, certain_to)
        if end <= max(begin, SEEN):
            continue
        entry = max(0, (SEEN - begin) // timedelta(days=1))
        competes = one.first.reason in company.churn.competing_reasons
        wanted.append((entry, math.ceil((end - begin) / timedelta(days=1)), left <= certain_to and not competes))
    people = _members(workshop_of(engine, company)).mutate(value=ibis.literal("all"))
    found = engine.rows(lifetimes(people, SEEN, certain_to))
    counted = [
        row[:3]
        for row in found[["entry", "days", "churned", "customers"]].itertuples(index=False, name=None)
        for _ in range(row[3])
    ]
    assert sorted(counted) == sorted(wanted)
