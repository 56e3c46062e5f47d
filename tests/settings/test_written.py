"""Settings written as a TOML say every default, and mean the same when they are read."""

import tomllib
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnrisk.settings import PipelineSettings
from churnrisk.settings.base import Settings
from churnrisk.settings.written import comment, section, toml_key, toml_value

SECTIONS = {
    name: field.annotation
    for name, field in PipelineSettings.model_fields.items()
    if isinstance(field.annotation, type) and issubclass(field.annotation, Settings)
}
PLAIN = st.one_of(st.text(), st.integers(-(2**53), 2**53), st.booleans(), st.dates(min_value=date(1, 1, 1)))


@given(st.dictionaries(st.text(), st.one_of(PLAIN, st.lists(PLAIN), st.dictionaries(st.text(), PLAIN))))
def test_values_are_read_as_they_were_written(values):
    written = "\n".join(f"{toml_key(name)} = {toml_value(value)}" for name, value in values.items())
    assert tomllib.loads(written) == values


@given(st.text())
def test_any_text_can_stand_in_a_comment(text):
    assert tomllib.loads("\n".join(comment(text))) == {}


@pytest.mark.parametrize("name", SECTIONS)
def test_a_section_names_every_key_with_its_meaning(name):
    lines = section(name, SECTIONS[name])
    text = " ".join(" ".join(lines).replace("# ", "").split())
    for key, field in SECTIONS[name].model_fields.items():
        assert f"{key} = " in text or f"{key} is not set. " in text
        assert " ".join(field.description.split()) in text


@pytest.mark.parametrize("name", SECTIONS)
def test_a_default_means_the_same_without_its_mark(name):
    settable = [line.removeprefix("# ") for line in section(name, SECTIONS[name]) if _is_setting(line)]
    found = tomllib.loads("\n".join(settable))
    assert SECTIONS[name].model_validate(found) == SECTIONS[name]()


def test_what_is_set_stands_without_a_mark():
    lines = section("churn", SECTIONS["churn"], {"kind": "recorded"}, ["day"])
    assert tomllib.loads("\n".join(lines)) == {"churn": {"kind": "recorded"}}
    assert not any("day = " in line for line in lines if line.startswith("# day"))


def _is_setting(line: str) -> bool:
    key, equals, _ = line.removeprefix("# ").partition(" = ")
    return bool(equals) and key.isidentifier()
