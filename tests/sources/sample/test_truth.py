import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from churnrisk.errors import SourceError
from churnrisk.settings import ChurnSettings
from churnrisk.sources.sample import frailty, read_truth
from churnrisk.sources.sample.calendar import Calendar
from churnrisk.sources.sample.life import Outlook
from churnrisk.sources.sample.truth import churn_probability

CALENDAR = Calendar(24)


def auc(churned: pd.Series, score: pd.Series) -> float:
    ranks = score.rank()
    positives = churned.sum()
    return (ranks[churned].sum() - positives * (positives + 1) / 2) / (positives * (len(score) - positives))


def test_reading_a_missing_truth_says_how_to_write_one(tmp_path):
    with pytest.raises(SourceError, match="churnrisk sample"):
        read_truth(tmp_path)


def test_the_oracle_is_as_good_as_in_real_life(company):
    rows = company.outcomes()
    assert 0.80 < auc(rows.churned, rows.churn_probability) < 0.90


def test_churn_is_between_one_and_a_half_and_four_percent_a_month(company):
    rate = company.outcomes().groupby("cutoff").churned.mean()
    assert 0.015 < rate.mean() < 0.04


def test_expected_churn_stays_level_from_month_to_month(company):
    expected = company.truth.groupby("cutoff").churn_probability.mean()[3:]
    assert (expected / expected.mean() - 1).abs().max() < 0.2


@pytest.mark.parametrize("half", ["riskier", "safer"])
def test_as_many_leave_as_the_truth_expects(company, half):
    rows = company.outcomes()
    top = rows.churn_probability.rank(method="first") > 0.9 * len(rows)
    rows = rows[top if half == "riskier" else ~top]
    expected = rows.churn_probability.sum()
    spread = np.sqrt((rows.churn_probability * (1 - rows.churn_probability)).sum())
    assert abs(rows.churned.sum() - expected) < 4 * spread


def test_at_risk_is_who_pays_and_has_given_no_notice(company):
    truth, cutoff = company.truth, pd.Timestamp("2024-09-01")
    paid = company.paid
    running = paid[(paid.started_at < cutoff) & ~(paid.ended_at < cutoff) & ~(paid.cancelled_at < cutoff)]
    expected = set(running.customer_id)
    assert set(truth[truth.cutoff == cutoff].customer_id) == expected


def test_each_month_start_has_a_truth_and_the_day_after_the_last_too(company):
    cutoffs = sorted(company.truth.cutoff.unique())
    assert cutoffs == list(pd.date_range("2023-07-01", "2025-07-01", freq="MS"))
    assert not company.truth.duplicated(["customer_id", "cutoff"]).any()


def test_without_signal_everyone_has_one_risk_for_each_length_of_month(without_signal):
    truth = without_signal.truth
    by_days = truth.churn_probability.round(12).groupby(truth.cutoff.dt.days_in_month)
    assert (by_days.nunique() == 1).all()
    assert truth.churn_probability.between(0.02, 0.03).all()


def test_without_signal_use_says_nothing_about_churn(without_signal, company):
    def use_against_churn(of):
        use = of.table("usage")
        use = use[use.occurred_at < "2030"]
        month = use.occurred_at.dt.to_period("M").dt.to_timestamp() + pd.offsets.MonthBegin(1)
        counts = use.groupby(["customer_id", month]).size().rename("uses").rename_axis(["customer_id", "cutoff"])
        rows = of.outcomes().merge(counts.reset_index(), on=["customer_id", "cutoff"], how="left")
        return auc(rows.churned, rows.uses.fillna(0))

    assert abs(use_against_churn(without_signal) - 0.5) < 0.04
    assert use_against_churn(company) < 0.4


def test_without_signal_tables_are_alike_in_size(company, without_signal):
    for name in ("usage", "engagement", "invoices", "surveys"):
        assert without_signal.rows[name] == pytest.approx(company.rows[name], rel=0.25)


def outlook(voluntary: float, involuntary: float) -> Outlook:
    return Outlook(np.array([0]), np.array([voluntary]), np.array([involuntary]), frailty.even(1))


def test_thirty_days_of_a_month_of_thirtyone_hold_thirty_parts():
    churn = ChurnSettings(day="notice", horizon=30)
    whole = churn_probability(outlook(0.02, 0.01), 0, CALENDAR, churn.model_copy(update={"horizon": "month"}), 1.0)
    assert churn_probability(outlook(0.02, 0.01), 0, CALENDAR, churn, 1.0) == pytest.approx(whole * 30 / 31)


def test_a_month_without_frailty_is_one_minus_survival():
    churn = ChurnSettings(day="notice", horizon="month")
    came = churn_probability(outlook(0.02, 0.01), 0, CALENDAR, churn, 0.0)
    assert came == pytest.approx(1 - np.exp(-0.03))


def test_thirty_days_from_the_first_of_february_reach_into_march():
    february = 7
    churn = ChurnSettings(day="notice", horizon=30)
    month = churn_probability(
        outlook(0.02, 0.01), february, CALENDAR, churn.model_copy(update={"horizon": "month"}), 0.0
    )
    came = churn_probability(outlook(0.02, 0.01), february, CALENDAR, churn, 0.0)
    assert CALENDAR.length(february) == 29
    assert came == pytest.approx(month + (1 - month) * month / 31)


@settings(max_examples=50)
@given(st.floats(1e-6, 2), st.floats(1e-6, 2), st.integers(0, 90), st.integers(1, 200), st.floats(0, 1))
def test_a_probability_lies_between_0_and_1_and_rises_with_the_horizon(voluntary, involuntary, lead, horizon, signal):
    ahead = outlook(voluntary, involuntary)
    shorter, longer = (
        churn_probability(ahead, 3, CALENDAR, ChurnSettings(day="notice", lead_days=lead, horizon=days), signal)[0]
        for days in (horizon, horizon + 20)
    )
    assert 0 <= shorter <= longer <= 1
