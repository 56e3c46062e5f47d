"""What settings accept, and that each of them says what it means."""

import pytest
from pydantic import ValidationError

from churnrisk.settings import ChurnSettings, EngineSettings, PipelineSettings, SegmentSettings, TableSource
from churnrisk.settings.base import Settings
from churnrisk.settings.source import TABLES, FilePart
from churnrisk.tables.contracts import CONTRACTS


def groups() -> list[type[Settings]]:
    found: list[type[Settings]] = []
    waiting: list[type[Settings]] = [Settings]
    while waiting:
        found += (new := waiting.pop().__subclasses__())
        waiting += new
    return [one for one in found if one.__module__.startswith("churnrisk.settings")]


@pytest.mark.parametrize("group", groups(), ids=lambda group: group.__name__)
def test_every_key_says_what_it_means_in_one_sentence(group):
    assert (group.__doc__ or "").strip()
    for name, field in group.model_fields.items():
        is_group = isinstance(field.annotation, type) and issubclass(field.annotation, Settings)
        optional_group = "Settings" in str(field.annotation)
        if not is_group and not optional_group:
            assert field.description, f"{group.__name__}.{name} has no line of doc"
            assert field.description.rstrip().endswith("."), f"{group.__name__}.{name}: a sentence ends with a point"


#: Groups that stand for one thing that a user adds: what it is must be said.
NAMED_BY_THE_USER = {
    *("Lookup", "Benchmark", "EmailSettings", "WebhookSettings", "ActionRule"),
    *("DatabasePlace", "WebhookPlace", "SalesforcePlace", "HubspotPlace"),
}


@pytest.mark.parametrize(
    "group", [one for one in groups() if one.__name__ not in NAMED_BY_THE_USER], ids=lambda g: g.__name__
)
def test_every_key_has_a_default(group):
    assert not [name for name, field in group.model_fields.items() if field.is_required()]
    group()


def test_the_tables_of_the_settings_are_those_of_the_contracts():
    assert set(TABLES) == set(CONTRACTS)


def test_inactivity_needs_a_horizon_in_which_silence_can_end():
    assert ChurnSettings(kind="inactivity", inactive_days=90, horizon=60, lead_days=30).settled_days == 90
    with pytest.raises(ValidationError, match="most customers could not churn in time"):
        ChurnSettings(kind="inactivity", inactive_days=90, horizon=60, lead_days=29)


def test_a_contract_may_look_ahead_less_than_inactive_days():
    assert ChurnSettings(horizon=30, inactive_days=90).settled_days == 37


def test_a_month_counts_as_its_longest():
    assert ChurnSettings(kind="inactivity", inactive_days=31, horizon="month").settled_days == 31


@pytest.mark.parametrize("horizon", [0, -1, "week", 1.5])
def test_a_horizon_that_is_no_stretch_of_days_is_refused(horizon):
    with pytest.raises(ValidationError):
        ChurnSettings(horizon=horizon)


@pytest.mark.parametrize(
    "given",
    [
        {"shares": [0.2, 0.07, 0.02]},
        {"bounds": [0.1, 0.2, 0.3]},
        {"shares": [0.1]},
        {"names": ["all"], "shares": []},
        {"shares": [0.02, 0.07, 1.2]},
    ],
    ids=["falling shares", "rising bounds", "too few", "one segment", "above 1"],
)
def test_segments_that_do_not_fit_are_refused(given):
    with pytest.raises(ValidationError):
        SegmentSettings(**given)


def test_segments_take_falling_bounds_instead_of_shares():
    assert SegmentSettings(names=["high", "low"], bounds=[0.3]).bounds == [0.3]


def test_a_table_has_either_a_file_or_parts():
    assert TableSource(parts=[FilePart(file="a.csv")]).file is None
    with pytest.raises(ValidationError, match="either file or parts"):
        TableSource(file="b.csv", parts=[FilePart(file="a.csv")])


@pytest.mark.parametrize("threads", ["two", 0, 1.5])
def test_a_value_of_the_wrong_type_is_refused(threads):
    with pytest.raises(ValidationError):
        EngineSettings(threads=threads)


def test_no_group_takes_an_unknown_key():
    for group in groups():
        assert group.model_config["extra"] == "forbid"
        assert group.model_config["frozen"]


def test_out_and_cards_bear_the_pipelines_name(tmp_path):
    settings = PipelineSettings(name="mine", file=tmp_path / "pipelines" / "mine.toml")
    assert settings.out_folder == (tmp_path / "out" / "mine").resolve()
    assert settings.card_folder == (tmp_path / "models" / "mine").resolve()
