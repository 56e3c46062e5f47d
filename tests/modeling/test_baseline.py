import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from churnrisk.errors import ModelError
from churnrisk.modeling.baseline import BaseRate, SimpleRule
from churnrisk.modeling.metrics import log_loss


@pytest.fixture
def rows():
    random = np.random.default_rng(0)
    risk = random.random(2_000)
    X = pd.DataFrame(
        {
            "noise": random.normal(size=2_000),
            "falls": 10 - 10 * risk + random.normal(0, 0.3, 2_000),
            "usage_days_since_last": np.round(30 * random.random(2_000)),
            "plan": pd.Series(np.where(risk > 0.9, "free", "pro"), dtype="str"),
        }
    )
    return X, (random.random(2_000) < risk * 0.4).astype(int)


def test_base_rate_gives_the_fit_rows_rate_to_everyone(rows):
    X, y = rows
    assert BaseRate().fit(X, y).predict_proba(X[:3])[:, 1].tolist() == [y.mean()] * 3


def test_recency_is_the_rule_where_it_is_there_even_if_another_signal_is_better(rows):
    X, y = rows
    assert SimpleRule().fit(X, y).name_ == "usage_days_since_last"


def test_best_single_signal_is_the_rule_where_recency_is_missing(rows):
    X, y = rows
    rule = SimpleRule().fit(X.drop(columns="usage_days_since_last"), y)
    assert rule.name_ == "falls"
    assert rule.sentence_ == "falls alone: the lower, the likelier a customer churns."
    assert log_loss(y, rule.predict_proba(X)[:, 1]) < log_loss(y, BaseRate().fit(X, y).predict_proba(X)[:, 1])


def test_named_recency_is_used_before_the_default(rows):
    X, y = rows
    assert SimpleRule(recency=["noise"]).fit(X, y).name_ == "noise"


def test_text_column_has_a_rate_for_each_value_and_the_base_rate_for_an_unseen_one(rows):
    X, y = rows
    rule = SimpleRule().fit(X[["plan"]], y)
    free, pro, new, none = rule.predict_proba(pd.DataFrame({"plan": ["free", "pro", "new", None]}))[:, 1]
    assert free > new > pro
    assert new == pytest.approx(y.mean())
    assert none == pytest.approx(y.mean())


def test_missing_values_have_their_own_rate():
    X = pd.DataFrame({"usage_days_since_last": [1.0, 2.0, np.nan, np.nan] * 100})
    rule = SimpleRule().fit(X, [0, 0, 1, 1] * 100)
    assert rule.predict_proba(X[:3])[:, 1].round(2).tolist() == [0, 0, 1]


def test_curve_is_flat_beyond_what_was_seen(rows):
    X, y = rows
    rule = SimpleRule().fit(X, y)
    ends = rule.predict_proba(pd.DataFrame({"usage_days_since_last": [-1e9, 0, 30, 1e9, np.inf]}))[:, 1]
    assert ends[0] == ends[1]
    assert ends[2] == ends[3] == ends[4]


@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 20), st.booleans()), min_size=1, max_size=80))
def test_curve_is_monotone_and_stays_off_0_and_1(pairs):
    X = pd.DataFrame({"usage_days_since_last": [float(days) for days, _ in pairs]})
    rule = SimpleRule().fit(X, [int(churned) for _, churned in pairs])
    p = rule.predict_proba(pd.DataFrame({"usage_days_since_last": np.linspace(-1, 22, 100)}))[:, 1]
    steps = np.diff(p)
    assert (steps >= -1e-12).all() or (steps <= 1e-12).all()
    assert p.min() > 0
    assert p.max() < 1


def test_many_distinct_values_and_few_give_nearly_the_same_curve():
    random = np.random.default_rng(1)
    days = random.random(5_000) * 60
    y = (random.random(5_000) < days / 100).astype(int)
    fine = SimpleRule().fit(pd.DataFrame({"usage_days_since_last": days}), y)
    at = pd.DataFrame({"usage_days_since_last": [5.0, 30.0, 55.0]})
    assert fine.predict_proba(at)[:, 1] == pytest.approx([0.05, 0.3, 0.55], abs=0.05)


def test_empty_column_falls_back_to_the_base_rate():
    X = pd.DataFrame({"a": [np.nan] * 10})
    assert SimpleRule().fit(X, [1] + [0] * 9).predict_proba(X)[0, 1] == pytest.approx(0.1)


def test_one_class_only_gives_a_rate_near_it():
    X = pd.DataFrame({"a": range(100)})
    assert SimpleRule().fit(X, [0] * 100).predict_proba(X)[:, 1].max() < 0.001


@pytest.mark.parametrize("bad", [pd.DataFrame(index=range(2)), np.zeros((2, 1))])
def test_no_columns_are_refused(bad):
    with pytest.raises(ModelError, match="at least one signal"):
        SimpleRule().fit(bad, [0, 1])


def test_missing_column_at_prediction_is_named(rows):
    X, y = rows
    with pytest.raises(ModelError, match="usage_days_since_last"):
        SimpleRule().fit(X, y).predict_proba(X[["noise"]])


@pytest.mark.parametrize("labels", [[], [0, 2], ["a", "b"]])
def test_bad_labels_are_refused(labels):
    with pytest.raises((ModelError, ValueError)):
        BaseRate().fit(pd.DataFrame({"a": [1, 2]}), labels)
