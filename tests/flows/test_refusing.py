"""Nights that are refused: nothing is written, everything is named, and what is allowed is written down."""

import json
import os
from datetime import datetime

import pandas as pd
import pytest

from churnrisk.delivery.heartbeat import read_heartbeat
from churnrisk.errors import UnknownNameError
from churnrisk.flows import score
from churnrisk.flows.asked import Asked
from churnrisk.monitoring.refusals import NightRefusedError
from churnrisk.settings import NightlySettings
from tests.flows.company import NOW, elsewhere

FILES = ("subscriptions.csv", "usage.csv", "tickets.csv")


@pytest.fixture(scope="module")
def scored(trained):
    """The night that others are held against."""
    return score.run(trained.settings, NOW, Asked(replace=True, allow=frozenset({"schema", "grown"})))


@pytest.fixture
def over(trained, scored, tmp_path):
    """Give the company's pipeline over a copy of its tables, one of which is changed."""

    def changed(file="", change=None, **nightly):
        data = tmp_path / "data"
        data.mkdir(exist_ok=True)
        for name in FILES:
            rows = pd.read_csv(trained.company.folder / "data" / name, dtype=str)
            rows = change(rows) if name == file else rows
            if rows is not None:
                rows.to_csv(data / name, index=False)
        settings = trained.company.pipeline("changed", data=str(data))
        return settings.model_copy(update={"nightly": NightlySettings(**nightly)})

    return changed


def half(rows):
    return rows.iloc[::2]


def refused(settings, asked=None, now=NOW):
    with pytest.raises(NightRefusedError) as fault:
        score.run(settings, now, asked)
    return fault.value


def lists_of(settings):
    """Say which runs there are, and which is the latest."""
    return sorted(os.listdir(settings.out_folder / "runs")), (settings.out_folder / "latest").resolve()


def test_the_same_tables_are_no_reason(over, scored):
    assert score.run(over(), NOW, Asked(replace=True)).warnings == []


def test_a_table_cut_in_half_is_refused_and_the_last_list_stays(over, scored):
    settings = over("usage.csv", half)
    before = lists_of(settings)
    fault = refused(settings)
    assert (fault.codes, fault.exit_code) == (("shrunk",), 4)
    assert "usage had " in str(fault)
    assert lists_of(settings) == before
    beat = read_heartbeat(settings.out_folder)
    assert (beat["exit_code"], beat["message"], beat["running"]) == (4, str(fault), False)


def test_a_table_read_twice_is_refused(over):
    def thrice(rows):
        later = [rows.assign(occurred_at=rows["occurred_at"] + f".{number}") for number in (1, 2)]
        return pd.concat([rows, *later])

    assert refused(over("usage.csv", thrice)).codes == ("grown",)


def test_a_column_that_is_gone_is_refused(over):
    fault = refused(over("subscriptions.csv", lambda rows: rows.drop(columns="plan")))
    assert fault.codes == ("schema",)
    assert "subscriptions.plan is gone since the night of 2025-01-01" in str(fault)


def test_a_new_column_is_told(over):
    settings = over("tickets.csv", lambda rows: rows.assign(category="billing"))
    assert "New in these tables: tickets.category." in score.run(settings, NOW, Asked(replace=True)).warnings
    score.run(over(), NOW, Asked(replace=True, allow=frozenset({"schema"})))


def test_everything_that_speaks_against_a_night_is_named_at_once(over):
    bounds = {"max_age_days": {"tickets": 1}, "max_without_features": 0.0}
    settings = over("usage.csv", lambda rows: rows[rows["customer_id"] < "c060"], **bounds)
    fault = refused(settings, now=datetime(2026, 6, 1))
    assert fault.codes == ("expired", "stale", "shrunk", "without_features")
    assert "\n" not in str(fault)


def test_what_is_allowed_is_scored_and_written_down(over, trained):
    settings = over("usage.csv", half)
    found = score.run(settings, NOW, Asked(allow=frozenset({"shrunk"})))
    told = json.loads((found.folder / "run.json").read_text(encoding="utf-8"))
    assert told["allowed"] == ["shrunk"]
    assert told["warnings"] == found.warnings
    assert found.warnings[0].startswith("Allowed (shrunk): usage had ")
    score.run(trained.settings, NOW, Asked(replace=True, allow=frozenset({"grown"})))


def test_a_code_that_is_not_allowed_is_still_refused(over):
    assert refused(over("usage.csv", half), Asked(allow=frozenset({"stale", "grown"}))).codes == ("shrunk",)


def test_an_unknown_code_is_answered_before_any_table_is_read(over):
    with pytest.raises(UnknownNameError, match="Did you mean 'shrunk'"):
        score.run(over(), NOW, Asked(allow=frozenset({"shrunken"})))


def test_old_tables_are_refused_by_the_clock_and_not_in_a_replay(over):
    settings = over(max_age_days={"usage": 2})
    assert refused(settings, now=datetime(2025, 1, 4)).codes == ("stale",)
    replay = score.run(settings, datetime(2025, 1, 4), Asked(cutoff="2024-09-01"))
    assert not any("clock" in warning or "stale" in warning for warning in replay.warnings)


def test_a_night_that_was_written_before_is_refused_all_the_same(over, scored):
    """Tables that no longer move would else end 0 for ever."""
    assert refused(over(max_age_days={"usage": 2}), now=datetime(2025, 1, 9)).codes == ("stale",)


def test_a_night_that_was_written_before_still_tells_how_old_its_tables_are(over, scored):
    settings = over()
    score.run(settings, NOW)
    found = score.run(settings, datetime(2025, 1, 9))
    assert found.repeated
    assert [one[:55] for one in found.warnings] == ["The newest event in the tables is of 2024-12-31, 9 days"]


def test_a_model_expires(over):
    assert refused(over(max_model_age_days=30), now=datetime(2025, 2, 1)).codes == ("expired",)
    found = score.run(over(max_model_age_days=31), datetime(2025, 2, 1))
    assert not any("trained" in warning for warning in found.warnings)


def test_a_first_night_needs_no_other(over, tmp_path):
    assert score.run(elsewhere(over("usage.csv", half), tmp_path / "elsewhere"), NOW).warnings == []


@pytest.mark.parametrize(
    ("asked", "alarms"), [(Asked(), 1), (Asked(send=False), 0), (Asked(dry_run=True), 0)], ids=["send", "no", "dry"]
)
def test_a_refusal_raises_an_alarm_unless_nothing_is_to_be_sent(over, monkeypatch, asked, alarms):
    told = []
    monkeypatch.setattr("churnrisk.delivery.alarm.send_alarm", lambda *told_of: told.append(told_of))
    settings = over("usage.csv", half)
    fault = refused(settings, asked)
    assert told == [(settings, str(fault), 4, NOW)][:alarms]


def test_a_replay_that_is_refused_gives_no_sign_of_life(over, monkeypatch):
    monkeypatch.setattr("churnrisk.delivery.alarm.send_alarm", lambda *_: pytest.fail("an alarm"))
    settings = over("usage.csv", lambda rows: rows.iloc[:100])
    before = read_heartbeat(settings.out_folder)
    refused(settings, Asked(cutoff="2024-08-01"))
    assert read_heartbeat(settings.out_folder) == before


def test_a_fault_that_nobody_foresaw_is_told_by_its_kind_alone(over, monkeypatch):
    told = []
    monkeypatch.setattr("churnrisk.delivery.alarm.send_alarm", lambda *told_of: told.append(told_of[1:3]))
    monkeypatch.setattr(score, "fingerprints", lambda *_: {}["a secret"])
    with pytest.raises(KeyError):
        score.run(over(), NOW)
    assert told == [("Unexpected: KeyError. Run again with --debug to see where.", 1)]
