"""Customers may be called anything: through a whole night their ids and names arrive as text, and nothing runs."""

import csv
import shutil
import zipfile
from dataclasses import replace
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from churnrisk.flows import score
from churnrisk.flows.asked import Asked, ScoreResult
from churnrisk.settings import PipelineSettings, TeamSettings
from churnrisk.sources.spreadsheet import STARTS, UNSEEN, as_written
from churnrisk.terminal import show_score
from tests.flows.company import NOW

#: One of these is called so, or has it as id, where a night reads it.
NAMES = [
    '=HYPERLINK("http://example.com";"click")',
    "+1",
    "-1+2",
    "@SUM(A1:A9)",
    "first\nsecond",
    'say "hi"',
    "a\tb",
    "\tb",
    "x" * 10_000,
    "\u202egnp.exe",
    "<script>alert(1)</script>",
    "[red]Acme[/red]",
    "a,b;c|d",
    "'quoted'",
    "'=1",
    "\x1b[2J",
    "$a_{b$",
    "Ärger & Söhne 東京",
]


def called(customer: str) -> str:
    """Give a customer's name: each of the names has many customers."""
    return NAMES[int(customer[1:]) % len(NAMES)]


def renamed(customer: str) -> str:
    """Give the id that a customer has instead; one for each name."""
    number = int(customer[1:])
    return f"{NAMES[number]}{number}" if number < len(NAMES) else customer


@pytest.fixture(scope="module")
def pipeline(trained, tmp_path_factory) -> PipelineSettings:
    """The small company with such ids and names, and the champion that was trained before."""
    folder = tmp_path_factory.mktemp("names")
    shutil.copytree(trained.company.folder / "data", folder / "data")
    ids = []
    for name in ("subscriptions", "usage", "tickets"):
        rows = pd.read_csv(folder / "data" / f"{name}.csv")
        ids += rows["customer_id"].tolist()
        rows["customer_id"] = rows["customer_id"].map(renamed)
        rows.to_csv(folder / "data" / f"{name}.csv", index=False)
    people = pd.DataFrame({"customer_id": [renamed(one) for one in sorted(set(ids))]})
    people["name"] = [called(one) for one in sorted(set(ids))]
    people.to_csv(folder / "data" / "customers.csv", index=False)
    found = replace_company(trained.company, folder).pipeline()
    listed = found.list.model_copy(update={"display": ["name", "plan"], "segments": list(found.segments.names)})
    tracking = found.tracking.model_copy(
        update={"uri": f"sqlite:///{trained.settings.out_folder.parent}/mlflow/mlflow.db"}
    )
    team = TeamSettings(holdout_share=0.2, owner="name")
    return found.model_copy(update={"list": listed, "team": team, "tracking": tracking})


def replace_company(company, folder: Path):
    return replace(company, folder=folder)


@pytest.fixture(scope="module")
def night(pipeline) -> ScoreResult:
    return score.run(pipeline, NOW, Asked(replace=True))


def known(pipeline: PipelineSettings) -> dict[str, str]:
    """Give every customer's id = name, as the tables hold them; blanks around a cell are no part of it."""
    rows = pd.read_csv(pipeline.source_path / "customers.csv", dtype=str, keep_default_na=False, lineterminator="\n")
    return dict(zip(rows["customer_id"].str.strip(), rows["name"].str.strip(), strict=True))


def test_ids_and_names_are_in_parquet_as_they_are(night, pipeline):
    rows = pd.read_parquet(night.folder / "at_risk.parquet")
    names = known(pipeline)
    assert len(rows) > 100
    assert [names[one] for one in rows["customer_id"]] == rows["name"].tolist()
    assert {name.strip() for name in NAMES} == set(rows["name"])


def test_in_csv_they_differ_by_an_apostrophe_at_most_and_none_begins_a_formula(night, pipeline):
    names = known(pipeline)
    seen = set()
    for path in night.folder.glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        for row in rows:
            assert not any(cell.lstrip(UNSEEN).startswith(STARTS) for cell in row.values() if not number(cell)), path
            assert as_written(row["customer_id"]) in names
            if row.get("name"):
                assert as_written(row["name"]) == names[as_written(row["customer_id"])]
                seen.add(as_written(row["name"]))
    assert seen == {name.strip() for name in NAMES}


def number(cell: str) -> bool:
    try:
        return bool(float(cell) or True)
    except ValueError:
        return False


def test_in_workbooks_they_are_text_and_nothing_is_a_formula(night, pipeline):
    names = known(pipeline)
    paths = sorted(night.folder.glob("*.xlsx"))
    assert "today.xlsx" in [path.name for path in paths]
    for path in paths:
        with zipfile.ZipFile(path) as book:
            assert "<f>" not in book.read("xl/worksheets/sheet1.xml").decode()
        header, *rows = openpyxl.load_workbook(path).active.iter_rows()
        places = {cell.value: place for place, cell in enumerate(header)}
        for row in rows:
            who, shown = (row[places[name]] for name in ("customer_id", "name"))
            assert (who.data_type, shown.data_type) == ("s", "s")
            expected = names[as_read(who.value, names)]
            assert shown.value == expected.replace("\x1b", "\ufffd")


def as_read(shown: str, names: dict[str, str]) -> str:
    """Find the id behind what a workbook shows; the one mark that XML refuses is seen as another."""
    return next(one for one in names if one.replace("\x1b", "\ufffd") == shown)


def test_the_terminal_shows_them_and_does_nothing(night, capsys):
    show_score(night)
    shown = capsys.readouterr().out
    assert all(mark.isprintable() for line in shown.split("\n") for mark in line)
    first = night.first["customer_id"].tolist()
    assert all(one[:20].split("\n")[0] in shown for one in first if one.isprintable())


def test_the_same_night_is_told_from_its_files(night, pipeline):
    again = score.run(pipeline, NOW)
    assert again.repeated
    assert again.first["customer_id"].tolist() == night.first["customer_id"].tolist()
