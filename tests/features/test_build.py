"""Which signals are on, and why others are off."""

import ibis
import pytest

from churnrisk.errors import SettingsError
from churnrisk.features.build import choose
from churnrisk.features.signal import GROUPS, SIGNALS
from churnrisk.settings import FairnessSettings, SignalSettings
from churnrisk.tables.contracts import CONTRACTS
from tests.making import FIXED, make_table

USAGE = {
    "usage": make_table("usage", [{"customer_id": "a", "occurred_at": "2025-01-01"}]),
    "customers": make_table("customers", [{"customer_id": "a", "signed_up_at": "2025-01-01"}]),
}


def test_there_are_at_least_fifty_signals_over_all_groups():
    assert len(SIGNALS) >= 50
    assert {one.group for one in SIGNALS.values()} == set(GROUPS)


def test_a_missing_table_switches_its_signals_off_with_a_reason():
    found = choose(USAGE, FIXED, SignalSettings())
    assert "usage_count_28d" in found.columns
    assert found.off["support_open_now"] == "there is no table tickets"


def test_an_overwritten_column_switches_its_signals_off_and_says_what_would_switch_them_on():
    row = {"subscription_id": "s", "customer_id": "a", "started_at": "2025-01-01", "mrr": 5}
    tables = USAGE | {"subscriptions": make_table("subscriptions", [row])}
    assert 'fixed = ["mrr"]' in choose(tables, CONTRACTS, SignalSettings()).off["contract_mrr"]
    assert "contract_mrr" in choose(tables, FIXED, SignalSettings()).columns


def test_a_lookback_shorter_than_the_grain_is_off():
    monthly = FIXED | {"usage": CONTRACTS["usage"].told(grain_days=31)}
    found = choose(USAGE, monthly, SignalSettings())
    assert "usage_count_28d" in found.off
    assert "usage_count_56d" in found.columns


def test_a_wrong_name_in_the_settings_is_answered_with_the_right_one():
    with pytest.raises(SettingsError, match="Did you mean 'usage_count_28d'"):
        choose(USAGE, FIXED, SignalSettings(include=["usage_count_28"]))


def test_an_attribute_becomes_a_feature_only_when_it_never_changes():
    row = {"customer_id": "a", "signed_up_at": "2025-01-01"}
    tables = USAGE | {"customers": make_table("customers", [row]).mutate(region=ibis.literal("north"))}
    changing = FIXED | {"customers": CONTRACTS["customers"].told(overwritten=["region"])}
    asked = SignalSettings(attributes=["region"])
    assert choose(tables, FIXED, asked).attributes == ["region"]
    assert choose(tables, changing, asked).attributes == []


def test_a_protected_attribute_is_no_feature_and_says_what_would_make_it_one():
    row = {"customer_id": "a", "signed_up_at": "2025-01-01"}
    tables = USAGE | {"customers": make_table("customers", [row]).mutate(region=ibis.literal("north"))}
    asked = SignalSettings(attributes=["region"])
    found = choose(tables, FIXED, asked, fairness=FairnessSettings(protected=["region"]))
    assert "region" not in found.columns
    assert 'allow_as_features = ["region"]' in found.off["region"]
    allowed = FairnessSettings(protected=["region"], allow_as_features=["region"])
    assert "region" in choose(tables, FIXED, asked, fairness=allowed).columns


@pytest.mark.parametrize("told", [{"protected": ["regin"]}, {"allow_as_features": ["regin"]}])
def test_a_protected_attribute_that_customers_lack_is_answered_with_the_right_one(told):
    tables = USAGE | {"customers": USAGE["customers"].mutate(region=ibis.literal("north"))}
    with pytest.raises(SettingsError, match="Did you mean 'region'"):
        choose(tables, FIXED, SignalSettings(), fairness=FairnessSettings(**told))


def test_what_a_team_can_influence_must_exist():
    with pytest.raises(SettingsError, match="Did you mean 'payments'"):
        choose(USAGE, FIXED, SignalSettings(actionable=["payment"]))


def test_every_sentence_names_columns_that_exist():
    import string

    for one in SIGNALS.values():
        for _, field, _, _ in string.Formatter().parse(one.sentence or ""):
            assert field is None or field == "value" or field in SIGNALS, one.name
        assert one.sentence is None or one.raises_risk is not None, one.name
