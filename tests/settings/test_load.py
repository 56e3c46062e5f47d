"""A pipeline's TOML is read whole, or refused with every fault and its remedy."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from churnrisk.errors import SettingsError
from churnrisk.settings import PipelineSettings, load_settings, with_threads


@pytest.fixture
def toml(tmp_path: Path):
    def write(text: str) -> Path:
        file = tmp_path / "mine.toml"
        file.write_text(text, encoding="utf-8")
        return file

    return write


@pytest.fixture
def refusal(toml):
    def read(text: str) -> str:
        with pytest.raises(SettingsError) as fault:
            load_settings(toml(text))
        return str(fault.value)

    return read


def test_an_empty_toml_gives_every_default(toml):
    settings = load_settings(toml(""))
    plain = PipelineSettings(name="mine", file=settings.file)
    assert settings == plain
    assert settings.churn.horizon == 30


@pytest.mark.parametrize(
    ("text", "place", "meant"),
    [
        ("nme = 'x'", "nme", "name"),
        ("[chrun]\nkind = 'contract'", "chrun", "churn"),
        ("[churn]\nhorizn = 3", "churn.horizn", "horizon"),
        ("[source.tables.usage]\ncolums = {}", "source.tables.usage.colums", "columns"),
        ("[[source.tables.usage.parts]]\nfil = 'a'", "source.tables.usage.parts.0.fil", "file"),
        (
            "[source.tables.usage]\nlookup = [{ file = 'a', on = {}, colums = [] }]",
            "source.tables.usage.lookup.0.colums",
            "columns",
        ),
        ("[source.tables.invoice]\nfile = 'a'", "source.tables.invoice", "invoices"),
    ],
)
def test_an_unknown_key_is_answered_with_the_right_one(refusal, text, place, meant):
    told = refusal(text)
    assert f"  {place}: there is no" in told
    assert f"Did you mean '{meant}'?" in told


def test_a_name_like_no_other_lists_those_that_are_known(refusal):
    assert "Known: churn_events, customers," in refusal("[source.tables.zzz]\nfile = 'a'")


def test_all_faults_are_told_at_once(refusal):
    told = refusal("nme = 1\n[churn]\nhorizn = 3\n[engine]\nthreads = 0\n[segments]\nnames = ['a', 'b']\n")
    assert "(4 findings)" in told
    assert "engine.threads: input should be greater than 0. It is 0." in told
    assert "segments: 2 names need 1 bounds or shares, and there are 3" in told


def test_a_key_of_several_kinds_is_one_fault_in_the_users_words(refusal):
    told = refusal("[churn]\nhorizon = 'week'")
    assert "(1 finding)" in told
    assert "  churn.horizon: " in told
    assert "'month'" in told


def test_a_key_of_the_companys_own_stands_in_the_place_of_its_fault(refusal):
    assert "source.tables.usage.columns.date: " in refusal("[source.tables.usage]\ncolumns = { date = 3 }")


def test_what_is_no_toml_is_told_with_its_line(refusal):
    assert "line 2" in refusal("name = 'a'\nhorizon = = 3\n")


def test_a_file_in_another_encoding_is_refused(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_bytes("name = 'Größe'".encode("latin-1"))
    with pytest.raises(SettingsError, match="is not a TOML file"):
        load_settings(file)


def test_settings_cannot_be_changed(toml):
    settings = load_settings(toml(""))
    with pytest.raises(ValidationError):
        settings.name = "other"
    with pytest.raises(ValidationError):
        settings.churn.horizon = 3


def test_threads_are_given_in_a_copy(toml):
    settings = load_settings(toml("[engine]\nthreads = 4"))
    assert with_threads(settings, 1).engine.threads == 1
    assert with_threads(settings, None) is settings
    assert settings.engine.threads == 4


def test_paths_are_relative_to_the_tomls_own_folder(toml, tmp_path):
    settings = load_settings(toml('out = "runs"\n[source]\npath = "../data"'))
    assert settings.source_path == (tmp_path.parent / "data").resolve()
    assert settings.out_folder == (tmp_path / "runs" / "mine").resolve()


def test_paths_may_name_variables_and_the_home_folder(toml, tmp_path, monkeypatch):
    monkeypatch.setenv("OUR_DATA", str(tmp_path / "here"))
    monkeypatch.setenv("HOME", str(tmp_path))
    assert load_settings(toml('[source]\npath = "${OUR_DATA}/a"')).source_path == (tmp_path / "here" / "a").resolve()
    assert load_settings(toml('[source]\npath = "~/a"')).source_path == (tmp_path / "a").resolve()


def test_a_variable_that_is_not_set_takes_its_default_or_is_refused(toml, monkeypatch):
    monkeypatch.delenv("OUR_DATA", raising=False)
    assert load_settings(toml('[source]\npath = "${OUR_DATA:-plain}"')).source_path.name == "plain"
    with pytest.raises(SettingsError, match="OUR_DATA, which is not set"):
        _ = load_settings(toml('[source]\npath = "${OUR_DATA}"')).source_path


def test_a_benchmark_without_its_source_is_one_fault(refusal):
    text = refusal("[benchmarks.churn_rate]\nnumber = 3.0")
    assert "(1 finding)" in text
    assert "source: field required" in text


def test_one_benchmark_or_several_are_both_a_list(toml):
    one = load_settings(toml('[benchmarks.churn_rate]\nnumber = 3.0\nsource = "a report"'))
    several = load_settings(toml('[[benchmarks.churn_rate]]\nnumber = 3.0\nsource = "a report"'))
    assert one.benchmarks == several.benchmarks
