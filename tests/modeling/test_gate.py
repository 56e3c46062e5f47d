import json

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError
from sklearn.linear_model import LogisticRegression

from churnrisk.modeling.baseline import BaseRate, SimpleRule
from churnrisk.modeling.evaluate import Judged
from churnrisk.modeling.gate import chance_errors, judge
from churnrisk.modeling.metrics import expected_calibration_error, log_odds
from churnrisk.settings import GateSettings


def company(seed=0, rows=6_000, spread=1.0, level=-2.0):
    """Test rows with the true probabilities, and what follows from them."""
    random = np.random.default_rng(seed)
    p = 1 / (1 + np.exp(-random.normal(level, spread, rows)))
    y = (random.random(rows) < p).astype(int)
    judged = Judged(y, np.arange(rows), resamples=200, seed=seed)
    judged.add("base rate", np.full(rows, p.mean()))
    judged.add("simple rule", np.full(rows, p.mean()) * 1.01)
    return judged, p


def bent(p, slope=1.0, shift=0.0):
    return 1 / (1 + np.exp(-(shift + slope * log_odds(p))))


def failed(verdict):
    return [check.name for check in verdict.checks if not check.passed]


def test_true_probabilities_are_released():
    judged, p = company()
    judged.add("logistic", p)
    verdict = judge(judged, "logistic", segments=np.where(p > 0.3, "high", "low"))
    assert verdict.code == "released"
    assert verdict.released
    assert failed(verdict) == []
    assert json.loads(json.dumps(verdict.as_dict()))["code"] == "released"


def test_few_churners_are_too_few_and_the_missing_are_counted():
    judged, p = company()
    judged.add("logistic", p)
    verdict = judge(judged, "logistic", churners=60, min_churners=100)
    assert verdict.code == "too_few_churners"
    assert "40 are missing" in verdict.sentence
    assert judge(judged, "logistic", churners=100, min_churners=100).released


@pytest.mark.parametrize("label", [0, 1])
def test_one_class_in_the_test_rows_is_too_few_and_no_crash(label):
    judged = Judged([label] * 200, range(200), resamples=20)
    for name in ("logistic", "base rate", "simple rule"):
        judged.add(name, np.linspace(0.1, 0.3, 200))
    verdict = judge(judged, "logistic", segments=["low"] * 200, churners=500)
    assert verdict.code == "too_few_churners"
    assert "one class" in verdict.sentence


def test_noise_is_no_usable_signal():
    judged, p = company()
    judged.add("logistic", np.random.default_rng(9).permutation(p))
    verdict = judge(judged, "logistic")
    assert verdict.code == "no_usable_signal"
    assert "better than simple" in failed(verdict)


def test_no_better_than_the_simple_rule_is_no_usable_signal():
    judged, p = company()
    judged.add("simple rule", p)
    judged.add("logistic", bent(p, slope=0.95))
    assert judge(judged, "logistic").code == "no_usable_signal"


def test_base_rate_that_drifts_does_not_pass_for_skill():
    judged, p = company()
    for name in ("base rate", "simple rule"):
        judged.add(name, np.full(len(p), 0.4))
    judged.add("logistic", np.full(len(p), judged.churned.mean()))
    verdict = judge(judged, "logistic")
    assert verdict.code == "no_usable_signal"
    assert failed(verdict) == ["orders customers"]


def test_segments_that_all_merged_are_no_usable_signal():
    judged, p = company()
    judged.add("logistic", p)
    assert judge(judged, "logistic", segments_merged=True).code == "no_usable_signal"


@pytest.mark.parametrize(
    ("change", "check"),
    [
        ({"slope": 1.8, "shift": 1.4}, "calibration slope"),
        ({"slope": 0.5, "shift": -0.9}, "calibration slope"),
        ({"shift": 0.5}, "observed / expected"),
        ({"shift": 0.6}, "calibration error"),
    ],
)
def test_bent_probabilities_are_refused_for_calibration(change, check):
    judged, p = company(rows=20_000)
    judged.add("logistic", bent(p, **change))
    verdict = judge(judged, "logistic")
    assert verdict.code == "calibration_refused"
    assert check in failed(verdict)


def test_small_calibration_error_is_not_refused_even_where_chance_gives_less():
    judged, p = company(rows=20_000)
    judged.add("logistic", bent(p, shift=0.06))
    check = {each.name: each for each in judge(judged, "logistic").checks}["calibration error"]
    assert check.passed
    assert check.numbers["chance_95"] < check.numbers["value"] < 0.02


def test_error_that_chance_explains_is_not_refused():
    judged, p = company(rows=300, seed=3)
    judged.add("logistic", p)
    check = {each.name: each for each in judge(judged, "logistic").checks}["calibration error"]
    assert check.passed
    assert check.numbers["value"] > 0.02


def test_one_wrong_segment_is_refused_and_named():
    judged, p = company(rows=20_000)
    critical = p > np.quantile(p, 0.95)
    judged.add("logistic", np.where(critical, np.minimum(p * 1.6, 0.99), p))
    segments = np.where(critical, "critical", "low")
    verdict = judge(judged, "logistic", segments=segments)
    assert verdict.code == "calibration_refused"
    assert "observed / expected in critical" in failed(verdict)


def test_segment_of_fewer_than_100_customers_is_not_judged():
    judged, p = company()
    judged.add("logistic", p)
    segments = np.where(np.arange(len(p)) < 99, "critical", "low")
    names = [check.name for check in judge(judged, "logistic", segments=segments).checks]
    assert "observed / expected in low" in names
    assert "observed / expected in critical" not in names


def test_worse_than_the_champion_keeps_the_champion():
    judged, p = company(rows=20_000)
    judged.add("champion", p)
    blurred = bent(log_blur(p), slope=0.75, shift=-0.45)
    judged.add("logistic", blurred)
    verdict = judge(judged, "logistic", champion="champion")
    assert verdict.code == "worse_than_champion"
    assert failed(verdict) == ["not worse than the champion"]
    assert judge(judged, "logistic").released


def log_blur(p):
    return 1 / (1 + np.exp(-(log_odds(p) + np.random.default_rng(5).normal(0, 0.5, len(p)))))


def test_as_good_as_the_champion_is_released():
    judged, p = company()
    judged.add("champion", p)
    judged.add("logistic", bent(p, slope=1.01))
    assert judge(judged, "logistic", champion="champion").released


def test_labels_that_follow_from_nothing_pass_at_most_rarely():
    passed = 0
    for seed in range(40):
        random = np.random.default_rng(seed)
        X = pd.DataFrame(random.normal(size=(2_000, 5)), columns=[f"signal_{at}" for at in range(5)])
        y = (random.random(2_000) < 0.08).astype(int)
        fit, test = slice(0, 1_300), slice(1_300, 2_000)
        model = LogisticRegression(solver="newton-cholesky").fit(X[fit], y[fit])
        judged = Judged(y[test], np.arange(700) // 2, resamples=100, seed=seed)
        for name, each in {"logistic": model, "base rate": BaseRate(), "simple rule": SimpleRule()}.items():
            judged.add(name, each.fit(X[fit], y[fit]).predict_proba(X[test])[:, 1])
        passed += judge(judged, "logistic", churners=int(y.sum()), seed=seed).released
    assert passed <= 3


def test_chance_errors_are_those_of_drawn_labels():
    random = np.random.default_rng(0)
    p = random.uniform(0.01, 0.5, 500)
    drawn = [expected_calibration_error(random.random(500) < p, p) for _ in range(300)]
    found = chance_errors(p, seed=1)
    assert np.percentile(found, 95) == pytest.approx(np.percentile(drawn, 95), rel=0.1)
    assert (found == chance_errors(p, seed=1)).all()


BOUNDS = {
    "max_calibration_error": ({"shift": 0.6}, "calibration error", 0.2),
    "slope": ({"slope": 0.7, "shift": -0.55}, "calibration slope", (0.8, 1.5)),
    "observed_expected": ({"shift": 0.2}, "observed / expected", (0.5, 1.1)),
    "segment_observed_expected": ({"shift": 0.5}, "observed / expected in low", (0.5, 1.25)),
}


@pytest.mark.parametrize("bound", BOUNDS)
def test_each_bound_of_the_settings_decides(bound):
    change, check, wider = BOUNDS[bound]
    judged, p = company(rows=20_000)
    judged.add("logistic", bent(p, **change))
    segments = np.where(p > 0.3, "high", "low")
    assert check in failed(judge(judged, "logistic", segments=segments))
    assert check not in failed(judge(judged, "logistic", segments=segments, settings=GateSettings(**{bound: wider})))


def test_a_narrower_bound_refuses_what_passed():
    judged, p = company(rows=20_000)
    judged.add("logistic", bent(p, slope=1.1, shift=0.15))
    assert judge(judged, "logistic").released
    refused = judge(judged, "logistic", settings=GateSettings(slope=(0.99, 1.01)))
    assert failed(refused) == ["calibration slope"]
    assert "0.99 to 1.01" in refused.sentence


def test_a_segment_in_which_nobody_churned_by_chance_is_not_refused():
    judged, p = company(rows=20_000)
    judged.add("logistic", p)
    stayed = np.flatnonzero((judged.churned == 0) & (p < 0.02))[:120]
    segments = np.where(np.isin(np.arange(len(p)), stayed), "low", "high")
    assert "observed / expected in low" not in failed(judge(judged, "logistic", segments=segments))


@pytest.mark.parametrize("bound", ["slope", "observed_expected", "segment_observed_expected"])
def test_a_range_that_does_not_hold_1_is_refused(bound):
    with pytest.raises(ValidationError, match=f"{bound} must be two numbers around 1"):
        GateSettings(**{bound: (1.25, 0.8)})
