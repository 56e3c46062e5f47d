"""A scope keeps exactly the parts of the splits that it names, and refuses what keeps nobody."""

from dataclasses import replace
from datetime import date

import pandas as pd
import pytest

from churnrisk.errors import SettingsError
from churnrisk.kpis.cube import FLOWS, LEVELS
from churnrisk.kpis.scope import scope_in_words
from churnrisk.settings import ScopeSettings
from tests.kpis.companies import ledger_of, random_company

NAMES = [*LEVELS, *FLOWS]


def counted(ledger, split=None):
    rows = ledger.workshop.engine.rows(ledger.counted(split))
    return rows.astype(dict.fromkeys(NAMES, "float64")).set_index(["value", "period"])[NAMES]


@pytest.mark.parametrize("seed", [1, 2])
def test_products_are_the_parts_of_the_plan_split_added_up(engine, seed):
    parts = counted(ledger_of(engine, random_company(seed), by=("plan",)), "plan")
    added = parts.loc[["pro", "team"]].groupby("period").sum()
    scope = ScopeSettings(products=["pro", "team"])
    whole = counted(ledger_of(engine, random_company(seed), by=(), scope=scope)).loc["all"]
    pd.testing.assert_frame_equal(whole, added)
    assert whole.churned.sum() > 0


def test_the_parts_of_another_split_within_a_scope_add_up_to_it(engine):
    ledger = ledger_of(engine, random_company(3), by=("region",), scope=ScopeSettings(products=["pro"]))
    pd.testing.assert_frame_equal(counted(ledger, "region").groupby("period").sum(), counted(ledger).loc["all"])


def test_attributes_keep_customers_with_these_values(engine):
    scope = ScopeSettings(attributes={"region": ["north"]})
    inside = ledger_of(engine, random_company(4), by=(), scope=scope)
    found, moved, ran = counted(inside).loc["all"], inside.movements, inside.runs
    rows = inside.workshop.engine.rows
    assert set(rows(moved)["region"]) == set(rows(ran)["region"]) == {"north"}
    parts = counted(ledger_of(engine, random_company(4), by=("region",)), "region")
    pd.testing.assert_frame_equal(found, parts.loc["north"])


def test_mrr_bands_are_those_of_the_whole_company(engine):
    whole = ledger_of(engine, random_company(5), by=("mrr_band",))
    part = ledger_of(engine, random_company(5), by=("mrr_band",), scope=ScopeSettings(products=["pro"]))
    assert part.bounds == whole.bounds


def test_without_a_scope_everybody_is_counted(engine):
    whole = counted(ledger_of(engine, random_company(6), by=()))
    parts = counted(ledger_of(engine, random_company(6), by=("plan",)), "plan")
    pd.testing.assert_frame_equal(whole.loc["all"], parts.groupby("period").sum())
    assert scope_in_words(ScopeSettings()) == ""


def test_a_value_that_nobody_has_is_answered_with_the_right_one(engine):
    ledger = ledger_of(engine, random_company(7), by=(), scope=ScopeSettings(products=["prro"]))
    with pytest.raises(SettingsError, match=r"scope\.products: nobody has the plan 'prro'. Did you mean 'pro'\?"):
        ledger.counted()


def test_a_column_that_is_not_there_is_refused_at_once(engine):
    with pytest.raises(SettingsError, match=r"scope\.attributes\.regoin: .* Did you mean 'region'"):
        ledger_of(engine, random_company(7), by=(), scope=ScopeSettings(attributes={"regoin": ["north"]}))


def test_values_that_never_meet_keep_nobody(engine):
    company = random_company(8)
    rows = [one | {"plan": "basic"} if one["customer_id"] == "c001" else one for one in company.subscriptions]
    lonely = replace(company, subscriptions=rows, attributes={**company.attributes, "c001": {"region": "moon"}})
    scope = ScopeSettings(attributes={"region": ["moon"]}, products=["pro"])
    with pytest.raises(SettingsError, match=r"\[scope\] keeps nobody"):
        ledger_of(engine, lonely, by=(), scope=scope).counted()


def test_the_scope_stands_in_one_line():
    scope = ScopeSettings(products=["pro"], segments=["high", "critical"], end=date(2025, 7, 1))
    assert scope_in_words(scope) == "Scope: plan pro; segment high or critical; periods to 2025-07-01."
