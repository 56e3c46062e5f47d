"""The benchmark of the history on a few customers: every step is counted, and nothing is left behind."""

import json

from churnrisk.bench.history import run


def test_every_step_and_file_of_a_night_is_measured(tmp_path):
    table = run(customers=3_000, signals=4, runs=1, folder=tmp_path).set_index("work")
    assert table["cpu_seconds"].dropna().index.tolist() == [
        "shares of all customers",
        "movement of the list",
        "rows of the night",
        "files of the night",
        "all of it",
    ]
    assert (table.loc[["scores.parquet", "shares.parquet"], "megabytes"] > 0).all()
    written = json.loads((tmp_path / "history.json").read_text())
    assert 0 < written["every_run"][0]["made"]["told"] <= 600
    assert [path.name for path in tmp_path.iterdir()] == ["history.json"]
