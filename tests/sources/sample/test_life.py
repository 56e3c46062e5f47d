import pandas as pd
import pytest

LAST_DAY = pd.Timestamp("2025-06-30")


def test_everyone_who_is_to_start_does(company):
    assert company.table("subscriptions").customer_id.nunique() == 3000


def test_many_customers_have_started_before_the_first_day(company):
    first = company.paid.groupby("customer_id").started_at.min()
    assert 0.5 < (first < "2023-07-01").mean() < 0.6
    assert first.max() <= LAST_DAY


def test_rows_of_one_subscription_touch_and_never_overlap(company):
    rows = company.paid.sort_values(["subscription_id", "started_at"])
    following = rows.groupby("subscription_id").started_at.shift(-1)
    inner = following.notna()
    assert (rows.ended_at[inner] == following[inner]).all()
    assert inner.any()


def test_no_row_ends_before_it_starts(company):
    paid = company.paid
    assert not (paid.ended_at < paid.started_at).any()
    assert not (paid.ended_at < paid.cancelled_at).any()


def test_notice_comes_before_the_end_and_is_told_in_the_data(company):
    noticed = company.ends[company.ends.cancelled_at.notna()]
    ahead = (noticed.ended_at - noticed.cancelled_at).dt.days
    assert ahead.min() >= 0
    assert ahead.max() > 60
    assert (noticed.cancelled_at <= LAST_DAY).all()


def test_involuntary_ends_come_without_notice_and_are_a_fifth_or_so(company):
    ends = company.ends
    involuntary = ends.end_reason.isin(["payment_failed", "card_expired"])
    assert ends.cancelled_at[involuntary].isna().all()
    assert 0.12 < involuntary.mean() < 0.35


def test_some_come_back_months_after_they_left(company):
    paid = company.paid
    spells = paid.groupby(["customer_id", "subscription_id"]).agg(a=("started_at", "min"), b=("ended_at", "max"))
    spells = spells.sort_values(["customer_id", "a"])
    gap = (spells.a - spells.groupby("customer_id").b.shift()).dt.days.dropna()
    assert len(gap) > 20
    assert gap.min() > 7


def test_trials_of_a_fortnight_come_before_some_starts_and_some_never_pay(company):
    rows = company.table("subscriptions")
    trials = rows[rows.is_trial]
    assert ((trials.ended_at - trials.started_at).dropna().dt.days == 14).all()
    assert {"converted", "trial_ended"} <= set(trials.end_reason)
    paid_from = company.paid.groupby("customer_id").started_at.min()
    converted = trials[trials.end_reason == "converted"].set_index("customer_id")
    assert (paid_from.loc[converted.index] == converted.ended_at).all()
    assert not set(trials[trials.end_reason == "trial_ended"].customer_id) & set(paid_from.index)


def test_some_move_up_and_some_down(company):
    rows = company.paid.sort_values(["subscription_id", "started_at"])
    rank = rows.plan.map({"starter": 0, "team": 1, "business": 2})
    step = rank.groupby(rows.subscription_id).diff()
    assert (step > 0).sum() > 20
    assert (step < 0).sum() > 20


def test_some_prices_rise_while_the_plan_stays(company):
    rows = company.paid.sort_values(["subscription_id", "started_at"])
    same = rows.plan == rows.groupby("subscription_id").plan.shift()
    factor = (rows.mrr / rows.groupby("subscription_id").mrr.shift())[same]
    assert (factor > 1.02).sum() > 100
    assert factor.min() >= 1


def test_yearly_terms_last_a_year_and_monthly_ones_have_no_end(company):
    yearly = company.paid[company.paid.term_ends_at.notna()]
    assert (yearly.term_ends_at - yearly.started_at).dt.days.isin([365, 366]).all()
    assert 0.2 < len(yearly.customer_id.unique()) / company.paid.customer_id.nunique() < 0.6


def test_renewal_is_switched_off_within_the_row_and_by_few(company):
    off = company.paid[company.paid.auto_renew_off_at.notna()]
    assert 20 < len(off) < 0.1 * len(company.paid)
    assert (off.auto_renew_off_at >= off.started_at).all()


@pytest.mark.parametrize("months", [6, 9])
def test_months_are_honoured(tmp_path, write, months):
    shorter = write(tmp_path, customers=200, months=months)
    end = pd.Timestamp("2023-07-01") + pd.DateOffset(months=months)
    use = shorter.table("usage").occurred_at
    assert use[use < "2030"].max() == end - pd.Timedelta(minutes=1)
    assert shorter.truth.cutoff.max() == end
