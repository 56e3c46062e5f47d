"""The loop closes: who was contacted from tonight's list is left in peace the next night."""

import csv
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from churnrisk.flows import score
from churnrisk.flows.asked import Asked, ScoreResult
from churnrisk.settings import PipelineSettings
from tests.flows.company import NOW

MONDAY, TUESDAY = "2024-12-16", "2024-12-17"


@pytest.fixture
def filled(trained, tmp_path) -> PipelineSettings:
    """The trained company with a folder for filled lists, and nights of its own."""
    (tmp_path / "filled").mkdir()
    settings = trained.company.pipeline("filled")
    team = settings.team.model_copy(update={"feedback": str(tmp_path / "filled"), "capacity_per_day": 5})
    tracking = settings.tracking.model_copy(
        update={"uri": f"sqlite:///{trained.settings.out_folder.parent}/mlflow/mlflow.db"}
    )
    everybody = settings.list.model_copy(update={"segments": settings.segments.names})
    told = {"team": team, "out": str(tmp_path / "out"), "tracking": tracking, "list": everybody}
    return settings.model_copy(update=told)


def night(settings: PipelineSettings, cutoff: str) -> ScoreResult:
    return score.run(settings, NOW, Asked(cutoff=cutoff))


def lists(found: ScoreResult) -> dict[str, list[str]]:
    rows = pd.read_parquet(found.folder / "at_risk.parquet")
    return {str(place): part["customer_id"].tolist() for place, part in rows.groupby("status")}


def fill_csv(path: Path, into: Path) -> None:
    """Fill the first three rows as a spreadsheet with semicolons would save them."""
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = list(csv.reader(file))
    for row, outcome in zip(rows, ("accepted", "declined", "not reached"), strict=False):
        row[header.index("contacted_at")] = "16.12.2024"
        row[header.index("outcome")] = outcome
    with (into / "today.csv").open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, delimiter=";").writerows([header, *rows])


def fill_workbook(path: Path, into: Path) -> None:
    book = openpyxl.load_workbook(path)
    header = [cell.value for cell in book.active[1]]
    for row, outcome in zip((2, 3, 4), ("accepted", "declined", "not reached"), strict=True):
        book.active.cell(row, header.index("contacted_at") + 1, pd.Timestamp("2024-12-16 15:00").to_pydatetime())
        book.active.cell(row, header.index("outcome") + 1, outcome)
    book.save(into / "today.xlsx")


@pytest.mark.parametrize(("form", "fill"), [("csv", fill_csv), ("xlsx", fill_workbook)])
def test_a_filled_list_leaves_those_contacted_in_peace_the_next_night(filled, form, fill):
    first = night(filled, MONDAY)
    before = lists(first)
    fill(first.folder / f"today.{form}", Path(filled.team.feedback))
    after = lists(night(filled, TUESDAY))
    contacted, not_reached = before["today"][:2], before["today"][2]
    assert set(after["cooling_down"]) == set(contacted)
    assert not_reached in after["today"]
    assert len(after["today"]) == 5
    assert not set(contacted) & set(after["today"])


def test_a_list_that_nobody_filled_changes_nothing(filled):
    first = night(filled, MONDAY)
    (Path(filled.team.feedback) / "today.csv").write_bytes((first.folder / "today.csv").read_bytes())
    assert "cooling_down" not in lists(night(filled, TUESDAY))


def test_what_was_set_aside_is_a_note_of_the_night(filled):
    (Path(filled.team.feedback) / "today.csv").write_text("customer_id,contacted_at\nnobody,2024-12-16\n")
    found = night(filled, TUESDAY)
    assert [one for one in found.warnings if one.startswith("feedback: 1 row set aside (customer_id: no such")]


def test_the_night_itself_does_not_know_what_was_done_with_its_list(filled):
    first = night(filled, MONDAY)
    fill_csv(first.folder / "today.csv", Path(filled.team.feedback))
    assert lists(night(filled, MONDAY)) == lists(first)
