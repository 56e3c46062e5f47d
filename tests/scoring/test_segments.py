"""Each customer in exactly one segment, and neighbours that differ."""

import pickle

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.utils.estimator_checks import parametrize_with_checks

from churnrisk.modeling.columns import FitError
from churnrisk.scoring.segments import RiskSegmenter


def drawn(chances, seed=0):
    return (np.random.default_rng(seed).random(len(chances)) < chances).astype(int)


CHANCES = np.random.default_rng(1).beta(1, 12, 20_000)
LEFT = drawn(CHANCES)
SEGMENTER = RiskSegmenter().fit(CHANCES.reshape(-1, 1), LEFT)


OTHER_CLASSES = "assumes that predict gives the labels of y; here it gives the names of segments"
AS_NUMBERS = "compares predictions as numbers; predict gives the names of segments, not the labels of y"
EXPECTED = {
    "check_classifiers_classes": OTHER_CLASSES,
    "check_estimators_pickle": AS_NUMBERS,
    "check_classifier_data_not_an_array": AS_NUMBERS,
    "check_supervised_y_2d": AS_NUMBERS,
    "check_methods_sample_order_invariance": AS_NUMBERS,
    "check_methods_subset_invariance": AS_NUMBERS,
    "check_fit_idempotent": AS_NUMBERS,
}


@parametrize_with_checks([RiskSegmenter()], expected_failed_checks=lambda estimator: EXPECTED)
def test_segmenter_keeps_the_law_of_scikit_learn(estimator, check):
    check(estimator)


def test_what_the_excused_checks_ask_holds_for_names():
    rows = CHANCES[:500].reshape(-1, 1)
    found = SEGMENTER.predict(rows)
    again = pickle.loads(pickle.dumps(RiskSegmenter().fit(CHANCES.reshape(-1, 1).tolist(), LEFT)))
    assert (again.predict(rows) == found).all()
    assert (SEGMENTER.predict(rows[::-1])[::-1] == found).all()
    assert [SEGMENTER.predict(row.reshape(1, 1))[0] for row in rows[:20]] == found[:20].tolist()


def test_score_is_the_auc_of_the_order():
    assert 0.6 < SEGMENTER.score(CHANCES.reshape(-1, 1), LEFT) < 0.9


def test_riskiest_2_7_and_20_percent_make_the_bounds():
    share = np.cumsum(SEGMENTER.table_.customers) / len(CHANCES)
    assert share.round(3).tolist() == [0.02, 0.07, 0.2, 1.0]
    assert SEGMENTER.classes_.tolist() == ["critical", "high", "medium", "low"]
    assert SEGMENTER.merged_ == []
    assert SEGMENTER.usable_


def test_bounds_stay_fixed_on_other_customers():
    assert set(SEGMENTER.predict(np.full((5, 1), 0.9))) == {"critical"}


def test_a_probability_on_the_bound_belongs_to_the_riskier():
    bound = SEGMENTER.bounds_[0]
    assert SEGMENTER.predict([[bound], [bound - 1e-6]]).tolist() == ["critical", "high"]


def test_neighbours_that_do_not_differ_merge_and_the_riskier_name_stays():
    chances = np.repeat([0.9, 0.5, 0.4, 0.1], [100, 200, 500, 1200])
    left = drawn(np.where(chances > 0.3, 0.5, 0.05))
    merged = RiskSegmenter(shares=[0.05, 0.15, 0.4]).fit(chances.reshape(-1, 1), left)
    assert merged.classes_.tolist() == ["critical", "low"]
    assert merged.bounds_.tolist() == [0.4]
    assert len(merged.merged_) == 2
    assert "do not differ in observed churn" in merged.merged_[0]
    assert merged.table_.customers.tolist() == [800, 1200]


def test_churn_that_rises_towards_the_safe_end_merges_all():
    backwards = RiskSegmenter().fit(CHANCES.reshape(-1, 1), drawn(0.3 - 0.5 * CHANCES.clip(0, 0.5)))
    assert not backwards.usable_
    assert backwards.classes_.tolist() == ["critical"]
    assert set(backwards.predict([[0.99], [0.0]])) == {"critical"}


def test_without_signal_segments_seldom_stand():
    """Each pair of neighbours may differ by chance once in twenty."""
    flat = np.full(len(CHANCES), 0.1)
    stand = [RiskSegmenter().fit(CHANCES.reshape(-1, 1), drawn(flat, seed)).usable_ for seed in range(20)]
    assert sum(stand) <= 6


def test_one_probability_for_everyone_is_not_usable():
    assert not RiskSegmenter().fit(np.full((500, 1), 0.1), np.arange(500) % 10 == 0).usable_


def test_observed_churn_stands_inside_its_interval():
    table = SEGMENTER.table_
    assert ((table.churn_low <= table.observed_churn) & (table.observed_churn <= table.churn_high)).all()
    assert table.churners.sum() == LEFT.sum()


def test_the_column_churn_probability_is_found_by_name():
    frame = pd.DataFrame({"mrr": 100.0, "churn_probability": CHANCES})
    assert RiskSegmenter().fit(frame, LEFT).bounds_.tolist() == SEGMENTER.bounds_.tolist()


def test_fixed_bounds_are_used_as_they_are():
    fixed = RiskSegmenter(bounds=[0.4, 0.2, 0.1]).fit(CHANCES.reshape(-1, 1), LEFT)
    assert fixed.bounds_.tolist() == [0.4, 0.2, 0.1]


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"shares": [0.1]}, "4 names need 3 shares, and there are 1"),
        ({"shares": [0.2, 0.1, 0.05]}, "should lie between 0 and 1 and rise"),
        ({"bounds": [0.1, 0.2, 0.3]}, "should lie between 0 and 1 and fall"),
        ({"names": ["a", "a"], "shares": [0.1]}, "different names"),
    ],
)
def test_settings_that_cannot_be_are_named(parameters, words):
    with pytest.raises(FitError, match=words):
        RiskSegmenter(**parameters).fit(CHANCES.reshape(-1, 1), LEFT)


@settings(max_examples=50)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=50))
def test_each_customer_is_in_exactly_one_segment_in_order_of_risk(chances):
    found = SEGMENTER.predict(np.array(chances).reshape(-1, 1))
    plain = SEGMENTER.to_plain()
    places = {segment["name"]: place for place, segment in enumerate(plain)}
    order = np.argsort(np.array(chances), kind="stable")
    assert all(name in places for name in found)
    assert (np.diff([places[name] for name in found[order]]) <= 0).all()
    uppers = [np.inf] + [segment["lower_bound"] for segment in plain[:-1]]
    for chance, name in zip(np.round(chances, 6), found, strict=True):
        held = [p for p, s in enumerate(plain) if s["lower_bound"] <= chance < uppers[p]]
        assert held == [places[name]]
