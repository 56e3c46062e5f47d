"""Planted leaks are found before training; what was only suspected stays until someone settles it."""

import numpy as np
import pandas as pd
import pytest

from churnrisk.errors import SettingsError
from churnrisk.settings import FairnessSettings, FlatSource, PipelineSettings
from churnrisk.sources.flat import FlatTable
from churnrisk.training.screen import names_told, screen
from tests.flat_company import made_rows

ROWS = made_rows(600)
LEFT = (ROWS["Churn"] == "Yes").to_numpy().astype(float)
RANDOM = np.random.default_rng(7)


def screened(columns=None, *, left=LEFT, protected=(), **told):
    X = pd.DataFrame({"plan": ROWS["plan"].astype("str"), "tenure": ROWS["tenure"].astype(float)}).assign(
        **(columns or {})
    )
    table = FlatTable(X, ROWS["CustomerID"].to_numpy(), left)
    source = FlatSource(label="Churn", **told)
    return screen(table, PipelineSettings(source=source, fairness=FairnessSettings(protected=list(protected))))


def found(result, name):
    return [(one.code, one.is_open) for one in result.findings if one.column == name]


def noisy(share=0.01):
    return np.where(RANDOM.random(len(LEFT)) < share, 1 - LEFT, LEFT)


def test_clean_columns_are_all_read_and_nothing_is_found():
    result = screened()
    assert result.features == ["plan", "tenure"]
    assert result.findings == []
    assert not result.is_open


@pytest.mark.parametrize("as_text", [False, True])
def test_a_copy_of_the_label_with_noise_is_left_out_with_the_evidence(as_text):
    copy = noisy()
    result = screened({"outcome": pd.Series(np.where(copy == 1, "gone", "here")) if as_text else copy})
    assert result.features == ["plan", "tenure"]
    assert found(result, "outcome") == [("label_leak", True)]
    told = names_told(result.findings)[0]
    assert "outcome alone tells who left: AUC 0.9" in told
    assert 'exclude = ["outcome"], or allow = ["outcome"]' in told
    assert result.columns[-1].auc > 0.98


def test_a_column_filled_after_the_customer_left_is_left_out_when_it_tells_all():
    result = screened({"ended": pd.Series(np.where(LEFT == 1, "moved", None)).astype("str").where(LEFT == 1)})
    assert result.features == ["plan", "tenure"]
    assert "Besides, it is filled in" in names_told(result.findings)[0]


def test_a_column_filled_for_some_churners_is_a_finding_with_its_numbers():
    some = (LEFT == 1) & (RANDOM.random(len(LEFT)) < 0.5)
    result = screened({"why": pd.Series(np.where(some, "price", None)).astype("str").where(some)})
    assert found(result, "why") == [("filled_for_churners", True)]
    assert f"it is filled in {some.sum()} rows, {some.sum()} of them churners" in names_told(result.findings)[0]


def test_a_time_filled_for_churners_is_left_out_as_a_time_and_still_told():
    when = pd.Series(pd.to_datetime(np.where((LEFT == 1) & (np.arange(len(LEFT)) % 2 == 0), "2024-05-01", None)))
    result = screened({"last_call": when})
    assert result.columns[-1].why_not == "time"
    assert ("filled_for_churners", True) in found(result, "last_call")


def test_a_column_named_like_the_label_is_a_finding_and_stays():
    result = screened({"churn_group": RANDOM.random(len(LEFT))})
    assert found(result, "churn_group") == [("named_like_label", True)]
    assert "churn_group" in result.features
    assert "Alone it gives AUC 0." in names_told(result.findings)[0]


def test_exclude_settles_a_finding_and_leaves_the_column_out():
    result = screened(
        {"churn_group": RANDOM.random(len(LEFT)), "outcome": noisy()}, exclude=["churn_group", "outcome"]
    )
    assert result.features == ["plan", "tenure"]
    assert not result.is_open
    assert [one.why_not for one in result.columns[2:]] == ["excluded", "excluded"]


def test_allow_settles_a_finding_and_keeps_the_column():
    result = screened({"churn_group": RANDOM.random(len(LEFT)), "outcome": noisy()}, allow=["churn_group", "outcome"])
    assert result.features == ["plan", "tenure", "churn_group", "outcome"]
    assert not result.is_open
    assert "It is kept, as allow says." in result.findings[0].sentence


def test_ids_constants_times_and_duplicates_are_left_out_and_need_nobody():
    many = {
        "row": np.arange(len(LEFT)) + 1.0,
        "country": "CH",
        "since": pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(len(LEFT)) % 50, unit="D"),
        "plan_code": pd.Series(ROWS["plan"] == "yearly").map({True: "Y", False: "M"}).astype("str"),
    }
    result = screened(many)
    assert [one.why_not for one in result.columns[2:]] == ["id-like", "constant", "time", "the same as plan"]
    assert not result.is_open
    assert result.features == ["plan", "tenure"]


def test_allow_keeps_what_looks_like_an_id_or_a_duplicate():
    result = screened(
        {"row": np.arange(len(LEFT)) + 1.0, "months": ROWS["tenure"].astype(float)}, allow=["row", "months"]
    )
    assert result.features == ["plan", "tenure", "row", "months"]


def test_a_protected_column_is_no_feature_nor_is_one_that_says_the_same():
    coded = pd.Series(ROWS["plan"] == "yearly").map({True: "Y", False: "M"}).astype("str")
    result = screened({"plan_code": coded}, protected=["plan"])
    assert result.features == ["tenure"]
    assert [one.why_not for one in result.columns] == ["protected", "", "the same as plan"]


def test_a_word_among_numbers_must_be_looked_at_until_a_type_is_said():
    column = pd.Series(
        np.where(np.arange(len(LEFT)) % 50 == 0, "n/a", (np.arange(len(LEFT)) % 90).astype(str))
    ).astype("str")
    assert found(screened({"spend": column}), "spend") == [("mostly_numbers", True)]
    assert found(screened({"spend": column}, types={"spend": "text"}), "spend") == []


def test_rows_without_a_label_are_told_and_teach_nothing():
    left = LEFT.copy()
    left[:10] = np.nan
    result = screened(left=left)
    assert len(result.churned) == len(result.X) == len(LEFT) - 10
    assert result.findings[0].sentence == "10 rows have no label: they are scored, and teach nothing."


def test_nothing_left_to_learn_from_is_refused_with_every_reason():
    with pytest.raises(SettingsError, match=r"plan: excluded; tenure: excluded\). Take names out of exclude"):
        screened(exclude=["plan", "tenure"])
