"""Bounds of a night: within them silence, beyond them a finding that says what was expected and what came."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnrisk.monitoring.bounds import (
    FEW_ROWS,
    expired,
    other_schema,
    shrunk_or_grown,
    stale,
    told_age,
    without_features,
)

TODAY = date(2025, 6, 10)
NIGHT = {"cutoff": "2025-06-09", "inputs": [{"table": "usage", "rows": 1000}, {"table": "tickets", "rows": 12}]}


def usage(rows: int, **more: object) -> list[dict[str, object]]:
    return [{"table": "usage", "rows": rows, **more}]


def codes(found):
    return [one.code for one in found]


@pytest.mark.parametrize(("newest", "fires"), [("2025-06-08", False), ("2025-06-07", True)])
def test_a_table_is_stale_from_the_day_after_its_age(newest, fires):
    assert bool(stale(usage(1, newest=newest), {"usage": 2}, TODAY)) is fires


def test_a_table_without_a_bound_may_be_of_any_age():
    assert stale(usage(1, newest="1999-01-01"), {}, TODAY) == []


def test_a_bounded_table_that_is_not_there_is_stale():
    (found,) = stale(usage(1, newest="2025-06-10"), {"tickets": 3}, TODAY)
    assert found.message == "tickets should be at most 3 days old, and there is no such table"


def test_a_bounded_table_without_a_row_is_stale():
    (found,) = stale(usage(0, newest=None), {"usage": 1}, TODAY)
    assert found.message == "usage should be at most 1 day old, and it has no row from before the cutoff"


@pytest.mark.parametrize(("age", "told"), [(3, False), (4, True)])
def test_old_events_are_told_after_a_long_weekend(age, told):
    inputs = [*usage(1, newest=str(TODAY - timedelta(days=age))), {"table": "tickets", "newest": "2020-01-01"}]
    assert bool(told_age(inputs, TODAY)) is told


def test_nothing_is_told_of_tables_without_a_row():
    assert told_age(usage(0, newest=None), TODAY) == []


@pytest.mark.parametrize(
    ("rows", "code"), [(899, "shrunk"), (900, None), (1000, None), (2000, None), (2001, "grown"), (0, "shrunk")]
)
def test_rows_may_shrink_by_a_tenth_and_double(rows, code):
    assert codes(shrunk_or_grown(usage(rows), NIGHT, TODAY, 0.1, 1.0)) == ([code] if code else [])


def test_a_quarter_without_a_night_may_bring_more_rows():
    later = date(2025, 9, 7)
    assert shrunk_or_grown(usage(3900), NIGHT, later, 0.1, 1.0) == []
    assert codes(shrunk_or_grown(usage(4100), NIGHT, later, 0.1, 1.0)) == ["grown"]


def test_a_weekly_night_is_not_refused_for_a_weeks_rows():
    assert shrunk_or_grown(usage(1200), NIGHT, date(2025, 6, 16), 0.1, 1.0) == []


def test_a_small_table_may_move_by_a_few_rows_but_not_vanish():
    assert shrunk_or_grown([{"table": "tickets", "rows": 4}], NIGHT, TODAY, 0.1, 1.0) == []
    assert codes(shrunk_or_grown([{"table": "tickets", "rows": 0}], NIGHT, TODAY, 0.1, 1.0)) == ["shrunk"]


def test_a_table_that_was_empty_may_begin():
    before = {"cutoff": "2025-06-09", "inputs": [{"table": "usage", "rows": 0}]}
    assert shrunk_or_grown(usage(10_000), before, TODAY, 0.1, 1.0) == []


def test_a_new_table_has_nothing_to_be_held_against():
    assert shrunk_or_grown([{"table": "surveys", "rows": 5}], NIGHT, TODAY, 0.1, 1.0) == []


def test_what_changed_says_both_counts_and_the_night():
    (found,) = shrunk_or_grown(usage(500), NIGHT, TODAY, 0.1, 1.0)
    assert found.message == (
        "usage had 1,000 rows on the night of 2025-06-09 and has 500: at most 10% of them may be gone"
    )


@given(st.integers(1, 10**9), st.integers(0, 10**9), st.integers(1, 400))
def test_the_more_days_between_the_less_is_too_much(before, now, days):
    night = {"cutoff": "2025-06-09", "inputs": usage(before)}
    soon = shrunk_or_grown(usage(now), night, date(2025, 6, 10), 0.1, 1.0)
    late = shrunk_or_grown(usage(now), night, date(2025, 6, 9) + timedelta(days=days), 0.1, 1.0)
    assert set(codes(late)) <= set(codes(soon))
    assert len(soon) <= 1
    assert not soon or abs(now - before) >= FEW_ROWS or now == 0


def schema(**tables: dict[str, str]) -> list[dict[str, object]]:
    return [{"table": name, "columns": columns} for name, columns in tables.items()]


WAS = {"cutoff": "2025-06-09", "inputs": schema(usage={"event": "text", "quantity": "number"}, tickets={"a": "text"})}


def test_the_same_columns_are_silent():
    assert other_schema(WAS["inputs"], WAS) == ([], [])


def test_gone_columns_and_tables_and_other_types_are_one_finding():
    (found,), new = other_schema(schema(usage={"quantity": "text"}), WAS)
    assert found.message == (
        "usage.event, the table tickets are gone since the night of 2025-06-09; "
        "usage.quantity was number and is text since the night of 2025-06-09"
    )
    assert new == []


def test_new_columns_and_tables_are_only_told():
    now = schema(usage={"event": "text", "quantity": "number", "channel": "text"}, tickets={"a": "text"}, surveys={})
    assert other_schema(now, WAS) == ([], ["New in these tables: usage.channel, the table surveys."])


def test_a_night_that_wrote_no_columns_has_nothing_to_be_held_against():
    assert other_schema(WAS["inputs"], NIGHT) == ([], [])


@pytest.mark.parametrize(("without", "fires"), [(20, False), (21, True)])
def test_too_many_customers_without_events(without, fires):
    assert bool(without_features(without, 100, 0.2)) is fires


def test_nobody_at_risk_is_no_share():
    assert without_features(0, 0, 0.0) == []


@pytest.mark.parametrize(("age", "fires"), [(400, False), (401, True)])
def test_a_model_is_expired_the_day_after_its_age(age, fires):
    assert bool(expired(1, TODAY - timedelta(days=age), TODAY, 400, "a.toml")) is fires


def test_a_model_without_a_day_or_a_bound_does_not_expire():
    assert expired(1, None, TODAY, 400, "a.toml") == []
    assert expired(1, date(1999, 1, 1), TODAY, None, "a.toml") == []
