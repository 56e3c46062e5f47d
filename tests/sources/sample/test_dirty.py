def test_one_customer_is_missing_in_customers_only(company):
    known = set(company.table("customers").customer_id)
    all_of_them = set(company.table("subscriptions").customer_id)
    assert len(all_of_them - known) == 1
    assert not known - all_of_them


def test_usage_holds_a_twin_a_nobody_and_the_far_future(company):
    usage = company.table("usage")
    assert (usage.customer_id == "").sum() == 1
    assert (usage.occurred_at > "2090").sum() == 1
    assert usage.duplicated().sum() >= 1


def test_invoices_hold_a_prepaid_one_and_a_credit(company):
    invoices = company.table("invoices")
    assert (invoices.paid_at < invoices.issued_at).sum() == 1
    assert (invoices.amount < 0).sum() == 1


def test_tickets_hold_an_end_before_the_start_and_a_twin(company):
    tickets = company.table("tickets")
    assert (tickets.resolved_at < tickets.opened_at).sum() == 1
    assert tickets.duplicated().sum() == 1


def test_subscriptions_hold_an_end_before_the_start_and_a_twin(company):
    rows = company.table("subscriptions")
    assert (rows.ended_at < rows.started_at).sum() == 1
    assert rows.duplicated().sum() == 1


def test_the_truth_is_clean(company):
    truth = company.truth
    assert truth.notna().all().all()
    assert truth.churn_probability.between(0, 1).all()
