"""Several horizons: what they are, what they may not be, and when a model's definition is another."""

import pytest
from pydantic import ValidationError

from churnrisk.errors import SettingsError
from churnrisk.settings import ChurnSettings, load_settings


def test_the_first_of_several_horizons_is_the_horizon():
    churn = ChurnSettings(horizons=[30, 60, 90])
    assert churn.horizon == 30
    assert churn.every_horizon == [30, 60, 90]
    assert churn.further_horizons == [60, 90]


@pytest.mark.parametrize("given", [{"horizons": [60]}, {"horizon": 60, "horizons": [60]}, {"horizon": 60}])
def test_one_horizon_is_the_same_however_it_is_said(given):
    assert ChurnSettings(**given) == ChurnSettings(horizon=60)
    assert ChurnSettings(**given).every_horizon == [60]
    assert ChurnSettings(**given).further_horizons == []


def test_a_month_stands_alone():
    assert ChurnSettings(horizon="month").every_horizon == ["month"]
    with pytest.raises(ValidationError):
        ChurnSettings(horizons=["month", 60])


@pytest.mark.parametrize("horizon", [60, "month"])
def test_two_that_disagree_are_refused(horizon):
    with pytest.raises(ValidationError, match=r"horizons begin with 30.*Give one of the two, or let them agree"):
        ChurnSettings(horizon=horizon, horizons=[30, 60])
    assert ChurnSettings(horizon=30, horizons=[30, 60]).further_horizons == [60]


@pytest.mark.parametrize("horizons", [[30, 30], [60, 30], [30, 90, 60]])
def test_horizons_that_do_not_rise_are_refused(horizons):
    with pytest.raises(ValidationError, match="horizons should rise"):
        ChurnSettings(horizons=horizons)


@pytest.mark.parametrize("horizons", [[0, 30], [-1], ["a"], [1.5]])
def test_a_horizon_that_is_no_number_of_days_is_refused_once(horizons):
    with pytest.raises(ValidationError) as fault:
        ChurnSettings(horizons=horizons)
    assert fault.value.error_count() == 1


def test_a_file_in_which_they_disagree_says_so_in_its_own_words(tmp_path):
    file = tmp_path / "two.toml"
    file.write_text("[churn]\nhorizon = 60\nhorizons = [30, 60]\n", encoding="utf-8")
    with pytest.raises(SettingsError, match="churn: horizon is 60 and horizons begin with 30: the first of horizons"):
        load_settings(file)


def test_labels_are_certain_after_the_first_horizon_and_the_embargo_lasts_for_the_longest():
    churn = ChurnSettings(horizons=[30, 90], lead_days=5, grace_days=7)
    assert (churn.settled_days, churn.embargo_days) == (42, 102)
    assert ChurnSettings().embargo_days == ChurnSettings().settled_days == 37


def test_silence_must_be_able_to_end_within_the_first_horizon():
    assert ChurnSettings(kind="inactivity", inactive_days=30, horizons=[30, 60]).embargo_days == 60
    with pytest.raises(ValidationError, match="most customers could not churn in time"):
        ChurnSettings(kind="inactivity", inactive_days=60, horizons=[30, 60])


def test_one_horizon_leaves_the_definition_as_it_always_was():
    assert "horizons" not in ChurnSettings(horizons=[30]).definition
    assert ChurnSettings(horizons=[30, 60]).definition["horizons"] == [30, 60]


def test_a_model_of_other_horizons_is_another_definition():
    several = ChurnSettings(horizons=[30, 60])
    assert several.differences(several.definition) == {}
    assert several.differences(ChurnSettings().definition) == {"horizons": ([30], [30, 60])}
    assert ChurnSettings().differences(several.definition) == {"horizons": ([30, 60], [30])}
    assert ChurnSettings(grace_days=9).differences(ChurnSettings().definition) == {"grace_days": (7, 9)}


def test_a_definition_survives_its_plain_form():
    several = ChurnSettings(horizons=[30, 60])
    assert ChurnSettings(**several.definition) == several
