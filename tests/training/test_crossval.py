"""Folds that anyone can lay again, and no customer judged by what a twin taught."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as given_settings
from hypothesis import strategies as st
from sklearn.model_selection import StratifiedKFold

from churnrisk.errors import ModelError
from churnrisk.modeling import metrics
from churnrisk.settings import FlatSource, ModelSettings, PipelineSettings, ValidationSettings
from churnrisk.training import crossval
from churnrisk.training.alike import alike_rows
from churnrisk.training.crossval import folds_of, hold_crossval
from tests.flat_company import made_rows


def features(rows):
    return pd.DataFrame(
        {"plan": rows["plan"].astype("str"), "tenure": rows["tenure"].astype(float), "points": rows.index * 7.3 % 11}
    )


def settings(**validation):
    return PipelineSettings(
        source=FlatSource(label="Churn"),
        models=ModelSettings(names=["tree"], bootstrap=40, min_churners=20),
        validation=ValidationSettings(**validation),
    )


ROWS = made_rows(400)
X, LEFT, IDS = features(ROWS), (ROWS["Churn"] == "Yes").to_numpy().astype(int), ROWS["CustomerID"].to_numpy()


@pytest.fixture(scope="module")
def crossed():
    return hold_crossval(X, LEFT, IDS, np.arange(len(X)), settings())


def test_the_folds_are_those_that_anyone_lays(crossed):
    want = np.zeros(len(LEFT), dtype=int)
    for number, (_, held) in enumerate(StratifiedKFold(5, shuffle=True, random_state=1).split(X, ROWS["Churn"])):
        want[held] = number
    assert crossed.fold.tolist() == want.tolist()
    assert crossed.contest.test["fold"].tolist() == want.tolist()


def test_predictions_hold_every_customer_once_in_the_order_of_the_file(crossed):
    told = crossed.contest.test
    assert list(told.columns) == ["customer_id", "fold", "churned", "tree", "base_rate", "simple_rule"]
    assert told["customer_id"].tolist() == IDS.tolist()
    assert told["churned"].tolist() == LEFT.tolist()
    assert told.notna().all().all()


def test_anyone_can_recompute_the_metrics_from_the_predictions(crossed):
    told, judged = crossed.contest.test, crossed.contest.judged
    assert judged["tree"]["log_loss"].value == pytest.approx(
        metrics.log_loss(told["churned"].to_numpy(), told["tree"].to_numpy())
    )
    ones = [metrics.roc_auc(part["churned"].to_numpy(), part["tree"].to_numpy()) for _, part in told.groupby("fold")]
    assert crossed.by_fold()["tree"]["roc_auc"]["mean"] == pytest.approx(np.mean(ones))


def test_each_row_is_judged_by_a_model_made_without_it_and_calibrated_without_it(crossed):
    fold = crossed.fold == 2
    rows = crossval.Rows(X[~fold].reset_index(drop=True), LEFT[~fold], np.arange(len(X))[~fold])
    again = crossval.candidate_of("tree", rows, None, settings()).release.model().score(X[fold], reasons=False)
    assert again["churn_probability"].tolist() == crossed.contest.test.loc[fold, "tree"].tolist()


def test_the_released_model_is_fitted_on_all_rows(crossed):
    best = crossed.contest.released
    assert len(best.fitted.fit_rows) == len(X)
    assert best.release.data["churn"] == {"kind": "flat", "label": "Churn", "churned_value": None}
    assert best.fitted.out_of_fold


def test_fewer_folds_and_another_seed_are_taken_from_the_settings():
    one, other = (list(folds_of(LEFT, np.arange(len(X)), settings(folds=2, seed=seed).validation)) for seed in (1, 3))
    assert len(one) == 2
    assert one[0].held.tolist() != other[0].held.tolist()


def test_a_class_smaller_than_the_folds_is_refused():
    with pytest.raises(ModelError, match="5 folds need 5 customers who left and as many who stayed"):
        hold_crossval(X, np.arange(len(X)) < 4, IDS, np.arange(len(X)), settings())


# A duplicate customer across folds.


def copied(share=0.3):
    """Copy customers under other ids, anywhere in the file."""
    more = X.sample(frac=share, random_state=1)
    both = pd.concat([X, more], ignore_index=True)
    left = np.concatenate([LEFT, LEFT[more.index]])
    order = np.random.default_rng(2).permutation(len(both))
    return both.iloc[order].reset_index(drop=True), left[order]


def test_no_model_fits_on_a_copy_of_a_customer_it_is_judged_on(monkeypatch):
    rows, left = copied()
    alike = alike_rows(rows, left)
    seen = []

    def spied(fit, held, told):
        seen.append(fit.X.merge(held.drop_duplicates(), how="inner"))
        return {"tree": np.full(len(held), 0.5), "simple rule": np.full(len(held), 0.5)}

    monkeypatch.setattr(crossval, "_predicted", spied)
    found = hold_crossval(rows, left, np.arange(len(rows)).astype(str), alike.groups, settings())
    assert len(seen) == 5
    assert sum(map(len, seen)) == 0
    assert found.apart > 0


def test_copies_are_found_and_must_be_looked_at():
    rows, left = copied()
    alike = alike_rows(rows, left)
    assert alike.rows == 2 * round(0.3 * len(X))
    assert [one.is_open for one in alike.findings()] == [True]
    assert "look for copies under other ids" in alike.findings()[0].sentence


def test_a_few_customers_who_happen_to_be_alike_need_nobody():
    rows = pd.concat([X, X.iloc[:2]], ignore_index=True)
    alike = alike_rows(rows, np.concatenate([LEFT, 1 - LEFT[:2]]))
    assert alike.rows == 4
    assert [one.is_open for one in alike.findings()] == [False]


def test_where_a_few_coarse_columns_make_many_alike_each_stands_for_itself():
    alike = alike_rows(X[["plan"]], LEFT)
    assert alike.is_coarse
    assert alike.findings() == []
    assert alike.groups.tolist() == list(range(len(X)))


@given_settings(max_examples=30)
@given(st.lists(st.integers(0, 12), min_size=20, max_size=60), st.integers(2, 4), st.randoms())
def test_a_group_never_stands_on_both_sides_and_every_row_is_judged_once(groups, folds, random):
    codes = np.array(groups)
    churned = np.array([random.random() < 0.5 for _ in groups], dtype=int)
    if min(churned.sum(), len(churned) - churned.sum()) < folds:
        return
    judged = np.zeros(len(codes), dtype=int)
    for part in folds_of(churned, codes, ValidationSettings(folds=folds)):
        assert not set(codes[part.fit]) & set(codes[part.held])
        assert len(part.fit) + len(part.held) + part.apart == len(codes)
        judged[part.held] += 1
    assert (judged == 1).all()
