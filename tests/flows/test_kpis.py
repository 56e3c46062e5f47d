"""The command kpis: what it writes, what it prints, and how it refuses."""

import json

import pandas as pd
import pytest

from churnrisk.errors import SettingsError
from churnrisk.flows import kpis as flow
from churnrisk.terminal.kpis import show_kpis
from tests.flows.company import TODAY, write_company


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory):
    company = write_company(tmp_path_factory.mktemp("kpis"))
    more = (
        '\n[goals]\nchurn_rate = 1.0\nnps = 20\n[[benchmarks.churn_rate]]\nnumber = 3.0\nsource = "a yearly report"\n'
    )
    return company.pipeline(models=more)


@pytest.fixture(scope="module")
def result(pipeline):
    return flow.run(pipeline, TODAY, by=["plan"])


def test_the_table_is_written_as_csv_and_parquet_with_picture_and_definitions(result):
    written = pd.read_parquet(result.folder / "kpis.parquet")
    assert len(written) == len(pd.read_csv(result.folder / "kpis.csv")) == len(result.table)
    assert (result.folder / "kpis.png").stat().st_size > 10_000
    told = json.loads((result.folder / "kpis.json").read_text())
    assert told["definitions"]["churn_rate"].startswith("Churned customers")


def test_goals_and_benchmarks_stand_beside(result):
    assert set(result.goals["split"]) == {"all", "plan"}
    assert len(result.goals_in_words) == 2
    assert "a yearly report" in " ".join(result.goals_in_words)
    assert "goals.nps has no figure: there are no NPS answers." in result.notes


def test_the_terminal_shows_each_part_and_what_is_not_complete(result, capsys):
    show_kpis(result)
    printed = capsys.readouterr().out
    assert "By plan" in printed
    assert "2024-12 *" in printed
    assert "Left out: nps" in printed


def test_the_same_tables_give_the_same_bytes(pipeline, result):
    before = (result.folder / "kpis.csv").read_bytes()
    again = flow.run(pipeline, TODAY, by=["plan"])
    assert (again.folder / "kpis.csv").read_bytes() == before


def test_a_period_that_is_none_is_refused(pipeline):
    with pytest.raises(SettingsError, match="There is no period 'week'"):
        flow.run(pipeline, TODAY, period="week")
