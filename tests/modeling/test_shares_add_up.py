"""Shares hold: they add up to the log-odds less the mean, exactly, and in a sum of curves each moves by itself."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from churnrisk import modeling
from churnrisk.modeling import AdditiveLogisticClassifier, PrunedTreeClassifier
from churnrisk.modeling.calibrate import calibrate
from churnrisk.modeling.release import build_release
from churnrisk.modeling.released.churn_model import calibrated, probability
from churnrisk.scoring.segments import RiskSegmenter
from tests.modeling.churners import made_customers


def mixed_customers(rows, seed):
    """Make customers for whom what many logins mean depends on the tickets."""
    frame, churned, customers = made_customers(rows, seed=seed)
    crossed = (frame["logins"] > 6) ^ (frame["tickets"] > 0)
    random = np.random.default_rng(seed)
    return frame, np.where(random.random(rows) < 0.7, crossed, churned).astype(int), customers


FRAME, CHURNED, CUSTOMERS = mixed_customers(1200, seed=0)
LATER, LATER_CHURNED, _ = mixed_customers(400, seed=1)
METHODS = ["none", "sigmoid", "beta", "isotonic"]

MODELS = {
    "logistic": AdditiveLogisticClassifier(l2=1.0),
    "tree": PrunedTreeClassifier(alpha=0.001),
}
if hasattr(modeling, "LogitLeafClassifier"):
    MODELS["logit_leaf"] = modeling.LogitLeafClassifier()
FITTED = {name: model.fit(FRAME, CHURNED, groups=CUSTOMERS) for name, model in MODELS.items()}
each = pytest.mark.parametrize("name", MODELS)
MAPS = {name: len(model.to_plain().get("maps", [])) for name, model in FITTED.items()}

NUMBERS = st.one_of(
    st.just(np.nan), st.floats(-20, 20), st.sampled_from([0.0, -0.0, 1e-300, 1e18, -1e18, 1.7e308, -1.7e308])
)
TEXTS = st.one_of(
    st.none(), st.sampled_from(["free", "basic", "pro", "", "never seen", "€ \u2028"]), st.text(max_size=4)
)
CUSTOMER = st.fixed_dictionaries({"logins": NUMBERS, "tickets": NUMBERS, "plan": TEXTS, "noise": NUMBERS})


def frame_of(lines):
    frame = pd.DataFrame(lines, columns=list(FRAME.columns))
    return frame.astype({"logins": float, "tickets": float, "noise": float, "plan": object})


@each
@settings(max_examples=60)
@given(lines=st.lists(CUSTOMER, min_size=1, max_size=8))
def test_shares_add_up_to_the_log_odds_less_the_mean(name, lines):
    model, frame = FITTED[name], frame_of(lines)
    shares = model.explain(frame)
    assert shares.shape == (len(lines), 4)
    above = model.decision_function(frame) - model.to_plain()["mean_log_odds"]
    np.testing.assert_allclose(shares.sum(axis=1), above, rtol=0, atol=1e-9)


def test_the_kinds_differ_in_what_must_add_up():
    assert MAPS["logistic"] == 0
    assert MAPS.get("logit_leaf", 1) > 0, "a map's part is split over its two signals"


@each
def test_over_the_fit_rows_every_share_has_mean_0(name):
    np.testing.assert_allclose(FITTED[name].explain(FRAME).mean(axis=0), 0, rtol=0, atol=1e-9)


@settings(max_examples=100)
@given(line=CUSTOMER, other=CUSTOMER, changed=st.sampled_from(list(FRAME.columns)))
def test_one_signal_changed_changes_only_its_own_share_in_a_sum_of_curves(line, other, changed):
    before, after = FITTED["logistic"].explain(frame_of([line, line | {changed: other[changed]}]))
    assert [name for name, old, new in zip(FRAME.columns, before, after, strict=True) if old != new] in (
        [],
        [changed],
    )


def released(name, method):
    fitted = FITTED[name]
    raw = fitted.decision_function(LATER)
    curve = calibrate(raw, LATER_CHURNED, method=method)
    chances = curve.probability(raw).reshape(-1, 1)
    segments = RiskSegmenter().fit(chances, LATER_CHURNED).to_plain()
    told = {"actions": {}, "cards": [], "pipeline": "sample", "version": {}, "churn": {}}
    return build_release(fitted, curve, fit_rows=FRAME, segments=segments, **told).model()


RELEASED = {(name, method): released(name, method) for name in MODELS for method in METHODS}


@pytest.mark.parametrize("method", METHODS)
@each
@settings(max_examples=30)
@given(lines=st.lists(CUSTOMER, min_size=1, max_size=8))
def test_shares_of_a_released_model_add_up_to_its_calibrated_log_odds(name, method, lines):
    model, frame = RELEASED[name, method], frame_of(lines)
    log_odds = calibrated(model.data["calibration"], FITTED[name].decision_function(frame))
    told = model.data["mean_calibrated_log_odds"] + model.explain(frame).sum(axis=1)
    np.testing.assert_allclose(told, log_odds, rtol=0, atol=1e-9)
    shown = model.score(frame, reasons=False)["churn_probability"]
    np.testing.assert_allclose(probability(log_odds), shown, rtol=0, atol=0.5e-6 + 1e-9)
