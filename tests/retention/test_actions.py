"""What is done for whom: the first reason that a rule speaks of, else the segment's own action."""

import pandas as pd
import pytest

from churnrisk.errors import SettingsError
from churnrisk.features.build import SIGNALS
from churnrisk.retention.actions import action_of, signal_of
from churnrisk.settings import ActionRule, FlatSource, PipelineSettings, SegmentSettings, TeamSettings

CARDS = [{"name": one.name, "group": one.group} for one in SIGNALS.values()]


def action(*signals: str, segment: str = "high", settings: PipelineSettings | None = None) -> str:
    drivers = {f"driver_{place}": [f"{name} +0.50"] for place, name in enumerate(signals, start=1)}
    rows = pd.DataFrame({"segment": [segment], **drivers, "action": ["as the model says"]})
    return action_of(rows, settings or PipelineSettings(), CARDS).iloc[0]


def with_rules(*rules: ActionRule, **segments: object) -> PipelineSettings:
    return PipelineSettings(team=TeamSettings(actions=list(rules)), segments=SegmentSettings(**segments))


@pytest.mark.parametrize(
    ("signal", "what"),
    [
        ("usage_ratio_28d", "offer advice on the use of the product"),
        ("engagement_logins_84d", "offer advice on the use of the product"),
        ("contract_days_to_term_end", "offer renewal terms"),
        ("payments_days_late_mean_56d", "offer a payment plan"),
        ("support_satisfaction_last", "a call from a senior"),
        ("contract_tenure_days", "call within a week"),
        ("engagement_open_rate_56d", "call within a week"),
    ],
)
def test_by_default_each_kind_of_reason_has_its_action(signal, what):
    assert action(signal) == what


def test_every_signal_that_tells_a_reason_has_an_action_by_default():
    told = [one.name for one in SIGNALS.values() if one.sentence]
    assert all(action(name) for name in told)


def test_the_first_reason_that_a_rule_speaks_of_decides():
    assert action("contract_tenure_days", "payments_overdue_now", "usage_ratio_28d") == "offer a payment plan"


def test_without_any_reason_the_segment_decides():
    assert action(segment="critical") == "call within a day"


def test_a_rule_for_one_signal_stands_before_its_group_where_it_is_written_first():
    rules = (
        ActionRule(reason="usage_ratio_28d", action="ask what changed"),
        ActionRule(reason="usage", action="advise"),
    )
    assert action("usage_ratio_28d", settings=with_rules(*rules)) == "ask what changed"
    assert action("usage_count_28d", settings=with_rules(*rules)) == "advise"


def test_a_rule_can_be_for_some_segments_only():
    settings = with_rules(ActionRule(reason="usage", action="call", segments=["critical"]))
    assert action("usage_count_28d", segment="critical", settings=settings) == "call"
    assert action("usage_count_28d", segment="high", settings=settings) == "call within a week"


def test_the_lowest_segment_is_left_alone_unless_a_rule_names_it():
    assert action("usage_count_28d", segment="low") == "leave alone"
    settings = with_rules(ActionRule(reason="usage", action="write", segments=["low"]))
    assert action("usage_count_28d", segment="low", settings=settings) == "write"


def test_a_segment_without_an_action_keeps_the_model_s():
    settings = with_rules(names=["hot", "cold"], shares=[0.1], actions={})
    assert action(segment="hot", settings=settings) == "as the model says"


def test_wrong_names_are_answered_with_the_right_ones():
    settings = with_rules(ActionRule(reason=["usage", "suport"], action="call", segments=["hihg"]))
    with pytest.raises(SettingsError) as fault:
        action(settings=settings)
    assert "(2 findings)" in str(fault.value)
    assert "team.actions.0: there is no signal or group 'suport'. Did you mean 'support'?" in str(fault.value)
    assert "there is no segment 'hihg'. Did you mean 'high'?" in str(fault.value)


def test_signals_that_this_model_does_not_read_may_be_named():
    rows = pd.DataFrame({"segment": ["high"], "driver_1": ["usage_ratio_28d +0.10"]})
    assert action_of(rows, PipelineSettings(), [{"name": "usage_ratio_28d", "group": "usage"}]).tolist()


def test_of_a_flat_file_the_columns_are_named():
    flat = PipelineSettings(
        source=FlatSource(label="Churn"), team=TeamSettings(actions=[ActionRule(reason="Total Charges", action="a")])
    )
    rows = pd.DataFrame({"segment": ["high"], "driver_1": ["Total Charges +0.10"]})
    assert action_of(rows, flat, [{"name": "Total Charges", "group": "Total Charges"}]).tolist() == ["a"]
    with pytest.raises(SettingsError, match="no column of the model 'Total Charges'"):
        action_of(rows, flat, [{"name": "TotalCharges", "group": "TotalCharges"}])


def test_a_flat_file_needs_no_rules_of_its_own():
    rows = pd.DataFrame({"segment": ["high"], "driver_1": ["tenure +0.10"]})
    flat = PipelineSettings(source=FlatSource(label="Churn"))
    assert action_of(rows, flat, [{"name": "tenure", "group": "tenure"}]).tolist() == ["call within a week"]


def test_an_empty_list_has_no_actions():
    assert len(action_of(pd.DataFrame({"segment": [], "driver_1": []}), PipelineSettings(), CARDS)) == 0


def test_a_driver_may_have_blanks_in_its_name():
    assert signal_of("Total Charges -1.20") == "Total Charges"
