import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from churnrisk.kpis.reasons.contrast import Contrast, contrasts, false_finds
from churnrisk.modeling.metrics import roc_auc


def rows(values, left, cutoff=None, customers=None):
    size = len(values)
    return pd.DataFrame(
        {
            "customer_id": [f"c{n}" for n in range(size)] if customers is None else customers,
            "cutoff": 1 if cutoff is None else cutoff,
            "x": np.asarray(values, dtype=float),
            "left": np.asarray(left, dtype=bool),
        }
    )


def compared(frame: pd.DataFrame) -> pd.Series:
    left = frame["left"].to_numpy()
    return contrasts(frame, ["x"], [Contrast("all", "stayed", left, ~left)]).iloc[0]


@settings(max_examples=25)
@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=4, max_size=40))
def test_at_one_cutoff_it_is_the_plain_auc_and_the_plain_means(pairs):
    values, left = (np.array(column) for column in zip(*pairs, strict=True))
    if left.all() or not left.any():
        return
    found = compared(rows(values, left))
    assert found["auc"] == pytest.approx(roc_auc(left.astype(float), values.astype(float)))
    assert found["mean_leavers"] == pytest.approx(values[left].mean())
    assert found["mean_others"] == pytest.approx(values[~left].mean())


@settings(max_examples=15)
@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=4, max_size=30))
def test_turning_a_column_round_turns_the_auc_round_and_keeps_its_width(pairs):
    values, left = (np.array(column) for column in zip(*pairs, strict=True))
    if left.all() or not left.any():
        return
    one, other = compared(rows(values, left)), compared(rows(-values, left))
    assert one["auc"] == pytest.approx(1 - other["auc"])
    assert one["p"] == pytest.approx(other["p"])
    assert one["difference"] == pytest.approx(-other["difference"])


def test_a_share_differs_by_twice_its_auc():
    random = np.random.default_rng(0)
    values, left = random.integers(0, 2, 400), random.random(400) < 0.3
    found = compared(rows(values, left))
    assert found["difference"] == pytest.approx(2 * (found["auc"] - 0.5))


def test_cutoffs_that_differ_are_no_difference_between_leavers_and_others():
    left = np.array([True, False, False, False, False, True, True, True])
    found = compared(rows([1.0] * 4 + [5.0] * 4, left, cutoff=[1] * 4 + [2] * 4))
    assert found["difference"] == 0
    assert found["auc"] == 0.5


def test_rows_of_one_customer_count_as_one_customer():
    random = np.random.default_rng(1)
    values, left = random.normal(size=300), random.random(300) < 0.4
    once = compared(rows(values, left))
    frame = rows(np.tile(values, 4), np.tile(left, 4), np.repeat(range(4), 300), [f"c{n % 300}" for n in range(1200)])
    four_times = compared(frame)
    for name in ("auc", "auc_low", "auc_high", "low", "high", "p"):
        assert four_times[name] == pytest.approx(once[name])


def test_empty_values_are_left_out_and_counted():
    found = compared(rows([1, np.nan, 3, 7, 8, 9], [True, True, True, False, False, False]))
    assert found["known_leavers"] == pytest.approx(2 / 3)
    assert found["known_others"] == 1
    assert found["mean_leavers"] == 2


def test_a_column_without_any_value_says_nothing():
    found = compared(rows([np.nan] * 4, [True, False, True, False]))
    assert np.isnan(found["auc"])
    assert found["q"] == 1


def test_intervals_hold_the_truth_as_often_as_they_say_and_chance_is_seldom_believed():
    random = np.random.default_rng(2)
    held, believed = np.zeros(2), 0
    for _ in range(100):
        cutoff = np.repeat(range(3), 250)
        who = [f"c{n % 250}" for n in range(750)]
        left = random.random(750) < 0.1
        lasting = np.tile(random.normal(size=250), 3)
        moved = rows(lasting + random.normal(size=750) + left, left, cutoff, who)
        found = compared(moved)
        held += found["low"] <= 1 <= found["high"], found["auc_low"] <= 0.6915 <= found["auc_high"]
        nothing = moved.assign(**{f"n{k}": random.normal(size=750) for k in range(10)})
        flags = moved["left"].to_numpy()
        told = contrasts(nothing, [f"n{k}" for k in range(10)], [Contrast("all", "stayed", flags, ~flags)])
        believed += (told["q"] < 0.05).any()
    assert (held / 100 > 0.88).all()
    assert believed <= 12  # 5 % of 100 and three standard deviations


def test_a_share_that_is_zero_for_a_few_leavers_is_not_certain():
    values = np.r_[np.zeros(60), np.ones(40), np.zeros(1560)]
    found = compared(rows(values, [True] * 60 + [False] * 1600))
    assert found["auc"] == pytest.approx(0.4875)
    assert found["auc_high"] > 0.5
    assert found["high"] > 0
    assert found["p"] > 0.05


def test_leavers_who_all_lie_apart_are_found():
    found = compared(rows(np.r_[np.arange(40), np.arange(400) + 50], [True] * 40 + [False] * 400))
    assert found["auc"] == 0
    assert found["p"] < 0.001


def test_false_finds_are_controlled_within_each_contrast_on_its_own():
    assert false_finds(np.array([0.01, 0.5])).tolist() == [0.02, 0.5]
    left = np.array([True] * 20 + [False] * 20)
    frame = rows(np.r_[np.arange(20), np.arange(20) + 30], left).assign(y=np.arange(40) % 2)
    two = [Contrast("all", "stayed", left, ~left), Contrast("none", "stayed", ~left, left)]
    found = contrasts(frame, ["x", "y"], two)
    assert found.groupby("group")["q"].min().max() < 0.05
