"""Bounds of a night as a TOML sets them."""

import pytest

from churnrisk.errors import SettingsError
from churnrisk.settings import load_settings


def settings(tmp_path, line):
    file = tmp_path / "small.toml"
    file.write_text(f"[nightly]\n{line}\n", encoding="utf-8")
    return load_settings(file).nightly


def test_ages_are_set_table_by_table(tmp_path):
    assert settings(tmp_path, "max_age_days = { usage = 2, invoices = 35 }").max_age_days == {
        "usage": 2,
        "invoices": 35,
    }


def test_a_table_that_there_is_not_is_answered_with_the_right_one(tmp_path):
    with pytest.raises(SettingsError, match=r"there is no table of this name\. Did you mean 'usage'"):
        settings(tmp_path, "max_age_days = { usge = 2 }")


@pytest.mark.parametrize(
    "line", ["max_shrink = 1.5", "max_growth = 0", "max_model_age_days = 0", 'ping = "https://hc.example.com/a"']
)
def test_bounds_that_mean_nothing_are_refused(tmp_path, line):
    with pytest.raises(SettingsError, match=line.split()[0]):
        settings(tmp_path, line)


def test_the_ping_is_the_name_of_a_variable_never_the_address(tmp_path):
    assert settings(tmp_path, 'ping = "NIGHT_PING"').ping == "NIGHT_PING"
