"""Training on many rows, on few of them: what is generated, and the bounds it is held against."""

import json

import pandas as pd
import pytest

from churnrisk.bench.models.many_rows import _promise, as_text, block, generate, run


def test_blocks_hold_sixty_signals_gaps_and_about_one_churner_in_twenty():
    rows = block(20_000, 1, 0)
    assert len(rows.columns) == 62
    assert 0.04 < rows.churned.mean() < 0.06
    assert rows["plan"].isna().mean() == pytest.approx(0.1, abs=0.01)
    assert rows["count_0"].isna().any()
    assert rows["count_1"].notna().all()


def test_the_same_seed_gives_the_same_file_and_it_is_made_once(tmp_path):
    file = generate(300, tmp_path)
    before, rows = file.stat().st_mtime_ns, pd.read_parquet(file)
    assert generate(300, tmp_path).stat().st_mtime_ns == before
    assert (~rows.judged).sum() == 300
    assert rows.judged.sum() == 60
    pd.testing.assert_frame_equal(rows, pd.read_parquet(generate(300, tmp_path / "again")))


def test_a_model_is_trained_in_a_process_of_its_own_and_held_against_the_bounds(tmp_path):
    found = run(rows=3_000, models=["logistic"], folder=tmp_path)
    (line,) = found.table.to_dict("records")
    assert line["log_loss_of_truth"] < line["log_loss"]
    assert found.promises[0].kept
    assert "logistic: 3,000 rows trained in" in as_text(found)
    assert json.loads((tmp_path / "models-large.json").read_text(encoding="utf-8"))["rows"] == 3_000


@pytest.mark.parametrize(("cpu", "mib", "kept"), [(600, 6144, True), (601, 100, False), (10, 6145, False)])
def test_cpu_and_memory_are_bounds_of_their_own(cpu, mib, kept):
    assert _promise({"model": "tree", "fit_cpu_seconds": cpu, "peak_mib": mib}, 1_000_000).kept is kept
