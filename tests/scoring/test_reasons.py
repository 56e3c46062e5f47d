"""Sentences: true ones only, one a group, with the customer's own numbers."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from churnrisk.errors import SettingsError
from churnrisk.modeling.released.churn_model import ReleasedModel
from churnrisk.scoring.reasons import parse_sentence, signal_cards, tell

FELL = "Usage fell {value:fall} against the four weeks before: {before:0} → {now:event|events}"


def signal(name, group, raises_risk="high", sentence="{value:0} of {value}", below=None, above=None):
    return SimpleNamespace(
        name=name, group=group, unit="", raises_risk=raises_risk, sentence=sentence, below=below, above=above
    )


def model_of(signals, medians=None, slopes=None, extra=()):
    """Make a released model whose effects are straight lines through 0."""
    slopes = slopes or {}
    names = [one.name for one in signals]
    cards = signal_cards(signals, [*names, *extra])
    effects = [
        {"column": name, "knots": [-100.0, 100.0], "values": [-100 * k, 100 * k], "missing": 0.0}
        for name, k in ((name, slopes.get(name, 1.0)) for name in names)
    ]
    return ReleasedModel(
        {
            "format": 1,
            "columns": [{"name": name, "type": "number"} for name in [*names, *extra]],
            "model": {"kind": "additive", "mean_log_odds": 0.0, "effects": effects},
            "calibration": {"kind": "none"},
            "mean_calibrated_log_odds": 0.0,
            "segments": [
                {"name": "high", "lower_bound": 0.0, "action": ""},
                {"name": "low", "lower_bound": 0.0, "action": ""},
            ],
            "signals": [{**card, "median": (medians or {}).get(card["name"], 0.0)} for card in cards],
        }
    )


def reasons(model, **values):
    row = model.score(pd.DataFrame({name: [value] for name, value in values.items()})).iloc[0]
    return [row[f"reason_{slot}"] for slot in (1, 2, 3)], [row[f"driver_{slot}"] for slot in (1, 2, 3)]


def test_the_three_groups_that_weigh_most_are_told_each_by_its_strongest_signal():
    model = model_of(
        [
            signal("a", "usage", sentence="a is {value:0}"),
            signal("b", "usage", sentence="b is {value:0}"),
            signal("c", "support", sentence="c is {value:0}"),
            signal("d", "payments", sentence="d is {value:0}"),
            signal("e", "feedback", sentence="e is {value:0}"),
        ]
    )
    told, drivers = reasons(model, a=1, b=2, c=5, d=1, e=2.5)
    assert told == ["c is 5", "b is 2", "e is 2"]
    assert drivers == ["c +5.00", "b +2.00", "e +2.50"]


def test_a_group_whose_sum_is_not_positive_tells_nothing():
    told, drivers = reasons(model_of([signal("a", "usage"), signal("b", "usage")]), a=1, b=-2)
    assert told == drivers == ["", "", ""]


def test_a_value_on_the_safe_side_of_the_median_is_not_told():
    model = model_of([signal("a", "usage")], medians={"a": 5.0})
    assert reasons(model, a=5)[0][0] == ""
    assert reasons(model, a=6)[0][0] == "6 of 6"


def test_a_signal_without_direction_or_sentence_gives_way_to_the_next_of_its_group():
    signals = [
        signal("a", "usage", raises_risk=None),
        signal("b", "usage", sentence=None),
        signal("c", "usage", sentence="c is {value:0}"),
    ]
    assert reasons(model_of(signals), a=9, b=8, c=1) == (["c is 1", "", ""], ["c +1.00", "", ""])


def test_a_group_that_cannot_be_told_makes_room_for_the_next():
    signals = [signal("a", "usage", raises_risk=None), signal("b", "support", sentence="b is {value:0}")]
    assert reasons(model_of(signals), a=9, b=1)[0] == ["b is 1", "", ""]


def test_limits_of_a_sentence_hold():
    model = model_of([signal("a", "usage", above=3.0), signal("b", "support", below=2.0)])
    assert reasons(model, a=3, b=2)[0] == ["", "", ""]
    assert reasons(model, a=4, b=1)[0] == ["4 of 4", "1 of 1", ""]


def test_a_sentence_with_a_missing_number_is_not_told():
    model = model_of([signal("a", "usage", sentence="{value:0} after {before:0}")], extra=["before"])
    assert reasons(model, a=4, before=2)[0][0] == "4 after 2"
    assert reasons(model, a=4, before=None)[0][0] == ""
    assert reasons(model, a=None, before=2)[0][0] == ""


@settings(max_examples=60)
@given(before=st.integers(0, 60), now=st.integers(0, 60), median=st.floats(0.5, 3))
def test_a_customer_whose_usage_rose_is_never_told_that_it_fell(before, now, median):
    ratio = now / before if before else None
    model = model_of(
        [signal("ratio", "usage", raises_risk="low", sentence=FELL, below=1.0)],
        medians={"ratio": median},
        slopes={"ratio": -1.0},
        extra=["before", "now"],
    )
    # the effect itself calls every ratio risky, so only the sentence's own conditions protect
    model.model["effects"][0]["values"] = [5.0, 5.0]
    told = reasons(model, ratio=ratio, before=before, now=now)[0][0]
    if before == 0 or now >= before:
        assert told == ""
    elif ratio < min(median, 0.99):
        assert told.startswith("Usage fell ")
        assert f"{before} → {now} event" in told


def test_example_sentence_reads_as_promised():
    told = tell(FELL, {"value": 16 / 41, "before": 41, "now": 16})
    assert told == "Usage fell 61 % against the four weeks before: 41 → 16 events"


@pytest.mark.parametrize(
    ("spec", "value", "words"),
    [
        ("0", 1234.4, "1,234"),
        ("1", 0.25, "0.2"),
        ("2", -0.001, "0.00"),
        ("%", 0.624, "62 %"),
        ("rise", 1.4, "40 %"),
        ("money", 1234.5, "1,234.50"),
        ("magnitude", -2.5, "2.5"),
        ("%magnitude", -0.12, "12"),
        ("day|days", 1.0, "1 day"),
        ("day|days", 1000.0, "1,000 days"),
        ("", 3.0, "3"),
        ("", 3.25, "3.2"),
    ],
)
def test_numbers_are_written_as_asked(spec, value, words):
    assert tell("{value:" + spec + "}", {"value": value}) == words


def test_text_columns_stand_as_they_are():
    from churnrisk.modeling.released.churn_model import sentences

    parts = parse_sentence("On plan {plan}", own="a", known=["plan"])
    assert sentences({"parts": parts}, {"plan": np.array(["pro"], dtype=object)}, np.array([0])) == ["On plan pro"]


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("{usage_cuont}", "Did you mean 'usage_count'"),
        ("{value:percent}", "writes value as 'percent'"),
        ("{value:day|}", "writes value as 'day|'"),
        ("only {value", "a brace without its partner"),
    ],
)
def test_a_template_that_cannot_be_filled_is_refused(template, words):
    with pytest.raises(SettingsError, match=words.replace("|", r"\|")):
        parse_sentence(template, own="a", known=["usage_count"])


def test_a_sentence_about_a_signal_that_is_off_is_left_out():
    signals = [signal("a", "usage", sentence="{b:0}"), signal("b", "usage")]
    assert [card["parts"] for card in signal_cards(signals, ["a"])] == [[]]
    assert signal_cards(signals, ["a", "b"])[0]["parts"] == [["b", "0"]]


def test_every_registered_sentence_can_be_told():
    import churnrisk.features.build  # noqa: F401
    from churnrisk.features.signal import SIGNALS

    cards = signal_cards(SIGNALS.values(), list(SIGNALS))
    assert len(cards) == len(SIGNALS)
