import pandas as pd
import pytest

END = pd.Timestamp("2025-07-01")
TIMES = {
    "usage": ["occurred_at"],
    "engagement": ["occurred_at"],
    "invoices": ["issued_at", "paid_at", "failed_at"],
    "tickets": ["opened_at", "resolved_at"],
    "surveys": ["answered_at"],
    "offers": ["offered_at", "accepted_at"],
}


@pytest.mark.parametrize(
    ("name", "column"), [(name, column) for name, columns in TIMES.items() for column in columns]
)
def test_events_lie_within_the_data(company, name, column):
    times = company.table(name)[column].dropna()
    times = times[times < "2030"]
    assert times.max() < END
    assert times.min() >= pd.Timestamp("2023-06-20")


def test_the_newest_event_lies_on_the_last_day(company):
    use = company.table("usage").occurred_at
    assert use[use < "2030"].max().normalize() + pd.Timedelta(days=1) == END


def test_nothing_is_used_before_the_first_or_after_the_last_day_of_service(company):
    service = company.table("subscriptions")
    service = service.groupby("customer_id").agg(
        first=("started_at", "min"), last=("ended_at", "max"), open=("ended_at", "count"), rows=("ended_at", "size")
    )
    use = company.table("usage")
    use = use[(use.occurred_at < "2030") & (use.customer_id != "")].merge(service, on="customer_id")
    assert (use.occurred_at >= use["first"]).all()
    gone = use[use.open == use.rows]
    assert (gone.occurred_at < gone["last"]).all()


def test_invoices_are_due_a_fortnight_after_issue_and_some_are_late_or_never_paid(company):
    invoices = company.table("invoices")
    assert ((invoices.due_at - invoices.issued_at).dt.days == 14).all()
    old = invoices[invoices.due_at < END - pd.Timedelta(days=60)]
    assert 0.1 < (old.paid_at > old.due_at).mean() < 0.7
    assert 0.003 < old.paid_at.isna().mean() < 0.06
    assert 0.01 < old.failed_at.notna().mean() < 0.2


def test_offers_are_held_out_at_random_and_only_the_others_accepted(company):
    offers = company.table("offers")
    held_out = offers.arm == "held_out"
    assert 0.1 < held_out.mean() < 0.3
    assert offers.accepted_at[held_out].isna().all()
    assert 0.3 < offers.accepted_at[~held_out].notna().mean() < 0.7
    assert (offers.cost[held_out] == 0).all()


def test_mail_is_opened_after_it_was_sent_and_nobody_unsubscribed_gets_any(company):
    rows = company.table("engagement").dropna(subset=["customer_id"])
    assert set(rows.action) == {"sent", "opened", "clicked", "unsubscribed", "login"}
    out = rows[rows.action == "unsubscribed"].set_index("customer_id").occurred_at
    sent = rows[rows.action == "sent"].merge(out.rename("out"), on="customer_id")
    assert (sent.occurred_at < sent.out + pd.Timedelta(days=31)).all()


def test_surveys_keep_within_their_scales(company):
    surveys = company.table("surveys")
    span = surveys.groupby("kind").score.agg(["min", "max"])
    assert span.loc["nps", "min"] >= 0
    assert span.loc["nps", "max"] == 10
    assert span.loc["csat"].tolist() == [1, 5]


def test_volume_is_that_of_a_small_company(company):
    months = len(company.truth)
    assert 10 < company.rows["usage"] / months < 18
    assert 3 < company.rows["engagement"] / months < 8
