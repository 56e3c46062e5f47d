"""Faults around a run, in plain words."""

import errno
import sqlite3

import duckdb
import pytest
from filelock import Timeout

from churnrisk.errors import DeliveryError, EngineError, ModelError, RefusedError, SourceError
from churnrisk.flows.plain_faults import plain_faults
from churnrisk.settings import PipelineSettings


def told(tmp_path, fault, kind):
    settings = PipelineSettings(name="small", out="out", file=tmp_path / "small.toml")
    with pytest.raises(kind) as found, plain_faults(settings):
        raise fault
    assert "\n" not in str(found.value)
    return str(found.value)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EFBIG, errno.EDQUOT])
def test_a_full_disk_asks_for_room(tmp_path, number):
    assert "Make room and run again" in told(tmp_path, OSError(number, "No space left"), DeliveryError)


@pytest.mark.parametrize("number", [errno.EROFS, errno.EACCES, errno.EPERM])
def test_what_takes_no_writes_is_named(tmp_path, number):
    fault = OSError(number, "no", "/company/out/runs")
    assert "/company/out/runs" in told(tmp_path, fault, DeliveryError)


def test_other_faults_of_files_stay_what_they_are(tmp_path):
    told(tmp_path, FileNotFoundError(errno.ENOENT, "gone", "x.csv"), FileNotFoundError)


def test_an_engine_that_cannot_read_on_names_the_first_line(tmp_path):
    fault = duckdb.IOException("Could not read enough bytes from file usage.parquet\nmore")
    assert "usage.parquet. If the files were written anew" in told(tmp_path, fault, SourceError)


def test_an_engine_without_room_asks_for_room(tmp_path):
    assert "memory_limit" in told(tmp_path, duckdb.OutOfMemoryException("could not allocate"), EngineError)
    assert "memory_limit" in told(tmp_path, duckdb.IOException("write failed: No space left on device"), EngineError)


@pytest.mark.parametrize("fault", [sqlite3.OperationalError("database is locked\n[SQL]"), Timeout("store.lock")])
def test_a_store_that_is_held_says_so(tmp_path, fault):
    assert "If another process holds it" in told(tmp_path, fault, ModelError)


@pytest.mark.parametrize("fault", [RefusedError("no champion"), ValueError("x")])
def test_what_was_said_on_purpose_or_is_unknown_passes_through(tmp_path, fault):
    assert told(tmp_path, fault, type(fault)) == str(fault)


def test_without_a_fault_nothing_is_said(tmp_path):
    with plain_faults(PipelineSettings(name="small", out="out", file=tmp_path / "small.toml")):
        pass
