"""What the team can do, as a TOML says it."""

import pytest
from pydantic import ValidationError

from churnrisk.errors import SettingsError
from churnrisk.settings import ActionRule, FlatSource, PipelineSettings, TeamSettings, load_settings


def loaded(tmp_path, text: str) -> PipelineSettings:
    (tmp_path / "pipeline.toml").write_text(text, encoding="utf-8")
    return load_settings(tmp_path / "pipeline.toml")


def test_a_rule_is_for_one_reason_or_for_several(tmp_path):
    team = loaded(
        tmp_path,
        '[[team.actions]]\nreason = "usage"\naction = "advise"\n\n'
        '[[team.actions]]\nreason = ["payments", "contract_price_rise_56d"]\naction = "call"\n'
        'segments = ["critical"]\n',
    ).team
    assert team.actions == [
        ActionRule(reason=["usage"], action="advise"),
        ActionRule(reason=["payments", "contract_price_rise_56d"], action="call", segments=["critical"]),
    ]


def test_rules_of_ones_own_stand_in_place_of_the_defaults():
    assert len(TeamSettings().actions) == 4
    assert TeamSettings(actions=[]).actions == []


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("holdout_share = 1", "team.holdout_share: input should be less than 1"),
        ("capacity_per_day = 0", "team.capacity_per_day: input should be greater than 0"),
        ("cooldown_days = -1", "team.cooldown_days: input should be greater than or equal to 0"),
        ("days = [5, 1]", "days must rise"),
        ('outcomes = { ja = "acepted" }', "team.outcomes.ja: input should be 'accepted', 'declined', 'reached' or"),
        ('holdout = "x"', "team.holdout: there is no such key. Did you mean 'holdout_key'?"),
        ('[[team.actions]]\nreason = []\naction = "a"', "team.actions.0.reason"),
    ],
)
def test_what_cannot_be_meant_is_refused(tmp_path, line, said):
    with pytest.raises(SettingsError) as fault:
        loaded(tmp_path, f"[team]\n{line}\n")
    assert said in str(fault.value)


def test_a_flat_source_has_no_feedback():
    with pytest.raises(ValidationError, match=r"team\.feedback needs times"):
        PipelineSettings(source=FlatSource(label="Churn"), team=TeamSettings(feedback="filled"))
    assert PipelineSettings(source=FlatSource(label="Churn"), team=TeamSettings(capacity_per_day=5)).team
