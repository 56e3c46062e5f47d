"""What would lower the probability most: a change that is one, that lowers it, and that the model itself confirms."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from churnrisk.modeling.released.churn_model import ReleasedModel

KINDS = ["additive", "tree", "with maps"]
CARDS = [
    {"name": "logins", "raises_risk": "low", "parts": [["logins", "login|logins"], " in the last 28 days"]},
    {"name": "tickets", "raises_risk": "high", "parts": [["tickets", "ticket|tickets"], " open now"]},
    {"name": "plan", "raises_risk": None, "parts": ["plan at ", ["plan", ""]]},
]
COLUMNS = [
    {"name": "logins", "type": "number", "common": [2.0, 5.0, 8.0]},
    {"name": "tickets", "type": "number", "common": [0.0, 0.0, 1.0]},
    {"name": "plan", "type": "text", "common": ["basic", "pro"]},
    {"name": "tenure", "type": "number", "common": [10.0, 50.0, 90.0]},
]
ADDITIVE = {
    "kind": "additive",
    "mean_log_odds": -1.0,
    "effects": [
        {"column": "logins", "knots": [0.0, 10.0], "values": [1.0, -1.0], "missing": 0.3},
        {"column": "tickets", "knots": [0.0, 4.0], "values": [-0.5, 1.0], "missing": 0.0},
        {"column": "plan", "levels": {"basic": 0.2, "pro": -0.3}, "other": 0.4, "missing": 0.1},
        {"column": "tenure", "knots": [0.0, 100.0], "values": [2.0, -2.0], "missing": 0.0},
    ],
}
TREE = {
    "kind": "tree",
    "mean_log_odds": -1.0,
    "columns": [{"column": column["name"], "gaps": True} for column in COLUMNS if column["type"] == "number"]
    + [{"column": "plan", "gaps": True, "codes": {"pro": 0.0, "basic": 1.0}, "other": 1.5}],
    "nodes": {
        "column": [0, 1, -1, -1, 3, -1, -1],
        "threshold": [4.5, 0.5, 0.0, 0.0, 0.5, 0.0, 0.0],
        "missing_left": [True] * 7,
        "left": [1, 2, -1, -1, 5, -1, -1],
        "right": [4, 3, -1, -1, 6, -1, -1],
        "log_odds": [-1.0, 0.0, -0.5, 0.8, -2.0, -2.4, -1.5],
    },
    "leaf_shares": [[0.0] * 4] * 7,
}

AXES = [{"cuts": [3.0]}, {"levels": {"basic": 0, "pro": 1}, "other": 2}]
WITH_MAPS = {
    **ADDITIVE,
    "maps": [
        {
            "columns": ["logins", "plan"],
            "axes": AXES,
            "values": [[0.8, -0.8, 0, 0], [-0.8, 0.8, 0, 0.1], [0, 0.3, 0, 0]],
        },
        {
            "columns": ["tickets", "tenure"],
            "axes": [AXES[0]] * 2,
            "values": [[0.1, 0.2, 0], [0.3, 0.4, 0], [0, 0, 0]],
        },
    ],
}
PLAIN = {"additive": ADDITIVE, "tree": TREE, "with maps": WITH_MAPS}


def released(kind="additive", changes=CARDS, calibration=None):
    return ReleasedModel(
        {
            "format": 1,
            "columns": COLUMNS,
            "model": PLAIN[kind],
            "calibration": calibration or {"kind": "none"},
            "mean_calibrated_log_odds": -1.0,
            "segments": [
                {"name": "critical", "lower_bound": 0.001, "action": "call"},
                {"name": "low", "lower_bound": 0.0, "action": "leave alone"},
            ],
            "signals": [],
            "changes": changes,
        }
    )


def rows(**columns):
    whole = {"logins": [1.0], "tickets": [0.0], "plan": ["pro"], "tenure": [0.0]} | columns
    return pd.DataFrame(whole).astype({"plan": object})


def told(model, **columns):
    return model.score(rows(**columns)).iloc[0]


def test_it_names_the_value_and_both_probabilities():
    found = told(released())
    assert (
        found["best_change"]
        == "With 5 logins in the last 28 days instead of 1, the model would give 55 % instead of 73 %"
    )
    assert found["best_change_probability"] == pytest.approx(1 / (1 + np.exp(-0.2)), abs=1e-6)


def test_none_of_them_reads_as_no():
    found = told(released(), logins=[9.0], tickets=[4.0])
    assert found["best_change"].startswith("With no tickets open now instead of 4, the model would give ")


def test_a_text_moves_to_one_that_many_customers_have():
    found = told(released(changes=CARDS[2:]), plan=["free"])
    assert found["best_change"].startswith("With plan at pro instead of free, the model would give ")


def test_who_stands_well_already_is_told_nothing():
    found = told(released(), logins=[9.0])
    assert found["best_change"] == ""
    assert np.isnan(found["best_change_probability"])


def test_a_gap_is_not_filled():
    assert told(released(changes=CARDS[:1]), logins=[np.nan])["best_change"] == ""


def test_what_a_team_cannot_influence_is_not_told():
    assert told(released(changes=[]))["best_change"] == ""


def test_a_number_moves_only_the_way_that_should_lower_the_risk():
    fewer = [{**CARDS[0], "raises_risk": "high"}]
    assert told(released(changes=fewer), logins=[6.0])["best_change"] == ""


def test_from_one_side_a_number_moves_no_further_than_the_median():
    assert told(released(changes=CARDS[:1]), logins=[0.0])["best_change"].startswith("With 5 logins")
    assert told(released(changes=CARDS[:1]), logins=[5.0])["best_change"].startswith("With 8 logins")


def test_a_change_that_would_read_as_none_is_not_told():
    assert told(released(changes=CARDS[:1]), logins=[7.9])["best_change"] == ""


def test_a_flat_calibration_leaves_nothing_to_change():
    flat = {"kind": "isotonic", "log_odds": [-9.0, 9.0], "probabilities": [0.2, 0.2]}
    assert told(released(calibration=flat))["best_change"] == ""


def test_the_lowest_segment_and_a_score_without_reasons_stay_empty():
    lowest = told(released(), logins=[9.0], tenure=[100.0], plan=["pro"])
    assert lowest["best_change"] == ""
    plain = released().score(rows(), reasons=False).iloc[0]
    assert plain["best_change"] == ""
    assert np.isnan(plain["best_change_probability"])


NUMBERS = st.one_of(st.none(), st.floats(-1e6, 1e6), st.sampled_from([0.0, 1.0, 2.0, 5.0, 8.0, 1e300, -1e300]))


@settings(max_examples=25)
@given(
    kind=st.sampled_from(KINDS),
    logins=st.lists(NUMBERS, min_size=6, max_size=6),
    tickets=st.lists(NUMBERS, min_size=6, max_size=6),
    plan=st.lists(st.sampled_from(["pro", "basic", "free", "", None]), min_size=6, max_size=6),
)
def test_the_model_gives_what_the_change_promises_and_no_other_change_gives_less(kind, logins, tickets, plan):
    model = released(kind)
    frame = rows(logins=logins, tickets=tickets, plan=plan, tenure=[50.0] * 6).astype(
        {"logins": float, "tickets": float}
    )
    found = model.score(frame, all_segments=True)
    for at, line in enumerate(found.itertuples()):
        ways = [
            (
                card["name"],
                value,
                model.score(frame.iloc[[at]].assign(**{card["name"]: [value]}))["churn_probability"].iloc[0],
            )
            for card, column in zip(CARDS, COLUMNS, strict=False)
            for value in column["common"]
            if _better(card, frame[card["name"]].iloc[at], value, column["common"][1])
        ]
        least = min([chance for *_, chance in ways], default=1.0)
        if line.best_change:
            assert line.best_change_probability == pytest.approx(least, abs=1e-12)
            assert line.best_change_probability < line.churn_probability
        else:
            assert np.isnan(line.best_change_probability)
            assert least > line.churn_probability - 0.011, "a fall that would be seen is told"


def _better(card, here, value, middle):
    if here is None or here != here:
        return False
    if isinstance(value, str):
        return here != value
    reads_alike = round(here) == round(value)
    if reads_alike or here < middle < value or here > middle > value:
        return False
    return (value > here) if card["raises_risk"] == "low" else (value < here)
