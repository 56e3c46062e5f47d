"""Signals of the contract."""

import pytest

from tests.making import make_table


def contract(*rows):
    filled = [{"subscription_id": "s", "customer_id": "a", **row} for row in rows]
    return {"subscriptions": make_table("subscriptions", filled)}


def test_days_to_term_end_are_those_of_the_running_row(describe):
    rows = contract(
        {"started_at": "2023-02-01", "ended_at": "2024-02-01", "term_ends_at": "2024-02-01"},
        {"started_at": "2024-02-01", "term_ends_at": "2025-02-01"},
    )
    found = describe(rows, ["contract_days_to_term_end", "contract_term_days", "contract_tenure_days"])
    assert list(found[["contract_days_to_term_end", "contract_term_days", "contract_tenure_days"]]) == [17, 366, 714]


def test_days_to_term_end_are_empty_without_a_term(describe):
    found = describe(contract({"started_at": "2024-02-01"}), ["contract_days_to_term_end"])
    assert found.isna().contract_days_to_term_end


def test_renewal_switched_off_is_known_from_the_day_after(describe):
    rows = contract({"started_at": "2024-02-01", "auto_renew_off_at": "2025-01-10"})
    assert describe(rows, ["contract_auto_renew_off"]).contract_auto_renew_off == 1
    assert describe(rows, ["contract_auto_renew_off"], cutoff="2025-01-10").contract_auto_renew_off == 0


def test_a_price_rise_is_a_higher_mrr_on_the_same_plan(describe):
    before = {"started_at": "2024-02-01", "ended_at": "2024-12-01", "plan": "basic", "mrr": 10}
    rise = contract(before, {"started_at": "2024-12-01", "plan": "basic", "mrr": 12})
    upgrade = contract(before, {"started_at": "2024-12-01", "plan": "plus", "mrr": 12})
    wanted = ["contract_price_rise_56d", "contract_plan_changes_182d"]
    found = describe(rise, wanted)
    assert (found.contract_price_rise_56d, found.contract_plan_changes_182d) == (pytest.approx(0.2), 0)
    found = describe(upgrade, wanted)
    assert (found.contract_price_rise_56d, found.contract_plan_changes_182d) == (0, 1)


def test_mrr_sums_the_running_rows_only(describe):
    rows = contract(
        {"started_at": "2024-02-01", "ended_at": "2024-12-01", "mrr": 10},
        {"started_at": "2024-12-01", "mrr": 12},
        {"subscription_id": "t", "started_at": "2024-12-01", "mrr": 1.5},
    )
    assert describe(rows, ["contract_mrr"]).contract_mrr == 13.5
