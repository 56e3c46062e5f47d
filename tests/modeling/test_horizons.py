"""Probabilities of further horizons: each from a hazard, never falling, and true."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from churnrisk.modeling import AdditiveLogisticClassifier
from churnrisk.modeling.horizons import fit_further, in_interval
from churnrisk.modeling.release import build_release, with_horizons
from churnrisk.modeling.released.churn_model import FORMAT, ReleasedModel, later_chances, probability
from churnrisk.modeling.select import Rows, fit_candidate
from churnrisk.scoring.segments import RiskSegmenter
from tests.modeling.churners import made_customers
from tests.modeling.test_release import BY_SCRIPT, assert_same, released, run_without_churnrisk, to_score

ODDS = st.floats(-40, 40)
CURVES = st.one_of(
    st.just({"kind": "none"}),
    st.builds(lambda slope, level: {"kind": "sigmoid", "slope": slope, "intercept": level}, st.floats(0, 3), ODDS),
    st.just({"kind": "beta", "a": 0.7, "b": 1.4, "intercept": -0.3}),
    st.just({"kind": "isotonic", "log_odds": [-2.0, 0.0, 3.0], "probabilities": [0.01, 0.2, 0.999]}),
)


def own(values):
    curve = {"column": "x", "knots": [0.0, 1.0], "values": values, "missing": 0.0}
    return {"kind": "additive", "mean_log_odds": 0.0, "effects": [curve]}


HAZARDS = st.lists(
    st.tuples(st.one_of(st.none(), st.lists(ODDS, min_size=2, max_size=2).map(own)), CURVES), min_size=1, max_size=4
)


@settings(max_examples=200)
@given(odds=st.lists(ODDS, min_size=1, max_size=20), first=CURVES, hazards=HAZARDS)
def test_a_longer_horizon_never_has_a_lower_probability_after_rounding_neither(odds, first, hazards):
    days = [30 * place for place in range(2, 2 + len(hazards))]
    plain = [
        {"days": day, "model": model, "calibration": curve} for day, (model, curve) in zip(days, hazards, strict=True)
    ]
    raw, columns = np.array(odds), {"x": np.linspace(0, 1, len(odds))}
    model = ReleasedModel(released_with(first, plain))
    before = model._chances(raw)
    for name, chance in later_chances(model.data, raw, columns).items():
        assert (chance >= before).all(), name
        assert ((chance >= 0) & (chance <= 1)).all()
        assert (np.round(chance, 6) == chance).all()
        before = chance


def released_with(calibration, horizons):
    return {
        "format": FORMAT,
        "columns": [{"name": "x", "type": "number"}],
        "model": own([0.0, 0.0]),
        "calibration": calibration,
        "mean_calibrated_log_odds": 0.0,
        "segments": [{"name": "low", "lower_bound": 0.0, "action": ""}],
        "signals": [],
        "horizons": horizons,
    }


def test_a_probability_and_a_hazard_of_one_half_make_three_quarters():
    half = {"days": 60, "model": own([0.0, 0.0]), "calibration": {"kind": "none"}}
    sure = {"days": 90, "model": None, "calibration": {"kind": "sigmoid", "slope": 0.0, "intercept": 99.0}}
    scored = ReleasedModel(released_with({"kind": "none"}, [half, sure])).score(pd.DataFrame({"x": [0.3]}))
    assert scored.filter(like="churn_probability").to_numpy().tolist() == [[0.5, 0.75, 1.0]]
    assert scored.columns.tolist()[1:4] == ["churn_probability", "churn_probability_60", "churn_probability_90"]


def test_one_horizon_scores_as_it_always_did():
    scored = released(AdditiveLogisticClassifier(l2=1.0)).model().score(to_score())
    assert [name for name in scored.columns if name.startswith("churn_probability")] == ["churn_probability"]


def made_rows(rows=3000, seed=0, hazard=lambda logins: -1.0 - 0.3 * (logins - 6)):
    """Make customers at risk with labels of 30, 60 and 90 days; the last third of 90 days is not known."""
    frame, churned, customers = made_customers(rows, seed)
    random = np.random.default_rng(seed + 100)
    chance = probability(hazard(frame["logins"].fillna(6).to_numpy()))
    later = [np.maximum(churned, (random.random(rows) < chance).astype(int)).astype(float)]
    later.append(np.maximum(later[0], (random.random(rows) < chance).astype(float)))
    later[1][-rows // 3 :] = np.nan
    return Rows(frame, churned, customers, further={60: later[0], 90: later[1]})


def fitted(fit, later=None, *, name="logistic", min_churners=100):
    first = fit_candidate(name, fit, later, seed=0)
    return first, fit_further(first, fit, later, first_days=30, min_churners=min_churners, seed=0)


def test_who_had_churned_before_or_is_not_known_does_not_fit_a_hazard():
    rows = made_rows(90)
    taken = in_interval(rows, 60, 90)
    kept = (rows.further[60] == 0) & ~np.isnan(rows.further[90])
    assert taken.customers.tolist() == rows.customers[kept].tolist()
    assert taken.churned.tolist() == rows.further[90][kept].tolist()


@pytest.fixture(scope="module")
def own_models():
    return fitted(made_rows(seed=0), made_rows(seed=1))


def test_each_hazard_has_a_model_of_the_same_kind(own_models):
    first, further = own_models
    assert [one.days for one in further] == [60, 90]
    assert all(type(one.estimator) is type(first.estimator) for one in further)
    assert further[0].note.startswith("logistic on ")
    assert "who churned between 30 and 60 days. Calibration" in further[0].note
    assert "between 60 and 90 days" in further[1].note


def released_of(first, further):
    segmenter = RiskSegmenter().fit(first.calibration_probability.reshape(-1, 1), first.calibration_churned)
    release = build_release(
        first.estimator,
        first.calibration,
        fit_rows=first.fit_rows,
        segments=segmenter.to_plain(),
        actions={},
        cards=[],
        pipeline="sample",
        version={},
        churn={"horizons": [30, 60, 90]},
    )
    types = {name: kind for one in further if one.estimator for name, kind in one.estimator.types_.items()}
    return with_horizons(release, [one.to_plain() for one in further], types, first.fit_rows)


def test_probabilities_of_each_horizon_are_true_on_new_customers(own_models):
    fresh = made_rows(12_000, seed=7)
    scored = released_of(*own_models).model().score(fresh.X, reasons=False)
    for days, label in fresh.further.items():
        known = ~np.isnan(label)
        chance = scored.loc[known, f"churn_probability_{days}"]
        assert label[known].sum() / chance.sum() == pytest.approx(1, abs=0.05)
        top = chance >= chance.quantile(0.8)
        assert label[known][top].mean() == pytest.approx(chance[top].mean(), abs=0.04)


def test_a_hazard_knows_more_than_the_first_horizon():
    """Who logs in much leaves late: only a model of its own sees that."""
    turned = [made_rows(seed=seed, hazard=lambda logins: -1.5 + 0.5 * (logins - 6)) for seed in (0, 1)]
    _, own = fitted(*turned)
    _, lent = fitted(*turned, min_churners=10_000)
    judged = in_interval(made_rows(6000, seed=5, hazard=lambda logins: -1.5 + 0.5 * (logins - 6)), None, 60)
    odds = own[0].calibration.log_odds(own[0].estimator.decision_function(judged.X))
    assert np.corrcoef(odds, judged.churned)[0, 1] > 0.2
    assert "The hazard is the same for all" in lent[0].note


def test_too_few_churners_borrow_the_first_models_log_odds_and_say_so():
    first, further = fitted(made_rows(), made_rows(seed=1), min_churners=10_000)
    assert [one.estimator for one in further] == [None, None]
    assert all(one.calibration.kind == "sigmoid" and one.calibration.plain["slope"] > 0 for one in further)
    churners = int(in_interval(made_rows(), None, 60).churned.sum())
    assert further[0].note == (
        f"Too few churned between 30 and 60 days for a model of its own: {churners} fit, and 10,000 are needed. "
        "One sigmoid of the first horizon's log-odds gives the hazard."
    )
    fresh = made_rows(12_000, seed=7)
    scored = released_of(first, further).model().score(fresh.X, reasons=False)
    assert fresh.further[60].sum() / scored["churn_probability_60"].sum() == pytest.approx(1, abs=0.05)


def test_nobody_in_between_gives_a_small_hazard_that_is_the_same_for_all():
    rows = made_rows()
    rows.further[60] = rows.churned.astype(float)
    rows.further[90] = rows.churned.astype(float)
    _, further = fitted(rows)
    assert all(one.estimator is None for one in further)
    hazard = further[0].calibration.probability([-3.0, 3.0])
    assert hazard[0] == hazard[1] == pytest.approx(0.5 / (1 + (rows.churned == 0).sum()))


def test_later_rows_of_one_class_leave_calibration_to_the_fit_rows():
    later = made_rows(seed=1)
    later.further[60] = later.churned.astype(float)
    _, further = fitted(made_rows(), later)
    assert further[0].estimator is not None


def test_a_column_that_is_empty_for_those_who_stayed_is_not_read_by_the_hazard():
    rows = made_rows()
    text = np.where(rows.churned == 1, "left", None)
    rows = Rows(rows.X.assign(why=pd.Series(text, dtype=object)), rows.churned, rows.customers, further=rows.further)
    first, further = fitted(rows)
    assert "why" in first.estimator.types_
    assert "why" not in further[0].estimator.types_
    assert released_of(first, further).model().score(rows.X)["churn_probability_60"].between(0, 1).all()


def test_a_hazards_columns_are_among_those_that_a_frame_must_have(own_models):
    first, further = own_models
    bare = released(AdditiveLogisticClassifier(l2=1.0))
    types = {"seats": "number", "logins": "number"}
    more = with_horizons(bare, [one.to_plain() for one in further], types, first.fit_rows.assign(seats=3.0))
    assert more.column_names == [*bare.column_names, "seats"]
    assert with_horizons(bare, [], types, first.fit_rows) is bare


def test_the_tree_has_hazards_too():
    first, further = fitted(made_rows(), made_rows(seed=1), name="tree")
    release = released_of(first, further)
    assert [one["model"]["kind"] for one in release.data["horizons"]] == ["tree", "tree"]
    scored = release.model().score(to_score())
    assert (scored["churn_probability_60"] > scored["churn_probability"]).any()


def test_the_script_scores_further_horizons_without_churnrisk(own_models, tmp_path):
    release = released_of(*own_models)
    assert json.loads(release.content)["horizons"][0]["days"] == 60
    release.write(tmp_path)
    done = run_without_churnrisk(BY_SCRIPT, tmp_path, release.sha256)
    assert done.returncode == 0, done.stderr
    assert_same(done.stdout, release.model().score(to_score()))


def test_rows_keep_their_further_labels_when_taken_laid_together_and_thinned():
    rows = made_rows(300)
    twice = Rows.together([rows, rows])
    assert twice.further[60].tolist() == [*rows.further[60]] * 2
    assert twice.take(np.array([1, 0])).further[60].tolist() == [rows.further[60][1], rows.further[60][0]]
    thin = twice.thinned(100, 0)
    assert len(thin.further[90]) == len(thin.churned) <= 100


def test_rows_of_a_snapshot_read_further_labels_and_no_feature_of_such_a_name():
    frame = pd.DataFrame({"customer_id": ["a", "b"], "churned": [0, 1], "use": [1.0, 2.0], "churned_before": [0, 1]})
    frame["churned_60"] = pd.array([pd.NA, 1], dtype="Int64")
    found = Rows.of(frame, ["use"])
    assert list(found.further) == [60]
    assert np.isnan(found.further[60][0])
    assert found.further[60][1] == 1
    assert Rows.of(frame, ["use", "churned_60"]).further == {}
