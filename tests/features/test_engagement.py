"""Signals of engagement."""

import pytest

from tests.making import make_table


def mail(*pairs):
    rows = [{"customer_id": "a", "occurred_at": day, "action": action} for day, action in pairs]
    return {"engagement": make_table("engagement", rows)}


def test_open_rate_is_opened_per_sent(describe):
    rows = mail(("2025-01-02", "sent"), ("2025-01-03", "sent"), ("2025-01-03", "opened"))
    assert describe(rows, ["engagement_open_rate_56d"]).engagement_open_rate_56d == pytest.approx(0.5)


def test_open_rate_is_empty_when_nothing_was_sent(describe):
    assert describe(mail(("2025-01-03", "login")), ["engagement_open_rate_56d"]).isna().engagement_open_rate_56d


def test_open_rate_change_compares_with_the_time_before(describe):
    rows = mail(("2024-11-01", "sent"), ("2024-11-01", "opened"), ("2025-01-02", "sent"))
    assert describe(rows, ["engagement_open_rate_change_56d"]).engagement_open_rate_change_56d == -1


def test_days_since_login_ignores_mail(describe):
    rows = mail(("2025-01-05", "login"), ("2025-01-14", "opened"))
    found = describe(rows, ["engagement_days_since_login", "engagement_days_since_open"])
    assert (found.engagement_days_since_login, found.engagement_days_since_open) == (10, 1)


def test_unsubscribing_is_counted_and_forgotten_after_its_lookback(describe):
    rows = mail(("2025-01-05", "unsubscribed"))
    assert describe(rows, ["engagement_unsubscribed_182d"]).engagement_unsubscribed_182d == 1
    later = describe(rows, ["engagement_unsubscribed_182d"], cutoff="2025-10-01")
    assert later.engagement_unsubscribed_182d == 0
