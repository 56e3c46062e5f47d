"""Figures of a comparison: pooled, mean of folds, ratios that are paired."""

import numpy as np
import pandas as pd
import pytest

from churnrisk.bench.models.judged import Compared, table_of
from churnrisk.bench.models.sets import ModelSet, in_folds
from churnrisk.modeling import metrics


@pytest.fixture
def rows() -> ModelSet:
    random = np.random.default_rng(3)
    signal = random.normal(size=400)
    churned = (random.random(400) < 1 / (1 + np.exp(-signal))).astype(int)
    return in_folds("flat", pd.DataFrame({"signal": signal}), churned, np.arange(400))


def probabilities(rows: ModelSet, slope: float) -> pd.DataFrame:
    parts = [pd.DataFrame({"row": part.judged, "part": index}) for index, part in enumerate(rows.parts())]
    found = pd.concat(parts, ignore_index=True)
    return found.assign(raw=1 / (1 + np.exp(-slope * rows.frame.signal.to_numpy()[found.row])))


def test_metrics_are_pooled_and_averaged_over_folds(rows):
    found = probabilities(rows, 1.0)
    said = Compared(rows, {"one": found}).metrics_of("one")
    labels = rows.churned[found.row]
    assert said["log_loss"] == pytest.approx(metrics.log_loss(labels, found.raw))
    folds = [metrics.roc_auc(labels[found.part == part], found.raw[found.part == part]) for part in range(5)]
    assert said["roc_auc_folds"] == pytest.approx(np.mean(folds))


def test_a_ratio_to_oneself_is_one_without_doubt(rows):
    assert Compared(rows, {"one": probabilities(rows, 1.0)}).ratio("one", "one") == (1.0, 1.0, 1.0)


def test_paired_ratios_are_surer_than_each_loss_alone(rows):
    both = Compared(rows, {"one": probabilities(rows, 1.0), "near": probabilities(rows, 1.1)})
    value, low, high = both.ratio("near", "one")
    assert low < value < high
    assert high - low < 0.05
    drawn = both._resampled("one")
    assert (np.percentile(drawn, 97.5) - np.percentile(drawn, 2.5)) / drawn.mean() > 0.05


def test_the_table_names_the_best_peer_and_shows_ours_calibrated(rows):
    found = {
        name: probabilities(rows, slope) for name, slope in {"tree": 2.0, "lightgbm": 1.0, "catboost": 0.1}.items()
    }
    found["tree"]["released"] = probabilities(rows, 1.0).raw
    cpu = {name: {"fit": [1.0] * 5, "predict": [0.1] * 5, "calibrate": [0.0] * 5} for name in found}
    table = table_of(rows, found, cpu, ["tree"])
    assert table[["model", "form"]].to_numpy().tolist() == [
        ["tree", "raw"],
        ["lightgbm", "raw"],
        ["catboost", "raw"],
        ["tree", "released"],
    ]
    assert set(table.best_peer) == {"lightgbm"}
    raw, released = table.iloc[0], table.iloc[3]
    assert raw.ratio > 1.0
    assert released.ratio == pytest.approx(1.0)
    assert raw.ratio == raw.ratio_lightgbm
    assert raw.fit_cpu_seconds == 5.0


def test_without_peers_there_is_no_ratio(rows):
    cpu = {"tree": {"fit": [1.0], "predict": [0.1], "calibrate": [0.0]}}
    table = table_of(rows, {"tree": probabilities(rows, 1.0)}, cpu, ["tree"])
    assert table.ratio.isna().all()
    assert table.best_peer[0] == ""
