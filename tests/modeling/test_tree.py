"""The pruned tree: readable, and routed as scikit-learn routes."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.tree import DecisionTreeClassifier

from churnrisk.modeling import PrunedTreeClassifier
from churnrisk.modeling.prune import grow, pruning_steps, standing, step_at, without
from churnrisk.modeling.released import churn_model
from tests.modeling.churners import made_customers

FRAME, CHURNED, CUSTOMERS = made_customers()
NUMBERS = FRAME[["logins", "tickets", "noise"]].to_numpy().astype(np.float32)
LABELS = CHURNED
GROWN = grow(NUMBERS, LABELS, max_leaves=40, min_leaf_rows=5, random=np.random.RandomState(0))


@settings(max_examples=30)
@given(st.lists(st.tuples(*[st.one_of(st.just(np.nan), st.floats(-20, 20))] * 3), min_size=1, max_size=20))
def test_rows_go_the_way_scikit_learn_sends_them(rows):
    tree = PrunedTreeClassifier(alpha=0.0, max_leaves=200, min_leaf_rows=5, smoothing=1e-9).fit(NUMBERS, LABELS)
    theirs = DecisionTreeClassifier(
        criterion="log_loss",
        max_leaf_nodes=200,
        min_samples_leaf=5,
        random_state=int(np.random.RandomState(0).randint(2**31 - 1)),
    ).fit(NUMBERS, LABELS)
    values = np.array(rows, dtype=np.float64)
    raw = theirs.predict_proba(values.astype(np.float32))[:, 1]
    assert np.abs(tree.predict_proba(values)[:, 1] - raw).max() < 1e-6  # a split that gains nothing is pruned


def test_at_most_24_leaves():
    tree = PrunedTreeClassifier(alpha=0.0, min_leaf_rows=5).fit(FRAME, CHURNED)
    assert 2 <= len(tree.rules()) <= 24


def test_noise_alone_gives_a_bare_root():
    noise = np.random.default_rng(3).permutation(CHURNED)
    tree = PrunedTreeClassifier().fit(FRAME[["noise"]], noise, groups=CUSTOMERS)
    assert tree.rules() == [f"everyone: {100 * noise.mean():.1f} % of 600 rows left"]
    assert (tree.explain(FRAME[["noise"]]) == 0).all()


def test_each_pruning_step_cuts_further_and_ends_at_the_root():
    steps = pruning_steps(GROWN)
    assert [step.leaves for step in steps] == sorted({step.leaves for step in steps}, reverse=True)
    assert [step.alpha for step in steps] == sorted(step.alpha for step in steps)
    assert steps[-1].leaves == 1


def test_pruning_goes_the_way_of_scikit_learn():
    seed = int(np.random.RandomState(0).randint(2**31 - 1))
    theirs = DecisionTreeClassifier(criterion="log_loss", max_leaf_nodes=40, min_samples_leaf=5, random_state=seed)
    alphas = np.unique(theirs.cost_complexity_pruning_path(NUMBERS, LABELS).ccp_alphas.round(9))
    in_bits = np.unique((np.array([step.alpha for step in pruning_steps(GROWN)]) / np.log(2)).round(9))
    assert np.abs(in_bits - alphas).max() < 2e-9


def test_subtree_stands_where_its_rows_stop():
    step = step_at(pruning_steps(GROWN), 0.0, 8)
    stop, small = standing(GROWN, step.cut), without(GROWN, step.cut)
    assert step.leaves == small.leaves <= 8
    ends = np.unique(stop[GROWN.left < 0])
    assert sorted(GROWN.rows[ends]) == sorted(small.rows[small.left < 0])


def test_a_steps_change_goes_to_the_signal_that_splits():
    tree = PrunedTreeClassifier(alpha=0.01).fit(FRAME[["tickets", "noise"]], CHURNED)
    used = {rule.split(":")[0].split(" ")[0] for rule in tree.rules()}
    assert used <= {"tickets", "everyone"}
    assert np.abs(tree.explain(FRAME[["tickets", "noise"]])[:, 1]).max() == 0.0


def test_rules_hold_each_row_once_and_name_texts():
    tree = PrunedTreeClassifier(alpha=0.004).fit(FRAME, CHURNED, groups=CUSTOMERS)
    rows = sum(int(rule.split("% of ")[1].split(" rows")[0].replace(",", "")) for rule in tree.rules())
    assert rows == len(FRAME)
    plans = PrunedTreeClassifier(alpha=0.0).fit(FRAME[["plan"]], CHURNED).rules()
    assert plans[0].startswith("plan is free")


def test_rare_and_unseen_texts_share_one_place():
    plan = FRAME.plan.copy()
    plan[CHURNED == 1] = plan[CHURNED == 1].where(np.arange(CHURNED.sum()) % 20 != 0, "rare")
    tree = PrunedTreeClassifier(alpha=0.0, min_level_rows=50).fit(pd.DataFrame({"plan": plan}), CHURNED)
    odds = tree.decision_function(pd.DataFrame({"plan": ["rare", "never seen"]}))
    assert odds[0] == odds[1]


def test_huge_numbers_do_not_overflow():
    tree = PrunedTreeClassifier(alpha=0.0).fit(NUMBERS, LABELS)
    assert np.isfinite(tree.decision_function(np.array([[1e300, -1e300, 1e39]]))).all()


@pytest.mark.parametrize(("name", "value"), [("max_leaves", 1), ("smoothing", 0.0), ("alpha", -1.0)])
def test_impossible_parameters_are_named(name, value):
    with pytest.raises(ValueError, match=f"{name} must be"):
        PrunedTreeClassifier(**{name: value}).fit(FRAME, CHURNED)


def test_leaf_numbers_agree_with_plain_nodes():
    plain = PrunedTreeClassifier(alpha=0.002).fit(FRAME, CHURNED).to_plain()
    columns = {name: FRAME[name].to_numpy() for name in ("logins", "tickets", "noise")}
    columns["plan"] = churn_model.as_text(FRAME["plan"])
    found = np.bincount(churn_model.leaves(plain, columns), minlength=len(plain["nodes"]["rows"]))
    leaf = np.array(plain["nodes"]["left"]) < 0
    assert (found[leaf] == np.array(plain["nodes"]["rows"])[leaf]).all()


def climbing(model):
    random = np.random.default_rng(5)
    rows = pd.DataFrame({"a": random.normal(size=3000), "b": random.normal(size=3000)})
    chance = churn_model.probability((1.5 * np.sin(3 * rows.a) + rows.a + 0.3 * rows.b - 1).to_numpy())
    model.fit(rows, (random.random(3000) < chance).astype(int))
    points = pd.DataFrame({"a": np.tile(np.linspace(-3, 3, 60), 20), "b": np.repeat(np.linspace(-2, 2, 20), 60)})
    return np.diff(model.decision_function(points).reshape(20, 60), axis=1)


def test_monotone_risk_never_falls_where_it_may_only_rise():
    steps = climbing(PrunedTreeClassifier(monotone={"a": 1}))
    assert steps.min() >= 0
    assert steps.max() > 0.1


def test_without_monotone_it_falls_somewhere():
    assert climbing(PrunedTreeClassifier()).min() < -0.1


def test_a_split_of_known_and_missing_can_be_written_and_read():
    rng = np.random.default_rng(3)
    known = rng.random(2000) < 0.5
    frame = pd.DataFrame({"csat": np.where(known, rng.normal(size=2000), np.nan)})
    left = (rng.random(2000) < np.where(known, 0.05, 0.5)).astype(int)
    tree = PrunedTreeClassifier(alpha=0.0, min_leaf_rows=600).fit(frame, left)
    plain = json.loads(json.dumps(tree.to_plain(), allow_nan=False))
    told = " ".join(tree.rules())
    assert "csat missing" in told
    assert "csat known" in told
    chances = churn_model.probability(churn_model.log_odds(plain, {"csat": frame["csat"].to_numpy()}))
    assert np.abs(chances - tree.predict_proba(frame)[:, 1]).max() < 1e-12
