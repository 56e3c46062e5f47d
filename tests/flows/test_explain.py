import json

import pandas as pd
import pytest

from churnrisk.errors import RefusedError, SettingsError
from churnrisk.flows import explain
from churnrisk.flows.kpis import run as count
from churnrisk.flows.opened import opened
from churnrisk.kpis.explain.change import earlier_than, find_period
from churnrisk.kpis.explain.change import explain as changed
from churnrisk.kpis.ledger import Ledger, periods_of
from churnrisk.settings import ListSettings
from churnrisk.terminal.explain import show_explain
from tests.flows.company import TODAY, Company, write_company
from tests.flows.told_company import CHURN, write_told_company


@pytest.fixture(scope="module")
def found(company: Company) -> explain.ExplainResult:
    return explain.run(company.pipeline("why", name="why"), TODAY, period="2024-08", by=["plan"])


def test_the_parts_add_up_to_the_change_that_the_key_figures_show(company, found):
    table = count(company.pipeline("why", name="why"), TODAY).table
    rates = table[(table["kpi"] == "churn_rate") & (table["split"] == "all")].set_index("period_start")["number"]
    change = rates.loc["2024-08-01"] - rates.loc["2024-07-01"]
    parts = pd.read_csv(found.folder / "explain.csv")
    plans = parts[parts["split"] == "plan"]
    assert plans[["rate_effect", "mix_effect"]].to_numpy().sum() == pytest.approx(change, abs=1e-5)
    assert set(plans["value"]) == {"free", "pro"}


def test_sentences_table_and_picture_are_written(found):
    told = json.loads((found.folder / "explain.json").read_text(encoding="utf-8"))
    assert told["sentences"][0].startswith("The churn rate ")
    assert told["sentences"] == found.explained.sentences
    assert (found.folder / "explain.png").stat().st_size > 10_000


def test_the_terminal_says_first_what_the_rate_did(found, capsys):
    show_explain(found)
    printed = " ".join(capsys.readouterr().out.split())
    assert printed.startswith(found.explained.sentences[0])
    assert "share of customers" in printed


@pytest.fixture(scope="module")
def ledger(company: Company):
    with opened(company.pipeline("why", name="why"), TODAY) as workshop:
        yield Ledger(workshop, periods_of(workshop, "month"), explain.natural_splits(workshop))


@pytest.mark.parametrize("kpi", ["crr", "gross_revenue_churn", "net_revenue_churn", "drr"])
def test_every_rate_is_broken_down_exactly_by_every_split(ledger, kpi):
    found = changed(ledger, kpi, 7, 8)
    assert [one.split for one in found.splits] == ["plan", "mrr_band"]
    for one in found.splits:
        total = one.parts[["rate_effect", "mix_effect"]].to_numpy().sum()
        assert total == pytest.approx(found.change.difference, abs=1e-12)


def test_two_periods_can_be_named(ledger):
    found = changed(
        ledger, "churn_rate", find_period(ledger.periods, "2024-03"), find_period(ledger.periods, "2024-09")
    )
    assert (found.before, found.after) == ("2024-03", "2024-09")


def test_a_period_is_not_set_against_itself(company):
    with pytest.raises(RefusedError, match="not set against itself"):
        explain.run(company.pipeline("why", name="why"), TODAY, period="2024-08", against="2024-08", by=["plan"])


def test_a_period_that_is_not_there_is_refused(ledger):
    with pytest.raises(RefusedError, match="no period '2031-01' among those from 2024-01 to 2024-12"):
        find_period(ledger.periods, "2031-01")
    with pytest.raises(RefusedError, match="no period before 2024-01"):
        earlier_than(ledger.periods, 0)


def test_a_rate_that_is_not_there_is_answered_with_the_right_one(ledger):
    with pytest.raises(SettingsError, match="Did you mean 'churn_rate'"):
        changed(ledger, "chrun_rate", 0, 1)


def test_a_period_that_is_not_complete_or_not_over_is_called_so_first(ledger, company):
    notes = changed(ledger, "churn_rate", 10, 11).notes
    assert notes == ["2024-12 is not complete: ends in it can still come, or be taken back."]
    settings = company.pipeline("early", name="early", tables="complete_to = 2024-12-20\n")
    told = explain.run(settings, TODAY, period="2024-12", by=["plan"]).explained
    assert told.notes == ["2024-12 is not over: the data end on 2024-12-20, so its rate is of a shorter time."]


def test_a_scope_is_said_first_and_kept_to(company):
    settings = company.pipeline("part", name="part", churn='[scope]\nproducts = ["pro"]\n')
    result = explain.run(settings, TODAY, period="2024-09")
    assert result.explained.notes == ["Scope: plan pro."]
    plans = result.explained.splits[0].parts
    assert plans["value"].tolist() == ["pro"]
    assert plans["rate_effect"].sum() == pytest.approx(result.explained.change.difference)


def test_without_any_split_the_change_is_told_all_the_same(tmp_path):
    company = write_company(tmp_path, customers=120)
    path = company.folder / "data" / "subscriptions.csv"
    pd.read_csv(path).drop(columns=["plan", "mrr"]).to_csv(path, index=False)
    settings = company.pipeline().model_copy(update={"list": ListSettings()})
    result = explain.run(settings, TODAY, period="2024-09")
    assert result.explained.splits == []
    assert len(result.explained.sentences) == 1
    assert (result.folder / "explain.png").is_file()


def test_without_reasons_there_is_no_breakdown_by_kinds_of_reasons(found):
    assert found.explained.kinds.empty


def test_kinds_of_reasons_add_up_to_the_change(tmp_path):
    settings = write_told_company(tmp_path).pipeline("told", name="told", churn=CHURN)
    told = explain.run(settings, TODAY, period="2024-06", by=["plan"]).explained
    assert told.kinds["effect"].sum() == pytest.approx(told.change.difference, abs=1e-12)
    assert told.sentences[-1].startswith("By kind of reason: ")
