"""Forgetting one customer: nothing under out/ names it afterwards, others stay, a wrong id is refused."""

import json
import re
import shutil

import pandas as pd
import pyarrow.parquet as pq
import pytest

from churnrisk.delivery.lock import night_lock
from churnrisk.errors import ChurnRiskError, RefusedError, SettingsError
from churnrisk.flows import forget, score
from churnrisk.history.store import History
from tests.flows.company import NOW

NIGHTS = ("2024-12-01", "2024-12-02")


@pytest.fixture(scope="module")
def written(trained, tmp_path_factory):
    """The small company's settings, with two nights under an out folder of its own."""
    out, own = tmp_path_factory.mktemp("forgetting") / "out", trained.settings.out_folder
    for folder in (own, own.parent / "mlflow"):  # other pipelines of this session stay where they are
        shutil.copytree(folder, out / folder.name, symlinks=True)
    settings = trained.settings.model_copy(update={"out": str(out)})
    for cutoff in NIGHTS:
        score.run(settings, NOW, score.Asked(cutoff=cutoff, allow_challenger=True))
    return settings


@pytest.fixture
def nights(written, tmp_path):
    """A copy of the nights, to be changed."""
    out = tmp_path / "out"
    shutil.copytree(written.out_folder.parent, out, symlinks=True)
    return written.model_copy(update={"out": str(out)})


def someone(settings):
    """A customer on the newest list."""
    rows = pd.read_parquet(settings.out_folder / "latest" / "at_risk.parquet")
    return rows["customer_id"].iloc[0]


def files_naming(settings, customer):
    """Every file under out/, MLflow's too, whose bytes, or rows of Parquet, hold an id."""
    found, word = [], re.compile(rb"(?<!\w)%s(?!\w)" % customer.encode())
    for path in sorted(settings.out_folder.parent.rglob("*")):
        if path.is_file() and not path.is_symlink():
            content = path.read_bytes()
            if path.suffix == ".parquet":
                content += pq.ParquetFile(path).read().to_pandas().to_csv().encode()
            if path.suffix == ".xlsx":
                content += b"".join(rows.to_csv().encode() for rows in pd.read_excel(path, sheet_name=None).values())
            if path.suffix != ".png" and word.search(content):
                found.append(path.relative_to(settings.out_folder).as_posix())
    return found


def test_no_byte_under_out_names_the_customer_afterwards(nights):
    customer = someone(nights)
    before = files_naming(nights, customer)
    assert {name.split("/")[0] for name in before} >= {"history", "runs", "train"}
    result = forget.run(nights, NOW, customer)
    assert files_naming(nights, customer) == []
    assert sorted(one.path.relative_to(nights.out_folder).as_posix() for one in result.touched) == sorted(before)
    assert result.exit_code == 0


def test_mlflow_and_the_model_name_no_customer(nights):
    customer = someone(nights)
    assert not [name for name in files_naming(nights, customer) if "mlflow" in name or "model" in name]


def test_counts_and_all_others_stay(nights):
    customer = someone(nights)
    run = (nights.out_folder / "latest").resolve()
    told, rows = json.loads((run / "run.json").read_text()), pd.read_parquet(run / "scores.parquet")
    history = History(nights.out_folder / "history")
    kept = [len(history.scores(day)) for day in history.nights()]
    forget.run(nights, NOW, customer)
    assert json.loads((run / "run.json").read_text()) == told
    after = pd.read_parquet(run / "scores.parquet")
    pd.testing.assert_frame_equal(after, rows[rows["customer_id"] != customer].reset_index(drop=True))
    assert [len(history.scores(day)) for day in history.nights()] == kept


def test_the_next_night_goes_on_from_the_history(nights):
    forget.run(nights, NOW, someone(nights))
    result = score.run(nights, NOW, score.Asked(cutoff="2024-12-03", allow_challenger=True))
    rows = pd.read_parquet(result.folder / "at_risk.parquet")
    assert rows["nights_on_list"].max() == 3


def test_a_night_is_not_written_again_because_someone_was_forgotten(nights):
    forget.run(nights, NOW, someone(nights))
    assert score.run(nights, NOW, score.Asked(cutoff=NIGHTS[-1], allow_challenger=True)).repeated


def test_it_says_that_the_tables_are_the_companys(nights):
    told = forget.run(nights, NOW, someone(nights)).reminders
    assert "the next night scores it again" in told[0]


def test_an_id_that_nobody_has_is_a_fault(nights):
    with pytest.raises(ChurnRiskError, match="There is no customer 'nobody' in ") as fault:
        forget.run(nights, NOW, "nobody")
    assert fault.value.exit_code == 1


def test_an_empty_id_is_a_fault(nights):
    with pytest.raises(SettingsError, match="is empty"):
        forget.run(nights, NOW, " ")


def test_another_run_at_work_keeps_it_away(nights):
    with night_lock(nights.out_folder, NOW, hours=1), pytest.raises(RefusedError, match="at work"):
        forget.run(nights, NOW, someone(nights))
