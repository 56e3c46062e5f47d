"""A night meets a fault: the exit code is the documented one, what it says is plain, nothing is half-written."""

from contextlib import nullcontext
from functools import partial

import pytest

from churnrisk.bench.faults.met import FAULT, REFUSED, Fault, faults, from_a_database, meet
from churnrisk.bench.faults.places import can_mount, cut, gone, locked_store, read_only, small_disk
from churnrisk.bench.faults.together import start_together
from churnrisk.modeling.store import store_folder

needs_root = pytest.mark.skipif(not can_mount(), reason="a disk in memory takes root's rights")


def met(scene, make, codes=(FAULT,), **limits):
    found = meet(scene, Fault("a fault", make, codes, limits=limits))
    assert not found.wrong, (found.wrong, found.said)
    return found


def test_a_file_that_may_not_grow_ends_the_night_and_asks_for_room(scene):
    assert "Make room and run again" in met(scene, nullcontext, largest=4_000).said


@needs_root
@pytest.mark.parametrize("room", [0, 30_000])
def test_a_full_disk_ends_the_night_and_asks_for_room(scene, room):
    assert "Make room and run again" in met(scene, partial(small_disk, scene, room)).said


@needs_root
def test_an_output_that_takes_no_writes_is_named(scene):
    assert "and it is not allowed (Read-only file system)" in met(scene, partial(read_only, scene)).said


def test_a_store_that_is_held_ends_the_night_within_a_minute(scene):
    found = met(scene, partial(locked_store, store_folder(scene.settings) / "mlflow.db"))
    assert "If another process holds it, run again" in found.said
    assert found.seconds < 60


def test_a_source_that_is_cut_half_way_is_named_with_its_line(scene):
    found = met(scene, partial(cut, scene.settings.source_path / "subscriptions.csv"))
    assert "subscriptions.csv: line" in found.said


def test_a_source_that_is_cut_at_the_end_of_a_line_has_shrunk(scene):
    file = scene.settings.source_path / "usage.csv"
    lines = file.read_bytes().split(b"\n")
    keep = len(b"\n".join(lines[: len(lines) // 2])) + 1
    found = met(scene, partial(cut, file, keep=keep / file.stat().st_size), (REFUSED,))
    assert "usage" in found.said


def test_a_source_that_is_gone_is_no_table_without_rows(scene):
    assert "usage" in met(scene, partial(gone, scene.settings.source_path / "usage.csv"), (FAULT, REFUSED)).said


def test_a_database_that_breaks_off_is_named(scene):
    pipeline, database = from_a_database(scene)
    found = meet(scene, Fault("cut", partial(cut, database, keep=0.3), file=pipeline))
    assert not found.wrong, (found.wrong, found.said)
    assert "company.duckdb" in found.said


def test_of_nights_that_start_at_once_one_writes_the_list(scene):
    assert start_together(scene, 4).wrong == []


def test_every_source_can_break_in_four_ways(scene):
    named = [one.name for one in faults(scene)[0]]
    for file in ("usage.csv", "company.duckdb"):
        assert sum(file in name for name in named) == 4
    assert len(named) == len(set(named))
