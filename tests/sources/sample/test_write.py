import hashlib
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from churnrisk.settings import ChurnSettings, SampleSettings, load_settings
from churnrisk.sources.sample import write, write_sample
from churnrisk.sources.sample.rows import INVOLUNTARY, REASONS

NOTICE = ChurnSettings(day="notice")
SMALL = SampleSettings(customers=120, months=8)


def digests(folder: Path) -> dict[str, str]:
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in folder.iterdir()}


@pytest.mark.parametrize("file_format", ["parquet", "csv"])
def test_the_same_seed_gives_the_same_bytes(tmp_path, file_format):
    for name in ("one", "two"):
        write_sample(tmp_path / name, SMALL, NOTICE, file_format=file_format)
    assert digests(tmp_path / "one") == digests(tmp_path / "two")


def test_the_bytes_do_not_depend_on_the_number_of_threads(tmp_path):
    threads = pa.cpu_count()
    try:
        for count in (1, 4):
            pa.set_cpu_count(count)
            write_sample(tmp_path / str(count), SMALL, NOTICE)
    finally:
        pa.set_cpu_count(threads)
    assert digests(tmp_path / "1") == digests(tmp_path / "4")


def test_another_seed_gives_other_customers(tmp_path):
    write_sample(tmp_path / "one", SMALL, NOTICE)
    write_sample(tmp_path / "two", SMALL.model_copy(update={"seed": 8}), NOTICE)
    one, two = digests(tmp_path / "one"), digests(tmp_path / "two")
    assert all(one[name] != two[name] for name in one)


def test_rows_reported_are_the_rows_written(company):
    assert company.rows == {name: len(company.table(name)) for name in company.rows}


def test_customers_come_in_blocks_whose_ids_never_clash(tmp_path, monkeypatch):
    monkeypatch.setattr(write, "BLOCK", 50)
    write_sample(tmp_path, SMALL, NOTICE)
    paid = pd.read_parquet(tmp_path / "subscriptions.parquet").drop_duplicates()
    invoices = pd.read_parquet(tmp_path / "invoices.parquet")
    assert paid.customer_id.nunique() == 120
    assert not paid.duplicated(["subscription_id", "started_at"]).any()
    assert not invoices.invoice_id.duplicated().any()
    assert pq.ParquetFile(tmp_path / "usage.parquet").num_row_groups == 3 * 8


def test_csv_and_parquet_hold_the_same_rows(tmp_path):
    write_sample(tmp_path / "parquet", SMALL, NOTICE, file_format="parquet")
    write_sample(tmp_path / "csv", SMALL, NOTICE, file_format="csv")
    expected = pd.read_parquet(tmp_path / "parquet" / "invoices.parquet")
    came = pd.read_csv(tmp_path / "csv" / "invoices.csv", parse_dates=["issued_at", "due_at", "paid_at", "failed_at"])
    pd.testing.assert_frame_equal(came, expected, check_dtype=False)


def test_a_csv_holds_a_time_that_cannot_be_read(tmp_path):
    write_sample(tmp_path, SMALL, NOTICE, file_format="csv")
    assert "31/31/2024" in (tmp_path / "usage.csv").read_text()


def test_writing_again_replaces_files_of_the_other_format(tmp_path):
    write_sample(tmp_path, SMALL, NOTICE, file_format="csv")
    (tmp_path / "my own notes.txt").write_text("keep")
    write_sample(tmp_path, SMALL, NOTICE, file_format="parquet")
    assert not list(tmp_path.glob("*.csv"))
    assert (tmp_path / "my own notes.txt").exists()
    assert not list(tmp_path.glob(".unfinished*"))


def test_a_write_that_fails_leaves_the_older_tables(tmp_path, monkeypatch):
    write_sample(tmp_path, SMALL, NOTICE)
    before = digests(tmp_path)

    def broken(*_):
        raise OSError("no space left")

    monkeypatch.setattr(write, "simulate", broken)
    with pytest.raises(OSError, match="no space"):
        write_sample(tmp_path, SMALL, NOTICE)
    assert digests(tmp_path) == before


def test_there_is_no_truth_where_churn_is_not_the_day_of_notice(tmp_path):
    write_sample(tmp_path, SMALL, NOTICE)
    report = write_sample(tmp_path, SMALL, ChurnSettings(day="end"))
    assert "truth" not in report.rows
    assert not (tmp_path / "truth.parquet").exists()


def test_the_pipeline_of_the_sample_fits_what_is_simulated():
    file = Path(__file__).parents[3] / "pipelines" / "sample.toml"
    settings = load_settings(file)
    assert settings.sample == SampleSettings()
    assert settings.churn.day == "notice"
    assert (settings.churn.voluntary_reasons, settings.churn.involuntary_reasons) == (
        list(REASONS[7:]),
        list(INVOLUNTARY),
    )
