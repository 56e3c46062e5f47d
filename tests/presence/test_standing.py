"""How a customer stands at a cutoff, by what was known then."""

import pytest

from churnrisk.presence.standing import standing
from churnrisk.settings import ChurnSettings
from churnrisk.snapshots.spine import spans
from tests.making import FIXED, at, make_table
from tests.presence.test_spells import stay, uses


@pytest.fixture
def stands(engine):
    """Give the row of one customer at one cutoff."""

    def run(rows, cutoff, *, table="subscriptions", **churn):
        settings = ChurnSettings(**churn)
        tables = {table: make_table(table, [{"customer_id": "a", **row} for row in rows])}
        if settings.kind == "recorded":
            tables["customers"] = make_table("customers", [{"customer_id": "a", "signed_up_at": "2025-01-01"}])
        found = engine.rows(standing(tables, FIXED, settings, spans([at(cutoff).date()], settings)))
        return None if found.empty else found.iloc[0]

    return run


def test_an_end_that_lies_ahead_is_not_known(stands):
    assert stands([stay("2025-01-01", "2025-04-01")], "2025-03-01").state == "at_risk"
    assert stands([stay("2025-01-01", "2025-04-01")], "2025-04-01").state == "at_risk"


def test_a_customer_with_known_notice_is_leaving_with_its_end(stands):
    found = stands([stay("2025-01-01", "2025-04-01", "2025-02-10", end_reason="price")], "2025-03-01")
    assert (found.state, str(found.ends_at.date()), found.reason) == ("leaving", "2025-04-01", "price")
    assert str(found.may_return_until.date()) == "2025-04-08"
    assert stands([stay("2025-01-01", "2025-04-01", "2025-02-10")], "2025-02-10").state == "at_risk"


def test_an_ended_customer_is_leaving_within_the_grace_days_and_gone_after(stands):
    rows = [stay("2025-01-01", "2025-04-01")]
    assert stands(rows, "2025-04-08").state == "leaving"
    assert stands(rows, "2025-04-09").state == "gone"


def test_a_customer_back_within_the_grace_days_was_leaving_before_it_was_known(stands):
    rows = [stay("2025-01-01", "2025-04-01"), stay("2025-04-05", number="t")]
    assert stands(rows, "2025-04-03").state == "leaving"
    assert stands(rows, "2025-04-06").state == "at_risk"


def test_a_customer_with_a_second_running_subscription_is_at_risk(stands):
    rows = [stay("2025-01-01", "2025-04-01", "2025-02-10"), stay("2025-01-15", number="t")]
    assert stands(rows, "2025-03-01").state == "at_risk"


def test_a_customer_not_yet_started_is_not_there(stands):
    assert stands([stay("2025-03-01")], "2025-03-01") is None


def test_a_trial_stands_apart_until_it_pays(stands):
    row = stay("2025-01-01", trial_ends_at="2025-01-15")
    assert stands([row], "2025-01-10").state == "trial"
    assert stands([row], "2025-01-16").state == "at_risk"


def test_mrr_is_that_of_the_rows_running_at_the_cutoff(stands):
    rows = [
        stay("2025-01-01", "2025-03-01", mrr=10),
        stay("2025-03-01", mrr=15),
        stay("2025-02-01", number="t", mrr=2.5),
    ]
    assert float(stands(rows, "2025-02-15").mrr) == 12.5
    assert float(stands(rows, "2025-04-01").mrr) == 17.5


def test_silence_puts_a_customer_at_risk_then_leaving_for_a_day_then_gone(stands):
    silent = {"table": "usage", "kind": "inactivity", "inactive_days": 30, "horizon": 30}
    assert stands(uses("2025-01-01"), "2025-01-30", **silent).state == "at_risk"
    assert stands(uses("2025-01-01"), "2025-01-31", **silent).state == "leaving"
    assert stands(uses("2025-01-01"), "2025-02-01", **silent).state == "gone"


def test_mrr_of_an_inactivity_pipeline_is_the_mean_monthly_amount(stands):
    rows = [{"occurred_at": "2025-01-01", "amount": 365}, {"occurred_at": "2025-01-02", "amount": -92}]
    silent = {"table": "usage", "kind": "inactivity", "inactive_days": 90, "horizon": 90}
    found = stands(rows, "2025-01-31", **silent)
    assert float(found.mrr) == round(273 / 90 * 365 / 12, 2)


def test_recorded_customers_are_at_risk_unless_they_left_and_did_not_return(stands):
    recorded = {"table": "churn_events", "kind": "recorded"}
    rows = [{"churned_at": "2025-02-01", "returned_at": "2025-03-01"}]
    assert stands(rows, "2025-02-01", **recorded).state == "at_risk"
    assert stands(rows, "2025-02-15", **recorded).state == "gone"
    assert stands(rows, "2025-03-02", **recorded).state == "at_risk"
