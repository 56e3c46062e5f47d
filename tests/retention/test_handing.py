"""The list, parted: who is contacted today, who waits, and who is left alone and why."""

from datetime import date

import pandas as pd
import pytest

from churnrisk.retention.facts import Facts
from churnrisk.retention.handing import Handed, hand_out
from tests.retention.lists import NONE, make_list, make_settings

CUTOFF = date(2025, 7, 1)
FIVE = ["a", "b", "c", "d", "e"]


def contacts(**when: str) -> pd.DataFrame:
    rows = {"customer_id": list(when), "last_contact_at": pd.to_datetime(list(when.values())).as_unit("us")}
    return pd.DataFrame(rows)


def handed(customers=FIVE, facts: Facts | None = None, leaving=NONE, cutoff=CUTOFF, **team: object) -> Handed:
    return hand_out(make_list(customers), leaving, facts or Facts(), make_settings(**team), cutoff)


def places(found: Handed) -> dict[str, str]:
    return dict(zip(found.at_risk["customer_id"], found.at_risk["status"], strict=True))


def test_without_a_capacity_everybody_who_may_be_contacted_is_on_the_list():
    assert handed().today["customer_id"].tolist() == FIVE


def test_the_first_so_many_are_contacted_and_the_others_wait():
    found = handed(capacity_per_day=2)
    assert found.today["customer_id"].tolist() == ["a", "b"]
    assert places(found) == {"a": "today", "b": "today", "c": "waiting", "d": "waiting", "e": "waiting"}


def test_who_may_not_be_contacted_takes_nobody_s_place():
    facts = Facts(do_not_contact=pd.DataFrame({"customer_id": ["a"]}), last_contact=contacts(b="2025-06-20"))
    found = handed(facts=facts, capacity_per_day=2)
    assert found.today["customer_id"].tolist() == ["c", "d"]
    assert places(found) == {"a": "do_not_contact", "b": "cooling_down", "c": "today", "d": "today", "e": "waiting"}


@pytest.mark.parametrize(
    ("last", "cools"), [("2025-06-02", True), ("2025-06-01", False), ("2025-06-01T09:00", True), ("2025-06-30", True)]
)
def test_a_customer_cools_down_for_less_than_the_days_asked_for(last, cools):
    found = handed(facts=Facts(last_contact=contacts(a=last)), cooldown_days=30)
    assert (places(found)["a"] == "cooling_down") is cools
    assert (found.cooling_down["customer_id"].tolist() == ["a"]) is cools


def test_the_list_of_those_cooling_down_says_when_they_may_be_contacted_again():
    found = handed(facts=Facts(last_contact=contacts(a="2025-06-20T14:30")), cooldown_days=30)
    assert found.cooling_down["contact_again_from"].tolist() == [pd.Timestamp("2025-07-20")]


def test_held_out_are_drawn_from_those_who_may_be_contacted():
    customers = [f"c{number}" for number in range(400)]
    facts = Facts(do_not_contact=pd.DataFrame({"customer_id": customers[:100]}))
    found = handed(customers, facts, holdout_share=0.3)
    assert not set(found.held_out["customer_id"]) & set(customers[:100])
    assert len(found.held_out) == pytest.approx(90, abs=35)
    assert not set(found.held_out["customer_id"]) & set(found.today["customer_id"])


def test_who_is_held_out_depends_on_the_key_and_by_default_on_the_pipeline():
    customers = [f"c{number}" for number in range(200)]
    own = handed(customers, holdout_share=0.5).held_out["customer_id"].tolist()
    assert own == handed(customers, holdout_share=0.5, holdout_key="small").held_out["customer_id"].tolist()
    assert own != handed(customers, holdout_share=0.5, holdout_key="other").held_out["customer_id"].tolist()


def test_nobody_who_is_leaving_is_handed_out():
    found = handed(leaving=pd.DataFrame({"customer_id": ["a"]}))
    assert "a" not in found.today["customer_id"].tolist()
    assert places(found)["a"] == "leaving"


def test_the_list_shows_owner_due_and_last_contact():
    owner = pd.DataFrame({"customer_id": ["a"], "owner": ["Ann"]})
    found = handed(["a", "b"], Facts(owner=owner, last_contact=contacts(b="2025-01-01")))
    assert found.today["owner"].tolist()[0] == "Ann"
    assert found.today["owner"].isna().tolist() == [False, True]
    assert found.today["due"].tolist() == [pd.Timestamp(CUTOFF)] * 2
    assert found.today["last_contact_at"].tolist()[1] == pd.Timestamp("2025-01-01")


def test_the_columns_of_today_stand_in_the_order_in_which_a_person_reads():
    rows = make_list(["a"], name="Acme", region="north", change_reason="", churn_probability_60=0.4, rank_by=1)
    found = hand_out(rows, NONE, Facts(), make_settings(display=["name", "region"]), CUTOFF)
    assert found.today.columns.tolist() == [
        *("rank", "customer_id", "name", "region", "owner", "due", "segment", "churn_probability"),
        *("churn_probability_60", "expected_loss", "reason_1", "reason_2", "reason_3", "action", "change_reason"),
        *("last_contact_at", "contacted_at", "outcome", "note"),
    ]
    assert found.today[["contacted_at", "outcome", "note"]].isna().all(axis=None)


def test_a_display_column_that_is_also_the_owner_s_stands_once():
    rows = make_list(["a"], owner_name="Ann", segment="high")
    found = hand_out(rows, NONE, Facts(), make_settings(display=["owner_name", "segment"]), CUTOFF)
    assert found.today.columns.is_unique


def test_a_list_without_times_has_neither_due_days_nor_customers_cooling_down():
    found = handed(facts=Facts(last_contact=contacts(a="2025-06-30")), cutoff=None, capacity_per_day=2)
    assert found.today["due"].isna().all()
    assert found.today["customer_id"].tolist() == ["a", "b"]
    assert found.cooling_down.empty


def test_an_empty_list_is_handed_out_empty():
    found = handed([])
    assert [len(part) for part in (found.at_risk, found.today, found.held_out, found.cooling_down)] == [0] * 4
    assert "contacted_at" in found.today


def test_the_list_given_is_left_alone():
    rows = make_list(FIVE)
    before = rows.copy()
    hand_out(rows, NONE, Facts(), make_settings(), CUTOFF)
    pd.testing.assert_frame_equal(rows, before)
