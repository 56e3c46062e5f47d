"""Bounds of segments: by shares, given, by capacity, by profit."""

import numpy as np
import pytest

from churnrisk.modeling.profit import campaign
from churnrisk.scoring.bounds import cut
from churnrisk.scoring.segments import RiskSegmenter
from churnrisk.settings import PipelineSettings

CHANCES = np.random.default_rng(1).beta(1, 12, 20_000).round(6)
LEFT = (np.random.default_rng(2).random(20_000) < CHANCES).astype(int)
COSTS = {"value_kept": 300, "cost_of_contact": 2, "cost_of_offer": 10, "chance_to_accept": 0.4}


def asked(**groups):
    return PipelineSettings(**groups)


def segmenter(found):
    return RiskSegmenter(shares=found.shares or [0.02, 0.07, 0.2], bounds=found.bounds).fit(
        CHANCES.reshape(-1, 1), LEFT
    )


def test_shares_are_the_default():
    found = cut(asked(), CHANCES, 5_000)
    assert (found.shares, found.bounds) == ([0.02, 0.07, 0.2], None)
    assert "riskiest 2 %, 7 %, 20 %" in found.sentence


def test_given_bounds_are_taken_as_they_are():
    found = cut(asked(segments={"bounds": [0.3, 0.2, 0.1]}), CHANCES, 5_000)
    assert (found.shares, found.bounds) == (None, [0.3, 0.2, 0.1])


@pytest.mark.parametrize(
    "groups",
    [{"segments": {"capacity": [50, 250, 1000]}}, {"segments": {"by": "capacity"}, "team": {"capacity_per_day": 50}}],
)
def test_the_riskiest_segments_hold_what_the_team_reaches_of_one_list(groups):
    """Four calibration cutoffs of 5,000 customers each; the team reaches 50 a day, 5 days a week, 4 weeks."""
    found = cut(asked(**groups), CHANCES, 5_000)
    held = np.cumsum(segmenter(found).table_.customers)[:3] / 4
    assert held.tolist() == pytest.approx([50, 250, 1000], abs=2)
    assert "50, 250, 1,000 customers of a list of about 5,000" in found.sentence


def test_a_team_that_reaches_everybody_still_has_an_order():
    found = cut(asked(segments={"capacity": [50, 600, 900]}), CHANCES[:500], 500)
    assert found.shares == [0.1, 0.996, 0.998]
    assert "the whole list" in found.sentence


def test_by_profit_the_last_bound_lies_where_a_contact_pays():
    settings = asked(segments={"by": "profit"}, economics=COSTS)
    found = cut(settings, CHANCES, 5_000)
    pays = campaign(settings.economics).worth_contacting
    assert found.bounds[-1] == pytest.approx(pays, abs=1e-6)
    assert found.bounds == sorted(found.bounds, reverse=True)
    table = segmenter(found).table_
    contacted = (found.bounds[-1] <= CHANCES).mean()
    assert table.customers[:3].sum() / 20_000 == pytest.approx(contacted)
    assert table.customers[0] / 20_000 == pytest.approx(contacted * 0.1, abs=1e-3)
    assert f"from a churn probability of {pays:.1%}" in found.sentence


def test_contacting_the_customer_at_the_bound_brings_as_much_as_it_costs():
    p = campaign(asked(economics=COSTS).economics).worth_contacting
    assert p * 0.4 * (300 - 10) - (1 - p) * 10 - 2 == pytest.approx(0)


def test_probabilities_that_are_alike_still_give_falling_bounds():
    few = np.repeat([0.3, 0.02], [1_000, 9_000])
    found = cut(asked(segments={"by": "profit"}, economics=COSTS), few, 5_000)
    assert found.bounds == sorted(set(found.bounds), reverse=True)
    left = (np.arange(10_000) % 10 < np.where(few > 0.1, 3, 0)).astype(int)
    assert RiskSegmenter(bounds=found.bounds).fit(few.reshape(-1, 1), left).usable_


@pytest.mark.parametrize(
    ("costs", "who"),
    [({"cost_of_contact": 500}, "nobody"), ({"cost_of_offer": 0, "cost_of_contact": 0}, "everybody")],
)
def test_where_contact_pays_for_nobody_or_everybody_shares_stand_and_it_is_said(costs, who):
    found = cut(asked(segments={"by": "profit"}, economics=COSTS | costs), CHANCES, 5_000)
    assert found.shares == [0.02, 0.07, 0.2]
    assert f"for {who}, so it parts nothing" in found.sentence


def test_by_profit_without_a_value_shares_stand_and_it_is_said():
    less = {name: cost for name, cost in COSTS.items() if name != "value_kept"}
    found = cut(asked(segments={"by": "profit"}, economics=less), CHANCES, 5_000)
    assert found.shares == [0.02, 0.07, 0.2]
    assert "set economics.value_kept" in found.sentence
