import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from churnrisk.errors import ModelError
from churnrisk.modeling.evaluate import MEANING, Judged, evaluate
from churnrisk.modeling.profit import Campaign

ONLY_WHERE_SAID = {"capture_at_capacity", "expected_maximum_profit", "profit_best_share"}


def company(seed=0, customers=400, cutoffs=3):
    random = np.random.default_rng(seed)
    who = np.repeat(np.arange(customers), cutoffs)
    odds = random.normal(-2, 1.2, customers)[who]
    p = 1 / (1 + np.exp(-odds))
    return (random.random(len(p)) < p).astype(int), p, who


def test_each_metric_has_a_meaning_and_an_interval_around_it():
    y, p, who = company()
    judged = Judged(y, who, resamples=100, seed=1, capacity=50, campaign=Campaign(600, 1, 10, (6, 14)))
    found = judged.add("model", p)
    assert list(found.metrics) == list(MEANING)
    for name, metric in found.metrics.items():
        assert metric.low <= metric.high, name
        if name != "calibration_error":
            assert metric.low <= metric.value <= metric.high, name


def test_same_seed_gives_the_same_numbers_on_one_and_on_many_threads():
    y, p, who = company()
    with threadpool_limits(1):
        one = evaluate(y, p, who, resamples=50, seed=1)
    with threadpool_limits(4):
        assert evaluate(y, p, who, resamples=50, seed=1) == one
    assert evaluate(y, p, who, resamples=50, seed=2) != one


def test_rows_of_one_customer_stay_together():
    y, p, who = company(cutoffs=1)
    alone = evaluate(y, p, who, resamples=200, seed=1)["log_loss"]
    copies = evaluate(np.repeat(y, 9), np.repeat(p, 9), np.repeat(who, 9), resamples=200, seed=1)["log_loss"]
    strangers = evaluate(np.repeat(y, 9), np.repeat(p, 9), np.arange(9 * len(y)), resamples=200, seed=1)["log_loss"]
    assert copies.high - copies.low == pytest.approx(alone.high - alone.low)
    assert strangers.high - strangers.low < 0.5 * (alone.high - alone.low)


def test_interval_covers_the_truth_about_as_often_as_it_says():
    covered = 0
    for seed in range(40):
        y, p, who = company(seed=seed, customers=300, cutoffs=1)
        metric = evaluate(y, p, who, resamples=200, seed=seed)["observed_expected"]
        covered += metric.low <= 1 <= metric.high
    assert covered >= 33


@pytest.mark.parametrize("label", [0, 1])
def test_one_class_only_gives_notes_and_no_crash(label):
    found = evaluate([label] * 20, np.linspace(0.1, 0.4, 20), range(20), resamples=20)
    assert found["roc_auc"].value is None
    assert found["calibration_slope"].value is None
    assert "churned in these rows" in found["roc_auc"].note
    assert found["log_loss"].value is not None


def test_a_single_churner_has_a_value_but_no_interval():
    found = evaluate([1] + [0] * 30, np.linspace(0.4, 0.1, 31), range(31), resamples=200)
    assert found["roc_auc"].value == 1
    assert found["roc_auc"].low is None
    assert "only one class" in found["roc_auc"].note


def test_paired_difference_is_narrower_than_unpaired():
    y, p, who = company()
    judged = Judged(y, who, resamples=200, seed=1)
    judged.add("first", p)
    judged.add("second", np.clip(p * 1.05, 0, 1))
    low, high = judged.paired_difference("first", "second", "log_loss")
    alone = judged["first"]["log_loss"]
    assert high - low < 0.3 * (alone.high - alone.low)
    assert judged.paired_difference("first", "first", "log_loss") == (0, 0)


def test_frame_lists_every_model_and_metric():
    y, p, who = company()
    judged = Judged(y, who, resamples=20)
    judged.add("logistic", p)
    judged.add("tree", p)
    assert set(judged["tree"].metrics) == set(MEANING) - ONLY_WHERE_SAID
    assert len(judged.frame()) == 2 * len(judged["tree"].metrics)
    assert judged.names == ["logistic", "tree"]


@pytest.mark.parametrize("bad", [[0.1, np.nan], [0.1, 1.2], [0.1], [-0.1, 0.5]])
def test_bad_probabilities_are_refused(bad):
    with pytest.raises(ModelError, match="between 0 and 1"):
        Judged([0, 1], ["a", "b"], resamples=5).add("tree", bad)


@pytest.mark.parametrize(
    ("labels", "customers", "said"),
    [([], [], "no rows"), ([0, 1], ["a"], "as many"), ([0, 2], ["a", "b"], "0 .stays. and 1")],
)
def test_bad_rows_are_refused(labels, customers, said):
    with pytest.raises(ModelError, match=said):
        Judged(labels, customers)
