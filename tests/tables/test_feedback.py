"""Filled lists become offers: contacts count once, bad rows are set aside with reasons, and nothing ends a night."""

from datetime import date

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from churnrisk.errors import ContractError
from churnrisk.settings import TeamSettings
from churnrisk.tables.feedback import UNKNOWN, Feedback, read_feedback
from churnrisk.tables.read import Tables, write_rejects
from tests.tables.company import TODAY, Company

HEAD = "rank,customer_id,name,action,contacted_at,outcome,note\n"
TOML = '[team]\nfeedback = "filled"\n'


@pytest.fixture
def filled(company: Company):
    """Write filled lists, and read the company's tables with them."""
    (company.folder / "filled").mkdir()

    def read(content: str | None = None, more: str = "", name: str = "today.csv", **files: str) -> Tables:
        for file, text in {**({name: HEAD + content} if content is not None else {}), **files}.items():
            company.write(f"filled/{file}", text)
        return company.read(toml=f"{TOML}{more}")

    return read


def offers(tables: Tables) -> list[tuple[object, ...]]:
    rows = tables.engine.rows(tables["offers"]).sort_values(["customer_id", "offered_at"])
    rows = rows[["customer_id", "offered_at", "measure", "accepted_at", "arm"]]
    return [tuple(None if pd.isna(cell) else str(cell) for cell in row) for row in rows.itertuples(index=False)]


def aside(tables: Tables) -> list[tuple[str, int, str]]:
    rows = [row for part in tables.rejects.get("offers", ()) for row in tables.engine.rows(part).itertuples()]
    return sorted((row.reason, row.line, row.file) for row in rows)


def accounted(tables: Tables) -> bool:
    report = tables.report("offers")
    return report.rows_read == report.rows_used + report.left_out + report.folded + report.rows_set_aside


def test_a_filled_row_becomes_an_offer(filled):
    tables = filled("1,a,Acme,call them,2025-05-20,accepted,nice\n2,b,Bolt,write,2025-05-21 10:00,declined,\n")
    assert offers(tables) == [
        ("a", "2025-05-20 00:00:00", "call them", "2025-05-20 00:00:00", "offered"),
        ("b", "2025-05-21 10:00:00", "write", None, "offered"),
    ]
    assert accounted(tables)


def test_a_row_that_nobody_filled_is_no_contact(filled):
    tables = filled("1,a,Acme,call,,,\n2,b,Bolt,call,,,see later\n")
    assert offers(tables) == []
    assert tables.report("offers").left_out == 2
    assert aside(tables) == []


def test_a_customer_who_was_not_reached_comes_back_on_the_list(filled):
    tables = filled("1,a,Acme,call,2025-05-20,not reached,\n2,b,Bolt,call,2025-05-20,Not_Reached,\n")
    assert offers(tables) == []
    assert tables.report("offers").left_out == 2


@pytest.mark.parametrize("outcome", ["accepted", "ACCEPTED", " Accepted "])
def test_outcomes_are_understood_however_they_are_written(filled, outcome):
    assert offers(filled(f"1,a,Acme,call,2025-05-20,{outcome},\n"))[0][3] is not None


def test_the_team_s_own_words_can_be_told(filled):
    tables = filled(
        "1,a,Acme,call,2025-05-20,nimmt an,\n2,b,B,call,2025-05-20,Mailbox,\n",
        'outcomes = { "Nimmt an" = "accepted", mailbox = "not reached" }\n',
    )
    assert [(one[0], one[3] is not None) for one in offers(tables)] == [("a", True)]


def test_a_word_that_nobody_explained_is_a_contact_and_told(filled):
    tables = filled("1,a,Acme,call,2025-05-20,rescheduled,\n")
    assert offers(tables)[0][3] is None
    assert any(
        "'rescheduled' stands in 1 row and means nothing yet" in one for one in tables.report("offers").findings
    )


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("1,zzz,,call,2025-05-20,,", UNKNOWN),
        ("1,,,call,2025-05-20,,", "customer_id: empty"),
        ("1,a,,call,soon,,", "contacted_at: not a day"),
        ("1,a,,call,03/07/2025,,", "contacted_at: may be two days; write it as 2025-07-31, or set [team] day_first"),
        ("1,a,,call,2025-07-01,,", "contacted_at: after the run's own day"),
        ("1,a,,call,,accepted,", "contacted_at: empty beside an outcome"),
    ],
)
def test_a_bad_row_is_set_aside_with_its_reason_and_the_others_count(filled, row, reason):
    tables = filled(f"{row}\n2,b,Bolt,call,2025-05-20,,\n")
    assert [one[0] for one in offers(tables)] == ["b"]
    assert aside(tables) == [(reason, 2, "today.csv")]
    assert tables.report("offers").set_aside == {reason: 1}
    assert any(f"1 row set aside ({reason})" in one for one in tables.report("offers").findings)
    assert accounted(tables)


def test_bad_rows_never_end_the_night_however_many(filled):
    tables = filled("".join(f"{row},nobody,,call,soon,,\n" for row in range(50)))
    assert tables.report("offers").rows_set_aside == 50
    assert offers(tables) == []


def test_rows_set_aside_are_written_with_those_of_the_other_tables(filled, tmp_path):
    tables = filled("1,zzz,,call,2025-05-20,,\n")
    written = write_rejects(tables, tmp_path / "rejected")
    assert [path.name for path in written] == ["offers.parquet"]
    assert pd.read_parquet(written[0])["customer_id"].tolist() == ["zzz"]


def test_the_same_list_read_twice_counts_once(filled):
    content = "1,a,Acme,call,2025-05-20,,\n2,b,Bolt,call,2025-05-20,,\n"
    tables = filled(content, **{"copy of today.csv": HEAD + content})
    assert len(offers(tables)) == 2
    assert tables.report("offers").folded == 2
    assert accounted(tables)


def test_of_a_row_in_two_lists_the_one_with_the_outcome_stays(filled):
    tables = filled("1,a,,call,2025-05-20,,\n", **{"later.csv": f"{HEAD}1,a,,call,2025-05-20 15:00,accepted,\n"})
    assert [one[3] for one in offers(tables)] == ["2025-05-20 15:00:00"]


def test_two_contacts_on_two_days_are_two(filled):
    assert len(offers(filled("1,a,,call,2025-05-20,,\n1,a,,call,2025-05-21,,\n"))) == 2


@pytest.mark.parametrize(("day_first", "day"), [("true", "2025-04-03"), ("false", "2025-03-04")])
def test_the_order_of_day_and_month_can_be_told(filled, day_first, day):
    tables = filled("1,a,,call,03/04/2025,,\n", f"day_first = {day_first}\n")
    assert offers(tables)[0][1] == f"{day} 00:00:00"


def test_contacts_stand_beside_the_company_s_own_offers(company, filled):
    company.write("offers.csv", "customer_id,offered_at,measure,cost,arm\na,2025-02-01,discount,20,held_out\n")
    tables = filled("1,b,,call,2025-05-20,accepted,\n")
    assert [(one[0], one[2], one[4]) for one in offers(tables)] == [
        ("a", "discount", "held_out"),
        ("b", "call", "offered"),
    ]
    rows = tables.engine.rows(tables["offers"])
    assert set(rows.columns) >= {"cost", "accepted_at", "known_at"}
    assert tables.report("offers").files == ("offers.csv", "today.csv")
    assert accounted(tables)


def test_contacts_do_not_move_the_newest_cutoff_or_the_first_day(company, filled):
    before = company.read()
    tables = filled("1,a,,call,2025-05-31,,\n2,b,,call,2019-01-01,,\n")
    assert tables.complete_to == before.complete_to
    assert tables.observed_from == before.observed_from
    assert len(offers(tables)) == 2


def test_contacts_make_no_customers(company, filled):
    before = company.read().report("customers").rows_used
    assert filled("1,zzz,,call,2025-05-20,,\n").report("customers").rows_used == before


def test_a_file_that_is_no_list_is_set_aside_whole_and_told(filled):
    tables = filled("1,a,,call,2025-05-20,,\n", **{"plan.csv": "what,when\nlunch,12:00\n", "photo.png": "x"})
    assert len(offers(tables)) == 1
    assert sorted(file for _, _, file in aside(tables)) == ["photo.png", "plan.csv"]
    assert any("plan.csv has no column customer_id" in one for one in tables.report("offers").findings)
    assert accounted(tables)


def test_hidden_files_and_those_of_an_open_spreadsheet_are_passed_over(filled):
    tables = filled(**{"~$today.xlsx": "x", ".directory": "x"})
    assert tables.report("offers").files == ()
    assert aside(tables) == []


def test_a_missing_folder_is_a_fault_and_not_a_list_without_contacts(company):
    assert "team.feedback: there is no folder filled" in company.faults(TOML)
    with pytest.raises(ContractError):
        company.read(TOML)


def test_without_a_folder_there_are_no_offers(company):
    assert "offers" not in company.read()


def test_the_fingerprint_follows_the_lists(filled):
    one = filled("1,a,,call,2025-05-20,,\n").report("offers").fingerprint
    assert one == filled("1,a,,call,2025-05-20,,\n").report("offers").fingerprint
    assert one != filled("1,a,,call,2025-05-21,,\n").report("offers").fingerprint


def test_a_workbook_that_was_filled_is_read(company, filled):
    rows = {"customer_id": ["a", "b"], "action": "call", "contacted_at": [pd.Timestamp("2025-05-20"), None]}
    company.write("filled/today.xlsx", pd.DataFrame({**rows, "outcome": ["accepted", None]}))
    assert [one[0] for one in offers(filled())] == ["a"]


CELLS = st.sampled_from(
    ["", "a", "b", "zzz", "2025-05-20", "03/04/2025", "31.5.2025", "accepted", "not reached", "?"]
)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(CELLS, CELLS, CELLS, CELLS), max_size=8))
def test_every_row_is_accounted_for(tmp_path_factory, rows):
    folder = tmp_path_factory.mktemp("filled")
    lines = "".join(f"{','.join(row)}\n" for row in rows)
    (folder / "today.csv").write_text(f"customer_id,action,contacted_at,outcome\n{lines}")
    found: Feedback = read_feedback(folder, TeamSettings(), "UTC", TODAY)
    assert found.read == len(found.contacts) + found.left_out + found.folded + len(found.aside)
    assert (found.contacts["offered_at"] <= pd.Timestamp(date(2025, 6, 2))).all()
    assert found.contacts["customer_id"].ne("").all()
