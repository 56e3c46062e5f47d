"""The comparison from end to end on few rows: files, table, what is reused and what is left out."""

import json
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from churnrisk.bench.models.report import Comparison, as_text, run
from churnrisk.errors import ModelError, UnknownNameError

TODAY = date(2026, 1, 1)
MODELS = ["logistic", "histogram"]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="module")
def compared(place: Path) -> Comparison:
    return run(TODAY, sets=["planted-smooth"], models=MODELS, customers=300, folder=place)


def test_every_model_has_its_line_and_ours_one_more_as_released(compared):
    assert compared.table.model.tolist() == ["logistic", "histogram", "logistic"]
    assert compared.table.form.tolist() == ["raw", "raw", "released"]
    assert compared.table.fit_cpu_seconds.gt(0).all()
    assert compared.table.ratio.tolist()[1] == 1.0
    assert len(compared.promises) == 1


def test_the_files_hold_what_the_table_says(compared, place):
    written = json.loads((place / "models.json").read_text(encoding="utf-8"))
    assert [row["model"] for row in written["rows"]] == compared.table.model.tolist()
    assert written["promises"][0]["kept"] in (True, False)
    csv = pd.read_csv(place / "models.csv")
    assert csv.log_loss.tolist() == pytest.approx(compared.table.log_loss.tolist())
    assert (place / "models.png").stat().st_size > 5_000


def test_probabilities_lie_beside_the_labels_so_that_figures_can_be_recomputed(compared, place):
    from churnrisk.modeling.metrics import log_loss

    rows = pd.read_parquet(place / "models" / "planted-smooth" / "predictions.parquet")
    assert len(rows) == rows.customer_id.nunique() == 300
    assert log_loss(rows.churned, rows.logistic) == pytest.approx(compared.table.log_loss[0])
    assert log_loss(rows.churned, rows.logistic_released) == pytest.approx(compared.table.log_loss[2])


def test_the_text_shows_versions_sets_ratios_and_promises(compared):
    text = as_text(compared)
    assert "histogram: scikit-learn" in text
    assert "planted-smooth: 300 rows of 300 customers" in text
    assert "logistic, released" in text
    assert "log loss of the best of ours (logistic) over the best peer (histogram)" in text


def test_a_peer_is_reused_on_the_same_rows_only(compared, place):
    said: list[str] = []
    told = {"sets": ["planted-smooth"], "models": ["histogram"], "folder": place, "reuse": True, "say": said.append}
    run(TODAY, customers=300, **told)
    assert said[1:] == ["  histogram: as measured before"]
    said.clear()
    run(TODAY, customers=250, **told)
    assert "CPU s to fit" in said[1]


def test_a_set_without_data_is_left_out_with_its_reason(place, monkeypatch):
    monkeypatch.setenv("CHURNRISK_REAL_DATA", str(place / "nowhere"))
    with pytest.raises(ModelError, match=r"telco: left out, there is no ibm_telco.csv \(set CHURNRISK_REAL_DATA"):
        run(TODAY, sets=["telco"], models=["logistic"], folder=place)


def test_an_unknown_set_is_answered_with_the_known_ones(place):
    with pytest.raises(UnknownNameError, match=r"no set named 'titanic' to compare on. Known: telco, sample"):
        run(TODAY, sets=["titanic"], models=["logistic"], folder=place)


def test_the_best_of_ours_is_held_against_lightgbm_where_it_ran(compared):
    assert "over LightGBM" not in as_text(compared)
    known = {"ratio_lightgbm": 0.98, "ratio_lightgbm_low": 0.97, "ratio_lightgbm_high": 0.99}
    beside = Comparison(compared.table.assign(**known), compared.promises, compared.said, compared.folder)
    assert "(logistic) over LightGBM: 0.9800, 95 % interval 0.9700 to 0.9900" in as_text(beside)
