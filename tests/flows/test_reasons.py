import json
import re

import pandas as pd
import pytest

from churnrisk.flows import reasons
from churnrisk.terminal.reasons import show_reasons
from tests.flows.company import TODAY, Company
from tests.flows.told_company import CHURN, write_told_company


@pytest.fixture(scope="module")
def with_reasons(tmp_path_factory) -> Company:
    return write_told_company(tmp_path_factory.mktemp("told"))


def settings_of(company: Company, churn: str = CHURN, tables: str = ""):
    fixed = '[source.tables.tickets]\nfixed = ["category"]\n'
    return company.pipeline("told", name="told", churn=churn, tables=tables or fixed)


@pytest.fixture(scope="module")
def found(with_reasons) -> reasons.ReasonsResult:
    return reasons.run(settings_of(with_reasons), TODAY, by=["plan"])


def test_all_reasons_together_are_all_who_left(found, with_reasons):
    rows = pd.read_csv(found.folder / "stated.csv")
    left = pd.read_csv(with_reasons.folder / "data" / "subscriptions.csv")["ended_at"].notna().sum()
    whole = rows[rows["split"] == "all"]
    assert whole["customers"].sum() <= left
    assert whole["customers"].sum() > 0.8 * left  # some started and left within one month
    assert rows[rows["split"] == "plan"]["customers"].sum() == whole["customers"].sum()
    assert set(whole["reason"]) == {"too_expensive", "moved_abroad", "payment_failed"}


def test_tables_sentences_and_picture_are_written(found):
    assert {path.name for path in found.folder.iterdir()} == {
        *("stated.csv", "voices.csv", "signals.csv", "agreement.csv", "reasons.json", "reasons.png")
    }
    told = json.loads((found.folder / "reasons.json").read_text(encoding="utf-8"))
    assert re.match(r"\d+ customers left from 2024-01-01 to 2025-01-01 with MRR", told["sentences"][0])
    assert "left for reasons beyond us" in told["sentences"][1]


def test_use_sets_leavers_apart_as_it_was_made_to(found):
    strongest = found.study.strongest
    assert strongest["signal"].iloc[0] == "usage_count_28d"
    assert strongest["auc"].iloc[0] < 0.5
    judged = found.study.agreement.set_index("reason")
    assert "usage_count_28d" in judged.loc["moved_abroad", "sentence"]
    assert judged.loc["moved_abroad", "influence"] == "beyond us"


def test_what_is_missing_is_named_and_the_rest_stays(found):
    assert found.study.notes[0] == "Survey scores: there is no table surveys."
    assert set(found.study.voices["signal"]) == {"tickets: any", "tickets: bug", "tickets: billing"}


def test_the_terminal_shows_reasons_parts_and_sentences(found, capsys):
    show_reasons(found)
    printed = capsys.readouterr().out
    assert all(word in printed for word in ("too_expensive", "beyond us", "plan", "tickets: bug", "AUC alone"))
    assert " ".join(found.study.sentences[0].split()) in " ".join(printed.split())


def test_without_reasons_the_data_still_speak(company, capsys):
    result = reasons.run(company.pipeline("mute", name="mute", churn="[reasons]\ncutoffs = 4\n"), TODAY)
    show_reasons(result)
    assert result.study.stated.empty
    assert "Stated reasons: no reason is given for an end." in result.study.notes
    assert "Ticket categories: tickets has no column category." in result.study.notes
    assert (result.folder / "signals.csv").is_file()
    assert not (result.folder / "stated.csv").exists()
    assert "usage_count_28d" in capsys.readouterr().out


def test_churn_by_silence_has_no_stated_reasons(company):
    churn = 'kind = "inactivity"\ninactive_days = 30\n[reasons]\ncutoffs = 3\n'
    result = reasons.run(company.pipeline("silent", name="silent", churn=churn), TODAY)
    assert result.study.stated.empty
    assert not result.study.signals.empty


def test_without_labelled_cutoffs_reasons_are_told_all_the_same_and_a_wrong_name_is_named(with_reasons):
    told = CHURN.replace('["moved_abroad"]', '["moved_abraod"]') + "[cutoffs]\nfirst = 2024-12-30\n"
    settings = settings_of(with_reasons, told)
    result = reasons.run(settings, TODAY)
    assert len(result.study.stated)
    assert result.study.signals.empty
    assert any(note.startswith("Leavers could not be compared") for note in result.study.notes)
    wrong = "[churn] beyond_us names 'moved_abraod', which nobody gave. Did you mean 'moved_abroad'?"
    assert result.study.notes[0] == wrong


def test_periods_that_overlap_count_nobody_twice(with_reasons, found):
    settings = settings_of(
        with_reasons, CHURN.replace("cutoffs = 4", "cutoffs = 1") + '[kpis]\nperiod = "rolling:30d"\n'
    )
    stated = reasons.run(settings, TODAY).study.stated
    assert stated["customers"].sum() == found.study.stated.query("split == 'all'")["customers"].sum()
