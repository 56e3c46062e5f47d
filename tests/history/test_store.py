"""A night is kept whole, read back by its cutoff, never from later, and thinned by age."""

from datetime import date, timedelta

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnrisk.history import store
from churnrisk.history.store import COLUMNS, History, history_rows, thousandths
from churnrisk.settings import HistorySettings
from tests.history.conftest import FIRST, SECOND, THIRD, listed, scored, split


def keep(history, day, chances, shares=None, name="run"):
    scores = scored(chances)
    history.write(day, name, history_rows(scores, listed(scores)), shares)


def everything(folder):
    return {path.relative_to(folder): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_a_night_is_read_back_as_it_was_written(history):
    keep(history, FIRST, {"b": 0.1, "a": 0.5}, name="2025-06-30-ab")
    rows = history.scores(FIRST)
    assert list(rows.columns) == list(COLUMNS)
    assert rows[["customer_id", "churn_probability", "on_list", "nights_on_list"]].to_numpy().tolist() == [
        ["a", 0.5, True, 1],
        ["b", 0.1, False, 0],
    ]
    assert history.run_name(FIRST) == "2025-06-30-ab"
    assert history.shares(FIRST) is None


def test_without_a_night_there_is_nothing(history):
    assert (history.nights(), history.before(FIRST), history.run_name(FIRST)) == ([], None, None)


def test_only_nights_before_the_cutoff_are_read(history):
    for day in (THIRD, FIRST, SECOND):
        keep(history, day, {"a": 0.5})
    assert history.nights() == [FIRST, SECOND, THIRD]
    assert [history.before(day) for day in (FIRST, SECOND, THIRD)] == [None, FIRST, SECOND]


def test_who_is_leaving_is_kept_without_a_probability(history):
    scores = scored({"a": 0.5})
    rows = history_rows(scores, listed(scores), pd.DataFrame({"customer_id": ["z"], "mrr": [7.5]}))
    history.write(FIRST, "run", rows, None)
    last = history.scores(FIRST).iloc[-1]
    assert (last["customer_id"], last["status"], last["on_list"], last["mrr"]) == ("z", "leaving", False, 7.5)
    assert np.isnan(last["churn_probability"])


def test_probabilities_of_further_horizons_are_kept(history):
    scores = scored({"a": 0.5}).assign(churn_probability_90=0.8)
    history.write(FIRST, "run", history_rows(scores, listed(scores)), None)
    assert history.scores(FIRST)["churn_probability_90"].tolist() == [0.8]


def test_shares_are_kept_in_thousandths(history):
    keep(history, FIRST, {"a": 0.5, "b": 0.1}, split("ba", logins=[0.12345, -40.0]))
    found = history.shares(FIRST)
    assert found["customer_id"].tolist() == ["a", "b"]
    assert found["logins"].tolist() == [-32767, 123]
    assert found["logins"].dtype == np.int16


def test_the_same_rows_give_the_same_bytes_in_any_order(tmp_path):
    shares = split("abc", logins=[0.1, 0.2, 0.3], plan=[0.0, 1.0, 0.0])
    for place, order in (("one", [0, 1, 2]), ("two", [2, 0, 1])):
        scores = scored({"a": 0.5, "b": 0.1, "c": 0.3})
        rows = history_rows(scores, listed(scores)).iloc[order]
        History(tmp_path / place).write(FIRST, "run", rows, shares.iloc[order])
    assert everything(tmp_path / "one") == everything(tmp_path / "two")


def test_a_night_written_again_replaces_the_one_before(history):
    keep(history, FIRST, {"a": 0.5}, split("a", logins=[0.1]), name="old")
    keep(history, FIRST, {"a": 0.6}, split("a", logins=[0.2]), name="new")
    assert history.run_name(FIRST) == "new"
    assert history.shares(FIRST)["logins"].tolist() == [200]
    keep(history, FIRST, {"a": 0.7}, name="without")
    assert history.shares(FIRST) is None
    assert [path.name for path in history.folder.iterdir()] == ["cutoff=2025-06-30"]


def test_shares_of_another_run_are_not_read(history):
    """What a kill between the two files of a night leaves."""
    keep(history, FIRST, {"a": 0.5}, split("a", logins=[0.1]), name="old")
    keep(history, SECOND, {"a": 0.5}, split("a", logins=[0.9]), name="new")
    (history.folder / "cutoff=2025-07-01" / "shares.parquet").replace(
        history.folder / "cutoff=2025-06-30" / "shares.parquet"
    )
    assert history.shares(FIRST) is None


def test_a_night_that_fails_half_way_leaves_the_one_before_and_nothing_else(history, monkeypatch):
    keep(history, FIRST, {"a": 0.5}, split("a", logins=[0.1]), name="old")
    before = everything(history.folder)
    monkeypatch.setattr(store, "_scores_table", lambda rows: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        keep(history, FIRST, {"a": 0.6}, split("a", logins=[0.2]), name="new")
    with pytest.raises(ZeroDivisionError):
        keep(history, SECOND, {"a": 0.6})
    assert everything(history.folder) == before
    assert history.nights() == [FIRST]


def test_duckdb_reads_all_nights_at_once(history):
    for day, chance in ((FIRST, 0.5), (SECOND, 0.4)):
        keep(history, day, {"a": chance}, split("a", logins=[0.1]))
    query = f"select cutoff, churn_probability from read_parquet('{history.folder}/*/scores.parquet') order by cutoff"
    assert duckdb.sql(query).fetchall() == [(FIRST, 0.5), (SECOND, 0.4)]


@pytest.mark.parametrize(
    ("age", "nights", "shares"), [(40, 1, True), (41, 1, False), (100, 1, False), (101, 0, False)]
)
def test_shares_go_first_and_nights_later(history, age, nights, shares):
    keep(history, FIRST, {"a": 0.5}, split("a", logins=[0.1]))
    gone = history.prune(FIRST + timedelta(days=age), HistorySettings(keep_days=100, keep_shares_days=40))
    assert len(history.nights()) == nights
    assert gone == ([] if nights else [FIRST])
    assert (nights == 1 and history.shares(FIRST) is not None) is shares


def test_a_replay_of_an_earlier_night_removes_nothing_later(history):
    keep(history, THIRD, {"a": 0.5})
    assert history.prune(date(2020, 1, 1), HistorySettings(keep_days=1)) == []
    assert history.nights() == [THIRD]


@given(st.lists(st.floats(-32, 32), min_size=1))
def test_a_share_is_kept_to_half_a_thousandth(values):
    kept = thousandths(pd.DataFrame({"logins": values}))[:, 0]
    assert np.abs(kept / 1000 - np.array(values)).max() <= 0.000502
