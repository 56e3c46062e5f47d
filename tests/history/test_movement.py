"""What moved since the night before: how far, why, how long on the list, who is new, who got better."""

from datetime import date, timedelta

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from churnrisk.features.build import SIGNALS
from churnrisk.history.movement import MOVEMENT, with_movement
from churnrisk.history.store import History, history_rows
from churnrisk.scoring.reasons import signal_cards
from tests.history.conftest import FIRST, SECOND, THIRD, listed, scored, split

LOGINS, TENURE = "engagement_logins_28d", "contract_tenure_days"
CARDS = [{**card, "median": 10.0} for card in signal_cards([SIGNALS[LOGINS], SIGNALS[TENURE]], [LOGINS, TENURE])]
CHANGES = [{"name": LOGINS, "raises_risk": "low", "parts": [[LOGINS, "login|logins"], " in the last 28 days"]}]


def a_night(history, day, chances, shares=None, version="1", **more):
    """Move a night on, and keep it."""
    scores = scored(chances, version=version)
    found = with_movement(listed(scores), scores, shares, history, day, CARDS, **more)
    history.write(day, f"run of {day}", history_rows(scores, found.at_risk), shares)
    return found


def by_customer(rows):
    return rows.set_index("customer_id")


def test_the_first_night_has_nothing_to_be_set_beside(history):
    found = a_night(history, FIRST, {"a": 0.5, "b": 0.1}, split("ab", **{LOGINS: [0.1, 0.1]}))
    row = found.at_risk.iloc[0]
    assert row[["previous_probability", "change", "new_tonight"]].isna().all()
    assert (row["nights_on_list"], row["change_reason"]) == (1, "")
    assert found.better.empty


def test_the_second_night_says_how_far_each_moved_and_who_is_new(history):
    a_night(history, FIRST, {"a": 0.5, "b": 0.1})
    rows = by_customer(a_night(history, SECOND, {"a": 0.45, "b": 0.3, "c": 0.25}).at_risk)
    assert rows["previous_probability"].tolist()[:2] == [0.5, 0.1]
    assert rows["change"].tolist()[:2] == [-5.0, 20.0]
    assert rows.loc["c", ["previous_probability", "change"]].isna().all()
    assert rows["new_tonight"].to_dict() == {"a": False, "b": True, "c": True}
    assert rows["nights_on_list"].to_dict() == {"a": 2, "b": 1, "c": 1}


def test_nights_on_the_list_are_counted_in_nights_and_end_with_one_off_it(history):
    days = [FIRST, FIRST + timedelta(days=3), FIRST + timedelta(days=4), FIRST + timedelta(days=5)]
    counted = []
    for day, chance in zip(days, (0.5, 0.5, 0.1, 0.5), strict=True):
        rows = by_customer(a_night(history, day, {"a": chance, "b": 0.9}).at_risk)
        counted.append((rows.loc["b", "nights_on_list"], rows["nights_on_list"].get("a")))
    assert counted == [(1, 1), (2, 2), (3, None), (4, 1)]


def test_a_replay_sees_only_what_was_before_it(history):
    a_night(history, FIRST, {"a": 0.5})
    once = a_night(history, SECOND, {"a": 0.6}).at_risk
    a_night(history, THIRD, {"a": 0.9})
    again = a_night(history, SECOND, {"a": 0.6}).at_risk
    pd.testing.assert_frame_equal(once, again)


def test_what_moved_stands_behind_the_probability(history):
    scores = scored({"a": 0.5}).assign(churn_probability_90=0.7)
    at_risk = listed(scores)[["rank", "customer_id", "churn_probability", "churn_probability_90", "segment"]]
    found = with_movement(at_risk, scores, None, history, FIRST, CARDS).at_risk
    assert list(found.columns) == [*at_risk.columns[:4], *MOVEMENT, "segment"]


def test_a_rise_is_told_by_the_sentence_of_the_signal_that_moved_most(history):
    a_night(history, FIRST, {"a": 0.3}, split("a", **{LOGINS: [0.1], TENURE: [0.9]}))
    features = pd.DataFrame({"customer_id": ["a"], LOGINS: [2.0], TENURE: [500.0]})
    shares = split("a", **{LOGINS: [0.5], TENURE: [0.7]})
    row = a_night(history, SECOND, {"a": 0.4}, shares, features=features).at_risk.iloc[0]
    assert row["change_reason"] == "Engagement: only 2 logins in the last 28 days"


def test_a_fall_is_told_by_what_stands_now(history):
    a_night(history, FIRST, {"a": 0.4, "b": 0.4}, split("ab", **{LOGINS: [0.5, 0.0], TENURE: [0.0, 0.5]}))
    features = pd.DataFrame({"customer_id": ["a", "b"], LOGINS: [1.0, 5.0], TENURE: [10.0, 500.0]})
    shares = split("ab", **{LOGINS: [0.1, 0.0], TENURE: [0.0, 0.2]})
    found = a_night(history, SECOND, {"a": 0.3, "b": 0.3}, shares, features=features, changes=CHANGES).at_risk
    assert by_customer(found)["change_reason"].to_dict() == {
        "a": "Engagement: now 1 login in the last 28 days",
        "b": "Contract: days since the customer's first start, now 500",
    }


def test_a_rise_whose_sentence_is_not_true_is_told_by_what_stands_now(history):
    a_night(history, FIRST, {"a": 0.3, "b": 0.3}, split("ab", **{LOGINS: [0.1, 0.1]}))
    features = pd.DataFrame({"customer_id": ["a", "b"], LOGINS: [30.0, 0.0], TENURE: [1.0, 1.0]})
    found = a_night(history, SECOND, {"a": 0.4, "b": 0.25}, split("ab", **{LOGINS: [0.5, 0.0]}), features=features)
    assert by_customer(found.at_risk)["change_reason"].tolist()[0].endswith("before the cutoff, now 30")
    shares = split("ab", **{LOGINS: [0.9, -0.1]})
    found = a_night(history, THIRD, {"a": 0.5, "b": 0.22}, shares, features=features, changes=CHANGES).at_risk
    assert by_customer(found)["change_reason"].to_dict() == {
        "a": "Engagement: now 30 logins in the last 28 days",
        "b": "Engagement: now no logins in the last 28 days",
    }


def test_without_features_a_signal_is_told_without_its_number(history):
    a_night(history, FIRST, {"a": 0.3}, split("a", **{LOGINS: [0.1], "company_size": [0.0]}))
    row = a_night(history, SECOND, {"a": 0.4}, split("a", **{LOGINS: [0.1], "company_size": [0.6]})).at_risk.iloc[0]
    assert row["change_reason"] == "company size"


@pytest.mark.parametrize("shares", [None, split("a", **{LOGINS: [0.1]})])
def test_where_nothing_moved_nothing_is_told(history, shares):
    a_night(history, FIRST, {"a": 0.3}, shares)
    row = a_night(history, SECOND, {"a": 0.3}, shares).at_risk.iloc[0]
    assert (row["change"], row["change_reason"]) == (0.0, "")


def test_another_model_is_the_reason_where_one_came_in_between(history):
    shares = split("a", **{LOGINS: [0.1]})
    a_night(history, FIRST, {"a": 0.3}, shares, version="4")
    row = a_night(
        history, SECOND, {"a": 0.4}, split("a", **{LOGINS: [0.5]}), version="5 (not released)"
    ).at_risk.iloc[0]
    assert row["change_reason"] == "The model changed from version 4 to 5"


def test_the_release_of_the_same_model_is_no_other_model(history):
    shares = [split("a", **{LOGINS: [share]}) for share in (0.1, 0.5)]
    a_night(history, FIRST, {"a": 0.3}, shares[0], version="4 (not released)")
    row = a_night(history, SECOND, {"a": 0.4}, shares[1], version="4").at_risk.iloc[0]
    assert row["change_reason"] == "Engagement: logins in the 28 days before the cutoff"


def test_who_fell_or_left_the_list_got_better_and_who_left_did_not(history):
    a_night(history, FIRST, {"fell": 0.9, "off": 0.3, "rose": 0.5, "gone": 0.9, "low": 0.1})
    found = a_night(history, SECOND, {"fell": 0.7, "off": 0.15, "rose": 0.6, "low": 0.05}).better
    assert found[["customer_id", "change", "previous_segment", "segment"]].to_numpy().tolist() == [
        ["fell", -20.0, "high", "high"],
        ["off", -15.0, "high", "low"],
    ]


def test_the_list_of_who_got_better_is_short_and_says_who_it_is(history):
    names = [f"c{number:02}" for number in range(60)]
    a_night(history, FIRST, dict.fromkeys(names, 0.9))
    display = pd.DataFrame({"customer_id": names[::-1], "plan": "pro"})
    found = a_night(history, SECOND, dict.fromkeys(names, 0.3), display=display).better
    assert found["customer_id"].tolist() == names[:50]
    assert found.columns.tolist()[:2] == ["customer_id", "plan"]
    assert set(found["plan"]) == {"pro"}


CHANCES = st.dictionaries(st.sampled_from("abcdef"), st.floats(0, 1).map(lambda one: round(one, 6)), max_size=6)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(nights=st.lists(CHANCES, min_size=1, max_size=5))
def test_nights_on_the_list_follow_from_the_lists_alone(tmp_path_factory, nights):
    history = History(tmp_path_factory.mktemp("nights"))
    run, before = {}, None
    for number, chances in enumerate(nights):
        shares = split(chances, **{LOGINS: [0.1 * number] * len(chances)})
        found = a_night(history, date(2025, 1, 1) + timedelta(days=number), chances, shares).at_risk
        on = {name for name, chance in chances.items() if chance > 0.2}
        run = {name: run.get(name, 0) + 1 for name in on}
        rows = by_customer(found)
        assert rows["nights_on_list"].to_dict() == run
        if before is not None:
            assert rows["previous_probability"].dropna().to_dict() == {n: before[n] for n in on if n in before}
        before = chances
