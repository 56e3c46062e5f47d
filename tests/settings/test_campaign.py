"""Segments, team and economics: what they accept, and what they say when something is missing."""

import pytest
from pydantic import ValidationError

from churnrisk.settings import EconomicsSettings, PipelineSettings, SegmentSettings, TeamSettings

COSTS = {"cost_of_contact": 2, "cost_of_offer": 10, "chance_to_accept": 0.4}


def test_shares_are_the_default_and_bounds_alone_mean_bounds():
    assert SegmentSettings().by == "shares"
    assert SegmentSettings(bounds=[0.3, 0.2, 0.1]).by == "bounds"
    assert SegmentSettings(capacity=[50, 200, 800]).by == "capacity"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"bounds": [0.3, 0.2, 0.1], "capacity": [1, 2, 3]}, "bounds and capacity are both set"),
        ({"by": "bounds"}, "needs bounds: 3 probabilities"),
        ({"bounds": [0.1, 0.2, 0.3]}, "bounds must fall"),
        ({"capacity": [200, 50, 800]}, "capacity must rise"),
        ({"capacity": [50]}, "4 names need 3 capacity numbers, and there are 1"),
        ({"names": ["a", "b"]}, "2 names need 1 bounds or shares, and there are 3"),
    ],
)
def test_segments_that_cannot_be_are_refused(given, said):
    with pytest.raises(ValidationError, match=said):
        SegmentSettings(**given)


def test_team_reaches_its_capacity_times_the_days():
    assert TeamSettings(capacity_per_day=50).reached == [50, 250, 1000]
    assert TeamSettings().reached == []
    with pytest.raises(ValidationError, match="days must rise"):
        TeamSettings(days=[5, 1])


def test_capacity_of_the_segments_goes_before_that_of_the_team():
    team = TeamSettings(capacity_per_day=50)
    assert PipelineSettings(team=team).reached == [50, 250, 1000]
    assert PipelineSettings(team=team, segments=SegmentSettings(capacity=[1, 2, 3])).reached == [1, 2, 3]


def test_by_capacity_needs_one():
    with pytest.raises(ValidationError, match=r"needs 3 numbers in segments.capacity, or team.capacity_per_day"):
        PipelineSettings(segments=SegmentSettings(by="capacity"))
    assert PipelineSettings(segments=SegmentSettings(by="capacity"), team=TeamSettings(capacity_per_day=5)).reached


def test_by_profit_needs_costs_and_the_value_may_come_from_mrr():
    with pytest.raises(ValidationError, match=r"needs economics.cost_of_offer, economics.chance_to_accept"):
        PipelineSettings(segments=SegmentSettings(by="profit"), economics=EconomicsSettings(cost_of_contact=1))
    PipelineSettings(segments=SegmentSettings(by="profit"), economics=EconomicsSettings(**COSTS))


@pytest.mark.parametrize("chance", [0.3, [6, 14]])
def test_chance_to_accept_is_a_number_or_a_beta_distribution(chance):
    assert EconomicsSettings(chance_to_accept=chance).chance_to_accept == (
        tuple(chance) if isinstance(chance, list) else chance
    )


@pytest.mark.parametrize("chance", [1.3, -0.1, [6], [6, 0], [1, 2, 3]])
def test_a_chance_that_is_none_is_refused(chance):
    with pytest.raises(ValidationError):
        EconomicsSettings(chance_to_accept=chance)


def test_an_offer_that_costs_more_than_it_keeps_is_refused():
    with pytest.raises(ValidationError, match="must be below value_kept"):
        EconomicsSettings(value_kept=10, cost_of_offer=10)
