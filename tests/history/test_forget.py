"""A customer goes from every file of a pipeline; counts stay, and it can be done again."""

import pandas as pd
import pytest

from churnrisk.delivery.files import link, write_table
from churnrisk.delivery.workbook import write_workbook
from churnrisk.history import without
from churnrisk.history.forget import forget_in
from churnrisk.history.store import History, history_rows
from tests.history.conftest import FIRST, SECOND, listed, scored, split

CHANCES = {"c1": 0.5, "c17": 0.4, "c170": 0.1}


@pytest.fixture
def folder(tmp_path):
    """What a pipeline wrote: two nights, their lists, rejects, groups, a link."""
    out = tmp_path / "out" / "small"
    scores = scored(CHANCES)
    for day in (FIRST, SECOND):
        rows = history_rows(scores, listed(scores), pd.DataFrame({"customer_id": ["c9"]}))
        shares = split(CHANCES, logins=[0.1, 0.2, 0.3])
        History(out / "history").write(day, f"run of {day}", rows, shares)
    run = out / "runs" / "2025-07-01-ab"
    run.mkdir(parents=True)
    for name in ("at_risk.csv", "at_risk.parquet", "scores.parquet"):
        write_table(scores, run / name)
    write_workbook(scores, run / "today.xlsx")
    link(out / "latest", run)
    (out / "rejected").mkdir()
    write_table(pd.DataFrame({"reason": "not a time", "Kunde": ["c17", "c2"]}), out / "rejected" / "usage.parquet")
    (out / "groups").mkdir()
    write_table(scores[["customer_id"]].assign(group="a"), out / "groups" / "history.parquet")
    return out


def readable(folder):
    """All that stands in the files, as far as bytes and Parquet show."""
    told = []
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            told.append(path.read_bytes())
            if path.suffix == ".parquet":
                told.append(pd.read_parquet(path).to_csv().encode())
            if path.suffix == ".xlsx":
                told.append(pd.read_excel(path).to_csv().encode())
    return b"\n".join(told)


def test_no_file_names_the_customer_afterwards(folder):
    assert without.Customer("c17").is_in(readable(folder))
    touched, left = forget_in(folder, "c17")
    assert not without.Customer("c17").is_in(readable(folder))
    assert without.Customer("c170").is_in(readable(folder))
    assert left == []
    assert sum(one.rows for one in touched) == 4 + 4 + 1 + 1
    assert forget_in(folder, "c17") == ([], [])


def test_the_history_keeps_its_counts_and_names_nobody(folder):
    history = History(folder / "history")
    before = history.scores(FIRST)
    forget_in(folder, "c17")
    after = history.scores(FIRST)
    pd.testing.assert_series_equal(before["segment"].value_counts(), after["segment"].value_counts())
    assert before["on_list"].sum() == after["on_list"].sum()
    row = after[after["customer_id"] == "forgotten-1"].iloc[0]
    assert row[["churn_probability", "mrr", "expected_loss", "nights_on_list"]].isna().all()
    assert history.run_name(FIRST) == f"run of {FIRST}"
    assert history.shares(FIRST)["customer_id"].tolist() == ["c1", "c170"]


def test_each_who_is_forgotten_gets_a_number_of_its_own(folder):
    history = History(folder / "history")
    assert [history.forget(name) for name in ("c17", "c1", "c9", "nobody")] == [4, 4, 2, 0]
    assert history.scores(SECOND)["customer_id"].tolist() == ["c170", "forgotten-1", "forgotten-2", "forgotten-3"]


def test_further_folders_are_looked_through(folder, tmp_path):
    filled = tmp_path / "filled"
    filled.mkdir()
    (filled / "today.csv").write_text("customer_id,note\nc17,x\nc1,y\n")
    touched, _ = forget_in(folder, "c17", filled)
    assert filled / "today.csv" in [one.path for one in touched]
    assert (filled / "today.csv").read_text() == "customer_id,note\nc1,y\n"


def test_a_file_of_no_known_kind_that_holds_the_id_is_told(folder):
    (folder / "notes.md").write_text("c17 called.")
    (folder / "others.md").write_text("c170 called.")
    assert forget_in(folder, "c17")[1] == [folder / "notes.md"]


def test_killed_half_way_it_can_be_done_again(folder, monkeypatch):
    calls = []

    def killed(path, customer, **more):
        calls.append(path)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return without.take_out(path, customer, **more)

    with monkeypatch.context() as patch:
        patch.setattr("churnrisk.history.forget.take_out", killed)
        with pytest.raises(KeyboardInterrupt):
            forget_in(folder, "c17")
    assert without.Customer("c17").is_in(readable(folder))
    forget_in(folder, "c17")
    assert not without.Customer("c17").is_in(readable(folder))
