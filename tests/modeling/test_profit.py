"""Profit of contacting the riskiest: the library's number, the formula by hand, and the interval's way agree."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from churnrisk.modeling.evaluate import Judged
from churnrisk.modeling.profit import Campaign, campaign, profit_sentence
from churnrisk.settings import EconomicsSettings

OFFER = Campaign(value_kept=600, cost_of_contact=1, cost_of_offer=10, chance_to_accept=0.3)
UNSURE = Campaign(value_kept=600, cost_of_contact=1, cost_of_offer=10, chance_to_accept=(6, 14))


def company(rows=4_000, seed=0):
    random = np.random.default_rng(seed)
    p = random.beta(1, 20, rows).round(6)
    return (random.random(rows) < p).astype(float), p


def test_profit_worked_by_hand():
    """Two of four are contacted: a churner (0.5 × (100 - 10) - 5 = 40) and one who stays (-10 - 5 = -15)."""
    offer = Campaign(value_kept=100, cost_of_contact=5, cost_of_offer=10, chance_to_accept=0.5)
    found = offer.point(np.array([0.0, 1.0, 1.0, 0.0]), np.array([0.9, 0.8, 0.7, 0.1]))
    assert found["expected_maximum_profit"] == pytest.approx((-15 + 40 + 40) / 4)
    assert found["profit_best_share"] == pytest.approx(0.75)


def test_library_gives_the_best_over_all_thresholds():
    y, p = company()
    order = np.argsort(-p, kind="stable")
    profit = np.cumsum(np.where(y[order] == 1, 0.3 * 590 - 1, -11)) / len(y)
    found = OFFER.point(y, p)
    assert found["expected_maximum_profit"] == pytest.approx(profit.max(), rel=1e-6)
    assert found["profit_best_share"] == pytest.approx((profit.argmax() + 1) / len(y), abs=2e-3)


@pytest.mark.parametrize("offer", [OFFER, UNSURE], ids=["one chance", "a beta distribution"])
def test_the_interval_is_of_the_same_number(offer):
    y, p = company()
    order = np.argsort(-p, kind="stable")
    churners = np.concatenate([[0], np.cumsum(y[order])])
    whole = offer.resampled(np.arange(len(y) + 1)[None, :], churners[None, :])
    found = offer.point(y, p)
    assert whole["expected_maximum_profit"][0] == pytest.approx(found["expected_maximum_profit"], rel=2e-3)
    assert whole["profit_best_share"][0] == pytest.approx(found["profit_best_share"], abs=0.01)


def test_beta_distribution_is_worth_more_than_its_mean():
    """Who learns the chance before contacting can use it."""
    y, p = company()
    assert UNSURE.mean_chance == pytest.approx(0.3)
    assert UNSURE.point(y, p)["expected_maximum_profit"] > OFFER.point(y, p)["expected_maximum_profit"]


def test_where_probabilities_are_true_the_best_is_to_contact_down_to_where_a_contact_pays():
    y, p = company(200_000)
    assert OFFER.worth_contacting == pytest.approx(11 / (0.3 * 590 + 10))
    contacted = p >= OFFER.worth_contacting
    profit = np.where(contacted, np.where(y == 1, 0.3 * 590 - 1, -11), 0).mean()
    best = OFFER.point(y, p)["expected_maximum_profit"]
    assert 0.99 * best < profit <= best + 1e-9


def test_where_nothing_can_be_gained_nobody_is_contacted():
    y, p = company()
    dear = Campaign(value_kept=100, cost_of_contact=1, cost_of_offer=120, chance_to_accept=0.3)
    assert dear.point(y, p) == {"expected_maximum_profit": 0.0, "profit_best_share": 0.0}
    assert dear.worth_contacting > 1
    assert OFFER.point(np.zeros(5), np.full(5, 0.1)) == {"expected_maximum_profit": 0.0, "profit_best_share": 0.0}
    assert OFFER.point(np.ones(5), np.full(5, 0.9))["profit_best_share"] == 1.0


def test_a_better_model_brings_more_and_its_interval_holds_the_number():
    y, p = company(8_000)
    judged = Judged(y, np.arange(8_000), resamples=100, seed=1, campaign=UNSURE)
    good, flat = judged.add("logistic", p), judged.add("base rate", np.full(8_000, p.mean()))
    found = good["expected_maximum_profit"]
    assert found.low < found.value < found.high
    assert found.value > flat["expected_maximum_profit"].value
    assert judged.paired_difference("logistic", "base rate", "expected_maximum_profit")[0] > 0


def test_without_costs_nothing_is_measured():
    y, p = company(500)
    assert "expected_maximum_profit" not in Judged(y, np.arange(500), resamples=5).add("logistic", p).metrics


COSTS = {"value_kept": 600, "cost_of_contact": 1, "cost_of_offer": 10, "chance_to_accept": 0.3}


def test_costs_of_the_settings_are_a_campaign():
    assert campaign(EconomicsSettings(**COSTS)) == OFFER
    assert campaign(EconomicsSettings(**(COSTS | {"chance_to_accept": (6, 14)}))) == UNSURE


@pytest.mark.parametrize("absent", COSTS)
def test_each_missing_cost_is_named_in_one_line(absent):
    economics = EconomicsSettings(**{name: cost for name, cost in COSTS.items() if name != absent})
    assert campaign(economics) is None
    assert profit_sentence(economics) == f"Profit is not shown: set {absent} in [economics]."


def test_sentence_says_on_what_the_profit_rests():
    said = profit_sentence(EconomicsSettings(**(COSTS | {"chance_to_accept": (6, 14)})))
    assert "worth 600.00" in said
    assert "30% (beta(6, 14)) of churners accept" in said
    assert "pays from a churn probability of 5.9%" in said


@settings(max_examples=25)
@given(
    seed=st.integers(0, 100),
    chance=st.one_of(st.floats(0.05, 0.95), st.tuples(st.floats(1.5, 20), st.floats(1.5, 20))),
    cost=st.floats(0, 20),
)
def test_profit_never_falls_below_contacting_nobody_or_everybody(seed, chance, cost):
    y, p = company(400, seed)
    offer = Campaign(200, cost, 10, chance)
    found = offer.point(y, p)
    everybody = (y * (offer.mean_chance * 190 - cost) - (1 - y) * (10 + cost)).mean()
    assert found["expected_maximum_profit"] >= max(0.0, everybody) - 1e-9
    assert 0 <= found["profit_best_share"] <= 1
