"""An order that chance made falls apart when customers are drawn anew; a real one stays."""

import numpy as np
import pandas as pd
import pytest

from churnrisk.modeling.select import Rows, unfitted
from churnrisk.training.stability import BOUNDS, Overlap, overlap, redrawn, stability, stability_numbers


def made(customers=600, columns=3, noise=False, seed=0):
    """Make rows at three cutoffs: churn follows the first column, or nothing."""
    random = np.random.default_rng(seed)
    frames = []
    standing = random.normal(size=(customers, columns))
    for month in range(3):
        values = standing + (random.normal(size=standing.shape) * (3.0 if noise else 0.15))
        odds = np.full(customers, -1.5) if noise else 2.5 * values[:, 0] - 1.5
        frame = pd.DataFrame(values, columns=[f"usage_{place}" for place in range(columns)])
        frame["customer_id"] = [f"c{number:04}" for number in range(customers)]
        frame["cutoff"] = pd.Timestamp(2024, 1 + month, 1)
        frame["churned"] = (random.random(customers) < 1 / (1 + np.exp(-odds))).astype(int)
        frames.append(frame)
    return frames, [f"usage_{place}" for place in range(columns)]


def measured(noise, **more):
    frames, columns = made(noise=noise, **more)
    fit = Rows.of(frames[0], columns)
    estimator = unfitted("logistic", 0)
    estimator = estimator.set_params(l2=0.1) if noise else estimator
    estimator.fit(fit.X, fit.churned, groups=fit.customers)
    return stability(estimator, fit, pd.concat(frames[1:], ignore_index=True), seed=0)


def test_a_model_with_a_signal_is_stable():
    found = measured(noise=False)
    assert [one.between for one in found] == ["seed", "customers", "cutoffs"]
    assert all(one.stable for one in found)
    assert all(one.spearman > 0.8 for one in found)
    assert "not stable" not in " ".join(one.sentence for one in found)


def test_a_model_of_noise_is_not_stable_and_says_so():
    found = {one.between: one for one in measured(noise=True, columns=12)}
    assert not found["customers"].stable
    assert not found["cutoffs"].stable
    assert found["customers"].sentence.endswith("below 60 %, its order is not stable.")


def test_one_test_cutoff_has_no_neighbour():
    frames, columns = made()
    fit = Rows.of(frames[0], columns)
    estimator = unfitted("tree", 0).fit(fit.X, fit.churned, groups=fit.customers)
    assert [one.between for one in stability(estimator, fit, frames[1], seed=0)] == ["seed", "customers"]


def test_rows_without_cutoffs_count_as_one():
    frames, columns = made()
    fit = Rows.of(frames[0], columns)
    estimator = unfitted("tree", 0).fit(fit.X, fit.churned, groups=fit.customers)
    found = stability(estimator, fit, frames[1].drop(columns="cutoff"), seed=0)
    assert [one.between for one in found] == ["seed", "customers"]


def test_measuring_leaves_the_model_as_it_was():
    frames, columns = made()
    fit = Rows.of(frames[0], columns)
    estimator = unfitted("logistic", 0).fit(fit.X, fit.churned, groups=fit.customers)
    before = estimator.decision_function(fit.X).tolist()
    stability(estimator, fit, frames[1], seed=0)
    assert estimator.decision_function(fit.X).tolist() == before


def test_only_customers_in_both_orders_are_compared():
    first = pd.Series(np.arange(40.0), index=[f"c{number:02}" for number in range(40)])
    second = pd.concat([first.iloc[20:], pd.Series({"new": 99.0})])
    found = overlap("cutoffs", first, second)
    assert (found.customers, found.share) == (20, 1.0)


def test_ties_fall_by_customer_and_have_no_correlation():
    flat = pd.Series(0.0, index=[f"c{number:02}" for number in range(20)])
    found = overlap("seed", flat, flat.iloc[::-1])
    assert (found.share, found.spearman) == (1.0, None)
    assert "correlation" not in found.sentence


@pytest.mark.parametrize("between", BOUNDS)
def test_the_bound_itself_is_stable_and_below_it_is_not(between):
    assert Overlap(between, 100, BOUNDS[between], 0.9).stable
    below = Overlap(between, 100, BOUNDS[between] - 0.01, 0.9)
    assert not below.stable
    assert "not stable" in below.sentence
    assert below.as_dict()["bound"] == BOUNDS[between]


def test_drawn_customers_keep_all_their_rows():
    rows = Rows(pd.DataFrame({"a": np.arange(30)}), np.arange(30) % 2, np.repeat([f"c{n}" for n in range(10)], 3))
    drawn = redrawn(rows, 3)
    assert len(drawn.churned) == 30
    for customer in np.unique(drawn.customers):
        own = drawn.X["a"][drawn.customers == customer]
        assert set(own) == set(rows.X["a"][rows.customers == customer])
        assert own.value_counts().nunique() == 1


def test_numbers_for_mlflow_carry_what_was_compared():
    found = [Overlap("cutoffs", 100, 0.7, None)]
    assert stability_numbers(found) == {"stability.cutoffs.overlap": 0.7, "stability.cutoffs.spearman": None}
