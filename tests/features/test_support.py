"""Signals of support."""

import pytest

from tests.making import make_table


def asked(*rows):
    numbered = [{"ticket_id": str(number), "customer_id": "a", **row} for number, row in enumerate(rows)]
    return {"tickets": make_table("tickets", numbered)}


def test_open_now_counts_one_still_open_at_the_cutoff(describe):
    found = describe(asked({"opened_at": "2025-01-10", "resolved_at": "2025-01-20"}), ["support_open_now"])
    assert found.support_open_now == 1


def test_open_now_ignores_one_resolved_before_the_cutoff(describe):
    found = describe(asked({"opened_at": "2025-01-10", "resolved_at": "2025-01-12"}), ["support_open_now"])
    assert found.support_open_now == 0


def test_resolution_time_counts_only_what_is_resolved(describe):
    rows = asked({"opened_at": "2025-01-10", "resolved_at": "2025-01-12"}, {"opened_at": "2025-01-01"})
    found = describe(rows, ["support_resolution_days_mean_182d", "support_oldest_open_days"])
    assert found.support_resolution_days_mean_182d == pytest.approx(2)
    assert found.support_oldest_open_days == 14


def test_repeated_topics_are_tickets_beyond_the_first_of_a_category(describe):
    rows = asked(*[{"opened_at": "2025-01-10", "category": one} for one in ("bill", "bill", "bill", "login")])
    assert describe(rows, ["support_repeated_topics_182d"]).support_repeated_topics_182d == 2


def test_satisfaction_is_that_of_the_ticket_resolved_last(describe):
    rows = asked(
        {"opened_at": "2025-01-01", "resolved_at": "2025-01-03", "satisfaction": 5},
        {"opened_at": "2025-01-02", "resolved_at": "2025-01-10", "satisfaction": 1},
        {"opened_at": "2025-01-03", "resolved_at": "2025-01-20", "satisfaction": 4},
    )
    found = describe(rows, ["support_satisfaction_last", "support_satisfaction_182d"])
    assert (found.support_satisfaction_last, found.support_satisfaction_182d) == (1, 3)


@pytest.mark.parametrize(("severity", "count"), [("High", 1), ("critical", 1), ("low", 0), (None, 0)])
def test_grave_tickets_are_those_of_high_severity(describe, severity, count):
    rows = asked({"opened_at": "2025-01-10", "severity": severity})
    assert describe(rows, ["support_grave_tickets_84d"]).support_grave_tickets_84d == count
