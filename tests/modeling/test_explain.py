"""Curves to draw and signals by strength."""

import numpy as np

from churnrisk.modeling import AdditiveLogisticClassifier, PrunedTreeClassifier
from churnrisk.modeling.explain import effect_bands, effect_curves, effect_maps, map_strengths, signal_strengths
from churnrisk.modeling.released.churn_model import map_effect
from tests.modeling.churners import made_customers

FRAME, CHURNED, CUSTOMERS = made_customers()


def test_curves_hold_knots_texts_and_gaps():
    curves = effect_curves(AdditiveLogisticClassifier(l2=1.0).fit(FRAME, CHURNED).to_plain())
    assert set(curves[curves.column == "plan"]["at"]) == {"free", "basic", "pro", "any other", "missing"}
    assert "missing" in set(curves[curves.column == "logins"]["at"])


def test_a_tree_has_no_curves():
    assert effect_curves(PrunedTreeClassifier(alpha=0.01).fit(FRAME, CHURNED).to_plain()).empty


def test_strongest_signal_stands_first_and_noise_last():
    table = signal_strengths(AdditiveLogisticClassifier().fit(FRAME, CHURNED, groups=CUSTOMERS), FRAME)
    assert table.column.iloc[0] == "logins"
    assert table.column.iloc[-1] == "noise"


def test_bands_hold_every_curve_and_are_narrower_with_more_rows():
    widths = []
    for rows in (150, 600):
        model = AdditiveLogisticClassifier(l2=1.0).fit(FRAME[:rows], CHURNED[:rows])
        bands = effect_bands(model, FRAME[:rows], CHURNED[:rows], CUSTOMERS[:rows], resamples=8)
        assert bands["at"].tolist() == effect_curves(model.to_plain())["at"].tolist()
        assert (bands["low"] <= bands["log_odds"]).all()
        assert (bands["log_odds"] <= bands["high"]).all()
        own = bands[bands["column"] == "logins"]
        widths.append((own["high"] - own["low"]).mean())
    assert widths[1] < widths[0]


def test_bands_hold_the_true_effect_of_a_signal_and_leave_noise_at_0():
    frame, churned, customers = made_customers(3000, seed=5)
    model = AdditiveLogisticClassifier().fit(frame, churned)
    bands = effect_bands(model, frame, churned, customers, resamples=10).query("at != 'missing'")
    tickets = bands[bands["column"] == "tickets"]
    low, high = np.interp([0.0, 2.0], tickets["at"].astype(float), tickets["log_odds"].astype(float))
    assert abs(high - low - 1.2) < 0.35
    noise = bands[bands["column"] == "noise"]
    assert (noise["low"] < 0.05).all()
    assert (noise["high"] > -0.05).all()


def test_bands_on_fewer_rows_are_as_wide_as_those_on_all():
    frame, churned, customers = made_customers(2400, seed=6)
    model = AdditiveLogisticClassifier(l2=3.0).fit(frame, churned)
    wide = [
        (one["high"] - one["low"]).mean()
        for rows in (600, 2400)
        for one in [effect_bands(model, frame, churned, customers, resamples=16, max_rows=rows)]
    ]
    assert 0.6 < wide[0] / wide[1] < 1.6


AXES = [{"cuts": [1.0, 4.0]}, {"levels": {"free": 0, "basic": 1, "pro": 1}, "other": 2}]
MAP = {
    "columns": ["logins", "plan"],
    "axes": AXES,
    "values": [[0.4, 0.1, 0, 0], [0.2, 0, 0, 0], [-0.4, 0, 0, 0], [0] * 4],
}


def test_a_map_names_every_cell_in_words():
    cells = effect_maps({"kind": "additive", "effects": [], "maps": [MAP]})
    assert cells["first_at"].drop_duplicates().tolist() == ["up to 1", "1 to 4", "above 4", "missing"]
    assert cells["second_at"].drop_duplicates().tolist() == ["free", "basic, pro", "any other", "missing"]
    asked = {"logins": np.array([1.0, 5.0]), "plan": np.array(["free", "free"], dtype=object)}
    told = cells.set_index(["first_at", "second_at"])["log_odds"]
    assert [told["up to 1", "free"], told["above 4", "free"]] == map_effect(MAP, asked).tolist()


def test_a_model_without_maps_has_none():
    assert effect_maps({"kind": "additive", "effects": []}).empty
    assert map_strengths({"kind": "additive", "effects": []}, FRAME, {}).empty


def test_the_map_that_moves_customers_most_comes_first():
    faint = {**MAP, "columns": ["tickets", "plan"], "values": (np.array(MAP["values"]) / 10).tolist()}
    types = {"logins": "number", "tickets": "number", "plan": "text"}
    ranked = map_strengths({"maps": [faint, MAP]}, FRAME, types)
    assert ranked["first"].tolist() == ["logins", "tickets"]


def test_a_step_stands_as_two_points():
    part = {
        "column": "logins",
        "knots": [0.0, 9.0],
        "values": [0.5, -0.4],
        "missing": 0,
        "cuts": [3.0],
        "steps": [0, 1],
    }
    at = effect_curves({"effects": [part]}).set_index("at")["log_odds"]
    assert abs(at[3.0] - 0.2) < 1e-9
    assert abs(at.iloc[2] - 1.2) < 1e-9
