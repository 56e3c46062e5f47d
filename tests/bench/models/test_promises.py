"""What was promised is held against the figures, and a broken promise is told as one."""

import pandas as pd
import pytest

from churnrisk.bench.models.promises import promises


def table(**changed) -> pd.DataFrame:
    line = {
        "set": "telco",
        "model": "logit_leaf",
        "form": "raw",
        "best_peer": "lightgbm",
        "log_loss": 0.411,
        "log_loss_folds": 0.411,
        "ratio": 0.999,
        "ratio_low": 0.99,
        "ratio_high": 1.008,
        "fit_cpu_seconds": 3.0,
    }
    peer = line | {"model": "catboost", "log_loss": 0.4134, "fit_cpu_seconds": 5.0}
    return pd.DataFrame([line | changed, peer])


def test_what_is_kept_is_told_with_its_figures():
    said = promises(table())
    assert [one.kept for one in said] == [True, True, True]
    assert "0.4110 / 0.4113 = 0.9993" in str(said[0])
    assert "0.9990, 95 % interval 0.9900 to 1.0080" in str(said[1])
    assert "3.0 s, at most CatBoost's 5.0 s" in str(said[2])


@pytest.mark.parametrize(
    ("changed", "broken"),
    [({"log_loss_folds": 0.4115}, 0), ({"ratio_high": 1.011}, 1), ({"fit_cpu_seconds": 5.1}, 2)],
)
def test_each_promise_can_break_alone(changed, broken):
    said = promises(table(**changed))
    assert [one.kept for one in said] == [index != broken for index in range(3)]
    assert str(said[broken]).startswith("broken")


def test_nothing_is_said_of_what_was_not_measured():
    alone = table().iloc[:1].assign(ratio=None, ratio_low=None, ratio_high=None)
    assert len(promises(alone.assign(set="sample"))) == 0
    assert promises(table().iloc[1:]) == []
