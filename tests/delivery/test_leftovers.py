"""What killed processes leave goes; what others are writing stays."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from churnrisk.delivery.leftovers import clear_after, clear_leftovers, leftover, own_scratch, temporary


@pytest.fixture(scope="module")
def gone():
    """The number of a process that has ended."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    return ended.pid


def folder_of(path, text="half"):
    path.mkdir(parents=True)
    (path / "a.txt").write_text(text)
    return path


def names(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def test_a_temporary_name_tells_what_it_is_for_and_whose(tmp_path):
    found = leftover(temporary(tmp_path / "2025-06-01-1a2b", "replaced"))
    assert (found.meant_for, found.kind, found.pid) == (tmp_path / "2025-06-01-1a2b", "replaced", os.getpid())
    assert found.host


@pytest.mark.parametrize("name", ["latest", "run.json", ".sample.lock", ".hidden", "a.unfinished", ".unfinished"])
def test_other_names_are_no_leftovers(name):
    assert leftover(Path(name)) is None


def test_everything_that_a_killed_run_can_leave_goes(tmp_path, gone):
    folder_of(tmp_path / "runs" / f".night.{gone}.unfinished")
    folder_of(tmp_path / "history" / f".cutoff=2025-06-01.{gone}.unfinished")
    folder_of(tmp_path / "history" / "cutoff=2025-06-02" / f".scores.parquet.{gone}.unfinished")
    folder_of(tmp_path / f".kpis.{gone}.unfinished")
    (tmp_path / f".latest.{gone}.link").symlink_to("runs/night")
    (tmp_path / ".sent.json.unfinished").write_text("{")
    whole = folder_of(tmp_path / "runs" / "night", "whole")
    assert len(clear_leftovers(tmp_path)) == 6
    assert names(tmp_path / "runs") == ["night", "night/a.txt"]
    assert names(tmp_path) == ["history", "history/cutoff=2025-06-02", "runs", "runs/night", "runs/night/a.txt"]
    assert (whole / "a.txt").read_text() == "whole"
    assert clear_leftovers(tmp_path) == []


def test_what_another_process_is_writing_stays(tmp_path):
    alive = folder_of(tmp_path / f".kpis.{os.getppid()}.unfinished")
    assert clear_leftovers(tmp_path) == []
    assert alive.is_dir()


def test_under_the_lock_nobody_else_writes_runs(tmp_path):
    folder_of(tmp_path / "runs" / f".night.{os.getppid()}.unfinished")
    assert clear_leftovers(tmp_path) == ["night: unfinished, removed"]


def test_what_another_machine_writes_stays_until_it_is_old(tmp_path, gone):
    elsewhere = folder_of(tmp_path / f".kpis.{gone}@elsewhere.unfinished")
    assert clear_leftovers(tmp_path) == []
    before = time.time() - 2 * 24 * 3600
    os.utime(elsewhere, (before, before))
    assert clear_leftovers(tmp_path) == ["kpis: unfinished, removed"]


def test_a_folder_that_was_moved_aside_is_put_back_where_nothing_took_its_place(tmp_path, gone):
    folder_of(tmp_path / f".kpis.{gone}.replaced", "old")
    folder_of(tmp_path / f".kpis.{gone}.unfinished", "new")
    assert sorted(clear_leftovers(tmp_path)) == ["kpis: put back", "kpis: unfinished, removed"]
    assert (tmp_path / "kpis" / "a.txt").read_text() == "old"


def test_a_folder_that_was_moved_aside_goes_where_another_took_its_place(tmp_path, gone):
    folder_of(tmp_path / f".kpis.{gone}.replaced", "old")
    folder_of(tmp_path / "kpis", "new")
    assert clear_leftovers(tmp_path) == ["kpis: replaced, removed"]
    assert names(tmp_path) == ["kpis", "kpis/a.txt"]
    assert (tmp_path / "kpis" / "a.txt").read_text() == "new"


def test_before_a_name_is_written_only_its_own_leftovers_go(tmp_path, gone):
    folder_of(tmp_path / f".kpis.{gone}.unfinished")
    folder_of(tmp_path / f".cohorts.{gone}.unfinished")
    folder_of(tmp_path / f".kpis.{os.getppid()}.unfinished")
    clear_after(tmp_path / "kpis")
    kept = [f".cohorts.{gone}.unfinished", f".kpis.{os.getppid()}.unfinished"]
    assert sorted(os.listdir(tmp_path)) == sorted(kept)


def test_a_folder_that_is_not_there_holds_nothing(tmp_path):
    assert clear_leftovers(tmp_path / "none") == []


@pytest.fixture
def outside(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_temporary_files_lie_in_the_process_s_own_folder_and_go_with_it(outside):
    with own_scratch() as scratch:
        with tempfile.NamedTemporaryFile(delete=False) as file:
            assert Path(file.name).parent == scratch
        assert scratch.parent == outside
    assert os.listdir(outside) == []
    assert tempfile.gettempdir() == str(outside)


def test_what_a_killed_process_left_among_temporary_files_goes_with_the_next(outside, gone):
    with own_scratch() as scratch:
        left = folder_of(outside / scratch.name.replace(str(os.getpid()), str(gone)))
        kept = folder_of(outside / scratch.name.replace(str(os.getpid()), str(os.getppid())))
    with own_scratch():
        assert not left.exists()
        assert kept.exists()
    (outside / "churnrisk").mkdir()
    with own_scratch():
        assert (outside / "churnrisk").exists()
