"""What the team's rules need to know: contacts as known at the cutoff, owners, and who must not be contacted."""

from datetime import date

import pandas as pd
import pytest

from churnrisk.errors import SettingsError
from churnrisk.retention.facts import facts_of, flat_facts, says_no_contact, team_facts
from churnrisk.settings import TeamSettings
from tests.snapshots.workshops import make_workshop, subscription

CUTOFF = date(2024, 7, 1)


def offer(customer: str, when: str, **more: object) -> dict[str, object]:
    return {"customer_id": customer, "offered_at": when, "measure": "call", **more}


def last_contacts(engine, *offers: dict[str, object]) -> dict[str, str]:
    rows = {"subscriptions": [subscription(one, "2024-01-01") for one in "ab"], "offers": list(offers)}
    found = team_facts(make_workshop(engine, rows), CUTOFF).last_contact
    return {one: str(when) for one, when in zip(found["customer_id"], found["last_contact_at"], strict=True)}


def test_the_last_contact_is_the_newest_offer(engine):
    found = last_contacts(engine, offer("a", "2024-05-01"), offer("a", "2024-06-01"), offer("b", "2024-03-01"))
    assert found == {"a": "2024-06-01 00:00:00", "b": "2024-03-01 00:00:00"}


def test_an_offer_after_the_cutoff_or_known_after_it_is_no_contact_yet(engine):
    late = offer("b", "2024-06-20", known_at="2024-07-02")
    assert last_contacts(engine, offer("a", "2024-07-01"), late) == {}


def test_a_customer_held_out_was_not_contacted(engine):
    assert last_contacts(engine, offer("a", "2024-06-01", arm="held_out")) == {}


def test_without_offers_nobody_was_contacted(engine):
    workshop = make_workshop(engine, {"subscriptions": [subscription("a", "2024-01-01")]})
    assert team_facts(workshop, CUTOFF).last_contact.empty


def test_a_column_that_is_not_there_is_answered_with_the_right_one(engine):
    rows = {"subscriptions": [subscription("a", "2024-01-01")]}
    workshop = make_workshop(engine, rows, team=TeamSettings(owner="signed_up"))
    with pytest.raises(SettingsError, match=r"team\.owner: there is no column 'signed_up' in customers"):
        team_facts(workshop, CUTOFF)


def test_owner_and_silence_can_be_the_same_column_or_the_id():
    rows = pd.DataFrame({"customer_id": ["a"], "by": ["Ann"]})
    facts = facts_of(rows, TeamSettings(owner="by", do_not_contact="by"))
    assert facts.do_not_contact["customer_id"].tolist() == ["a"]
    assert facts_of(rows, TeamSettings(owner="customer_id")).owner["owner"].tolist() == ["a"]


@pytest.mark.parametrize(
    ("cell", "silent"),
    [
        *(
            (cell, True)
            for cell in (True, "yes", "Y", 1, 1.0, "true", "asked us on Monday", pd.Timestamp("2025-01-01"))
        ),
        *((cell, False) for cell in (False, "no", "N", 0, 0.0, "FALSE", "", "  ", None, float("nan"), pd.NaT)),
    ],
    ids=str,
)
def test_what_a_cell_says(cell, silent):
    assert says_no_contact(pd.Series([cell], dtype="object")).tolist() == [silent]


def test_a_flat_file_has_owners_too():
    rows = pd.DataFrame({"by": ["Ann", "Ben"], "quiet": ["no", "yes"]})
    facts = flat_facts(rows, ["1", "2"], TeamSettings(owner="by", do_not_contact="quiet"), "flat.toml")
    assert facts.owner["owner"].tolist() == ["Ann", "Ben"]
    assert facts.do_not_contact["customer_id"].tolist() == ["2"]
    with pytest.raises(SettingsError, match=r"in the file\. Did you mean 'quiet'"):
        flat_facts(rows, ["1", "2"], TeamSettings(do_not_contact="quite"), "flat.toml")
