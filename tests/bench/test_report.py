"""The benchmark on small tables: equal values, ratios, valid JSON."""

import json
from pathlib import Path

import pandas as pd
import pytest

from churnrisk.bench import as_text, run
from churnrisk.bench.generate import Size, generate, newest_cutoffs, pattern
from churnrisk.bench.pandas_way import TEN
from churnrisk.bench.report import compared


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, pd.DataFrame]:
    folder = tmp_path_factory.mktemp("bench")
    return folder, run(customers=2_000, events=20_000, cutoffs=(1, 2), runs=1, folder=folder)


def test_every_piece_of_work_has_its_ratio_to_the_floor(measured):
    _, table = measured
    assert table.times_floor.notna().all()
    assert table.times_floor[0] == 1.0
    assert table.peak_mib.between(10, 4000).all()
    assert table.set_index("work").allowed["all features, 1 cutoff"] == 3.0


def test_pandas_finds_the_same_values_for_ten_signals(measured):
    folder, _ = measured
    assert compared(folder / "out") == dict.fromkeys(TEN, 0)
    found = pd.read_parquet(folder / "out" / f"features-{newest_cutoffs(1)[0]}.parquet")
    assert len(found) > 1_500
    assert (found[list(TEN)].nunique() > 1).all()


def test_another_value_would_be_noticed(measured):
    folder, _ = measured
    path = folder / "out" / f"pandas-{newest_cutoffs(1)[0]}.parquet"
    kept = path.read_bytes()
    rows = pd.read_parquet(path)
    pd.DataFrame(rows.assign(contract_tenure_days=rows.contract_tenure_days + 1)).to_parquet(path)
    assert compared(folder / "out")["contract_tenure_days"] > 1_500
    path.write_bytes(kept)


def test_the_json_holds_the_table_and_where_the_time_went(measured):
    folder, table = measured
    written = json.loads((folder / "bench.json").read_text())
    assert [row["work"] for row in written["rows"]] == list(table.work)
    assert {"customer and day", "features", "write"} <= set(written["made"]["all features, 2 cutoffs"]["steps"])
    assert written["size"] == {"customers": 2_000, "events": 20_000, "seed": 7}


def test_the_text_has_one_line_for_each_piece_of_work(measured):
    _, table = measured
    lines = as_text(table).splitlines()
    assert len(lines) == len(table) + 1
    assert "nan" not in as_text(table)


def test_the_same_seed_gives_the_same_rows_and_another_seed_gives_others(tmp_path):
    read = {}
    for name, seed in (("one", 7), ("two", 7), ("other", 8)):
        folder = generate(Size(200, 2_000, seed), tmp_path / name)
        read[name] = pd.concat(pd.read_parquet(folder / table) for table in ("usage", "tickets"))
    pd.testing.assert_frame_equal(read["one"], read["two"])
    assert not read["one"].equals(read["other"])


def test_tables_that_are_there_are_not_made_again(tmp_path):
    folder = generate(Size(200, 2_000), tmp_path)
    file = next(folder.glob("usage/*/part.parquet"))
    before = file.stat().st_mtime_ns
    assert generate(Size(200, 2_000), tmp_path) == folder
    assert file.stat().st_mtime_ns == before


def test_events_add_up_to_the_size(tmp_path):
    folder = generate(Size(200, 2_000), tmp_path)
    rows = sum(len(pd.read_parquet(folder / name)) for name in ("usage", "engagement", "invoices", "tickets"))
    assert rows == 2_000
    assert pattern(folder, "usage").endswith("usage/*/part.parquet")


def test_many_cutoffs_describe_a_customer_as_one_alone_does(measured):
    folder, _ = measured
    name = f"features-{newest_cutoffs(1)[0]}.parquet"
    alone, among = (
        pd.read_parquet(folder / "out" / part / name).sort_values("customer_id", ignore_index=True)
        for part in ("all-1", "all-2")
    )
    pd.testing.assert_frame_equal(alone, among)
