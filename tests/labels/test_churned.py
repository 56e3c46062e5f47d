"""The label, and who gets none."""

import pandas as pd
import pytest

from churnrisk.labels.churned import labels
from churnrisk.presence.spells import presence
from churnrisk.settings import ChurnSettings
from churnrisk.snapshots.spine import spans
from tests.making import at, make_spine, make_table
from tests.presence.test_spells import stay


@pytest.fixture
def label(engine):
    """Give (churned, left_out) of one customer at a cutoff."""

    def run(rows, cutoff="2025-03-01", **churn):
        settings = ChurnSettings(**churn)
        tables = {"subscriptions": make_table("subscriptions", [{"customer_id": "a", **row} for row in rows])}
        spells = presence(tables, settings, at("2025-12-31"))
        spine = make_spine([("a", cutoff)], started_at=None)
        found = engine.rows(labels(spine, spells, spans([at(cutoff).date()], settings))).iloc[0]
        churned = None if pd.isna(found.churned) else int(found.churned)
        return churned, found.left_out if isinstance(found.left_out, str) else None

    return run


@pytest.mark.parametrize(
    ("end", "churned"),
    [("2025-03-01", 1), ("2025-03-30", 1), ("2025-03-31", 0), (None, 0)],
)
def test_churn_counts_from_the_cutoff_to_the_end_of_the_horizon_exclusive(label, end, churned):
    assert label([stay("2025-01-01", end)]) == (churned, None)


def test_a_month_as_horizon_ends_at_the_same_day_of_the_next_month(label):
    assert label([stay("2025-01-01", "2025-03-31")], horizon="month") == (1, None)
    assert label([stay("2025-01-01", "2025-04-01")], horizon="month") == (0, None)


def test_churn_within_the_lead_is_left_out_and_counted(label):
    assert label([stay("2025-01-01", "2025-03-05")], lead_days=7) == (None, "lead")
    assert label([stay("2025-01-01", "2025-03-08")], lead_days=7) == (1, None)


def test_a_competing_end_within_the_horizon_is_left_out(label):
    rows = [stay("2025-01-01", "2025-03-05", end_reason="death")]
    assert label(rows, competing_reasons=["death"]) == (None, "competing")
    assert label(rows) == (1, None)


def test_a_short_absence_within_the_grace_days_is_no_churn(label):
    assert label([stay("2025-01-01", "2025-03-05"), stay("2025-03-10", number="t")]) == (0, None)


def test_who_had_gone_without_being_known_to_is_left_out(label):
    assert label([stay("2025-01-01", "2025-02-20")]) == (None, "gone")
