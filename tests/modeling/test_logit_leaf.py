"""Curves of one column and maps of two: what is found, what is left alone, and that all of it adds up."""

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import GridSearchCV

from churnrisk.modeling import AdditiveLogisticClassifier, LogitLeafClassifier
from churnrisk.modeling.folds import log_loss_rows
from churnrisk.modeling.released import churn_model


def rows_where(odds_of, seed=0, rows=3000):
    random = np.random.default_rng(seed)
    frame = pd.DataFrame({name: random.normal(size=rows).round(2) for name in ("a", "b", "c")})
    frame["plan"] = random.choice(["basic", "plus", "pro"], rows)
    frame.loc[random.random(rows) < 0.1, "c"] = np.nan
    churned = (random.random(rows) < churn_model.probability(odds_of(frame).to_numpy(dtype=float))).astype(int)
    return frame, churned


def crossed(frame):
    return 1.5 * np.sign(frame.a) * np.sign(frame.b) - 1


def alone(frame):
    return frame.a + 0.5 * frame.b.abs() - 1.5


def loss(model, frame, churned):
    return log_loss_rows(churned, model.decision_function(frame)).mean()


@pytest.fixture(scope="module")
def on_crossed():
    frame, churned = rows_where(crossed)
    return LogitLeafClassifier().fit(frame, churned), frame, churned


def test_two_columns_that_matter_only_together_are_found_and_drawn_as_a_map(on_crossed):
    model, _, _ = on_crossed
    assert model.plain_["maps"][0]["columns"] == ["a", "b"]
    later, truth = rows_where(crossed, seed=1)
    additive = AdditiveLogisticClassifier().fit(*rows_where(crossed))
    assert loss(model, later, truth) < loss(additive, later, truth) - 0.1


def test_where_columns_matter_alone_nothing_is_lost():
    frame, churned = rows_where(alone)
    later, truth = rows_where(alone, seed=1, rows=6000)
    model = LogitLeafClassifier().fit(frame, churned)
    additive = AdditiveLogisticClassifier().fit(frame, churned)
    assert loss(model, later, truth) < loss(additive, later, truth) * 1.005


def test_every_effect_is_a_curve_of_one_column_or_a_map_of_two(on_crossed):
    plain = on_crossed[0].to_plain()
    assert set(plain) == {"kind", "mean_log_odds", "effects", "maps"}
    assert all(len(part["columns"]) == 2 for part in plain["maps"])
    assert len(plain["maps"]) <= 24


def test_each_line_of_a_map_has_mean_nought_over_the_fit_rows(on_crossed):
    model, frame, _ = on_crossed
    part = model.plain_["maps"][0]
    first, second = (
        churn_model.bin_of(axis, frame[name].to_numpy())
        for axis, name in zip(part["axes"], part["columns"], strict=True)
    )
    said = pd.Series(np.array(part["values"])[first, second])
    assert said.groupby(first).mean().abs().max() < 1e-9
    assert said.groupby(second).mean().abs().max() < 1e-9


def test_a_map_counts_half_for_each_of_its_two_columns(on_crossed):
    model, frame, _ = on_crossed
    only = {
        **model.plain_,
        "effects": [
            {
                **part,
                "values": [0.0] * len(part["values"]),
                "missing": 0.0,
                "steps": [0.0] * len(part.get("steps", [])),
            }
            if "knots" in part
            else {**part, "levels": {}, "other": 0.0, "missing": 0.0}
            for part in model.plain_["effects"]
        ],
        "maps": model.plain_["maps"][:1],
    }
    columns = {name: frame[name].to_numpy() for name in frame}
    split = churn_model.shares(only, columns)
    together = churn_model.map_effect(only["maps"][0], columns)
    assert np.allclose(split[:, 0], together / 2)
    assert np.allclose(split[:, 1], together / 2)
    assert not split[:, 2:].any()


def test_beyond_the_highest_and_lowest_value_seen_nothing_changes():
    random = np.random.default_rng(3)
    frame = pd.DataFrame({"a": np.minimum(random.normal(size=2000).round(2), 1.0), "b": random.normal(size=2000)})
    churned = (random.random(2000) < churn_model.probability(3.0 * (frame.a >= 1) * frame.b - 1)).astype(int)
    model = LogitLeafClassifier().fit(frame, churned)
    assert model.rounds_ > 0
    edges = pd.DataFrame({"a": [1.0, 50.0, frame.a.min(), -50.0], "b": [0.7] * 4})
    highest, beyond, lowest, below = model.decision_function(edges)
    assert highest == beyond
    assert lowest == below


def test_no_maps_are_drawn_when_none_are_wanted():
    frame, churned = rows_where(crossed)
    assert "maps" not in LogitLeafClassifier(max_maps=0).fit(frame, churned).plain_


@pytest.mark.parametrize("model", [AdditiveLogisticClassifier, LogitLeafClassifier])
def test_monotone_risk_never_falls_where_it_may_only_rise(model):
    frame, churned = rows_where(lambda rows: 1.5 * np.sin(3 * rows.a) + rows.a * rows.b - 1)
    held = model(monotone={"a": 1}).fit(frame, churned)
    climbing = frame.head(50).loc[np.repeat(np.arange(50), 80)].assign(a=np.tile(np.linspace(-4, 4, 80), 50))
    steps = np.diff(held.decision_function(climbing).reshape(50, 80), axis=1)
    assert steps.min() > -1e-9
    assert steps.max() > 0.01


def test_without_monotone_it_does_fall():
    frame, churned = rows_where(lambda rows: 1.5 * np.sin(3 * rows.a) - 1)
    free = AdditiveLogisticClassifier().fit(frame, churned)
    climbing = pd.concat([frame.head(1)] * 80).assign(a=np.linspace(-4, 4, 80))
    assert np.diff(free.decision_function(climbing)).min() < -0.05


def test_the_same_rows_give_the_same_model(on_crossed):
    model, frame, churned = on_crossed
    assert LogitLeafClassifier().fit(frame, churned).plain_ == model.plain_


def test_the_model_can_be_searched():
    frame, churned = rows_where(crossed, rows=600)
    found = GridSearchCV(LogitLeafClassifier(l2=10.0), {"max_maps": [0, 4]}, scoring="neg_log_loss", cv=3)
    found.fit(frame, churned)
    assert found.best_params_ == {"max_maps": 4}


@pytest.mark.parametrize(
    ("given", "told"), [({"bins": 1}, "bins must be"), ({"max_maps": -1}, "max_maps and max_rounds")]
)
def test_wrong_parameters_are_refused_in_words(given, told):
    frame, churned = rows_where(alone, rows=100)
    with pytest.raises(ValueError, match=told):
        LogitLeafClassifier(**given).fit(frame, churned)
