"""Further horizons are judged where test cutoffs cover them, told everywhere, and change nothing of the first."""

import dataclasses
import json
from datetime import date, datetime

import joblib
import numpy as np
import pandas as pd
import pytest

from churnrisk.settings import ChurnSettings
from churnrisk.snapshots.build import Snapshots
from churnrisk.training.facts import card_facts, metrics_json
from churnrisk.training.further import further_sentences
from churnrisk.training.record import record, write_files
from tests.training.conftest import contest_of, made_snapshots
from tests.training.test_record import Registry, Run

CHURN = ChurnSettings(horizons=[30, 60, 90])


def with_further(snapshots: Snapshots, seed: int = 3) -> Snapshots:
    """Give labels of 60 and 90 days; half of the test rows' cutoff covers 60 days, none covers 90."""
    random, rows = np.random.default_rng(seed), snapshots.rows
    hazard = 1 / (1 + np.exp(1.5 + 0.4 * (rows["usage_count_28d"] - 4)))
    second = np.maximum(rows["churned"], (random.random(len(rows)) < hazard).astype(int))
    third = np.maximum(second, (random.random(len(rows)) < hazard).astype(int))
    rows = rows.assign(churned_60=second.astype("Int64"), churned_90=third.astype("Int64"))
    rows.loc[rows["cutoff"] >= "2025-06-01", "churned_90"] = pd.NA
    late = (rows["cutoff"] == "2025-06-01") & (rows["customer_id"] >= "c0450")
    rows.loc[late, ["cutoff", "churned_60"]] = [pd.Timestamp("2025-07-01"), pd.NA]
    return Snapshots(rows, snapshots.columns)


@pytest.fixture(scope="module")
def several(training):
    """The same training with labels of three horizons; its test cutoffs are June and July."""
    parts = dataclasses.replace(training.parts, test=[date(2025, 6, 1), date(2025, 7, 1)])
    settings = training.settings.model_copy(update={"churn": CHURN})
    snapshots = with_further(made_snapshots())
    contest = contest_of(settings, snapshots, parts=parts)
    return dataclasses.replace(training, settings=settings, parts=parts, snapshots=snapshots, contest=contest)


@pytest.fixture(scope="module")
def folder(several, tmp_path_factory):
    return write_files(several, tmp_path_factory.mktemp("several"))


def test_the_first_horizon_is_judged_and_released_as_if_it_were_alone(training, several):
    alone, best = training.contest, several.contest.best
    assert best.name == alone.best.name
    assert several.contest.verdict.code == alone.verdict.code
    probabilities = several.contest.test[best.name], alone.test[best.name]
    assert np.allclose(*probabilities, atol=1e-6)
    assert alone.further == alone.best.further == ()
    assert "horizons" not in alone.best.release.data


def test_only_the_best_candidate_has_further_horizons(several):
    contest = several.contest
    assert [one["days"] for one in contest.best.release.data["horizons"]] == [60, 90]
    assert contest.candidates[contest.best.name] is contest.best
    others = [one for name, one in contest.candidates.items() if name != contest.best.name]
    assert all("horizons" not in one.release.data for one in others)


def test_each_horizon_is_judged_on_the_cutoffs_that_cover_it(several):
    sixty, ninety = several.contest.further
    assert sixty.cutoffs == ["2025-06-01"]
    assert len(sixty.judged.churned) == 450
    assert set(sixty.judged.names) == {"base rate", "simple rule", several.contest.best.name}
    assert sixty.judged[sixty.model]["roc_auc"].low > 0.6
    assert (ninety.cutoffs, ninety.judged) == ([], None)


def test_predictions_hold_label_and_probability_where_the_cutoff_covers_the_horizon(several, folder):
    rows = pd.read_parquet(folder / "predictions.parquet")
    best = several.contest.best.name
    covered = rows["cutoff"] == "2025-06-01"
    assert rows.loc[covered, ["churned_60", f"{best}_60"]].notna().all(axis=None)
    assert rows.loc[~covered, ["churned_60", f"{best}_60"]].isna().all(axis=None)
    assert rows[["churned_90", f"{best}_90"]].isna().all(axis=None)
    assert (rows.loc[covered, f"{best}_60"] >= rows.loc[covered, best]).all()
    assert (rows.loc[covered, "churned_60"] >= rows.loc[covered, "churned"]).all()


def test_metrics_of_each_horizon_can_be_recomputed_from_the_predictions(several, folder):
    told = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))["horizons"]
    rows = pd.read_parquet(folder / "predictions.parquet").dropna(subset="churned_60")
    best = several.contest.best.name
    assert (told["60"]["rows"], told["60"]["churners"]) == (len(rows), int(rows["churned_60"].sum()))
    expected = rows["churned_60"].sum() / rows[f"{best}_60"].sum()
    assert told["60"]["models"][best]["observed_expected"]["value"] == pytest.approx(expected)
    assert told["60"]["hazard"].startswith(f"{best} on ")
    assert told["90"]["models"] == {}
    assert metrics_json(several) == json.loads(json.dumps(metrics_json(several)))


def test_one_horizon_has_no_further_metrics(training):
    assert metrics_json(training)["horizons"] == {}


def test_the_card_tells_each_horizon_and_the_longer_embargo(several):
    told = card_facts(several, version=4, champion=None, run_id="r", commit="c")
    assert [(one["days"], one["cutoffs"]) for one in told["horizons"]] == [(60, 1), (90, 0)]
    assert told["horizons"][0]["expected"] == pytest.approx(told["horizons"][0]["observed"], abs=0.08)
    assert "at least 97 days" in told["split"]


def test_the_terminal_gets_a_sentence_for_each_horizon(training, several):
    sixty, ninety = further_sentences(several.contest.further)
    assert sixty.startswith("Within 60 days, on 1 test cutoff: AUC 0.")
    assert "observed / expected" in sixty
    assert ninety == "Within 90 days: not judged, because no test cutoff covers it."
    assert further_sentences(training.contest.further) == []


def test_metrics_estimators_and_pictures_of_further_horizons_are_recorded(several, folder):
    run, registry = Run(), Registry()
    card = record(run, registry, several, folder, before=None, now=datetime(2025, 6, 2))
    assert "test_60" in run.metrics
    assert "test_90" not in run.metrics
    assert "reliability_60.png" in run.files
    files, _, example = registry.registered[0]
    assert {"estimator.joblib", "estimator_60.joblib", "estimator_90.joblib", "model.json"} <= set(files)
    estimator = joblib.load(folder / "model" / "estimator_60.joblib")
    assert 0 < estimator.predict_proba(example)[:, 1].min() < 1
    text = card.read_text(encoding="utf-8")
    assert "## Further horizons" in text
    assert "| 90 days | 0 | 0 | – | – | not judged: no test cutoff covers it |" in text


def test_the_same_rows_give_the_same_bytes(several):
    again = contest_of(several.settings, several.snapshots, parts=several.parts)
    assert again.released.release.sha256 == several.contest.released.release.sha256


def test_a_refit_fits_further_horizons_once_more_on_all_that_is_known(several):
    models = several.settings.models.model_copy(update={"refit": True})
    settings = several.settings.model_copy(update={"models": models})
    contest = contest_of(settings, several.snapshots, parts=several.parts)
    assert contest.released is contest.refitted
    churners = [
        int(one.note.split()[2].replace(",", "")) for one in (contest.best.further[0], contest.refitted.further[0])
    ]
    assert churners[1] > churners[0]
    assert [one["days"] for one in contest.released.release.data["horizons"]] == [60, 90]


def test_shuffled_labels_with_further_horizons_still_end_without_a_usable_signal(several):
    from churnrisk.snapshots.plan import with_shuffled_labels

    contest = contest_of(several.settings, with_shuffled_labels(several.snapshots, 3), parts=several.parts)
    assert contest.verdict.code == "no_usable_signal"
