"""Runs appear whole or not at all, and the same rows give the same bytes."""

import json
import os
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from churnrisk.delivery.files import clear_older, fresh_name, link, whole_folder, write_json, write_table
from churnrisk.delivery.leftovers import temporary
from churnrisk.errors import DeliveryError

LIST = pd.DataFrame(
    {
        "customer_id": ["b", "007", "ö,x"],
        "churn_probability": [0.5, 0.123456, 0.25],
        "mrr": [10.0, float("nan"), 0.1 + 0.2],
        "cutoff": [date(2025, 6, 1)] * 3,
        "ends_at": pd.to_datetime(["2025-06-30", None, "2025-07-01"]),
    }
)


@pytest.mark.parametrize("name", ["list.csv", "list.parquet"])
def test_the_same_rows_give_the_same_bytes(tmp_path, name):
    first, second = tmp_path / f"1-{name}", tmp_path / f"2-{name}"
    write_table(LIST, first)
    write_table(LIST.copy(), second)
    assert first.read_bytes() == second.read_bytes()


def test_csv_shows_money_in_cents_days_without_a_time_and_gaps_as_nothing(tmp_path):
    write_table(LIST, tmp_path / "list.csv")
    lines = (tmp_path / "list.csv").read_bytes().decode("utf-8").split("\n")
    assert lines[1] == "b,0.5,10.00,2025-06-01,2025-06-30"
    assert lines[2] == "007,0.123456,,2025-06-01,"
    assert lines[3] == '"ö,x",0.25,0.30,2025-06-01,2025-07-01'
    assert lines[4:] == [""]


def test_parquet_keeps_numbers_as_they_are(tmp_path):
    write_table(LIST, tmp_path / "list.parquet")
    read = pd.read_parquet(tmp_path / "list.parquet")
    assert read["mrr"].tolist()[2] == 0.1 + 0.2
    assert read["customer_id"].tolist() == ["b", "007", "ö,x"]


def test_writing_leaves_the_rows_alone(tmp_path):
    before = LIST.copy()
    write_table(LIST, tmp_path / "list.csv")
    pd.testing.assert_frame_equal(LIST, before)


def test_json_keeps_letters_and_writes_days_as_people_do(tmp_path):
    write_json({"cutoff": date(2025, 6, 1), "name": "Käufer"}, tmp_path / "run.json")
    text = (tmp_path / "run.json").read_text(encoding="utf-8")
    assert "Käufer" in text
    assert json.loads(text) == {"cutoff": "2025-06-01", "name": "Käufer"}


def test_a_folder_takes_its_name_only_when_whole(tmp_path):
    with whole_folder(tmp_path / "run") as unfinished:
        (unfinished / "a.txt").write_text("whole")
        assert not (tmp_path / "run").exists()
    assert (tmp_path / "run" / "a.txt").read_text() == "whole"
    assert os.listdir(tmp_path) == ["run"]


def test_a_fault_leaves_nothing_behind(tmp_path):
    with pytest.raises(RuntimeError, match="disk"), whole_folder(tmp_path / "run") as unfinished:
        (unfinished / "a.txt").write_text("half")
        raise RuntimeError("disk full")
    assert os.listdir(tmp_path) == []


def test_a_fault_keeps_the_older_folder(tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "a.txt").write_text("old")
    with pytest.raises(RuntimeError, match="disk"), whole_folder(tmp_path / "run") as unfinished:
        (unfinished / "a.txt").write_text("half")
        raise RuntimeError("disk full")
    assert (tmp_path / "run" / "a.txt").read_text() == "old"
    assert os.listdir(tmp_path) == ["run"]


def test_a_whole_folder_replaces_the_older_one_with_nothing_of_it_left(tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "old.txt").write_text("old")
    with whole_folder(tmp_path / "run") as unfinished:
        (unfinished / "new.txt").write_text("new")
    assert os.listdir(tmp_path / "run") == ["new.txt"]
    assert os.listdir(tmp_path) == ["run"]


def test_a_link_is_replaced_in_one_step(tmp_path, monkeypatch):
    for name in ("first", "second"):
        (tmp_path / "runs" / name).mkdir(parents=True)
    link(tmp_path / "latest", tmp_path / "runs" / "first")
    seen = []
    replace = Path.replace

    def watched(self, target):
        seen.append(os.readlink(target))  # the older link stands until the very step that replaces it
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", watched)
    link(tmp_path / "latest", tmp_path / "runs" / "second")
    assert seen == [os.path.join("runs", "first")]
    assert (tmp_path / "latest").resolve() == (tmp_path / "runs" / "second").resolve()
    assert sorted(os.listdir(tmp_path)) == ["latest", "runs"]


def test_links_survive_a_move_of_the_whole_output(tmp_path):
    (tmp_path / "out" / "runs" / "a").mkdir(parents=True)
    link(tmp_path / "out" / "latest", tmp_path / "out" / "runs" / "a")
    (tmp_path / "out").rename(tmp_path / "moved")
    assert (tmp_path / "moved" / "latest").is_dir()


@settings(max_examples=20)
@given(amount=st.floats(-1e9, 1e9).map(lambda value: round(value, 2)))
def test_money_in_a_csv_reads_back_to_the_cent(tmp_path_factory, amount):
    path = tmp_path_factory.mktemp("money") / "list.csv"
    write_table(pd.DataFrame({"mrr": [amount]}), path)
    assert pd.read_csv(path)["mrr"].iloc[0] == pytest.approx(amount, abs=1e-9)


def test_a_run_that_is_written_again_gets_a_name_of_its_own(tmp_path):
    night = tmp_path / "2025-06-01-1a2b3c4d"
    assert fresh_name(night) == night
    night.mkdir()
    (tmp_path / "2025-06-01-1a2b3c4d-x").mkdir()  # another name, and no writing of this one
    assert fresh_name(night).name == "2025-06-01-1a2b3c4d-2"
    (tmp_path / "2025-06-01-1a2b3c4d-10").mkdir()
    assert fresh_name(night).name == "2025-06-01-1a2b3c4d-11"


@pytest.mark.parametrize("kept", ["2025-06-01-12345678", "2025-06-01-12345678-3"])
def test_the_other_writings_of_a_run_go_and_other_runs_stay(tmp_path, kept):
    others = ["2025-06-01-12345679", "2025-06-02-12345678", "2025-06-01-12345678-x"]
    writings = ["2025-06-01-12345678", "2025-06-01-12345678-2", "2025-06-01-12345678-3"]
    for name in [*writings, *others]:
        (tmp_path / name).mkdir()
    clear_older(tmp_path / kept)
    assert sorted(os.listdir(tmp_path)) == sorted([*others, kept])


def test_what_a_killed_process_left_of_a_folder_goes_when_it_is_written_again(tmp_path):
    left = temporary(tmp_path / "run", "unfinished")
    gone = left.with_name(left.name.replace(str(os.getpid()), "99999999"))
    gone.mkdir()
    other = tmp_path / gone.name.replace(".run.", ".other.")
    other.mkdir()
    with whole_folder(tmp_path / "run") as unfinished:
        (unfinished / "a.txt").write_text("whole")
    assert sorted(os.listdir(tmp_path)) == sorted(["run", other.name])


def test_a_folder_that_a_killed_process_moved_aside_comes_back_when_writing_fails(tmp_path):
    aside = temporary(tmp_path / "run", "replaced")
    aside = aside.with_name(aside.name.replace(str(os.getpid()), "99999999"))
    aside.mkdir()
    (aside / "a.txt").write_text("old")
    with pytest.raises(RuntimeError, match="disk"), whole_folder(tmp_path / "run"):
        raise RuntimeError("disk full")
    assert (tmp_path / "run" / "a.txt").read_text() == "old"
    assert os.listdir(tmp_path) == ["run"]


def test_a_folder_where_a_link_should_be_is_named_with_the_remedy(tmp_path):
    (tmp_path / "latest").mkdir()
    with pytest.raises(DeliveryError, match=r"latest should be a link to a run, and is a folder.*Move it away"):
        link(tmp_path / "latest", tmp_path / "runs" / "a")
