import json

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from churnrisk.modeling.baseline import BaseRate, SimpleRule
from churnrisk.modeling.evaluate import Judged
from churnrisk.modeling.gate import chance_errors, judge
from churnrisk.modeling.metrics import expected_calibration_error, log_odds


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
