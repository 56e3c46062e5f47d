"""The sample company is written where its pipeline looks, and nowhere twice."""

from pathlib import Path

import pytest

from churnrisk.errors import SettingsError
from churnrisk.flows import sample
from churnrisk.settings import PipelineSettings, SampleSettings, SourceSettings
from churnrisk.sources.sample import SampleReport

NOTHING = {"customers": None, "months": None, "signal": None, "seed": None}


@pytest.fixture
def asked(monkeypatch):
    """Keep what would be written, and write one table."""
    calls = []

    def write(folder, settings, churn):
        calls.append((folder, settings))
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"customers.{settings.format}").write_bytes(b"")
        return SampleReport(folder, {"customers": settings.customers})

    monkeypatch.setattr(sample, "write_sample", write)
    return calls


def pipeline(folder: Path, **more) -> PipelineSettings:
    told = {"sample": SampleSettings(customers=50, seed=3), **more}
    return PipelineSettings(name="sample", source=SourceSettings(path="data"), file=folder / "sample.toml", **told)


def run(settings, wanted=NOTHING, out=None, if_missing=False):
    return sample.run(settings, wanted, out=out, if_missing=if_missing)


def test_tables_go_where_the_pipeline_reads_them(tmp_path, asked):
    result = run(pipeline(tmp_path))
    assert result.folder == (tmp_path / "data").resolve()
    assert result.rows == {"customers": 50}
    assert asked[0][1].seed == 3


def test_what_the_command_asks_for_goes_before_the_toml(tmp_path, asked):
    run(pipeline(tmp_path), {**NOTHING, "customers": 7, "signal": 0.0}, out=tmp_path / "other")
    folder, settings = asked[0]
    assert (folder, settings.customers, settings.signal, settings.seed) == (tmp_path / "other", 7, 0.0, 3)


def test_tables_that_are_there_are_left_alone_where_that_is_asked(tmp_path, asked):
    run(pipeline(tmp_path))
    again = run(pipeline(tmp_path), if_missing=True)
    assert (again.rows, again.reason) == ({}, "the tables are there")
    assert len(asked) == 1


def test_missing_tables_are_written_where_that_is_asked(tmp_path, asked):
    assert run(pipeline(tmp_path), if_missing=True).rows == {"customers": 50}


def test_a_pipeline_of_a_companys_own_has_no_sample_to_write(tmp_path, asked):
    own = pipeline(tmp_path, sample=None)
    assert run(own, if_missing=True).reason == "the pipeline reads tables of its own"
    with pytest.raises(SettingsError, match=r"sample\.toml has no \[sample\]"):
        run(own)
    assert asked == []


def test_a_wrong_wish_is_refused_before_anything_is_written(tmp_path, asked):
    with pytest.raises(SettingsError, match=r"--customers: .*greater than 0. It is -1.*; --signal: "):
        run(pipeline(tmp_path), {**NOTHING, "customers": -1, "signal": 2.0})
    assert asked == []
