"""Several horizons from check to the list: one pipeline, one training, one night."""

import json

import pandas as pd
import pytest

from churnrisk import terminal
from churnrisk.errors import RefusedError
from churnrisk.flows import check, score, train
from tests.flows.company import NOW, TODAY

HORIZONS = "horizons = [30, 60, 90]"
PROBABILITIES = ["churn_probability", "churn_probability_60", "churn_probability_90"]


@pytest.fixture(scope="module")
def several(company):
    """The small company's pipeline with three horizons, and its training."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        settings = company.pipeline("several", name="several", churn=HORIZONS)
        return settings, train.run(settings, NOW)


@pytest.fixture(scope="module")
def scored(several):
    return score.run(several[0], NOW)


def test_the_list_tells_each_horizon_directly_behind_the_first(scored):
    for name in ("scores.parquet", "at_risk.parquet", "at_risk.csv"):
        path = scored.folder / name
        rows = pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path)
        place = rows.columns.get_loc("churn_probability")
        assert rows.columns[place : place + 3].tolist() == PROBABILITIES
        assert (rows[PROBABILITIES].diff(axis=1).iloc[:, 1:] >= 0).all(axis=None)
        assert (rows["churn_probability_90"] > rows["churn_probability"]).any()


def test_rank_segment_and_money_follow_the_first_horizon(scored):
    rows = pd.read_parquet(scored.folder / "at_risk.parquet")
    assert rows["expected_loss"].is_monotonic_decreasing
    assert rows["expected_loss"].tolist() == (rows["churn_probability"] * rows["mrr"] * 12).round(2).tolist()
    assert set(rows["horizon_days"]) == {30}
    assert json.loads((scored.folder / "run.json").read_text())["further_horizons"] == [60, 90]


def test_a_night_not_run_again_tells_the_same_horizons(several, scored):
    again = score.run(several[0], NOW)
    assert again.repeated
    assert [name for name in again.first.columns if name.startswith("churn_probability")] == PROBABILITIES


def test_the_terminal_shows_each_horizon(several, scored, capsys):
    terminal.show_score(scored)
    terminal.show_training(several[1])
    told = capsys.readouterr().out
    assert "probability  60 days  90 days  expected loss" in told
    assert "Within 60 days, on 1 test cutoff: AUC" in told
    assert "Within 90 days: not judged, because no test cutoff covers it." in told


def test_one_horizon_shows_one_probability(trained, capsys):
    terminal.show_score(score.run(trained.settings, NOW))
    assert "probability  expected loss" in capsys.readouterr().out


def test_fit_cutoffs_keep_the_embargo_of_the_longest_horizon(several):
    rows = pd.read_parquet(several[0].out_folder / "train" / "predictions.parquet")
    assert sorted({str(day.date()) for day in rows["cutoff"]}) == ["2024-10-25", "2024-11-25"]
    card = (several[0].card_folder / "card.md").read_text(encoding="utf-8")
    assert "| fit | 4, 2024-03-25 to 2024-06-25 |" in card  # 97 days before 2024-10-25 is 2024-07-20


def test_a_model_of_other_horizons_is_refused_with_the_difference(several, company):
    other = company.pipeline("other_horizons", name="several", churn="horizons = [30, 60]")
    with pytest.raises(RefusedError, match=r"horizons was \[30, 60, 90\] and is \[30, 60\]"):
        score.run(other, NOW)
    one = company.pipeline("one_horizon", name="several")
    with pytest.raises(RefusedError, match=r"horizons was \[30, 60, 90\] and is \[30\]"):
        score.run(one, NOW)


def test_one_horizon_said_as_a_list_is_the_same_model(trained, company):
    listed = company.pipeline("listed", churn="horizons = [30]")
    assert score.run(listed, NOW).model_version == "1"


def test_check_counts_cutoffs_and_churners_of_each_horizon(several, capsys):
    found = check.run(several[0], TODAY)
    assert [one[:2] for one in found.horizons] == [(30, 9), (60, 8), (90, 7)]
    churners = [one[3] for one in found.horizons]
    assert found.labels.churners == churners[0] < churners[1]
    assert "No test cutoff covers 90 days: what a model says of them cannot be judged yet." in found.notes
    terminal.show_check(found)
    assert "within   labelled cutoffs  customers  churners" in capsys.readouterr().out


def test_check_of_one_horizon_has_no_such_table(company, capsys):
    found = check.run(company.pipeline(), TODAY)
    assert found.horizons == []
    assert not [note for note in found.notes if "No test cutoff" in note]
