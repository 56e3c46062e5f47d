"""A night: who may be scored by which model, what is written, and what someone should know of it."""

import dataclasses
import json
import os
from datetime import date

import pandas as pd
import pytest

from churnrisk.errors import RefusedError, SettingsError
from churnrisk.flows import replay, score
from churnrisk.flows.asked import Asked
from churnrisk.flows.night_files import LISTS
from churnrisk.modeling.registry import Registry
from tests.flows.company import NOW, elsewhere

FILES = sorted([*(f"{name}.{form}" for name, forms in LISTS.items() for form in forms), "run.json"])
BESIDE = ["drift.parquet", "fingerprints.parquet"]
NO_TICKETS = "[source.tables.tickets]\nfile = []"


@pytest.fixture(scope="module")
def scored(trained):
    return score.run(trained.settings, NOW, Asked(replace=True))


def only_a_challenger(monkeypatch):
    """Let the registry hold the trained model as the one that waits."""

    class Waiting(Registry):
        def champion(self):
            return None

        def challenger(self):
            return Registry.champion(self)

    monkeypatch.setattr(replay, "Registry", Waiting)


def test_a_night_writes_every_file_and_two_links(scored, trained):
    assert sorted(os.listdir(scored.folder)) == sorted([*FILES, *BESIDE])
    out = trained.settings.out_folder
    assert (out / "latest").resolve() == (out / "2025-01-01").resolve() == scored.folder
    assert not scored.repeated
    assert scored.warnings == []


def test_the_counts_add_up(scored):
    run = json.loads((scored.folder / "run.json").read_text())
    assert run["counts"] == scored.counts
    assert run["present"] == scored.counts["scored"] + scored.counts["leaving"]
    assert scored.segments["customers"].sum() == scored.counts["scored"]
    assert {one["table"] for one in run["inputs"]} == {"customers", "subscriptions", "usage", "tickets"}
    assert set(run["steps"]) == {"model", "read", "features", "score", "explain", "safety", "history", "delivery"}


def test_the_same_night_is_told_from_its_files_and_not_run_again(scored, trained, monkeypatch):
    monkeypatch.setattr(score, "score_night", lambda *_: pytest.fail("it was run again"))
    again = score.run(trained.settings, NOW)
    assert again.repeated
    assert (again.folder, again.counts) == (scored.folder, scored.counts)
    pd.testing.assert_frame_equal(again.segments, scored.segments)
    assert again.first["customer_id"].tolist() == scored.first["customer_id"].tolist()


def test_a_night_is_run_again_where_that_is_asked_and_gives_the_same_bytes(scored, trained):
    before = {name: (scored.folder / name).read_bytes() for name in FILES if name != "run.json"}
    again = score.run(trained.settings, NOW, Asked(replace=True))
    assert not again.repeated
    assert {name: (again.folder / name).read_bytes() for name in FILES if name != "run.json"} == before


def test_settings_of_key_figures_are_the_same_night(scored, trained):
    aimed = trained.settings.model_copy(update={"goals": {"churn_rate": 1.0}})
    assert score.run(aimed, NOW).repeated


def test_other_settings_are_another_night(scored, trained):
    other = trained.company.pipeline("other", models="max_rows = 1000")
    assert score.run(other, NOW).folder != scored.folder


def test_without_a_champion_nothing_is_scored_and_nothing_written(company):
    untrained = company.pipeline("untrained", name="untrained")
    with pytest.raises(RefusedError, match=r"no champion for the pipeline 'untrained'.*churnrisk train") as fault:
        score.run(untrained, NOW)
    assert fault.value.exit_code == 4
    assert os.listdir(untrained.out_folder) == ["heartbeat.json"]


def test_a_challenger_alone_is_refused(trained, monkeypatch):
    only_a_challenger(monkeypatch)
    with pytest.raises(RefusedError, match="no champion"):
        score.run(trained.settings, NOW)


def test_a_challenger_marks_every_row_as_not_released_where_it_is_allowed(trained, scored, monkeypatch):
    only_a_challenger(monkeypatch)
    found = score.run(trained.settings, NOW, Asked(allow_challenger=True))
    assert found.model_version == "1 (not released)"
    assert found.folder != scored.folder
    for name in ("scores.parquet", "at_risk.parquet"):
        assert set(pd.read_parquet(found.folder / name)["model_version"]) == {"1 (not released)"}


def test_a_champion_goes_before_a_challenger_that_is_allowed(trained, scored):
    assert score.run(trained.settings, NOW, Asked(allow_challenger=True)).model_version == "1"


def test_another_definition_of_churn_is_refused_with_the_difference(trained):
    other = trained.company.pipeline("grace", churn="grace_days = 9")
    with pytest.raises(RefusedError, match="grace_days was 7 and is 9"):
        score.run(other, NOW)


def test_signals_of_a_table_that_is_gone_count_as_missing_and_are_named(trained, tmp_path):
    without = elsewhere(trained.company.pipeline("without", tables=NO_TICKETS), tmp_path)
    found = score.run(without, NOW)
    named = "1 signal is off now that the model reads, and counted as missing: support_tickets_84d."
    assert named in found.warnings
    assert named in json.loads((found.folder / "run.json").read_text())["warnings"]
    assert found.counts["scored"] > 100
    assert score.run(without, NOW).warnings == found.warnings  # told again when the night is not run again


def test_without_mrr_the_list_ranks_by_probability_and_says_so(trained, tmp_path):
    read = pd.read_csv(trained.company.folder / "data" / "subscriptions.csv", dtype=str)
    data = trained.company.folder / "without_mrr"
    data.mkdir()
    read.drop(columns="mrr").to_csv(data / "subscriptions.csv", index=False)
    for name in ("usage.csv", "tickets.csv"):
        (data / name).write_bytes((trained.company.folder / "data" / name).read_bytes())
    found = score.run(elsewhere(trained.company.pipeline("worth", data="without_mrr"), tmp_path), NOW)
    assert "There is no MRR in these tables: the list is ranked by churn_probability." in found.warnings
    rows = pd.read_parquet(found.folder / "at_risk.parquet")
    assert rows[["mrr", "expected_loss"]].isna().all(axis=None)
    assert rows["churn_probability"].is_monotonic_decreasing


def test_an_earlier_cutoff_has_a_link_of_its_own(trained):
    found = score.run(trained.settings, NOW, Asked(cutoff="2024-06-01"))
    assert found.cutoff == date(2024, 6, 1)
    assert (trained.settings.out_folder / "2024-06-01").resolve() == found.folder


@pytest.mark.parametrize("cutoff", ["2025-01-02", "2023-12-31", "2030-06-01"])
def test_a_cutoff_outside_the_data_is_refused(trained, cutoff):
    with pytest.raises(SettingsError, match=r"within the data, after 2024-01-0\d and up to 2025-01-01, and is"):
        score.run(trained.settings, NOW, Asked(cutoff=cutoff))


def test_a_night_that_fails_while_writing_leaves_the_last_good_one_in_place(trained, scored, monkeypatch):
    latest = (trained.settings.out_folder / "latest").resolve()

    def full(*_):
        raise OSError("no space left")

    monkeypatch.setattr(score, "write_json", full)
    with pytest.raises(OSError, match="no space"):
        score.run(trained.settings, NOW, Asked(cutoff="2024-08-01"))
    runs = os.listdir(trained.settings.out_folder / "runs")
    assert not any("2024-08-01" in name for name in runs)
    assert (trained.settings.out_folder / "latest").resolve() == latest
    assert latest.is_dir()


class ByHand(Registry):
    """A registry whose champion was promoted against the gate."""

    def champion(self):
        found = super().champion()
        told = {"against_gate": "It is worse.", "promoted_by": "anna", "promoted_why": "panic"}
        return dataclasses.replace(found, tags={**found.tags, **told})


def test_a_night_says_that_its_model_was_promoted_against_the_gate(trained, monkeypatch):
    monkeypatch.setattr(replay, "Registry", ByHand)
    result = score.run(trained.settings, NOW, Asked(replace=True))
    told = "Model version 1 was promoted by hand against the gate, by anna on 2025-01-01 (panic). The gate had said: "
    assert result.warnings == [f"{told}It is worse."]
    assert json.loads((result.folder / "run.json").read_text(encoding="utf-8"))["warnings"] == result.warnings


def test_a_night_is_silent_where_the_gate_released_its_model(trained):
    assert score.run(trained.settings, NOW, Asked(replace=True)).warnings == []
