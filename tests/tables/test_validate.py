import pandas as pd
import pytest

from churnrisk.errors import ContractError
from tests.tables.company import TODAY, Company

MANY = 60


def events(*lines: str, header: str = "customer_id,occurred_at,quantity") -> str:
    """Give a file with some lines after enough good ones."""
    return "\n".join([header, *(["a,2025-01-05,1"] * MANY), *lines]) + "\n"


def test_tables_in_order_are_no_fault(company: Company):
    assert company.faults() == ""


def test_all_faults_of_all_tables_come_at_once(company: Company):
    company.write("usage.csv", "who,occurred_at\na,05/13/2025\n")
    company.write("invoices.csv", "invoice_id,customer_id,amount\n1,a,3\n")
    company.write("tickets.csv", "ticket_id,customer_id,opened_at\n")
    fault = company.faults('[source.tables.surveys]\nfile = "answers.csv"')
    assert "usage.csv does not match the contract (2 findings):" in fault
    assert "customer_id: missing. Add the column, or map it in [source.tables.usage.columns]." in fault
    assert 'formats.occurred_at = "%m/%d/%Y"' in fault
    assert "due_at: missing" in fault
    assert "there is no file answers.csv" in fault
    assert "tickets.csv" in fault
    assert "it holds no rows" in fault
    assert list(company.folder.glob("**/*.parquet")) == []


def test_a_missing_table_that_churn_stands_on_is_a_fault(company: Company):
    assert "churn_events: missing" in company.faults(churn='kind = "recorded"')


def test_a_missing_optional_table_is_none(company: Company):
    assert "invoices" not in company.read()


def test_a_file_name_that_is_not_there_is_answered_with_the_right_one(company: Company):
    fault = company.faults('[source.tables.usage]\nfile = "usge.csv"')
    assert "Did you mean 'usage.csv'?" in fault


def test_a_column_of_which_no_value_fits_is_a_fault(company: Company):
    company.write("usage.csv", "customer_id,occurred_at,quantity\na,2025-01-05,many\n")
    assert "no value of quantity is a number, for instance 'many'" in company.faults()


def test_one_key_with_different_content_is_a_fault(company: Company):
    company.write("invoices.csv", "invoice_id,customer_id,due_at,amount\n1,a,2025-01-05,5\n1,a,2025-01-05,6\n")
    fault = company.faults()
    assert "invoice_id: 1 key stands in several rows with different content, first '1'." in fault
    assert 'one_row_per = ["invoice_id"]' in fault


def test_the_same_row_twice_is_kept_once_and_told(company: Company):
    company.write("invoices.csv", "invoice_id,customer_id,due_at,amount\n1,a,2025-01-05,5\n1,a,2025-01-05,5\n")
    report = company.read().report("invoices")
    assert (report.rows_used, report.folded) == (1, 1)
    assert report.findings == ("1 key stands in several rows that are alike; one of them was kept.",)


def test_two_events_at_the_same_instant_are_two_events(company: Company):
    company.write("usage.csv", "customer_id,occurred_at\na,2025-01-05\na,2025-01-05\n")
    assert company.read().report("usage").rows_used == 2


def test_tables_without_a_common_customer_are_a_fault(company: Company):
    company.write("usage.csv", "customer_id,occurred_at\nx,2025-01-05\n")
    assert "no customer of usage stands in subscriptions" in company.faults()


def test_where_that_matches_nothing_is_a_fault(company: Company):
    assert "none of 2 rows matches" in company.faults("[source.tables.usage]\nwhere = \"event = 'logout'\"")


def test_a_mapped_column_that_is_not_there_is_a_fault(company: Company):
    fault = company.faults('[source.tables.usage]\ncolumns = { occurred_at = "occured_at" }')
    assert "the file has no column 'occured_at'" in fault
    assert "Did you mean 'occurred_at'?" in fault


def test_a_column_that_the_contract_does_not_know_is_a_fault(company: Company):
    fault = company.faults('[source.tables.usage]\ncolumns = { ocurred_at = "event" }')
    assert "columns.ocurred_at: the table has no column of this name. Did you mean 'occurred_at'?" in fault


def test_a_column_that_customers_could_carry_is_a_fault_that_says_how(company: Company):
    company.write("customers.csv", "customer_id,land\na,north\n")
    fault = company.faults('[source.tables.customers]\ncolumns = { region = "land" }')
    assert 'To carry a column of yours under this name: derive.region = "land"' in fault


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("a,2025-02-30,1", "occurred_at: not a time"),
        ("a,2025-01-05,x", "quantity: not a number"),
        (",2025-01-05,1", "customer_id: empty"),
        ("a,,1", "occurred_at: empty"),
        ("a,2025-06-03,1", "occurred_at: after the run's own day"),
    ],
)
def test_a_row_that_cannot_be_right_is_set_aside(company: Company, line: str, reason: str):
    company.write("usage.csv", events(line))
    assert company.read().report("usage").set_aside == {reason: 1}


def test_an_event_of_tomorrow_is_kept(company: Company):
    company.write("usage.csv", events("a,2025-06-02T23:00,1"))
    assert company.read(today=TODAY).report("usage").set_aside == {}


def test_more_rejects_than_allowed_end_the_run(company: Company):
    company.write("usage.csv", events(*["a,yesterday,1"] * 10))
    fault = company.faults()
    assert "occurred_at: not a time (10 of 70 rows, first in line 62)" in fault
    assert "14.3% of the rows would be set aside, and max_rejected is 5.0%" in fault
    assert company.faults(source="max_rejected = 0.2") == ""


def test_an_end_before_the_start_is_set_aside_and_one_on_the_same_day_is_kept(company: Company):
    head = "subscription_id,customer_id,started_at,ended_at\n"
    company.write(
        "subscriptions.csv", head + "1,a,2025-01-05,2025-01-04\n2,b,2025-01-05,2025-01-05\n3,a,2025-01-05,\n"
    )
    report = company.read(source="max_rejected = 0.5").report("subscriptions")
    assert report.set_aside == {"ended_at: before started_at": 1}
    assert report.rows_used == 2


def test_a_planned_time_may_lie_ahead(company: Company):
    company.write("subscriptions.csv", "subscription_id,customer_id,started_at,ended_at\n1,a,2025-01-05,2031-01-01\n")
    assert company.read().report("subscriptions").set_aside == {}


def test_negative_amounts_are_kept_and_told(company: Company):
    company.write("invoices.csv", "invoice_id,customer_id,due_at,amount\n1,a,2025-01-05,-5\n2,b,2025-01-05,6\n")
    report = company.read().report("invoices")
    assert report.rows_used == 2
    assert report.findings == ("amount: 1 of 2 rows are negative (credits); they were kept.",)


def test_a_total_that_is_zero_until_it_is_paid_is_warned_of(company: Company):
    paid = [f"p{i},a,2025-01-05,{i + 1},2025-01-09" for i in range(30)]
    company.write(
        "invoices.csv",
        "\n".join(
            ["invoice_id,customer_id,due_at,amount,paid_at", *paid, *[f"o{i},a,2025-01-05,0," for i in range(30)]]
        ),
    )
    finding = company.read().report("invoices").findings[0]
    assert finding.startswith("amount: 0.00 in every row without paid_at and hardly ever in the others")


def test_a_total_that_does_not_follow_payment_is_not_warned_of(company: Company):
    paid = [f"p{i},a,2025-01-05,{i % 3},2025-01-09" for i in range(30)]
    company.write(
        "invoices.csv",
        "\n".join(
            ["invoice_id,customer_id,due_at,amount,paid_at", *paid, *[f"o{i},a,2025-01-05,0," for i in range(30)]]
        ),
    )
    assert company.read().report("invoices").findings == ()


def test_a_file_that_is_no_parquet_is_a_fault(company: Company):
    company.write("tickets.parquet", b"no parquet")
    assert "tickets.parquet is not a Parquet file" in company.faults()


def test_a_parquet_column_of_the_wrong_kind_is_a_fault(company: Company):
    company.write("tickets.parquet", pd.DataFrame({"ticket_id": ["1"], "customer_id": ["a"], "opened_at": [True]}))
    with pytest.raises(ContractError, match="opened_at should be a time, and is true or false"):
        company.read()
