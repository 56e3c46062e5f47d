"""What all classifiers promise, whatever stands in the columns."""

import io

import joblib
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.model_selection import cross_val_predict

from churnrisk.modeling import AdditiveLogisticClassifier, LogitLeafClassifier, PrunedTreeClassifier
from churnrisk.modeling.columns import FitError
from churnrisk.modeling.released import churn_model
from tests.modeling.churners import made_customers

MODELS = [AdditiveLogisticClassifier(), LogitLeafClassifier(), PrunedTreeClassifier()]
each = pytest.mark.parametrize("model", MODELS, ids=lambda model: type(model).__name__)
FRAME, CHURNED, CUSTOMERS = made_customers()
FITTED = {type(model).__name__: clone(model).fit(FRAME, CHURNED, groups=CUSTOMERS) for model in MODELS}


def fitted(model):
    return FITTED[type(model).__name__]


@each
def test_shares_add_up_to_the_log_odds_less_their_mean(model):
    odds = fitted(model).decision_function(FRAME)
    assert np.abs(fitted(model).explain(FRAME).sum(axis=1) - (odds - odds.mean())).max() < 1e-9


@each
def test_mean_share_over_the_fit_rows_is_nought(model):
    assert np.abs(fitted(model).explain(FRAME).mean(axis=0)).max() < 1e-9


@each
def test_plain_data_gives_identical_log_odds_after_json(model):
    import json

    plain = json.loads(json.dumps(fitted(model).to_plain(), allow_nan=False))
    columns = {
        name: (churn_model.as_number if kind == "number" else churn_model.as_text)(FRAME[name])
        for name, kind in fitted(model).types_.items()
    }
    assert (churn_model.log_odds(plain, columns) == fitted(model).decision_function(FRAME)).all()


@each
def test_churn_is_found_where_it_was_put(model):
    left, stayed = FRAME[CHURNED == 1], FRAME[CHURNED == 0]
    assert fitted(model).decision_function(left).mean() > fitted(model).decision_function(stayed).mean() + 0.5


@each
def test_unseen_category_and_gap_are_scored(model):
    rows = pd.DataFrame({"logins": [3.0, None], "tickets": [None, 1.0], "plan": ["gold", None], "noise": [0.0, None]})
    chances = fitted(model).predict_proba(rows)[:, 1]
    assert ((chances > 0) & (chances < 1)).all()


@each
def test_two_unseen_categories_count_alike(model):
    rows = FRAME.head(2).assign(plan=["gold", "silver"], logins=3.0, tickets=0.0, noise=0.0)
    assert len(set(fitted(model).decision_function(rows))) == 1


@each
def test_constant_and_empty_columns_change_nothing(model):
    wide = FRAME.assign(
        constant=1.0, empty=np.nan, one_text="x", no_text=pd.Series([None] * len(FRAME), dtype=object)
    )
    shares = clone(model).fit(wide, CHURNED, groups=CUSTOMERS).explain(wide)
    assert np.abs(shares[:, 4:]).max() < 1e-9


@each
def test_one_class_only_is_refused_in_plain_words(model):
    with pytest.raises(FitError, match="one class only"):
        clone(model).fit(FRAME, np.zeros(len(FRAME)))


@each
def test_labels_may_be_text(model):
    words = np.where(CHURNED == 1, "left", "came")
    named = clone(model).fit(FRAME, words, groups=CUSTOMERS)
    assert set(named.predict(FRAME)) == {"came", "left"}
    assert named.classes_[1] == "left"
    assert (named.decision_function(FRAME) == fitted(model).decision_function(FRAME)).all()


@each
def test_text_where_numbers_were_fitted_is_refused_by_name(model):
    with pytest.raises(FitError, match="'logins' should hold numbers, and holds string, first 'many'"):
        fitted(model).predict(FRAME.assign(logins="many"))


@each
def test_infinite_number_is_refused(model):
    with pytest.raises(FitError, match="'noise' holds an infinite number"):
        clone(model).fit(FRAME.assign(noise=np.inf), CHURNED)


@each
def test_times_are_refused_with_what_to_do(model):
    with pytest.raises(TypeError, match="Turn times into days"):
        clone(model).fit(FRAME.assign(noise=pd.Timestamp("2025-01-01")), CHURNED)


@each
def test_groups_of_another_length_are_refused(model):
    with pytest.raises(FitError, match="groups should hold one value for each of the 600 rows"):
        clone(model).fit(FRAME, CHURNED, groups=[1, 2])


@each
def test_the_same_rows_give_the_same_model(model):
    again = clone(model).fit(FRAME, CHURNED, groups=CUSTOMERS)
    assert again.to_plain() == fitted(model).to_plain()


@each
def test_joblib_and_cross_validation_carry_it(model):
    store = io.BytesIO()
    joblib.dump(fitted(model), store)
    store.seek(0)
    assert (joblib.load(store).predict_proba(FRAME) == fitted(model).predict_proba(FRAME)).all()
    quick = clone(model).set_params(**({"l2": 1.0} if hasattr(model, "l2") else {"alpha": 0.001}))
    assert cross_val_predict(quick, FRAME, CHURNED, cv=2, method="predict_proba").shape == (len(FRAME), 2)


@each
def test_numbers_as_whole_nullable_or_boolean_columns_are_alike(model):
    whole = FRAME.assign(tickets=FRAME.tickets.astype("Int64"), logins=FRAME.logins.astype("Float64"))
    assert (fitted(model).decision_function(whole) == fitted(model).decision_function(FRAME)).all()
    assert (fitted(model).decision_function(FRAME.assign(tickets=True))).shape == (len(FRAME),)


@each
@settings(max_examples=25)
@given(
    logins=st.one_of(st.none(), st.floats(-1e300, 1e300)),
    tickets=st.one_of(st.none(), st.floats(-5, 50)),
    plan=st.one_of(st.none(), st.text(max_size=4)),
)
def test_any_row_has_a_probability_and_shares_that_add_up(model, logins, tickets, plan):
    row = pd.DataFrame({"logins": [logins], "tickets": [tickets], "plan": [plan], "noise": [0.0]})
    chance = fitted(model).predict_proba(row)[0, 1]
    odds = fitted(model).decision_function(row)[0]
    assert 0 <= chance <= 1
    total = fitted(model).explain(row)[0].sum() + fitted(model).to_plain()["mean_log_odds"]
    assert total == pytest.approx(odds, abs=1e-9)
