"""The usability report: enough or not, and what is missing."""

import pandas as pd
import pytest

from churnrisk.errors import ContractError
from churnrisk.flows import check
from churnrisk.kpis import identity
from churnrisk.settings import ChurnSettings
from churnrisk.snapshots.plan import LabelCounts
from churnrisk.terminal.tables import show_check
from tests.flows.company import TODAY


def test_enough_churners_are_said_with_their_number(company):
    found = check.run(company.pipeline(), TODAY)
    assert found.enough
    assert found.exit_code == 0
    assert found.answer == f"Enough to learn from: {found.labels.churners} churners in 9 labelled cutoffs."
    assert str(found.span[1]) == "2025-01-01"


def test_too_few_churners_end_with_findings_and_say_how_many_are_missing(company):
    found = check.run(company.pipeline("many", need="1000"), TODAY)
    churners = found.labels.churners
    assert found.exit_code == 3
    assert found.answer == f"Not enough to learn from: {churners} churners, {1000 - churners} are missing."


def test_data_that_are_too_short_say_so(company):
    found = check.run(company.pipeline("short", models="[cutoffs]\nmin_history_days = 400"), TODAY)
    assert found.exit_code == 3
    assert found.labels is None
    assert found.answer.startswith("Not enough to learn from. The data span 36")


def test_signals_are_on_or_off_with_the_reason(company):
    found = check.run(company.pipeline(), TODAY)
    assert sorted(found.on) == sorted(company.pipeline().signals.include)
    assert found.off["payments_late_56d"] == "not among signals.include"
    gone = check.run(company.pipeline("gone", tables="[source.tables.tickets]\nfile = []"), TODAY)
    assert gone.off["support_tickets_84d"] == "there is no table tickets"


def test_signals_that_grow_with_time_are_named(company):
    notes = check.run(company.pipeline(), TODAY).notes
    assert any("beyond the range seen in training" in note and "contract_tenure_days" in note for note in notes)


def test_gaps_between_activities_help_to_choose_the_days_of_silence(company):
    silence = company.pipeline("silence", churn='kind = "inactivity"\ninactive_days = 30')
    notes = check.run(silence, TODAY).notes
    assert any(note.startswith("Days between two activities of a customer: 50 % within") for note in notes)
    assert any("inactive_days is 30" in note for note in notes)


@pytest.mark.parametrize(("noticed", "advised"), [(2, False), (8, True)])
def test_many_notices_before_the_cutoff_bring_advice(noticed, advised):
    counts = LabelCounts(pd.DataFrame({"churners": [10], "noticed": [noticed]}))

    class Shop:
        class settings:  # noqa: N801
            churn = ChurnSettings()

    line = check._noticed(Shop, counts)[0]
    assert ('set churn.day = "notice"' in line) is advised


def test_label_and_key_figures_are_shown_to_count_the_same_leavers(company, capsys):
    found = check.run(company.pipeline(), TODAY)
    assert found.fault == ""
    assert len(found.identity.rows) == 11  # January to November 2024; December's labels are not certain yet
    assert found.identity.rows.positives.sum() > 50
    show_check(found)
    shown = capsys.readouterr().out
    assert "The same leavers by the label" in shown
    assert "Fault" not in shown


def test_labels_and_key_figures_that_disagree_end_with_1_and_name_customers(company, monkeypatch, capsys):
    true = identity.labels
    monkeypatch.setattr(identity, "labels", lambda *given: true(*given).filter(lambda row: row.customer_id != "c001"))
    found = check.run(company.pipeline(), TODAY)
    assert found.exit_code == 1
    assert "c001 (2024-" in found.fault
    show_check(found)
    assert "Fault: Labels and key figures do not count the same leavers in 2024-" in capsys.readouterr().out


def test_every_fault_of_the_tables_comes_at_once_and_nothing_is_written(company):
    wrong = company.pipeline(
        "wrong",
        name="wrong",
        tables='[source.tables.usage]\nfile = "no.csv"\n[source.tables.tickets]\ncolumns = { opened_at = "when" }',
    )
    with pytest.raises(ContractError) as fault:
        check.run(wrong, TODAY)
    assert "no.csv" in str(fault.value)
    assert "opened_at" in str(fault.value)
    assert not wrong.out_folder.exists()
