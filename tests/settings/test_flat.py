"""A flat source has keys of its own, and refuses what needs times."""

import pytest

from churnrisk.errors import RefusedError, SettingsError
from churnrisk.settings import FlatSource, SourceSettings, load_settings, needs_time

FLAT = '[source]\nkind = "flat"\nfile = "a.csv"\n'


@pytest.fixture
def read(tmp_path):
    def write(text):
        file = tmp_path / "mine.toml"
        file.write_text(text, encoding="utf-8")
        return load_settings(file)

    return write


@pytest.fixture
def refusal(read):
    def refused(text):
        with pytest.raises(SettingsError) as fault:
            read(text)
        return str(fault.value)

    return refused


def test_a_flat_source_is_read_with_its_keys(read):
    settings = read(FLAT + 'label = "Churn"\nexclude = ["a"]\ntypes.senior = "text"\n[validation]\nfolds = 3\n')
    assert isinstance(settings.source, FlatSource)
    assert settings.flat is settings.source
    assert settings.flat.types == {"senior": "text"}
    assert settings.validation.folds == 3
    assert settings.definition == {"kind": "flat", "label": "Churn", "churned_value": None}


def test_folds_are_five_with_seed_one_unless_the_toml_says_otherwise(read):
    settings = read(FLAT + 'label = "Churn"')
    assert (settings.validation.folds, settings.validation.seed) == (5, 1)


def test_tables_stay_the_default(read):
    settings = read("")
    assert settings.flat is None
    assert type(settings.source) is SourceSettings
    assert settings.definition == settings.churn.definition


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (FLAT, 'source.label is missing: name the column that says who left, as in label = "Churn"'),
        (FLAT + 'lable = "Churn"', "source.lable: there is no such key. Did you mean 'label'?"),
        (FLAT + 'label = "Churn"\nexclude = ["a"]\nallow = ["a"]', "a stands in exclude and in allow"),
        (
            FLAT + 'label = "Churn"\n[source.tables.usage]\nfile = "a"',
            "tables means nothing here: a flat source is one",
        ),
        (
            FLAT + 'label = "Churn"\ncomplete_to = 2025-01-01',
            "complete_to means nothing here: a flat source has no times",
        ),
        (FLAT + 'label = "Churn"\n[churn]\nhorizon = 60', "[churn] needs times, and a flat source has none"),
        (FLAT + 'label = "Churn"\n[signals]\ninclude = ["usage"]', "[signals] needs times"),
        (
            FLAT + 'label = "Churn"\ntypes.a = "txt"',
            "source.types.a: input should be 'text', 'number', 'time' or 'bool'",
        ),
        ('[source]\nlabel = "Churn"', 'source.label: there is no such key, unless one file holds all: kind = "flat"'),
        ("[validation]\nfolds = 4", "[validation] is for flat sources"),
        ('[source]\nkind = "falt"', "source.kind: input should be 'files', 'duckdb' or 'flat'. It is 'falt'"),
    ],
)
def test_what_a_flat_source_cannot_be_is_refused_in_its_own_words(refusal, text, said):
    assert said in refusal(text)


def test_what_a_team_can_influence_may_be_said_of_a_flat_source(read):
    assert read(FLAT + 'label = "Churn"\n[signals]\nactionable = ["plan"]').signals.actionable == ["plan"]


def test_what_needs_time_is_refused_on_a_flat_source_and_on_no_other():
    needs_time("A cohort", SourceSettings())
    with pytest.raises(RefusedError, match="A cohort needs to know what was when") as fault:
        needs_time("A cohort", FlatSource(label="Churn"))
    assert fault.value.exit_code == 4


def test_an_empty_section_says_nothing_and_is_refused_nowhere(read):
    assert read("[validation]").validation.folds == 5
    assert read(FLAT + 'label = "Churn"\n[churn]\n[cutoffs]').flat is not None
