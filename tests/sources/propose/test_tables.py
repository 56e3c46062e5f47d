"""Each file becomes the table that it fills, and nothing is invented."""

from collections.abc import Callable
from pathlib import Path

import pytest

from churnrisk.sources.engine import Engine
from churnrisk.sources.files import FileSource
from churnrisk.sources.propose.look import look_at_folder
from churnrisk.sources.propose.tables import Found, find_tables
from churnrisk.tables.contracts import CONTRACTS

SUBSCRIPTIONS = "sub_id,client,begin,end_date\n1,a,2024-01-01,\n2,b,2024-02-01,2024-03-01\n"


@pytest.fixture
def find(tmp_path: Path, engine: Engine) -> Callable[[dict[str, str]], Found]:
    """Find tables in files that are given as text."""

    def run(files: dict[str, str]) -> Found:
        for name, text in files.items():
            (tmp_path / name).write_text(text, encoding="utf-8")
        looks, _ = look_at_folder(FileSource(tmp_path, engine))
        return find_tables(looks, CONTRACTS, engine)

    return run


def columns(found: Found, table: str) -> dict[str, str]:
    return found.tables[table].match.columns


def test_subscriptions_are_found_by_their_columns(find):
    found = find({"export.csv": SUBSCRIPTIONS})
    assert list(found.tables) == ["subscriptions"]
    assert columns(found, "subscriptions") == {
        "subscription_id": "sub_id",
        "customer_id": "client",
        "started_at": "begin",
        "ended_at": "end_date",
    }


def test_the_customers_id_stands_in_where_a_subscription_has_none(find):
    found = find({"contracts.csv": "client_id,start,end\na,2024-01-01,\nb,2024-02-01,2024-03-01\n"})
    assert columns(found, "subscriptions")["subscription_id"] == "client_id"
    assert found.tables["subscriptions"].match.borrowed


def test_a_column_of_text_is_never_a_time(find):
    found = find({"contracts.csv": "sub_id,client_id,start\n1,a,soon\n2,b,later\n"})
    assert "subscriptions" not in found.tables
    assert "lacks started_at (no column could be it)" in found.unmatched["contracts.csv"]


def test_a_required_column_that_was_not_found_is_told_with_its_candidates(find):
    text = "ticket,client,first_touch,last_touch\n1,a,2024-01-01,2024-01-02\n2,b,2024-01-01,2024-01-02\n"
    found = find({"tickets.csv": text})
    assert "tickets" not in found.tables
    assert "lacks opened_at (could be first_touch, last_touch)" in found.unmatched["tickets.csv"]


def test_the_only_time_of_a_file_with_the_tables_name_is_taken(find):
    found = find({"logins.csv": "user,when_exactly\na,2024-01-01\na,2024-01-02\nb,2024-01-05\n"})
    assert columns(found, "usage")["occurred_at"] == "when_exactly"
    assert found.tables["usage"].match.guessed == ("occurred_at",)


def test_a_list_of_attributes_without_dates_is_no_table(find):
    found = find({"telco.csv": "customerID,Contract,Churn\na,Monthly,No\nb,Yearly,Yes\n"})
    assert not found.tables
    assert "no column of dates" in found.unmatched["telco.csv"]


def test_the_same_list_is_customers_where_its_name_says_so(find):
    assert "customers" in find({"clients.csv": "customerID,Contract\na,Monthly\nb,Yearly\n"}).tables


def test_a_table_of_strangers_is_left_out(find):
    found = find({"subs.csv": SUBSCRIPTIONS, "tickets.csv": "ticket,client,created\n1,x,2024-01-01\n"})
    assert "tickets" not in found.tables
    assert "no value of client stands in subscriptions" in found.unmatched["tickets.csv"]


def test_a_table_of_the_same_customers_stays(find):
    found = find({"subs.csv": SUBSCRIPTIONS, "tickets.csv": "ticket,client,created\n1,a,2024-01-01\n"})
    assert "tickets" in found.tables


def test_tickets_without_an_id_are_not_taken_for_customers(find):
    found = find({"tickets.csv": "client,created,text\na,2024-01-01,x\nb,2024-01-02,y\n"})
    assert not found.tables
    assert "lacks ticket_id" in found.unmatched["tickets.csv"]


def test_a_table_keyed_by_subscription_is_found_through_it(find):
    text = "invoice_no,sub_id,due,amount\n7,1,2024-01-15,9.5\n8,2,2024-02-15,9.5\n"
    found = find({"subs.csv": SUBSCRIPTIONS, "invoices.csv": text})
    assert columns(found, "invoices")["subscription_id"] == "sub_id"


def test_files_that_differ_by_a_number_are_one_table(find):
    text = "user,event_time,event\na,2024-01-01,x\na,2024-01-02,y\nb,2024-01-03,x\n"
    found = find({"events_2023.csv": text, "events_2024.csv": text})
    assert [file.label for file in found.tables["usage"].files] == ["events_2023.csv", "events_2024.csv"]


def test_a_second_file_for_a_table_is_told(find):
    text = "user,event_time,event\na,2024-01-01,x\na,2024-01-02,y\nb,2024-01-03,x\n"
    found = find({"events.csv": text, "logins.csv": text + "c,2024-01-01,z\n"})
    assert len(found.tables["usage"].files) == 1
    assert any("[[source.tables.usage.parts]]" in why for why in found.unmatched.values())


def test_mail_events_are_engagement_and_other_events_are_usage(find):
    mails = "user,date,action\na,2024-01-01,sent\na,2024-01-02,opened\nb,2024-01-03,sent\n"
    other = "user,date,action\na,2024-01-01,export\na,2024-01-02,print\nb,2024-01-03,print\n"
    found = find({"one.csv": mails, "two.csv": other})
    assert found.tables["engagement"].match.file.label == "one.csv"
    assert found.tables["usage"].match.file.label == "two.csv"


def test_customers_with_their_ends_are_subscriptions_too(find):
    found = find({"customers.csv": "customer_id,signup_date,churn_date\na,2024-01-01,\nb,2024-02-01,2024-03-01\n"})
    assert list(found.tables) == ["customers", "subscriptions"]
