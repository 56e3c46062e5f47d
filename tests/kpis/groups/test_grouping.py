"""Groups as plain data."""

import json
from datetime import date

import numpy as np
import pandas as pd
import pytest

from churnrisk.delivery.files import write_json
from churnrisk.errors import ModelError
from churnrisk.kpis.groups.grouping import agreement, fit_grouping, read_grouping
from churnrisk.kpis.groups.scaling import learn_scales

SIGNALS = ["usage_count_84d", "usage_ratio_84d"]


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    random = np.random.default_rng(0)
    style = random.integers(0, 2, 300)
    count = random.poisson(np.where(style, 60, 5)).astype(float)
    return pd.DataFrame({SIGNALS[0]: count, SIGNALS[1]: random.normal(1, 0.1, 300), "style": style})


@pytest.fixture(scope="module")
def grouping(rows):
    return fit_grouping(
        rows, learn_scales(rows, SIGNALS), 2, kind="groups", day=date(2025, 1, 1), seed=0, asked=SIGNALS
    )


def test_customers_fall_into_the_planted_groups(rows, grouping):
    assert sorted(grouping.names) == ["heavy use", "light use"]
    assert ((np.array(grouping.assigned(rows)) == "heavy use") == (rows["style"] == 1)).all()


def test_read_again_they_assign_the_same(rows, grouping, tmp_path):
    write_json(grouping.as_plain(), tmp_path / "groups.json")
    again = read_grouping(tmp_path / "groups.json")
    assert again is not None
    assert again.assigned(rows) == grouping.assigned(rows)
    assert again.as_plain() == grouping.as_plain()


def test_a_customer_without_use_is_assigned(grouping):
    assert grouping.assigned({SIGNALS[0]: [0.0], SIGNALS[1]: [np.nan]}) == ["light use"]


def test_there_may_be_none_yet(tmp_path):
    assert read_grouping(tmp_path / "groups.json") is None


@pytest.mark.parametrize(
    "change",
    [
        {"form": 2},
        {"kind": "clouds"},
        {"scales": []},
        {"average": []},
        {"groups": [{"name": "a"}]},
        {"fitted_at": "then"},
    ],
)
def test_a_file_that_holds_something_else_is_refused(grouping, tmp_path, change):
    file = tmp_path / "groups.json"
    file.write_text(json.dumps(grouping.as_plain() | change), encoding="utf-8")
    with pytest.raises(ModelError, match="--refit"):
        read_grouping(file)
    file.write_text("{", encoding="utf-8")
    with pytest.raises(ModelError, match="--refit"):
        read_grouping(file)


def test_groups_found_anew_agree_while_use_is_the_same_and_not_when_it_changed(rows, grouping):
    assert agreement(grouping, rows) == 1.0
    other = rows.assign(usage_count_84d=60.0, usage_ratio_84d=np.where(rows["style"], 0.2, 1.0))
    assert agreement(grouping, other) < 0.5
