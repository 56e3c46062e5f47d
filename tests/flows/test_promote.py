"""Choosing by hand: what is changed, what is refused, what is written down, and what a night then says."""

import json
import shutil
from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from churnrisk import terminal
from churnrisk.errors import ModelError, RefusedError, SettingsError
from churnrisk.flows import promote
from churnrisk.modeling.registry import Registry
from churnrisk.modeling.released import churn_model
from churnrisk.modeling.tracking import Tracker
from churnrisk.settings import ChurnSettings, PipelineSettings

NOW = datetime(2025, 6, 1, 9, 0)
GATE = {
    "released": "logistic may be used.",
    "calibration_refused": "logistic orders customers well, but its probabilities are not true.",
}


@pytest.fixture(scope="module")
def registered(trained, tmp_path_factory):
    """Three versions: the gate released the first two, and refused the third. Made once."""
    folder = tmp_path_factory.mktemp("three")
    settings = settings_in(folder, trained.settings.out_folder.parent)
    tracker = Tracker(settings)
    registry = Registry(settings, tracker.store)
    with tracker.training() as run:
        for number, code in enumerate(["released", "released", "calibration_refused"], 1):
            release = folder / f"release{number}"
            release.mkdir()
            (release / "model.json").write_text(
                json.dumps({"churn": settings.definition, "n": number}), encoding="utf-8"
            )
            tags = {"model": "logistic", "log_loss": f"0.{number}", "verdict": code, "verdict_sentence": GATE[code]}
            example = pd.DataFrame({"usage_count_28d": [1.0]})
            registry.register_release(run, release, Path(churn_model.__file__), example, tags=tags)
            if code == "released":
                registry.promote(number, who="train", why=GATE[code], when=NOW - timedelta(days=30 - number))
    return folder / "out"


def settings_in(folder, store, name="sample"):
    """Give a pipeline with a copy of a store; making a store takes seconds."""
    (folder / "out" / "mlflow").mkdir(parents=True)
    shutil.copy(store / "mlflow" / "mlflow.db", folder / "out" / "mlflow" / "mlflow.db")
    return PipelineSettings(name=name, out="out", cards="cards", file=folder / f"{name}.toml")


@pytest.fixture
def three(registered, tmp_path):
    """The three versions, to be changed by one test."""
    return settings_in(tmp_path, registered)


def versions(settings):
    return promote.run(settings, NOW).versions.set_index("version")


def test_without_a_version_all_are_listed_and_nothing_changes(three):
    result = promote.run(three, NOW)
    assert result.sentence == ""
    listed = result.versions.set_index("version")
    assert listed["alias"].to_dict() == {3: "challenger", 2: "champion", 1: ""}
    assert listed["verdict"].to_dict() == {3: "calibration_refused", 2: "released", 1: "released"}
    assert listed["log_loss"].to_dict() == {3: 0.3, 2: 0.2, 1: 0.1}
    assert listed.loc[1, "champion"] == "2025-05-03 to 2025-05-04"
    assert listed.loc[2, ["champion", "by"]].tolist() == ["2025-05-04 to now", "train"]


def test_a_promotion_by_hand_says_who_why_when_and_what_it_replaced(three):
    result = promote.run(three, NOW, version=1, who="anna", why="the newer one is slow")
    assert result.sentence == ("Version 1 is the champion now, promoted by hand by anna; version 2 was before.")
    tags = Registry(three).champion().tags
    told = [tags[name] for name in ("promoted_by", "promoted_why", "champion_from", "replaced", "promoted_how")]
    assert told == ["anna", "the newer one is slow", "2025-06-01T09:00:00", "2", "hand"]
    assert "against_gate" not in tags


def test_a_promotion_against_the_gate_keeps_what_the_gate_had_said(three):
    result = promote.run(three, NOW, version=3, who="anna", why="version 2 is broken")
    assert "The gate had refused it: logistic orders customers well" in result.sentence
    champion = Registry(three).champion()
    assert (champion.version, champion.tags["against_gate"]) == (3, GATE["calibration_refused"])
    assert Registry(three).challenger() is None


def test_the_run_and_the_card_say_who_promoted_by_hand(three):
    three.card_folder.mkdir(parents=True)
    card = three.card_folder / "card.md"
    card.write_text("# sample\n<!-- in_use -->\nVersion 2 is in use.\n<!-- /in_use -->\nThe end.\n", encoding="utf-8")
    promote.run(three, NOW, version=3, who="anna", why="version 2 is broken")
    told = "Version 3 is in use since 2025-06-01, promoted by hand by anna: version 2 is broken. "
    told += "The gate had refused it: "
    text = card.read_text(encoding="utf-8")
    assert f"{told}{GATE['calibration_refused']}" in text
    assert "Version 2 is in use" not in text
    assert text.endswith("The end.\n")
    client = Registry(three).store.client
    run = client.get_run(Registry(three).champion().run_id)
    assert run.data.tags["promoted_by_hand"].startswith(told)
    promote.run(three, NOW, rollback=True, who="berta", why="mended")
    assert "Version 2 is in use since 2025-06-01, put back by hand by berta: mended." in card.read_text(
        encoding="utf-8"
    )


def test_a_version_for_another_definition_of_churn_is_refused(three):
    other = three.model_copy(update={"churn": ChurnSettings(horizon=60)})
    with pytest.raises(
        RefusedError, match="Model version 1 was trained for another definition of churn: horizon was"
    ):
        promote.run(other, NOW, version=1, who="anna", why="wrong file")
    assert Registry(three).champion().version == 2


def test_what_was_changed_and_all_versions_are_shown(three, capsys):
    terminal.show_versions(promote.run(three, NOW, version=3, who="anna", why="a trial"))
    shown = capsys.readouterr().out
    assert "Version 3 is the champion now" in shown
    assert "calibration_refused" in shown
    terminal.show_versions(promote.PromoteResult("", pd.DataFrame()))
    assert "No version is registered yet" in capsys.readouterr().out


def test_who_is_by_default_the_login_name(three, monkeypatch):
    monkeypatch.setattr(promote.getpass, "getuser", lambda: "berta")
    promote.run(three, NOW, version=1, why="it was better")
    assert Registry(three).champion().tags["promoted_by"] == "berta"


def test_without_a_login_name_one_must_be_given(three, monkeypatch):
    def nobody():
        raise OSError("no name")

    monkeypatch.setattr(promote.getpass, "getuser", nobody)
    with pytest.raises(ModelError, match="--who NAME"):
        promote.run(three, NOW, version=1, why="it was better")


@pytest.mark.parametrize("why", [None, "", "  "])
def test_a_change_without_a_reason_is_refused(three, why):
    with pytest.raises(SettingsError, match="--why TEXT"):
        promote.run(three, NOW, version=1, who="anna", why=why)
    with pytest.raises(SettingsError, match="--why TEXT"):
        promote.run(three, NOW, rollback=True, who="anna", why=why)
    assert Registry(three).champion().version == 2


def test_an_unknown_version_is_refused_and_the_champion_again_changes_nothing(three):
    with pytest.raises(ModelError, match=r"no version 9 of 'sample'. Known: \[1, 2, 3\]"):
        promote.run(three, NOW, version=9, who="anna", why="typo")
    assert "nothing was changed" in promote.run(three, NOW, version=2, who="anna", why="again").sentence
    assert Registry(three).champion().tags["promoted_by"] == "train"


def test_a_version_can_wait_as_challenger_but_not_the_champion(three):
    assert (
        "is the challenger now"
        in promote.run(three, NOW, version=1, alias="challenger", who="anna", why="to compare").sentence
    )
    assert versions(three).loc[1, ["alias", "by", "why"]].tolist() == ["challenger", "train", GATE["released"]]
    assert Registry(three).tags_of(1)["challenger_why"] == "to compare"
    with pytest.raises(ModelError, match="Version 2 is the champion"):
        promote.run(three, NOW, version=2, alias="challenger", who="anna", why="mistake")


def test_rollback_puts_back_the_champion_before_and_the_next_one_goes_further(three):
    promote.run(three, NOW, version=3, who="anna", why="a trial")
    told = promote.run(three, NOW, rollback=True, who="anna", why="the trial failed").sentence
    assert told == "Version 2 is the champion again; version 3 was put back by anna."
    told = promote.run(three, NOW, rollback=True, who="anna", why="this one, too").sentence
    assert told == "Version 1 is the champion again; version 2 was put back by anna."
    with pytest.raises(RefusedError, match="no version to go back to: before version 1 no other was champion"):
        promote.run(three, NOW, rollback=True, who="anna", why="once more")


def test_rollback_without_a_champion_is_refused(registered, tmp_path):
    settings = settings_in(tmp_path, registered, "nobody")
    with pytest.raises(RefusedError, match="There is no champion for the pipeline 'nobody'"):
        promote.run(settings, NOW, rollback=True, who="anna", why="panic")
    assert promote.run(settings, NOW).versions.empty


def test_every_reign_is_kept(three):
    promote.run(three, NOW, version=1, who="anna", why="first reason")
    promote.run(three, NOW + timedelta(days=1), version=2, who="berta", why="second reason")
    told = [(one.version, one.who, one.since[:10], (one.until or "now")[:10]) for one in Registry(three).reigns()]
    assert told == [
        (1, "train", "2025-05-03", "2025-05-04"),
        (2, "train", "2025-05-04", "2025-06-01"),
        (1, "anna", "2025-06-01", "2025-06-02"),
        (2, "berta", "2025-06-02", "now"),
    ]
