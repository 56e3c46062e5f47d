"""Which columns a team can influence, and how a better value of each reads."""

import pytest

from churnrisk.features.signal import SIGNALS
from churnrisk.scoring.changes import change_cards
from churnrisk.settings import SignalSettings

COLUMNS = ["usage_active_days_28d", "support_open_now", "contract_tenure_days", "region"]


def names(**told):
    return [card["name"] for card in change_cards(SIGNALS.values(), COLUMNS, SignalSettings(**told))]


def test_signals_say_themselves_whether_a_team_can_influence_them():
    assert names() == ["usage_active_days_28d", "support_open_now"]


def test_the_settings_name_columns_and_groups_besides():
    assert names(actionable=["contract", "region"]) == COLUMNS


def test_what_a_team_cannot_influence_is_left_out():
    assert names(not_actionable=["usage"]) == ["support_open_now"]
    assert names(actionable=["region"], not_actionable=["usage", "region"]) == ["support_open_now"]


def test_a_column_that_the_model_does_not_read_is_not_told():
    assert names(actionable=["industry"]) == ["usage_active_days_28d", "support_open_now"]


@pytest.mark.parametrize("one", [one for one in SIGNALS.values() if one.actionable], ids=lambda one: one.name)
def test_each_such_signal_has_a_direction_and_words_for_a_better_value(one):
    assert one.raises_risk is not None
    assert one.change, "a template in words"
    assert ("{value" in one.change) is (one.unit != "yes/no")
    assert not one.moves_with_calendar


def test_tenure_and_the_calendar_are_beyond_a_team():
    still = (
        "contract_tenure_days",
        "contract_days_to_term_end",
        "contract_signed_up_days_ago",
        "support_tickets_28d",
    )
    assert not any(SIGNALS[name].actionable for name in still)
