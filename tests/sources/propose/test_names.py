"""A company's names are ours in other words."""

import pytest

from churnrisk.sources.propose.names import Words, likeness, parts
from churnrisk.tables.contracts import CONTRACTS

WORDS = Words.known()


@pytest.mark.parametrize(
    ("table", "column", "name"),
    [
        ("usage", "customer_id", "CustomerID"),
        ("usage", "customer_id", "client_id"),
        ("usage", "customer_id", "account"),
        ("usage", "customer_id", "cust_no"),
        ("usage", "customer_id", "user"),
        ("usage", "customer_id", "Kunden-Nr."),
        ("usage", "customer_id", "Numéro client"),
        ("subscriptions", "started_at", "start_date"),
        ("subscriptions", "started_at", "begin"),
        ("subscriptions", "started_at", "signup"),
        ("subscriptions", "started_at", "subscription_start_utc"),
        ("subscriptions", "ended_at", "churn_date"),
        ("subscriptions", "cancelled_at", "cancel_date"),
        ("subscriptions", "cancelled_at", "Gekündigt am"),
        ("subscriptions", "cancelled_at", "gekuendigt_am"),
        ("subscriptions", "mrr", "monthly_fee"),
        ("subscriptions", "mrr", "amount_usd"),
        ("subscriptions", "mrr", "Price (EUR)"),
        ("invoices", "invoice_id", "Invoice No"),
        ("invoices", "due_at", "Fällig am"),
        ("invoices", "paid_at", "paid"),
        ("tickets", "opened_at", "ticket_created"),
        ("tickets", "resolved_at", "closed"),
        ("usage", "occurred_at", "event_time"),
        ("usage", "occurred_at", "Fecha"),
    ],
)
def test_a_synonym_is_recognised(table, column, name):
    assert WORDS.column(table, column, name) > 0.8


@pytest.mark.parametrize(
    ("table", "column", "name"),
    [
        ("customers", "customer_id", "customer_name"),
        ("usage", "customer_id", "user_agent"),
        ("usage", "customer_id", "account_manager"),
        ("usage", "amount", "UnitPrice"),
        ("invoices", "issued_at", "due_date"),
        ("subscriptions", "plan", "plan_manager"),
    ],
)
def test_a_name_that_means_something_else_is_not(table, column, name):
    assert WORDS.column(table, column, name) == 0


def test_our_own_name_is_the_surest():
    assert WORDS.column("usage", "occurred_at", "occurred_at") > WORDS.column("usage", "occurred_at", "event_time")
    assert likeness("start", ["start", "begin"]) > likeness("begin", ["start", "begin"])


@pytest.mark.parametrize(
    ("name", "table"),
    [("user_events_2024.csv", "usage"), ("Verträge.csv", "subscriptions"), ("support-tickets.tsv", "tickets")],
)
def test_a_files_name_speaks_for_its_table(name, table):
    assert WORDS.file(table, name) > 0
    assert WORDS.file("offers", name) == 0


def test_names_are_split_at_marks_and_humps():
    assert parts("HTMLPageID_2") == ("html", "page", "id", "2")


def test_every_word_stands_for_a_table_and_column_that_exist():
    assert set(WORDS.content["files"]) == set(CONTRACTS)
    for table, columns in WORDS.content["columns"].items():
        assert set(columns) <= set(CONTRACTS[table].names), table


def test_every_column_of_every_table_has_words():
    for name, contract in CONTRACTS.items():
        known = {*WORDS.content["ids"], *WORDS.content["columns"].get(name, {})}
        assert set(contract.names) <= known, name
