import numpy as np
import pandas as pd
import pytest

from churnrisk.monitoring.kept import keep, read_kept
from churnrisk.monitoring.outcomes import ALL, outcome_rows, with_truth
from churnrisk.settings import PipelineSettings

SETTINGS = PipelineSettings(
    team={"capacity_per_day": 1, "days": [2]}, segments={"names": ["high", "low"], "shares": [0.5]}
)


@pytest.fixture
def rows():
    """Ten customers worked out by hand: three left, two of them among the four riskiest."""
    return pd.DataFrame(
        {
            "customer_id": list("abcdefghij"),
            "churn_probability": [0.9, 0.8, 0.7, 0.6, 0.2, 0.1, 0.1, 0.1, 0.1, 0.1],
            "segment": ["high"] * 4 + ["low"] * 6,
            "mrr": [1.0, 1.0, 10.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, np.nan],
            "churned": [1.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0],
        }
    ).assign(expected_loss=lambda rows: rows["churn_probability"] * rows["mrr"] * 12)


def test_a_night_is_judged_as_by_hand(rows):
    whole, high, low = outcome_rows(rows, SETTINGS, 0.3)
    assert (whole["part"], whole["customers"], whole["churners"], whole["expected"]) == (ALL, 10, 3, 3.7)
    assert whole["observed_expected"] == pytest.approx(3 / 3.7)
    assert (whole["capture_top_10"], whole["lift_top_10"]) == pytest.approx((1 / 3, 10 / 3))
    assert whole["money_lost"] == 12 * (1 + 10 + 1)
    assert (high["part"], high["customers"], high["churners"]) == ("high", 4, 2)
    assert (low["part"], low["customers"], low["churners"]) == ("low", 6, 1)
    assert high["expected"] + low["expected"] == pytest.approx(whole["expected"])
    assert high["money_lost"] + low["money_lost"] == whole["money_lost"]


def test_what_the_team_reaches_is_the_head_of_the_list(rows):
    whole = outcome_rows(rows, SETTINGS, 0.3)[0]
    assert whole["reached"] == 2
    assert whole["capture_at_capacity"] == pytest.approx(1 / 3), "a and b are the riskiest two"
    assert whole["capture_on_list"] == pytest.approx(2 / 3), "c and a head the list, which is ranked by money"
    assert whole["money_share"] == pytest.approx(11 / 12, abs=1e-6)


def test_without_mrr_money_is_empty(rows):
    whole = outcome_rows(rows.assign(mrr=np.nan, expected_loss=np.nan), SETTINGS, None)[0]
    assert whole["money_lost"] is None
    assert whole["money_share"] is None
    assert "gain" not in whole, "no base rate is known"


def test_where_nobody_left_nothing_is_made_up(rows):
    whole = outcome_rows(rows.assign(churned=0.0), SETTINGS, 0.3)[0]
    assert (whole["observed_expected"], whole["capture_top_10"], whole["roc_auc"]) == (0.0, None, None)


def test_who_has_no_label_is_counted_by_reason():
    scores = pd.DataFrame({"customer_id": ["a", "b", "c"], "churn_probability": [0.1, 0.2, np.nan]})
    labels = pd.DataFrame({"customer_id": ["a"], "churned": pd.array([None], dtype="Int64"), "left_out": ["lead"]})
    found, without = with_truth(scores, labels)
    assert found.empty
    assert without == {
        "churned between the cutoff and the first day that counts": 1,
        "not at risk in the tables as they are now": 1,
    }


def test_a_row_once_written_is_never_changed(tmp_path):
    path = tmp_path / "outcomes.parquet"
    first = pd.DataFrame({"cutoff": ["2025-06-01"] * 2, "run": "a", "part": ["all", "high"], "churners": [3, 2]})
    keep(path, first)
    before = path.read_bytes()
    assert keep(path, first.assign(churners=9))["churners"].tolist() == [3, 2]
    assert path.read_bytes() == before, "a second run adds nothing"
    other = first.assign(run="b", churners=4)
    assert keep(path, other)["churners"].tolist() == [3, 2, 4, 4]
    assert [one.name for one in tmp_path.iterdir()] == ["outcomes.parquet"]


def test_a_table_that_was_damaged_is_told(tmp_path):
    path = tmp_path / "outcomes.parquet"
    path.write_bytes(b"no parquet")
    with pytest.raises(Exception, match="Put it back from a backup, or remove it"):
        read_kept(path)
