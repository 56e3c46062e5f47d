"""The command cohorts: what it writes, draws and prints."""

import json
from datetime import date

import pandas as pd
import pytest

from churnrisk.flows import cohorts as flow
from churnrisk.flows import sample
from churnrisk.kpis.cohorts.plots import averages_plot, curves_plot, heat_map
from churnrisk.kpis.cohorts.study import study
from churnrisk.terminal.cohorts import in_words, show_cohorts
from tests.flows_sample import settings_of, small_pipeline
from tests.snapshots.workshops import make_workshop, subscription

TODAY = date(2025, 7, 2)


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory):
    settings = settings_of(small_pipeline(tmp_path_factory.mktemp("company"), customers=1500))
    sample.run(settings, {}, out=None, if_missing=True)
    return settings


@pytest.fixture(scope="module")
def found(pipeline):
    return flow.run(pipeline, TODAY, by=["plan", "region"])


def test_everything_is_written(found):
    names = {path.name for path in found.folder.iterdir()}
    tables = {"retention_customers", "retention_mrr", "averages"}
    assert names == {
        *(f"{name}.{ending}" for name in tables for ending in ("csv", "parquet")),
        *("curves.csv", "groups.csv", "tests.csv", "cohorts.json"),
        *("customers.png", "mrr.png", "curves.png", "curves_plan.png", "curves_region.png"),
        *("averages_plan.png", "averages_region.png"),
    }
    assert found.exit_code == 0


def test_tables_are_read_back_as_they_were(found):
    shares = pd.read_parquet(found.folder / "retention_customers.parquet")
    assert list(shares.columns) == flow.CUSTOMERS
    assert set(shares["split"]) == {"all", "plan", "region"}
    written = pd.read_csv(found.folder / "retention_mrr.csv")
    assert list(written.columns) == flow.MONEY
    assert len(written) == len(shares)
    curves = pd.read_csv(found.folder / "curves.csv")
    assert (curves.groupby(["split", "value"])["survival"].diff().dropna() <= 0).all()


def test_the_facts_say_how_the_figures_came_to_be(found):
    told = json.loads((found.folder / "cohorts.json").read_text(encoding="utf-8"))
    assert told["starts_seen_from"] == "2023-07-01"
    assert told["customers_from_before"] == found.study.before > 500
    assert "Kaplan-Meier" in told["definitions"]["survival"]


def test_the_planted_difference_of_plans_is_found_and_none_as_clear_of_regions(found):
    tests = found.study.tests.set_index("split")
    assert tests.loc["plan", "p_corrected"] < 0.001
    assert tests.loc["region", "p_corrected"] > 0.01


def test_pictures_say_what_they_show(found):
    def words(picture):
        return picture.figure.get_supxlabel().replace("\n", " ")

    assert "came back count as present" in words(heat_map(found.study))
    assert "First MRR is that of the first paid day" in words(heat_map(found.study, money=True))
    assert "stand in no row" in words(heat_map(found.study))
    assert "Kaplan-Meier" in words(curves_plot(found.study, "plan"))
    assert "enter at the age they had" in words(curves_plot(found.study, "plan"))
    assert "Averages over cohorts" in words(averages_plot(found.study, "plan"))


def test_a_heat_map_leaves_out_the_month_that_is_not_certain(found):
    shown = heat_map(found.study).numbers
    assert shown["at"].max() == pd.Timestamp("2025-06-01")
    assert found.study.retention["at"].max() == pd.Timestamp("2025-07-01")


def test_the_terminal_shows_triangle_groups_and_tests(found, capsys):
    show_cohorts(found)
    printed = capsys.readouterr().out
    assert "2025-05" in printed
    assert "all 23 cohorts" in printed
    assert "By plan: the 3 groups differ by more than chance explains" in printed
    assert "By region: the 4 groups d" in printed
    assert "began before 2023-07-01 are in no cohort" in printed


@pytest.mark.parametrize(
    ("p_value", "answer"),
    [
        (0.0001, "differ by more than chance explains (log-rank test, p < 0.001)"),
        (0.0312, "differ by more than chance explains (log-rank test, p = 0.031)"),
        (0.2, "do not differ by more than chance explains (log-rank test, p = 0.200)"),
    ],
)
def test_a_test_is_told_in_a_sentence(p_value, answer):
    row = {"split": "plan", "groups": 3, "p_corrected": p_value, "why_not": ""}
    assert in_words(row, 1) == f"By plan: the 3 groups {answer}."


def test_a_test_that_could_not_be_made_says_why():
    row = {"split": "plan", "groups": 1, "p_corrected": float("nan"), "why_not": "nobody churned"}
    assert in_words(row, 1) == "By plan: no test, nobody churned."


def test_before_the_first_month_is_over_there_are_curves_and_no_heat_maps(engine, tmp_path, capsys):
    rows = [subscription(name, "2024-01-10", plan=plan) for name, plan in (("a", "$10 to $20"), ("b", "_free"))]
    found = study(make_workshop(engine, {"subscriptions": rows}, complete_to="2024-02-03"), ["plan"])
    flow._draw(found, tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"curves.png", "curves_plan.png"}
    show_cohorts(flow.CohortsResult("small", found, 24, tmp_path))
    printed = capsys.readouterr().out
    assert "no heat maps" in printed
    assert "still present" not in printed
