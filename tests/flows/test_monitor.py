"""Nights of the small company, watched: drift against the training, and what came true."""

import json
from datetime import date, datetime, timedelta

import pandas as pd
import pytest

from churnrisk.errors import RefusedError
from churnrisk.flows import monitor, score, train
from churnrisk.flows.asked import Asked
from churnrisk.flows.monitor_nights import nights_of
from churnrisk.modeling.registry import Registry
from churnrisk.monitoring.profile import profile_of
from tests.flows.company import NOW, write_company

CUTOFFS = [date(2024, 10, 1), date(2024, 11, 1), date(2025, 1, 1)]


def tables_of(company, folder, **changed):
    """Copy the company's tables, some of them changed."""
    (company.folder / folder).mkdir()
    for path in (company.folder / "data").glob("*.csv"):
        rows = pd.read_csv(path)
        rows = changed.get(path.stem, lambda same: same)(rows)
        rows.to_csv(company.folder / folder / path.name, index=False)
    return folder


@pytest.fixture(scope="module")
def watched(tmp_path_factory):
    """A company of its own, trained, with three nights; and what the first look at them found."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        company = write_company(tmp_path_factory.mktemp("watched"))
        settings = company.pipeline("watched", name="watched")
        with pytest.raises(RefusedError, match="nothing has been scored"):
            monitor.run(settings, NOW)
        train.run(settings, NOW)
        for cutoff in CUTOFFS:
            score.run(settings, NOW, Asked(cutoff=str(cutoff)))
        yield company, settings, monitor.run(settings, NOW)


def whole(result):
    return result.outcomes[result.outcomes["part"] == "all"].set_index("cutoff")


def test_every_night_has_its_drift_and_its_line(watched):
    _, settings, result = watched
    assert result.nights["cutoff"].tolist() == [str(day) for day in CUTOFFS]
    assert set(result.drift["cutoff"]) == {str(day) for day in CUTOFFS}
    assert (result.nights["model"] == result.version).all()
    profile = profile_of(Registry(settings), result.version)
    assert set(result.newest_drift["signal"]) == {one.name for one in profile.columns}


def test_only_nights_whose_horizon_has_passed_are_judged(watched):
    _, _, result = watched
    assert whole(result).index.tolist() == [str(day) for day in CUTOFFS[:2]]
    assert not any("No outcome is known" in note for note in result.notes)


def test_churners_are_those_of_the_tables(watched):
    company, _, result = watched
    ends = pd.read_csv(company.folder / "data" / "subscriptions.csv", parse_dates=["started_at", "ended_at"])
    for cutoff, row in whole(result).iterrows():
        first = pd.Timestamp(cutoff)
        present = (ends["started_at"] < first) & (ends["ended_at"].isna() | (ends["ended_at"] >= first))
        left = present & (ends["ended_at"] < first + timedelta(days=30))
        assert row["churners"] == left.sum()
        assert row["customers"] == present.sum()


def test_segments_add_up_to_their_night(watched):
    _, _, result = watched
    parts = result.outcomes[result.outcomes["part"] != "all"].groupby("cutoff")
    for name in ("customers", "churners", "expected", "money_lost"):
        assert parts[name].sum().tolist() == pytest.approx(whole(result)[name].tolist(), abs=0.05)


def test_a_night_that_the_model_was_fitted_on_is_no_forecast(watched):
    _, settings, result = watched
    fitted_to = profile_of(Registry(settings), result.version).fitted_to
    told = whole(result)["forecast"]
    assert told.to_dict() == {day: day > fitted_to for day in told.index}


def test_tables_pictures_and_summary_are_written(watched):
    _, settings, result = watched
    names = {path.name for path in (settings.out_folder / "monitor").iterdir()}
    assert {"nights.csv", "drift.csv", "outcomes.csv", "monitor.json", "drift.png", "truth.png"} <= names
    told = json.loads((settings.out_folder / "monitor" / "monitor.json").read_text(encoding="utf-8"))
    assert (told["model_version"], told["nights"], told["newest"]) == (result.version, 3, "2025-01-01")


def test_what_came_true_stands_beside_the_model_in_mlflow(watched):
    _, settings, result = watched
    registry = Registry(settings)
    run_id = registry.tags_of(result.version)["run_id"]
    found = registry.store.client.get_metric_history(run_id, "realised.churners")
    assert {(one.step, one.value) for one in found} == {
        (int(day.replace("-", "")), float(row["churners"])) for day, row in whole(result).iterrows()
    }


def test_a_second_look_adds_nothing_and_an_old_model_asks_for_a_new_one(watched):
    _, settings, result = watched
    path = settings.out_folder / "monitor" / "outcomes.parquet"
    before = path.read_bytes()
    later = monitor.run(settings, datetime(2025, 9, 1))
    assert path.read_bytes() == before
    assert len(later.outcomes) == len(result.outcomes)
    assert "age" in [one.code for one in later.reasons]
    assert "age" not in [one.code for one in result.reasons]
    assert "churnrisk train watched.toml" in later.train_again
    assert later.exit_code == 3


def test_a_row_stays_when_the_tables_change_and_it_is_said(watched):
    company, _, result = watched
    stayed = tables_of(company, "stayed", subscriptions=lambda rows: rows.assign(ended_at=None))
    changed = monitor.run(company.pipeline("watched", name="watched", data=stayed), NOW)
    assert whole(changed)["churners"].tolist() == whole(result)["churners"].tolist()
    assert any("The tables changed since" in note and "stays" in note for note in changed.notes)


def test_use_that_breaks_off_is_drift_and_ends_3(watched):
    company, _, result = watched
    quiet = result.newest_drift.set_index("signal")
    assert not quiet.loc["usage_days_since_last", "alarm"]
    broken = tables_of(company, "broken", usage=lambda rows: rows[rows["occurred_at"] < "2024-12-18"])
    settings = company.pipeline("watched", name="watched", data=broken)
    subscriptions = pd.read_csv(company.folder / broken / "subscriptions.csv")
    subscriptions.loc[0, "started_at"] = "2024-12-31"
    subscriptions.to_csv(company.folder / broken / "subscriptions.csv", index=False)
    settings = settings.model_copy(
        update={"source": settings.source.model_copy(update={"complete_to": date(2025, 1, 1)})}
    )
    score.run(settings, NOW, Asked(cutoff="2025-01-01", replace=True, allow=frozenset({"shrunk", "stale", "schema"})))
    found = monitor.run(settings, NOW)
    assert "usage_days_since_last" in found.newest_drift[found.newest_drift["alarm"]]["signal"].tolist()
    assert found.exit_code == 3


def test_nights_are_found_in_run_folders_where_no_history_is_kept(watched, monkeypatch):
    _, settings, _ = watched
    monkeypatch.setattr("churnrisk.history.store.History.nights", lambda self: [])
    found = nights_of(settings)
    assert [one.cutoff for one in found] == CUTOFFS
    assert len(found[0].scores()) > 100
