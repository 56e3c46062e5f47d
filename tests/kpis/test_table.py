"""The table of key figures: its rows, its intervals, and what it says where there is no number."""

import pandas as pd
import pytest

from churnrisk.errors import SettingsError
from churnrisk.kpis.kpi import KPIS
from churnrisk.kpis.ledger import Ledger, periods_of
from churnrisk.kpis.table import COLUMNS, kpi_table, left_out
from churnrisk.settings import ChurnSettings, EconomicsSettings, KpiSettings, ScopeSettings
from tests.snapshots.workshops import make_workshop, subscription


def ledger_of(engine, rows, by=(), period="month", complete_to="2024-05-01", **settings):
    workshop = make_workshop(engine, {"subscriptions": rows}, complete_to=complete_to, **settings)
    return Ledger(workshop, periods_of(workshop, period), by)


def number(table, kpi, start="2024-01-01", value="all"):
    rows = table[(table["kpi"] == kpi) & (table["period_start"] == start) & (table["value"] == value)]
    return rows.iloc[0]


def company():
    """Four customers from before, one of whom leaves in January; one comes in January and pays more from March on."""
    old = [subscription(one, "2023-06-01", plan="small") for one in "abc"]
    return [
        *old,
        subscription("d", "2023-06-01", "2024-01-20", plan="small", end_reason="moved"),
        subscription("e", "2024-01-05", "2024-03-10", plan="big", mrr=20),
        subscription("e", "2024-03-10", plan="big", mrr=50),
    ]


def test_each_row_says_period_part_number_and_what_is_behind_it(engine):
    table = kpi_table(ledger_of(engine, company(), by=["plan"]))
    assert tuple(table.columns) == COLUMNS
    row = number(table, "churn_rate")
    assert (row["number"], row["numerator"], row["denominator"]) == (25, 1, 4)
    assert (row["low"], row["high"]) == (pytest.approx(4.558726), pytest.approx(69.935822))
    assert row["note"] == "fewer than 30 customers"
    assert number(table, "new", value="big")["number"] == 1
    assert number(table, "expansion_mrr", "2024-03-01")["number"] == 30


def test_net_churn_below_0_is_called_negative_churn(engine):
    table = kpi_table(ledger_of(engine, company()))
    assert number(table, "net_revenue_churn", "2024-03-01")["note"] == "negative churn"
    assert number(table, "net_revenue_churn")["note"] == ""


def test_a_lifetime_is_not_shown_without_churn_nor_for_an_incomplete_period(engine):
    table = kpi_table(ledger_of(engine, company()))
    assert number(table, "lifetime_months")["number"] == pytest.approx(4)
    assert pd.isna(number(table, "lifetime_months", "2024-02-01")["number"])
    assert number(table, "lifetime_months", "2024-02-01")["note"] == "no churn"
    assert number(table, "ltv", "2024-04-01")["note"] == "not shown while the period is incomplete"


def test_ltv_is_before_margin_unless_a_margin_is_set(engine):
    bare = number(kpi_table(ledger_of(engine, company())), "ltv")
    assert (bare["number"], bare["note"]) == (50 / 4 * 4, "before margin")
    half = kpi_table(ledger_of(engine, company(), economics=EconomicsSettings(gross_margin=0.5)))
    assert (number(half, "ltv")["number"], number(half, "ltv")["note"]) == (25, "")


def test_the_lifetime_of_a_longer_period_is_in_months_all_the_same(engine):
    table = kpi_table(ledger_of(engine, company(), period="quarter"))
    rate = 1 - (1 - 1 / 4) ** (1 / 3)
    assert number(table, "lifetime_months")["number"] == pytest.approx(1 / rate)


def test_what_the_tables_do_not_hold_is_left_out_and_named(engine):
    ledger = ledger_of(engine, company())
    assert left_out(ledger, KPIS["nps"]) == "there are no NPS answers"
    assert left_out(ledger, KPIS["churn_rate"]) == ""
    assert not {"nps", "csat", "competing", "replacement_cost"} & set(kpi_table(ledger)["kpi"])


def test_a_split_that_is_not_there_is_answered_with_the_right_one(engine):
    with pytest.raises(SettingsError, match=r"There is no split named 'plam'\. Did you mean 'plan'"):
        ledger_of(engine, company(), by=["plam"])


def test_the_scope_limits_the_periods(engine):
    table = kpi_table(ledger_of(engine, company(), scope=ScopeSettings(start="2024-02-01", end="2024-04-01")))
    assert [str(day)[:10] for day in table["period_start"].unique()] == ["2024-02-01", "2024-03-01"]


def test_competing_ends_are_counted_apart_and_leave_the_rates(engine):
    churn = ChurnSettings(competing_reasons=["moved"])
    table = kpi_table(ledger_of(engine, company(), churn=churn))
    assert number(table, "competing")["number"] == 1
    assert (number(table, "churn_rate")["number"], number(table, "churn_rate")["denominator"]) == (0, 3)
    assert number(table, "crr")["number"] == 100
    assert number(table, "drr")["number"] == 100


def test_new_customers_stand_in_the_denominator_where_the_convention_says_so(engine):
    table = kpi_table(ledger_of(engine, company(), kpis=KpiSettings(convention="new_in_denominator")))
    assert number(table, "churn_rate")["number"] == 20
    assert number(table, "crr")["number"] == 80


def test_by_inactivity_periods_begin_when_churn_can_be_seen(engine):
    churn = ChurnSettings(kind="inactivity", inactive_days=30, horizon=30)
    use = [{"customer_id": "a", "occurred_at": f"2024-0{month}-03", "amount": 10} for month in range(1, 5)]
    use += [{"customer_id": "b", "occurred_at": "2024-01-20", "amount": 5}]
    workshop = make_workshop(engine, {"usage": use}, complete_to="2024-05-01", churn=churn)
    table = kpi_table(Ledger(workshop, periods_of(workshop)))
    assert str(table["period_start"].min())[:10] == "2024-02-01"
    assert number(table, "churned", "2024-02-01")["number"] == 1  # b; a churned on the 2nd and was back on the 3rd
    assert number(table, "reactivated", "2024-02-01")["number"] == 0
    assert "voluntary_churn_rate" not in set(table["kpi"])
