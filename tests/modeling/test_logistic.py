"""The additive model: one drawable effect a column."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from churnrisk.modeling import AdditiveLogisticClassifier
from churnrisk.modeling.solve import curvature, fit_ridge
from tests.modeling.churners import made_customers

FRAME, CHURNED, CUSTOMERS = made_customers()
MODEL = AdditiveLogisticClassifier(l2=1.0).fit(FRAME, CHURNED, groups=CUSTOMERS)


def effect_of(model, column):
    return next(part for part in model.to_plain()["effects"] if part["column"] == column)


@settings(max_examples=30)
@given(column=st.sampled_from(["logins", "tickets", "noise"]), value=st.one_of(st.none(), st.floats(-50, 50)))
def test_changing_one_column_changes_only_its_share(column, value):
    row = FRAME.head(1)
    changed = MODEL.explain(row.assign(**{column: value})) != MODEL.explain(row)
    assert not changed[0, [name != column for name in FRAME.columns]].any()


def test_effect_is_constant_beyond_the_fitted_range():
    knots = effect_of(MODEL, "noise")["knots"]
    ends = FRAME.head(4).assign(noise=[knots[0], knots[0] - 100, knots[-1], knots[-1] + 100], logins=1.0, tickets=0.0)
    odds = MODEL.decision_function(ends.assign(plan="pro"))
    assert odds[0] == odds[1]
    assert odds[2] == odds[3]


def test_effect_is_straight_between_two_knots():
    low, high = effect_of(MODEL, "noise")["knots"][1:3]
    rows = FRAME.head(3).assign(noise=[low, (low + high) / 2, high], logins=1.0, tickets=0.0, plan="pro")
    odds = MODEL.decision_function(rows)
    assert odds[1] == pytest.approx((odds[0] + odds[2]) / 2, abs=1e-12)


def test_gap_has_an_effect_of_its_own():
    rows = FRAME.assign(logins=np.where(CHURNED == 1, np.nan, 5.0))
    effect = effect_of(AdditiveLogisticClassifier().fit(rows, CHURNED), "logins")
    assert effect["missing"] > max(effect["values"]) + 1


def test_gap_never_seen_has_no_share():
    rows = pd.DataFrame({"logins": [np.nan], "tickets": [np.nan], "plan": ["pro"], "noise": [0.0]})
    assert MODEL.explain(rows)[0, 1] == 0.0


def test_rare_texts_are_pooled_and_unseen_ones_join_them():
    plan = FRAME.plan.copy()
    plan.iloc[:10], plan.iloc[10:20] = "rare one", "rare two"
    model = AdditiveLogisticClassifier(l2=1.0).fit(FRAME.assign(plan=plan), CHURNED)
    effect = effect_of(model, "plan")
    assert set(effect["levels"]) == {"free", "basic", "pro"}
    odds = model.decision_function(
        FRAME.head(2).assign(plan=["rare one", "never seen"], logins=1, tickets=1, noise=0)
    )
    assert odds[0] == odds[1]


def test_pure_noise_is_held_down_and_a_signal_is_not():
    noise = np.random.default_rng(1).permutation(CHURNED)
    spread = AdditiveLogisticClassifier().fit(FRAME, noise, groups=CUSTOMERS).decision_function(FRAME).std()
    signal = AdditiveLogisticClassifier().fit(FRAME, CHURNED, groups=CUSTOMERS).decision_function(FRAME).std()
    assert spread < 0.4 < 0.8 < signal


def test_strength_is_chosen_without_a_customers_twin():
    """Each row stands there twice with the customer's own label: grouped folds do not see the twin."""
    random = np.random.default_rng(0)
    names = pd.DataFrame({"name": [f"n{index // 20}" for index in range(2000)]})
    labels = np.repeat(random.random(100) < 0.5, 20).astype(int)
    groups = np.arange(2000) // 20
    grouped = AdditiveLogisticClassifier(max_levels=200).fit(names, labels, groups=groups)
    single = AdditiveLogisticClassifier(max_levels=200).fit(names, labels)
    assert min(grouped.cv_.values()) > 0.68
    assert min(single.cv_.values()) < 0.2


@pytest.mark.parametrize(("name", "value"), [("knots", 1), ("l2", 0.0), ("folds", 1)])
def test_impossible_parameters_are_named(name, value):
    with pytest.raises(ValueError, match=f"{name} must be"):
        AdditiveLogisticClassifier(**{name: value}).fit(FRAME, CHURNED)


def test_solver_finds_what_scikit_learn_finds():
    from sklearn.linear_model import LogisticRegression

    design = np.random.default_rng(0).normal(size=(500, 8))
    labels = (design[:, 0] + np.random.default_rng(1).normal(size=500) > 1).astype(int)
    start = np.zeros(9)
    weights = fit_ridge(design, labels, 2.0, start, curvature(design, start))
    theirs = LogisticRegression(C=0.5, tol=1e-10, max_iter=1000).fit(design, labels)
    assert np.abs(weights - np.append(theirs.coef_[0], theirs.intercept_)).max() < 1e-3


def test_32_bit_rows_give_the_same_weights():
    design = np.random.default_rng(0).normal(size=(20_000, 8))
    labels = (design[:, 0] + np.random.default_rng(1).normal(size=20_000) > 1).astype(int)
    start = np.zeros(9)
    exact = fit_ridge(design, labels, 2.0, start, curvature(design, start))
    small = design.astype(np.float32)
    assert np.abs(fit_ridge(small, labels, 2.0, start, curvature(small, start)) - exact).max() < 1e-3
