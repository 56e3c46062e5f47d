"""What each convention is called, what it changes, and who says so."""

from typing import get_args

import pytest

from churnrisk.errors import UnknownNameError
from churnrisk.kpis.conventions import CONVENTIONS, unit_of
from churnrisk.kpis.kpi import KPIS
from churnrisk.kpis.table import COLUMNS  # noqa: F401  (registers the key figures)
from churnrisk.settings import KpiSettings

OTHERS = [name for name in CONVENTIONS if name != "standard"]


def test_every_convention_that_settings_allow_is_described():
    assert set(CONVENTIONS) == set(get_args(KpiSettings.model_fields["convention"].annotation))


@pytest.mark.parametrize(("name", "who"), [("new_in_denominator", "Stripe"), ("thirty_day_months", "Baremetrics")])
def test_a_convention_of_others_names_who_counts_so(name, who):
    assert who in CONVENTIONS[name].source
    assert who in CONVENTIONS[name].sentence


def test_our_own_definitions_name_nobody():
    assert CONVENTIONS["standard"].source == ""
    assert CONVENTIONS["standard"].formulas == {}


@pytest.mark.parametrize("name", OTHERS)
def test_formulas_are_given_for_key_figures_that_exist(name):
    assert set(CONVENTIONS[name].formulas) <= set(KPIS)


def test_new_customers_in_the_denominator_change_every_share_of_those_present_at_the_start():
    formulas = CONVENTIONS["new_in_denominator"].formulas
    assert {name for name in KPIS if name.endswith("churn_rate")} - {"early_churn_rate"} <= set(formulas)
    assert not any("revenue" in name for name in formulas)


def test_a_wrong_name_is_answered_with_the_right_one():
    with pytest.raises(UnknownNameError, match="Did you mean 'thirty_day_months'"):
        CONVENTIONS["thirty_days_month"]


@pytest.mark.parametrize(
    ("period", "unit"),
    [("month", "days:30"), ("quarter", "days:90"), ("year", "days:360"), ("rolling:7d", "rolling:7d")],
)
def test_months_of_thirty_days_are_laid_end_to_end(period, unit):
    assert unit_of(period, "thirty_day_months") == unit
    assert unit_of(period, "new_in_denominator") == period
