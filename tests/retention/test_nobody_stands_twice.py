"""Nobody stands in two of today, held out, cooling down, leaving and lost, and nobody at risk is missed."""

from datetime import date, timedelta

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from churnrisk.presence.standing import AT_RISK, LEAVING
from churnrisk.retention.facts import team_facts
from churnrisk.retention.handing import hand_out
from churnrisk.retention.lost import lost
from churnrisk.settings import ChurnSettings, TeamSettings
from tests.retention.lists import make_list
from tests.snapshots.workshops import make_workshop, subscription

CUTOFF = date(2024, 7, 1)
CUSTOMERS = [f"c{number}" for number in range(40)]
DAYS = st.integers(0, 250).map(lambda day: date(2024, 1, 1) + timedelta(days=day))


@st.composite
def stays(draw) -> list[dict[str, object]]:
    """Draw stays that may overlap, follow one another, or end long before or after the cutoff."""
    rows = []
    for number, customer in enumerate(draw(st.lists(st.sampled_from(CUSTOMERS), min_size=20, max_size=60))):
        start, end, notice = draw(DAYS), draw(st.none() | DAYS), draw(st.none() | DAYS)
        row = subscription(customer, str(start), str(end) if end and end > start else None)
        row["cancelled_at"] = str(notice) if notice and notice >= start else None
        row["end_reason"] = draw(st.sampled_from([None, "price", "card", "died"]))
        rows.append({**row, "subscription_id": str(number)})
    return rows


OFFERS = st.lists(
    st.tuples(st.sampled_from(CUSTOMERS), DAYS, st.sampled_from(["offered", "held_out"])), min_size=1, max_size=20
)


@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    subscriptions=stays(),
    offers=OFFERS,
    day=st.sampled_from(["end", "notice"]),
    share=st.sampled_from([0.0, 0.4]),
    capacity=st.sampled_from([None, 1, 3]),
)
def test_nobody_stands_in_two_lists(engine, subscriptions, offers, day, share, capacity):
    given_offers = [
        {"customer_id": who, "offered_at": str(when), "measure": "call", "arm": arm} for who, when, arm in offers
    ]
    workshop = make_workshop(
        engine,
        {"subscriptions": subscriptions, "offers": given_offers},
        churn=ChurnSettings(day=day, competing_reasons=["died"]),
        team=TeamSettings(holdout_share=share, capacity_per_day=capacity),
    )
    stood = engine.rows(workshop.standing([CUTOFF]))
    listed = sorted(stood.loc[stood["state"] == AT_RISK, "customer_id"])
    leaving = stood.loc[stood["state"] == LEAVING, ["customer_id"]]
    found = hand_out(make_list(listed), leaving, team_facts(workshop, CUTOFF), workshop.settings, CUTOFF)
    gone = lost(workshop, CUTOFF)
    lists = [found.today, found.held_out, found.cooling_down, leaving, gone]
    standing = pd.concat([one["customer_id"] for one in lists])
    assert standing.is_unique
    waiting = found.at_risk.loc[found.at_risk["status"].isin(["waiting", "do_not_contact"]), "customer_id"]
    assert (
        sorted(
            [
                *found.today["customer_id"],
                *found.held_out["customer_id"],
                *found.cooling_down["customer_id"],
                *waiting,
            ]
        )
        == listed
    )
    assert capacity is None or len(found.today) <= capacity


def test_those_who_cool_down_are_many_enough_to_mean_something(engine):
    rows = {"subscriptions": [subscription(one, "2024-01-01") for one in CUSTOMERS]}
    rows["offers"] = [{"customer_id": one, "offered_at": "2024-06-20", "measure": "call"} for one in CUSTOMERS[:10]]
    workshop = make_workshop(engine, rows, team=TeamSettings(holdout_share=0.5))
    found = hand_out(make_list(CUSTOMERS), make_list([]), team_facts(workshop, CUTOFF), workshop.settings, CUTOFF)
    assert found.cooling_down["customer_id"].tolist() == CUSTOMERS[:10]
    assert len(found.held_out) == pytest.approx(15, abs=10)
    assert len(found.today) + len(found.held_out) == 30
