"""The benchmark of key figures on a small company: ratios, valid JSON, a company as real ones are."""

import json
from pathlib import Path

import pandas as pd
import pytest

from churnrisk.bench import as_text
from churnrisk.bench.kpis import COMMAND, FLOOR, LEDGER, run, verdict
from churnrisk.bench.subscribers import MONTHS, last_day, subscribers


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, pd.DataFrame]:
    folder = tmp_path_factory.mktemp("bench")
    return folder, run(customers=2_000, runs=1, folder=folder, say=lambda line: None)


def test_the_table_and_the_command_have_their_ratio_to_the_floor(measured):
    _, table = measured
    rows = table.set_index("work")
    assert rows.times_floor[FLOOR] == 1.0
    assert rows.times_floor[[LEDGER, COMMAND]].gt(0).all()
    assert rows.peak_mib[[FLOOR, LEDGER, COMMAND]].between(10, 4000).all()
    assert rows.allowed[LEDGER] == 12


def test_every_month_and_split_is_counted(measured):
    folder, _ = measured
    written = json.loads((folder / "kpis.json").read_text())
    made = written["every_run"][LEDGER][0]["made"]
    assert made["months"] == MONTHS
    assert made["rows"] == written["every_run"][COMMAND][0]["made"]["rows"] > MONTHS * 100


@pytest.mark.parametrize(
    ("times", "peak", "told"), [(11.9, 900.0, "within"), (12.1, 900.0, "beyond"), (9, 5e3, "bey")]
)
def test_the_verdict_holds_both_limits(measured, times, peak, told):
    table = measured[1].copy()
    table.loc[table.work == LEDGER, "times_floor"] = times
    table.loc[table.work == LEDGER, "peak_mib"] = peak
    assert told in verdict(table)
    assert "nan" not in as_text(table)


def test_the_company_has_renewals_gaps_overlaps_trials_and_returns(tmp_path):
    folder = subscribers(3_000, tmp_path)
    rows = pd.read_parquet(folder / "subscriptions.parquet").sort_values(["customer_id", "started_at"])
    assert 2 < len(rows) / rows.customer_id.nunique() < 3.5
    before = rows.groupby("customer_id").ended_at.shift()
    days = (rows.started_at - before).dt.total_seconds() / 86400
    assert 0.005 < (days < 0).mean() < 0.05
    assert 0.005 < days.between(0.5, 7).mean() < 0.05
    assert (days > 20).mean() > 0.01
    assert (days == 0).mean() > 0.3
    assert 0.01 < rows.is_trial.mean() < 0.1
    assert rows.started_at.max() < pd.Timestamp(last_day())
    assert (rows.ended_at.isna() | (rows.ended_at > rows.started_at)).all()
    assert (rows.end_reason.notna() == rows.cancelled_at.notna()).all()


def test_the_same_seed_gives_the_same_rows_and_another_seed_gives_others(tmp_path):
    one, two, other = (
        pd.read_parquet(subscribers(200, tmp_path / name, seed=seed) / "subscriptions.parquet")
        for name, seed in (("one", 7), ("two", 7), ("other", 8))
    )
    pd.testing.assert_frame_equal(one, two)
    assert not one.equals(other)
