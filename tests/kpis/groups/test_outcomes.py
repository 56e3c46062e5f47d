"""What each group is worth, and who left."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from churnrisk.kpis.groups.outcomes import apart, group_table

NEWEST = pd.DataFrame({"group": ["a", "a", "b", "b"], "mrr": [10.0, 20.0, 30.0, 40.0]})


def past(left_a: int, left_b: int, each: int = 200) -> pd.DataFrame:
    """Give two groups of so many customers of which so many left, each paying 5."""
    churned = [*[1] * left_a, *[0] * (each - left_a), *[1] * left_b, *[0] * (each - left_b)]
    return pd.DataFrame({"group": ["a"] * each + ["b"] * each, "churned": churned, "mrr": 5.0})


def test_figures_come_out_by_hand():
    table = group_table(NEWEST, past(10, 40), ["a", "b"]).set_index("group")
    assert table.loc["a", ["customers", "share", "mrr", "mrr_share", "arpa"]].tolist() == [2, 0.5, 30.0, 0.3, 15.0]
    assert table.loc["a", ["observed", "churned", "churn_rate", "mrr_lost", "revenue_churn"]].tolist() == [
        200,
        10,
        5.0,
        50.0,
        5.0,
    ]
    assert table.loc["a", "low"] == pytest.approx(2.738, abs=0.01)
    assert table.loc["a", "high"] == pytest.approx(8.957, abs=0.01)


def test_a_group_that_leaves_more_than_chance_explains_is_marked():
    assert group_table(NEWEST, past(10, 40), ["a", "b"])["differs"].tolist() == ["lower", "higher"]
    assert group_table(NEWEST, past(10, 12), ["a", "b"])["differs"].tolist() == ["", ""]


def test_without_outcomes_there_are_no_rates():
    table = group_table(NEWEST, past(1, 1).head(0), ["a", "b"])
    assert table["churn_rate"].isna().all()
    assert (table["differs"] == "").all()


def test_without_mrr_there_is_no_money():
    table = group_table(NEWEST.assign(mrr=np.nan), past(10, 40).assign(mrr=np.nan), ["a", "b"])
    assert table["mrr_lost"].isna().all()
    assert table["churned"].tolist() == [10, 40]


def test_a_group_that_is_empty_today_still_has_its_past():
    table = group_table(NEWEST[NEWEST["group"] == "a"], past(10, 40), ["a", "b"]).set_index("group")
    assert table.loc["b", "customers"] == 0
    assert table.loc["b", "churned"] == 40


def test_horizons_that_count_do_not_overlap():
    days = [date(2025, month, 1) for month in range(1, 13)]
    assert apart(days, "month") == days
    assert [day.month for day in apart(days, 60)] == [2, 4, 6, 8, 10, 12]
    assert apart([], 30) == []
