"""Signals of payment."""

from tests.making import make_table


def owed(*rows):
    numbered = [
        {"invoice_id": str(number), "customer_id": "a", "amount": 20, **row} for number, row in enumerate(rows)
    ]
    return {"invoices": make_table("invoices", numbered)}


def test_an_invoice_paid_after_its_due_day_is_late(describe):
    found = describe(
        owed({"due_at": "2025-01-05", "paid_at": "2025-01-08"}),
        ["payments_late_182d", "payments_days_late_mean_182d", "payments_overdue_now"],
    )
    assert (found.payments_late_182d, found.payments_days_late_mean_182d, found.payments_overdue_now) == (1, 3, 0)


def test_an_invoice_paid_in_time_is_not_late(describe):
    found = describe(owed({"due_at": "2025-01-05", "paid_at": "2025-01-05"}), ["payments_late_share_182d"])
    assert found.payments_late_share_182d == 0


def test_an_invoice_paid_after_the_cutoff_is_overdue_at_it(describe):
    found = describe(
        owed({"due_at": "2025-01-05", "issued_at": "2024-12-22", "paid_at": "2025-02-01"}),
        ["payments_overdue_now", "payments_overdue_amount_now", "payments_overdue_days_now"],
    )
    assert list(found[["payments_overdue_now", "payments_overdue_amount_now", "payments_overdue_days_now"]]) == [
        1,
        20,
        10,
    ]


def test_an_invoice_not_yet_due_is_not_overdue(describe):
    found = describe(owed({"due_at": "2025-01-20", "issued_at": "2025-01-06"}), ["payments_overdue_now"])
    assert found.payments_overdue_now == 0


def test_a_credit_is_never_overdue(describe):
    found = describe(owed({"due_at": "2025-01-05", "amount": -20}), ["payments_overdue_now", "payments_late_182d"])
    assert (found.payments_overdue_now, found.payments_late_182d) == (0, 0)


def test_failures_count_on_the_day_they_happened(describe):
    row = {"due_at": "2024-12-20", "failed_at": "2025-01-14"}
    assert describe(owed(row), ["payments_failed_84d"]).payments_failed_84d == 1
    assert describe(owed(row), ["payments_failed_84d"], cutoff="2025-01-14").payments_failed_84d == 0


def test_days_to_pay_count_early_payment_below_zero_and_run_on_while_overdue(describe):
    early = owed({"due_at": "2025-01-05", "issued_at": "2024-12-22", "paid_at": "2025-01-01"})
    assert describe(early, ["payments_days_to_pay_mean_56d"]).payments_days_to_pay_mean_56d == -4
    open_still = owed({"due_at": "2025-01-05", "issued_at": "2024-12-22"})
    assert describe(open_still, ["payments_days_to_pay_mean_56d"]).payments_days_to_pay_mean_56d == 10


def test_days_to_pay_are_empty_without_an_invoice_due(describe):
    later = owed({"due_at": "2025-02-05", "issued_at": "2025-01-02"})
    assert describe(later, ["payments_days_to_pay_mean_56d"]).isna().payments_days_to_pay_mean_56d
