"""Signals of use."""

import pytest

from churnrisk.tables.contracts import CONTRACTS
from tests.making import FIXED, make_table


def used(*days, **more):
    return make_table("usage", [{"customer_id": "a", "occurred_at": f"{one}T10:00", **more} for one in days])


def test_count_includes_the_oldest_day_of_the_lookback_and_not_the_cutoff(describe):
    found = describe({"usage": used("2025-01-08", "2025-01-14", "2025-01-15")}, ["usage_count_7d"])
    assert found.usage_count_7d == 2


def test_count_is_zero_and_not_empty_without_any_use(describe):
    found = describe({"usage": used("2024-01-08")}, ["usage_count_28d", "usage_active_days_28d"])
    assert (found.usage_count_28d, found.usage_active_days_28d) == (0, 0)


def test_active_days_counts_a_day_once(describe):
    found = describe({"usage": used("2025-01-10", "2025-01-10", "2025-01-11")}, ["usage_active_days_7d"])
    assert found.usage_active_days_7d == 2


def test_days_since_last_looks_back_without_limit(describe):
    found = describe({"usage": used("2023-01-15", "2022-06-01")}, ["usage_days_since_last"], started_at="2022-01-01")
    assert found.usage_days_since_last == 731


def test_days_since_last_is_empty_for_who_never_used(describe):
    found = describe({"usage": used("2025-02-01")}, ["usage_days_since_last"])
    assert found.isna().usage_days_since_last


def test_ratio_and_difference_compare_with_the_four_weeks_before(describe):
    found = describe(
        {"usage": used("2025-01-10", "2024-12-10", "2024-12-11")}, ["usage_ratio_28d", "usage_difference_28d"]
    )
    assert (found.usage_ratio_28d, found.usage_difference_28d) == (0.5, -1)


def test_ratio_is_empty_when_there_was_nothing_before(describe):
    assert describe({"usage": used("2025-01-10")}, ["usage_ratio_28d"]).isna().usage_ratio_28d


@pytest.mark.parametrize(
    ("weekly", "slope"), [([4] * 12, 0.0), (list(range(1, 13)), 1.0), (list(range(12, 0, -1)), -1.0)]
)
def test_slope_is_that_of_least_squares_over_twelve_weeks(describe, weekly, slope):
    from datetime import date, timedelta

    days = []
    for week, count in enumerate(weekly):
        day = date(2025, 1, 15) - timedelta(days=7 * (12 - week) - 2)
        days += [day.isoformat()] * count
    assert describe({"usage": used(*days)}, ["usage_slope_12w"]).usage_slope_12w == pytest.approx(slope)


def test_breadth_counts_kinds_and_not_events(describe):
    rows = [
        {"customer_id": "a", "occurred_at": "2025-01-10", "event": kind} for kind in ("report", "report", "export")
    ]
    tables = {"usage": make_table("usage", rows)}
    found = describe(tables, ["usage_breadth_28d"], kinds=["report", "export", "invite"])
    assert found.usage_breadth_28d == 2


def test_first_days_of_use_count_from_the_start(describe):
    tables = {"usage": used("2024-11-05", "2024-11-28", "2024-12-15")}
    wanted = ["usage_first_after_days", "usage_count_first_30d"]
    found = describe(tables, wanted, started_at="2024-11-01")
    assert (found.usage_first_after_days, found.usage_count_first_30d) == (4, 2)


def test_first_days_of_use_are_empty_before_they_are_over_or_unseen(describe):
    tables = {"usage": used("2025-01-05")}
    assert describe(tables, ["usage_count_first_30d"], started_at="2025-01-01").isna().usage_count_first_30d
    assert describe(tables, ["usage_count_first_30d"], started_at=None).isna().usage_count_first_30d


def test_a_row_that_arrives_late_is_not_known_before_it_arrived(describe):
    rows = [{"customer_id": "a", "occurred_at": "2025-01-10", "known_at": "2025-01-16"}]
    late = FIXED | {"usage": CONTRACTS["usage"].told(delayed=True)}
    tables = {"usage": make_table("usage", rows)}
    assert describe(tables, ["usage_count_28d"], contracts=late).usage_count_28d == 0
    assert describe(tables, ["usage_count_28d"], contracts=late, cutoff="2025-01-17").usage_count_28d == 1
