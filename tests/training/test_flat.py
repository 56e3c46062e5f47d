"""What a training on a flat source tells otherwise: no cutoffs, folds, the label, protected columns."""

import numpy as np
import pandas as pd
import pytest

from churnrisk.settings import FairnessSettings, FlatSource, ModelSettings, PipelineSettings, ValidationSettings
from churnrisk.sources.flat import FlatTable
from churnrisk.training.facts import card_facts, example_rows, metrics_json
from churnrisk.training.flat import report_of, train_flat
from churnrisk.training.screen import screen
from tests.flat_company import made_rows

ROWS = made_rows(300)


@pytest.fixture(scope="module")
def training(tmp_path_factory):
    settings = PipelineSettings(
        name="small",
        source=FlatSource(label="Churn", churned_value="Yes"),
        models=ModelSettings(names=["tree"], bootstrap=30, min_churners=20, stability=False),
        validation=ValidationSettings(folds=2, seed=4),
        fairness=FairnessSettings(protected=["plan"]),
        file=tmp_path_factory.mktemp("flat") / "small.toml",
    )
    X = pd.DataFrame(
        {"plan": ROWS["plan"].astype("str"), "pays": ROWS["pays"].astype("str"), "tenure": ROWS["tenure"] * 1.0}
    )
    X["churn_month"] = np.arange(300) % 5 * 1.0
    left = (ROWS["Churn"] == "Yes").to_numpy().astype(float)
    table = FlatTable(X, ROWS["CustomerID"].to_numpy(), left, files=("c.csv",), fingerprint="f" * 64, rows_read=300)
    return train_flat(screen(table, settings), settings)


def test_the_card_says_what_the_label_is_and_how_it_was_judged(training):
    facts = card_facts(training, version=1, champion=None, run_id="r", commit="c")
    assert "the column `Churn` of the file says so 'Yes'" in facts["churn"]["definition"]
    assert "2 stratified folds, shuffled with seed 4" in facts["split"]
    assert not any("test cutoffs" in limit for limit in facts["limits"])
    assert any(limit.startswith("Not settled: churn_month") for limit in facts["limits"])
    assert facts["backtest"]["why_not"]


def test_the_metrics_hold_folds_features_and_findings(training):
    found = metrics_json(training)
    assert "test_cutoffs" not in found
    assert found["validation"]["folds"] == 2
    assert len(found["by_fold"]["tree"]["roc_auc"]["folds"]) == 2
    assert found["left_out"] == {"plan": "protected"}
    assert "named_like_label" in [one["code"] for one in found["findings"]]


def test_a_protected_column_is_judged_by_and_not_read(training):
    assert "plan" not in training.contest.best.release.column_names
    assert set(training.fairness.table["group"]) >= {"monthly", "yearly"}


def test_the_example_names_nobody(training):
    assert list(example_rows(training).columns) == ["pays", "tenure", "churn_month"]


def test_the_report_accounts_for_the_file(training):
    report = report_of(training.screened.table, training.settings)
    assert (report.rows_read, report.rows_used, report.fingerprint) == (300, 300, "f" * 64)
    assert training.judged_as == "cv"
