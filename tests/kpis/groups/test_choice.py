"""Which signals customers are grouped by."""

import numpy as np
import pandas as pd
import pytest

from churnrisk.errors import RefusedError, SettingsError
from churnrisk.features.build import Choice, listed
from churnrisk.kpis.groups.choice import MOVEMENT, kind_of, one_of_each, telling, wanted_signals
from churnrisk.settings import PipelineSettings


def asked(*signals: str) -> PipelineSettings:
    told = {"name": "a", "source": {"path": "."}, "groups": {"signals": list(signals)}, "file": "a.toml"}
    return PipelineSettings.model_validate(told)


def test_each_kind_of_use_has_one_lookback_near_twelve_weeks():
    chosen = one_of_each(listed("usage"))
    assert len({kind_of(name) for name in chosen}) == len(chosen)
    assert {"usage_count_84d", "usage_breadth_84d"} <= set(chosen)


def test_one_signal_says_which_way_use_goes():
    assert [name for name in one_of_each(listed("usage")) if kind_of(name) in MOVEMENT] == ["usage_ratio_84d"]
    short = [one for one in listed("usage") if one.name in ("usage_slope_12w", "usage_pace_14d")]
    assert one_of_each(short) == ["usage_slope_12w"]


def test_first_days_last_days_and_what_only_stands_behind_another_are_left_out():
    chosen = one_of_each(listed("usage"))
    assert not [name for name in chosen if "first" in name or "last" in name or "prev" in name]


def test_a_signal_without_lookback_is_better_than_none():
    on = Choice([one for one in listed() if one.name == "usage_days_since_last"])
    assert wanted_signals(asked(), on) == ["usage_days_since_last"]


def test_what_is_on_is_taken_unless_signals_are_named():
    on = Choice([one for one in listed() if one.name in ("usage_count_28d", "support_tickets_84d")])
    assert wanted_signals(asked(), on) == ["usage_count_28d"]
    assert wanted_signals(asked("support_tickets_84d"), on) == ["support_tickets_84d"]


def test_an_unknown_or_absent_signal_is_a_fault():
    on = Choice(listed("usage"), {"support_tickets_84d": "there is no table tickets"})
    with pytest.raises(SettingsError, match="Did you mean 'usage_count_84d'"):
        wanted_signals(asked("usage_cuont_84d"), on)
    with pytest.raises(SettingsError, match="is off: there is no table tickets"):
        wanted_signals(asked("support_tickets_84d"), on)


def test_without_any_use_there_is_nothing_to_group_by():
    with pytest.raises(RefusedError, match="table usage"):
        wanted_signals(asked(), Choice(listed("payments")))


def test_a_signal_that_tells_the_same_as_an_earlier_one_is_left_out():
    random = np.random.default_rng(0)
    rows = pd.DataFrame({"a": random.gamma(2, 2, 300), "c": random.gamma(2, 2, 300), "d": 1.0})
    rows["b"] = rows["a"] ** 3
    rows["e"] = np.where(np.arange(300) < 10, 5.0, 6.0)
    assert telling(rows, ["a", "b", "c", "d", "e"]) == ["a", "c"]
