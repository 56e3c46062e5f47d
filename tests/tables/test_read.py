from datetime import date, datetime
from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from churnrisk.errors import ContractError
from churnrisk.tables.contract import Contract
from churnrisk.tables.read import write_rejects
from tests.tables.company import Company


def test_tables_are_found_by_their_names_and_typed(company: Company):
    tables = company.read()
    assert set(tables) == {"customers", "subscriptions", "usage"}
    types = {name: str(type_) for name, type_ in tables["subscriptions"].schema().items()}
    assert types["customer_id"] == "string"
    assert types["mrr"] == "decimal(18, 2)"
    assert types["started_at"].startswith("timestamp")
    assert types["known_at"].startswith("timestamp")
    assert types["is_trial"] == "boolean"
    assert isinstance(tables.contracts["usage"], Contract)


def test_columns_with_a_default_are_filled_and_other_missing_ones_are_absent(company: Company):
    usage = company.rows("usage")
    assert usage.quantity.tolist() == [1.0, 1.0]
    assert "amount" not in usage.columns


def test_customers_are_derived_from_the_other_tables(company: Company):
    customers = company.rows("customers")
    assert customers.customer_id.tolist() == ["a", "b"]
    assert customers.signed_up_at.tolist() == [datetime(2025, 1, 1), datetime(2025, 2, 1)]
    assert company.read().report("customers").rows_added == 2


def test_a_customer_missing_in_customers_is_added_and_told(company: Company):
    company.write("customers.csv", "customer_id,signed_up_at,region\na,2024-12-01,north\n")
    tables = company.read()
    rows = tables.engine.rows(tables["customers"].order_by("customer_id"))
    assert rows.customer_id.tolist() == ["a", "b"]
    assert rows.region.tolist()[0] == "north"
    assert rows.signed_up_at.tolist() == [datetime(2024, 12, 1), datetime(2025, 2, 1)]
    assert "1 customer stands in other tables and not here" in tables.report("customers").findings[0]
    assert tables.contracts["customers"].no_history == ("region",)


def test_customers_that_are_all_there_are_no_finding(company: Company):
    company.write("customers.csv", "customer_id,signed_up_at\na,2024-12-01\nb,2024-12-02\n")
    assert company.read().report("customers").findings == ()


def test_a_fixed_attribute_keeps_its_history(company: Company):
    company.write("customers.csv", "customer_id,region\na,north\nb,south\n")
    contract = company.read('[source.tables.customers]\nfixed = ["region"]').contracts["customers"]
    assert contract.no_history == ()


def test_complete_to_is_the_midnight_after_the_newest_event(company: Company):
    assert company.read().complete_to == datetime(2025, 2, 4)


def test_complete_to_does_not_look_at_planned_times(company: Company):
    company.write(
        "subscriptions.csv", "subscription_id,customer_id,started_at,ended_at\ns1,a,2025-01-01,2025-05-30\n"
    )
    assert company.read().complete_to == datetime(2025, 2, 4)


def test_complete_to_and_observed_from_follow_the_settings(company: Company):
    tables = company.read(source="complete_to = 2025-05-01\nobserved_from = 2025-01-02")
    assert (tables.complete_to, tables.observed_from) == (datetime(2025, 5, 1), datetime(2025, 1, 2))


def test_observed_from_is_the_first_event_that_is_no_start(company: Company):
    tables = company.read()
    assert tables.report("subscriptions").first_at == datetime(2025, 1, 1)
    assert tables.observed_from > datetime(2025, 1, 1)


def test_known_at_of_an_event_is_its_time(company: Company):
    usage = company.rows("usage")
    assert usage.known_at.tolist() == usage.occurred_at.tolist()


def test_known_at_moves_by_the_days_that_rows_take_to_arrive(company: Company):
    usage = company.rows("usage", "[source.tables.usage]\narrives_after_days = 2")
    assert usage.known_at.tolist()[0] == datetime(2025, 1, 7, 10)


def test_recorded_at_wins_over_arrival_days(company: Company):
    company.write("usage.csv", "customer_id,occurred_at,recorded_at\na,2025-01-05,2025-01-06T12:00\nb,2025-02-03,\n")
    usage = company.rows("usage", "[source.tables.usage]\narrives_after_days = 2")
    assert usage.known_at.tolist() == [datetime(2025, 1, 6, 12), datetime(2025, 2, 5)]
    assert "recorded_at" not in usage.columns


def test_an_invoice_is_known_from_issue_or_payment_and_else_from_the_due_day(company: Company):
    company.write(
        "invoices.csv",
        "invoice_id,customer_id,due_at,amount,issued_at,paid_at\n"
        "1,a,2025-03-01,5,2025-02-15,2025-02-20\n2,a,2025-03-01,5,2025-02-15,2025-02-01\n3,b,2025-03-01,5,,\n",
    )
    tables = company.read()
    known = tables.engine.rows(tables["invoices"].order_by("invoice_id")).known_at.tolist()
    assert known == [datetime(2025, 2, 15), datetime(2025, 2, 1), datetime(2025, 3, 1)]
    assert any("paid before they were issued" in finding for finding in tables.report("invoices").findings)


def test_a_monthly_sum_is_known_when_the_month_is_over(company: Company):
    company.write("usage.csv", "customer_id,occurred_at,quantity\na,2025-01-01,5\nb,2025-02-01,7\n")
    usage = company.rows("usage", '[source.tables.usage]\ngrain = "month"')
    assert usage.occurred_at.tolist() == [datetime(2025, 1, 31), datetime(2025, 2, 28)]
    assert usage.known_at.dt.ceil("D").tolist() == [datetime(2025, 2, 1), datetime(2025, 3, 1)]
    assert (usage.known_at > usage.occurred_at).all()
    tables = company.read('[source.tables.usage]\ngrain = "month"')
    assert tables.complete_to == datetime(2025, 3, 1)
    assert tables.contracts["usage"].grain_days == 31


def test_ids_written_with_a_decimal_are_whole_in_every_kind_of_file(company: Company):
    company.write(
        "subscriptions.csv", "subscription_id,customer_id,started_at\n1.0,17850.0,2025-01-01\n2.0,12.0,2025-01-01\n"
    )
    company.write("usage.csv", "customer_id,occurred_at\n17850,2025-01-02\n")
    company.write(
        "tickets.parquet",
        pd.DataFrame({"ticket_id": [1.0], "customer_id": [12.0], "opened_at": [datetime(2025, 1, 3)]}),
    )
    company.write(
        "surveys.xlsx", pd.DataFrame({"customer_id": [17850.0], "answered_at": ["2025-01-03"], "score": [9]})
    )
    tables = company.read()
    ids = {name: set(tables.engine.rows(tables[name]).customer_id) for name in tables}
    assert ids["customers"] == {"17850", "12"}
    assert ids["tickets"] == {"12"}
    assert ids["surveys"] == {"17850"}


def test_ids_that_are_not_all_whole_numbers_stay_as_they_are(company: Company):
    company.write(
        "subscriptions.csv",
        "subscription_id,customer_id,started_at\ns1,007,2025-01-01\ns2,1.0,2025-01-01\ns3,x,2025-01-01\n",
    )
    company.write("usage.csv", "customer_id,occurred_at\n007,2025-01-02\n")
    assert company.rows("customers").customer_id.tolist() == ["007", "1.0", "x"]


def test_money_is_decimal_and_attributes_are_typed_by_their_looks(company: Company):
    company.write(
        "customers.csv", "customer_id,age,zip,joined,note\na,31,01234,2025-01-01,x\nb,40,99999,2025-01-02,\n"
    )
    customers = company.rows("customers")
    assert customers.age.tolist() == [31.0, 40.0]
    assert customers.zip.tolist() == ["01234", "99999"]
    assert customers.joined.tolist()[0] == datetime(2025, 1, 1)
    assert company.rows("subscriptions").mrr.tolist() == [Decimal("10.00"), Decimal("20.00")]


def test_a_database_is_read_like_a_folder(company: Company):
    import duckdb

    with duckdb.connect(str(company.folder / "company.duckdb")) as connection:
        connection.execute("CREATE TABLE subs AS SELECT 1 AS id, 7 AS who, DATE '2025-01-01' AS since")
        connection.execute(
            "CREATE VIEW usage AS SELECT 7 AS customer_id, TIMESTAMP '2025-01-02 10:00' AS occurred_at"
        )
    toml = (
        '[source.tables.subscriptions]\nfile = "subs"\n'
        'columns = { subscription_id = "id", customer_id = "who", started_at = "since" }'
    )
    tables = company.read(toml, source='kind = "duckdb"\npath = "company.duckdb"')
    assert tables.engine.rows(tables["usage"]).customer_id.tolist() == ["7"]
    assert tables.report("subscriptions").rows_used == 1


def test_rejects_are_written_as_they_stood_with_reason_and_line(company: Company):
    company.write("usage.csv", "customer_id,occurred_at,reason\na,2025-01-05,x\nb,2025-02-30,y\n,2025-01-05,z\n")
    tables = company.read(source="max_rejected = 0.9")
    report = tables.report("usage")
    assert report.set_aside == {"customer_id: empty": 1, "occurred_at: not a time": 1}
    written = write_rejects(tables, company.folder / "rejected")
    assert [path.name for path in written] == ["usage.parquet"]
    rows = pd.read_parquet(written[0])
    assert rows[["reason", "line", "occurred_at", "source_reason"]].values.tolist() == [
        ["occurred_at: not a time", 3, "2025-02-30", "y"],
        ["customer_id: empty", 4, "2025-01-05", "z"],
    ]


def test_a_run_without_rejects_writes_none_and_takes_old_ones_away(company: Company):
    old = company.write("rejected/usage.parquet", pd.DataFrame({"a": [1]}))
    assert write_rejects(company.read(), company.folder / "rejected") == []
    assert not old.exists()


def test_the_fingerprint_follows_the_bytes(company: Company):
    before = company.read().report("usage").fingerprint
    assert company.read().report("usage").fingerprint == before
    company.write("usage.csv", (company.folder / "usage.csv").read_text() + "a,2025-01-09,x\n")
    assert company.read().report("usage").fingerprint != before


CELLS = st.tuples(
    st.sampled_from(["a", "b", "c", ""]),
    st.sampled_from(["2025-01-05", "2025-02-30", "", "2025-01-05T10:00:00", "2031-01-01", "yesterday"]),
    st.sampled_from(["1", "2.5", "x", ""]),
)


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(CELLS, min_size=1, max_size=12), unique=st.booleans())
def test_every_row_read_is_used_left_out_folded_or_set_aside(
    company: Company, rows: list[tuple[str, str, str]], unique: bool
):
    good = [("a", "2025-01-05", "1")] * 300  # so that few enough dates cannot be read
    lines = "\n".join(",".join(row) for row in [*good, *rows])
    company.write("events.csv", f"customer_id,occurred_at,quantity\n{lines}\n")
    toml = '[source.tables.usage]\nfile = "events.csv"\nwhere = "customer_id IS NULL OR customer_id <> \'c\'"\n'
    toml += 'unique = ["customer_id", "occurred_at"]' if unique else ""
    report = company.read(toml, source="max_rejected = 1.0").report("usage")
    assert report.rows_read == len(good) + len(rows)
    assert report.rows_read == report.rows_used + report.left_out + report.folded + report.rows_set_aside
    assert report.left_out == sum(row[0] == "c" for row in rows)
    bad = [
        row
        for row in rows
        if row[0] != "c"
        and (row[0] == "" or row[2] == "x" or len(row[1]) not in (10, 19) or row[1] in ("2025-02-30", "2031-01-01"))
    ]
    assert report.rows_set_aside == len(bad)


@pytest.mark.real_data
def test_online_retail_is_read_by_its_toml_alone(engine, real_data, monkeypatch):
    from churnrisk.settings import load_settings
    from churnrisk.tables.read import read_tables
    from tests.conftest import ROOT

    monkeypatch.setenv("CHURNRISK_REAL_DATA", str(real_data))
    tables = read_tables(load_settings(ROOT / "pipelines" / "online_retail.toml"), engine, date(2025, 1, 1))
    usage, tickets = tables.report("usage"), tables.report("tickets")
    assert (usage.rows_read, usage.left_out, usage.rows_set_aside) == (541_909, 135_080, 0)
    assert (tickets.rows_used, tickets.folded) == (3_654, 5_251)
    assert tables.report("customers").rows_used == 4_372
    assert tables.complete_to == datetime(2011, 12, 10)


def test_a_fault_ends_the_reading_with_one_error(company: Company):
    company.write("usage.csv", "who,occurred_at\na,2025-01-05\n")
    with pytest.raises(ContractError, match=r"usage.csv does not match the contract \(1 finding\)"):
        company.read()
