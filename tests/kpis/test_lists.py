"""Segments of the newest list: which list counts when, and who stood on none."""

from datetime import date, datetime

import pandas as pd
import pytest

from churnrisk.errors import SettingsError
from churnrisk.history.store import History, history_rows
from churnrisk.kpis.lists import lists_in, nights_in, with_segment
from churnrisk.kpis.periods import lay_periods
from churnrisk.settings import ScopeSettings
from tests.kpis.companies import ledger_of, random_company

GROUPED = ("2024-02-01", "2024-04-01")
MONTHS = lay_periods("month", datetime(2025, 1, 1), datetime(2025, 5, 1), 7)


def write_list(folder, day, segments, leaving=()):
    place = folder / day
    place.mkdir(parents=True)
    rows = {"customer_id": list(segments), "segment": list(segments.values())}
    pd.DataFrame(rows, dtype="str").to_parquet(place / "scores.parquet")
    pd.DataFrame({"customer_id": list(leaving)}, dtype="str").to_csv(place / "leaving.csv", index=False)


def told(engine, folder, periods=MONTHS, customer="007"):
    runs = pd.DataFrame({"customer_id": [customer], "tiling": 0, "first": 0, "last": 4, "mrr": 5})
    runs = engine.frame(runs.astype({"tiling": "int32", "first": "int32", "last": "int32"}))
    rows = engine.rows(with_segment(runs, nights_in(folder), periods, engine)).sort_values("first")
    return [(row.first, row.last, row.segment) for row in rows.itertuples()]


def test_a_run_is_cut_where_a_newer_list_begins_to_count(engine, tmp_path):
    write_list(tmp_path, "2025-01-20", {"007": "high"})
    write_list(tmp_path, "2025-04-01", {"007": "low"})
    assert told(engine, tmp_path) == [(0, 0, "no list"), (1, 2, "high"), (3, 4, "low")]


def test_only_the_newest_list_before_a_boundary_counts(engine, tmp_path):
    for day, segment in (("2025-01-05", "critical"), ("2025-01-20", "high"), ("2025-02-02", "low")):
        write_list(tmp_path, day, {"007": segment})
    assert told(engine, tmp_path) == [(0, 0, "no list"), (1, 1, "high"), (2, 4, "low")]


def test_who_stood_on_no_list_or_was_leaving_is_named_so(engine, tmp_path):
    write_list(tmp_path, "2024-12-31", {"001": "high"}, leaving=["007"])
    assert told(engine, tmp_path) == [(0, 4, "leaving")]
    assert told(engine, tmp_path, customer="999") == [(0, 4, "not listed")]


def test_without_lists_there_is_one_segment(engine, tmp_path):
    (tmp_path / "runs").mkdir()
    (tmp_path / "2025-13-77").mkdir()
    assert lists_in(tmp_path) == {}
    assert told(engine, tmp_path) == [(0, 4, "no list")]


def keep_night(folder, day, segments, leaving=()):
    """The same night as the history keeps it."""
    scores = pd.DataFrame({"customer_id": list(segments), "segment": list(segments.values())}, dtype="str")
    scores["churn_probability"] = 0.5
    rows = history_rows(scores, scores[:0], pd.DataFrame({"customer_id": list(leaving)}, dtype="str"))
    History(folder / "history").write(date.fromisoformat(day), "run", rows, None)


def test_the_history_tells_a_night_whose_files_are_gone(engine, tmp_path):
    write_list(tmp_path, "2025-01-20", {"007": "high", "001": "low"})
    keep_night(tmp_path, "2025-04-01", {"007": "low"}, leaving=["001"])
    assert list(lists_in(tmp_path)) == [date(2025, 1, 20)]
    assert told(engine, tmp_path) == [(0, 0, "no list"), (1, 2, "high"), (3, 4, "low")]
    assert told(engine, tmp_path, customer="001") == [(0, 0, "no list"), (1, 2, "low"), (3, 4, "leaving")]


def test_the_history_and_the_files_of_a_night_say_the_same(engine, tmp_path):
    for place, write in (("files", write_list), ("kept", keep_night)):
        write(tmp_path / place, "2025-01-20", {"007": "high"}, leaving=["001"])
    for customer in ("007", "001", "999"):
        found = [told(engine, tmp_path / place, customer=customer) for place in ("files", "kept")]
        assert found[0] == found[1]


@pytest.mark.parametrize("unit", ["month", "rolling:30d"])
def test_parts_by_segment_add_up_to_the_whole(engine, tmp_path, unit):
    company = random_company(11)
    names = [one.name for one in company.customers]
    for day, step in (("2024-02-10", 2), ("2024-04-01", 3), ("2024-04-20", 5)):
        segments = {name: ("high", "low")[place % step > 0] for place, name in enumerate(names[:-9])}
        write_list(tmp_path / "small", day, segments, leaving=names[-9:-5])
    settings = {"out": str(tmp_path)}
    ledger = ledger_of(engine, company, unit, by=("segment",), **settings)
    counts = [
        "customers_start",
        "customers_end",
        "new",
        "reactivated",
        "churned",
        "mrr_start",
        "mrr_end",
        "churned_mrr",
    ]
    rows = [ledger.workshop.engine.rows(ledger.counted(split)) for split in ("segment", None)]
    parts, whole = (one.groupby(["tiling", "period"])[counts].sum().astype("float64") for one in rows)
    pd.testing.assert_frame_equal(parts, whole)
    assert {"high", "low", "leaving", "not listed", "no list"} <= set(rows[0]["value"])


def test_a_scope_of_segments_is_the_part_of_the_split(engine, tmp_path):
    company = random_company(12)
    write_list(tmp_path / "small", "2024-03-01", {one.name: "high" for one in company.customers[::2]})
    settings = {"out": str(tmp_path)}
    parts = ledger_of(engine, company, by=("segment",), **settings)
    part = parts.workshop.engine.rows(parts.counted("segment")).query("value == 'high'").reset_index(drop=True)
    scope = ScopeSettings(segments=["high"])
    inside = ledger_of(engine, company, by=(), scope=scope, **settings)
    whole = inside.workshop.engine.rows(inside.counted())
    pd.testing.assert_frame_equal(whole.drop(columns="value"), part.drop(columns="value"))
    assert whole.churned.sum() > 0


def test_parts_by_group_add_up_to_the_whole_once_groups_were_made(engine, tmp_path):
    company = random_company(11)
    settings = {"out": str(tmp_path)}
    with pytest.raises(SettingsError, match="There is no split named 'group'"):
        ledger_of(engine, company, by=("group",), **settings)
    place = tmp_path / "small" / "groups"
    place.mkdir(parents=True)
    names = [one.name for one in company.customers[:-9]]
    rows = [(name, day, ("heavy use", "rare use")[at % 3 > 0]) for at, name in enumerate(names) for day in GROUPED]
    history = pd.DataFrame(rows, columns=["customer_id", "cutoff", "group"])
    history.assign(cutoff=pd.to_datetime(history["cutoff"])).to_parquet(place / "history.parquet")
    ledger = ledger_of(engine, company, by=("group",), **settings)
    counts = ["customers_start", "customers_end", "new", "churned", "mrr_start", "mrr_end"]
    found = [ledger.workshop.engine.rows(ledger.counted(split)) for split in ("group", None)]
    parts, whole = (one.groupby(["tiling", "period"])[counts].sum().astype("float64") for one in found)
    pd.testing.assert_frame_equal(parts, whole)
    assert set(found[0]["value"]) >= {"heavy use", "rare use", "not grouped"}
