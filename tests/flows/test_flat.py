"""A flat file from check to list: what is suspected is told, what is judged is written, no clock is read."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import log_loss
from sklearn.model_selection import StratifiedKFold
from typer.testing import CliRunner

from churnrisk.cli import app
from churnrisk.errors import ContractError, RefusedError, SettingsError, SourceError
from churnrisk.flows import backtest as backtest_flow
from churnrisk.flows import flat_check, score, train
from churnrisk.flows.asked import Asked
from churnrisk.settings import load_settings
from tests.flat_company import made_rows, written

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 1, 2, tzinfo=UTC)
ROWS = made_rows(600)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """One training of a tree on a small flat file, a few customers without a label."""
    rows = ROWS.copy()
    rows.loc[:4, "Churn"] = ""
    rows["churn_group"] = np.arange(len(rows)) * 7 % 13
    rows["notice"] = np.where((rows["Churn"] == "Yes") & (rows.index % 2 == 0), "given", "")
    settings = written(rows, tmp_path_factory.mktemp("flat"), source='exclude = ["notice"]\nmrr = "spend"')
    return settings, train.run(settings, NOW), rows


def test_check_ends_with_0_where_nothing_is_open(tmp_path):
    found = flat_check.run(written(ROWS, tmp_path))
    assert found.exit_code == 0
    assert [(one.name, one.type) for one in found.columns] == [
        ("plan", "text"),
        ("pays", "text"),
        ("tenure", "number"),
        ("spend", "number"),
    ]
    assert found.columns[3].missing == pytest.approx((ROWS["spend"] == " ").mean())
    assert found.answer == f"Enough to learn from: {(ROWS['Churn'] == 'Yes').sum()} churners among 600 customers."


def test_check_prints_columns_and_findings_and_ends_with_3_while_one_is_open(tmp_path):
    settings = written(ROWS.assign(churn_score=np.where(ROWS["Churn"] == "Yes", 9, 1)), tmp_path)
    shown = CliRunner().invoke(app, ["check", str(settings.file)])
    assert shown.exit_code == 3
    assert "churn_score" in shown.output
    assert "left out: label leak" in shown.output
    assert "To look at: churn_score alone tells who left: AUC 1.000 out of fold" in shown.output


def test_check_ends_with_3_where_there_are_too_few_churners(tmp_path):
    found = flat_check.run(written(ROWS, tmp_path).model_copy(update={"models": _few()}))
    assert found.exit_code == 3
    assert found.answer.startswith("Too few churners to learn from: ")


def _few():
    from churnrisk.settings import ModelSettings

    return ModelSettings(min_churners=10_000)


def test_a_training_promotes_what_passes_the_gate(trained):
    settings, result, _ = trained
    assert result.exit_code == 0
    assert result.champion == 1
    assert result.judged_on == "out of fold in 5 folds, not out of time"
    assert (settings.card_folder / "card.md").is_file()


def test_the_predictions_are_those_of_folds_that_anyone_lays(trained):
    settings, _, rows = trained
    told = pd.read_parquet(settings.out_folder / "train" / "predictions.parquet")
    labelled = rows[rows["Churn"] != ""]
    assert list(told.columns) == ["customer_id", "fold", "churned", "tree", "base_rate", "simple_rule"]
    assert told["customer_id"].tolist() == labelled["CustomerID"].tolist()
    assert told["churned"].tolist() == (labelled["Churn"] == "Yes").astype(int).tolist()
    for number, (_, held) in enumerate(
        StratifiedKFold(5, shuffle=True, random_state=1).split(labelled, labelled["Churn"])
    ):
        assert set(told["fold"].iloc[held]) == {number}


def test_the_metrics_say_how_they_were_judged_and_can_be_recomputed(trained):
    settings, _, _ = trained
    folder = settings.out_folder / "train"
    told, found = pd.read_parquet(folder / "predictions.parquet"), json.loads((folder / "metrics.json").read_text())
    assert found["validation"]["kind"] == "stratified cross-validation, not out of time"
    assert found["models"]["tree"]["log_loss"]["value"] == pytest.approx(log_loss(told["churned"], told["tree"]))
    ones = [log_loss(part["churned"], part["tree"]) for _, part in told.groupby("fold")]
    assert found["by_fold"]["tree"]["log_loss"]["mean"] == pytest.approx(np.mean(ones))
    assert found["features"] == ["plan", "pays", "tenure", "spend", "churn_group"]
    assert found["left_out"] == {"notice": "excluded"}


def test_the_card_says_that_validation_is_not_out_of_time(trained):
    settings, _, _ = trained
    card = (settings.card_folder / "card.md").read_text(encoding="utf-8")
    assert "Validation is cross-validation, not out of time" in card
    assert "in the sense of the label `Churn`" in card
    assert "released one was made the same way from all rows" in card


def test_a_training_with_an_open_finding_says_so(trained):
    settings, result, _ = trained
    assert [told.split(",")[0] for told in result.notes] == ["churn_group is named like the label Churn"]
    assert "Not settled: churn_group" in (settings.card_folder / "card.md").read_text(encoding="utf-8")


def test_shuffled_labels_end_without_a_usable_signal_and_write_nothing(tmp_path):
    settings = written(ROWS, tmp_path, more="[validation]\nfolds = 2\n")
    result = train.run(settings, NOW, shuffle_labels=1)
    assert result.exit_code == 3
    assert result.sentence.startswith("On shuffled labels: No usable signal")
    assert not (tmp_path / "out").exists()


def test_a_list_ranks_who_has_not_churned_and_reads_no_clock(trained):
    settings, _, rows = trained
    first = score.run(settings, datetime(2026, 1, 2))
    assert first.cutoff is None
    scores = pd.read_parquet(first.folder / "scores.parquet")
    assert sorted(scores["customer_id"]) == sorted(rows.loc[rows["Churn"] != "Yes", "CustomerID"])
    assert scores["cutoff"].isna().all()
    listed = pd.read_csv(first.folder / "at_risk.csv")
    assert listed["rank"].tolist() == list(range(1, len(listed) + 1))
    assert listed["expected_loss"].is_monotonic_decreasing
    assert listed["reason_1"].str.contains(" is ").all()
    again = score.run(settings, datetime(2026, 9, 9))
    assert again.repeated
    assert again.folder == first.folder
    assert (settings.out_folder / "latest").resolve() == first.folder
    assert first.folder.name.isalnum()


def test_the_same_list_has_the_same_bytes(trained):
    settings, _, _ = trained
    names = ["scores.parquet", "at_risk.csv", "at_risk.parquet", "leaving.csv", "not_scored.csv"]
    folder = score.run(settings, datetime(2026, 1, 2)).folder
    first = [(folder / name).read_bytes() for name in names]
    again = score.run(settings, datetime(2027, 1, 2), Asked(replace=True)).folder
    assert again == (settings.out_folder / "latest").resolve()
    assert first == [(again / name).read_bytes() for name in names]


def test_a_later_file_without_label_and_with_a_column_less_is_scored(trained):
    settings, _, rows = trained
    file = settings.folder / "customers.csv"
    before = file.read_text(encoding="utf-8")
    rows.drop(columns=["Churn", "notice", "plan"]).assign(tenure=rows["tenure"]).to_csv(file, index=False)
    try:
        found = score.run(settings, datetime(2026, 1, 2))
    finally:
        file.write_text(before, encoding="utf-8")
    assert found.counts["scored"] == len(rows)
    assert any("1 column is gone from the file that the model reads" in told for told in found.warnings)


def test_what_needs_time_is_refused(trained):
    settings, _, _ = trained
    with pytest.raises(SettingsError, match="--cutoff 2025-01-01 means nothing for a flat source"):
        score.run(settings, datetime(2026, 1, 2), Asked(cutoff="2025-01-01"))
    with pytest.raises(RefusedError, match="flat"):
        backtest_flow.run(settings, date(2026, 1, 2))


def test_a_model_trained_for_another_label_is_refused(trained):
    settings, _, _ = trained
    other = settings.file.with_name("other.toml")
    told = settings.file.read_text(encoding="utf-8").replace(
        'label = "Churn"', 'label = "Churn"\nchurned_value = "No"'
    )
    other.write_text(f'name = "flat"\n{told}', encoding="utf-8")
    with pytest.raises(RefusedError, match="was trained for another definition of churn"):
        score.run(load_settings(other), datetime(2026, 1, 2))


@pytest.mark.parametrize(
    ("rows", "source", "said"),
    [
        (ROWS.rename(columns={"Churn": "Chrun"}), "", "label: there is no column 'Churn'. Did you mean 'Chrun'?"),
        (
            ROWS.assign(Churn="Yes"),
            "",
            "Churn should hold two values, one for who left and one for who stayed, and holds one",
        ),
        (ROWS.assign(Churn=["a", "b", "c"] * 200), "", "Churn should hold two values and holds 3"),
        (ROWS.assign(Churn=["a", "b"] * 300), "", "nothing says which means left"),
        (ROWS, 'churned_value = "left"', "churned_value is 'left', and Churn holds no such value"),
        (ROWS.iloc[:0], "", "customers.csv has a header and no rows"),
        (ROWS, 'exclude = ["plan", "pays", "tenure", "spend"]', "No column is left to learn from"),
    ],
)
def test_a_file_that_cannot_be_learned_from_is_refused_with_what_to_do(tmp_path, rows, source, said):
    with pytest.raises((SourceError, SettingsError, ContractError)) as fault:
        flat_check.run(written(rows, tmp_path, source=source))
    assert said in str(fault.value)


@pytest.mark.real_data
def test_the_telco_pipeline_finds_nothing_to_look_at_and_lays_the_public_folds(real_data, tmp_path):
    from churnrisk.flows.flat_check import screened
    from churnrisk.training.crossval import folds_of

    settings = load_settings(ROOT / "pipelines" / "telco.toml")
    source = settings.source.model_copy(update={"path": str(real_data)})
    settings = settings.model_copy(update={"source": source, "out": str(tmp_path)})
    with screened(settings) as found:
        assert not found.is_open
        assert len(found.features) == 19
        assert found.table.X["TotalCharges"].isna().sum() == 11
        folds = list(folds_of(found.churned, found.alike.groups, settings.validation))
    public = pd.read_csv(real_data / "ibm_telco.csv")
    wanted = StratifiedKFold(5, shuffle=True, random_state=1).split(public, public["Churn"])
    assert [one.held.tolist() for one in folds] == [held.tolist() for _, held in wanted]
    assert found.churned.tolist() == (public["Churn"] == "Yes").astype(int).tolist()
