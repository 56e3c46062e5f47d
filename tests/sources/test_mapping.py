from datetime import datetime
from decimal import Decimal

import pandas as pd

from churnrisk.tables.read import Tables
from tests.tables.company import Company

TERMS = "Sub Id,Who,From,Months,Price,Formula\n1,a,2025-01-15,12,120,yearly\n2,b,2025-02-01,1,15,monthly\n"
MAPPED = 'columns = { subscription_id = "Sub Id", customer_id = "Who", started_at = "From" }\n'


def subscriptions(company: Company, toml: str, content: str = TERMS) -> pd.DataFrame:
    company.write("terms.csv", content)
    return company.rows("subscriptions", f'[source.tables.subscriptions]\nfile = "terms.csv"\n{toml}')


def test_derived_columns_compute_with_the_files_own_columns(company: Company):
    rows = subscriptions(
        company,
        MAPPED + "[source.tables.subscriptions.derive]\nmrr = 'Price / Months'\n"
        "term_ends_at = '\"From\" + INTERVAL (Months) MONTH'\n"
        "plan = \"CASE WHEN Months = 12 THEN 'year' ELSE Formula END\"",
    )
    assert rows.mrr.tolist() == [Decimal("10.00"), Decimal("15.00")]
    assert rows.term_ends_at.tolist() == [datetime(2026, 1, 15), datetime(2025, 3, 1)]
    assert rows.plan.tolist() == ["year", "monthly"]


def test_a_lookup_file_gives_its_columns_to_expressions(company: Company):
    company.write("formulas.csv", "name,divisor\nyearly,12\nmonthly,1\n")
    rows = subscriptions(
        company,
        MAPPED + 'derive = { mrr = "Price / divisor" }\n'
        'lookup = [{ file = "formulas.csv", on = { Formula = "name" } }]',
    )
    assert rows.mrr.tolist() == [Decimal("10.00"), Decimal("15.00")]


def test_a_lookup_key_that_is_not_unique_is_a_fault(company: Company):
    company.write("formulas.csv", "name,divisor\nyearly,12\nyearly,1\n")
    company.write("terms.csv", TERMS)
    fault = company.faults(
        f'[source.tables.subscriptions]\nfile = "terms.csv"\n{MAPPED}'
        'lookup = [{ file = "formulas.csv", on = { Formula = "name" } }]'
    )
    assert "the key yearly stands in 2 rows, and rows would multiply" in fault


def test_a_value_that_does_not_parse_sets_the_row_aside_and_an_empty_one_does_not(company: Company):
    lines = "".join(f"{i},a,2025-01-15,12,120,x\n" for i in range(40))
    content = TERMS + lines + "98,a,2025-01-15,12,,x\n99,a,2025-01-15,12,much,x\n"
    toml = MAPPED + 'derive = { mrr = "Price / Months" }\ntypes = { Price = "number" }'
    company.write("terms.csv", content.replace("\n1,", "\nx1,").replace("\n2,", "\nx2,", 1))
    report = company.read(f'[source.tables.subscriptions]\nfile = "terms.csv"\n{toml}').report("subscriptions")
    assert report.set_aside == {"mrr: not an amount": 1}
    assert 0 < report.missing["mrr"] < 0.03


def test_one_file_is_the_source_of_two_tables(company: Company):
    company.write("log.csv", "who,day,what,sum\na,2025-01-05,use,\nb,2025-01-06,pay,9.5\n")
    mapped = 'file = "log.csv"\ncolumns = { customer_id = "who", %s = "day"%s }\nwhere = "what = \'%s\'"\n'
    tables = company.read(
        "[source.tables.usage]\n"
        + mapped % ("occurred_at", "", "use")
        + "[source.tables.invoices]\n"
        + mapped % ("due_at", ', amount = "sum"', "pay")
        + "derive = { invoice_id = \"who || '-' || day\" }"
    )
    assert tables.engine.rows(tables["usage"]).customer_id.tolist() == ["a"]
    assert tables.engine.rows(tables["invoices"]).invoice_id.tolist() == ["b-2025-01-06"]
    assert tables.report("invoices").left_out == 1


def test_files_with_different_columns_are_parts_of_one_table(company: Company):
    company.write("web.csv", "who,at\na,2025-01-05\n")
    company.write("app.csv", "user,time,kind\nb,2025-01-06,tap\n")
    rows = company.rows(
        "usage",
        '[source.tables.usage]\nconstants = { event = "visit" }\n'
        '[[source.tables.usage.parts]]\nfile = "web.csv"\ncolumns = { customer_id = "who", occurred_at = "at" }\n'
        '[[source.tables.usage.parts]]\nfile = "app.csv"\n'
        'columns = { customer_id = "user", occurred_at = "time" }\nderive = { quantity = "length(kind)" }',
    )
    assert rows.event.tolist() == ["visit", "visit"]
    assert rows.quantity.tolist() == [1.0, 3.0]


def test_a_glob_reads_like_files_together(company: Company):
    company.write("log/1.csv", "customer_id,occurred_at\na,2025-01-05\n")
    company.write("log/2.csv", "occurred_at,customer_id\n2025-01-06,b\n")
    rows = company.rows("usage", '[source.tables.usage]\nfile = "log/*.csv"')
    assert rows.customer_id.tolist() == ["a", "b"]


def test_values_that_mean_none_are_empty(company: Company):
    rows = subscriptions(
        company,
        MAPPED.replace('"From" }', '"From", ended_at = "End", mrr = "Price" }') + "none = [2075-01-01, -1]",
        "Sub Id,Who,From,End,Price\n1,a,2025-01-15,2075-01-01,-1\n2,b,2025-02-01,2025-03-01,5\n",
    )
    assert rows.ended_at.isna().tolist() == [True, False]
    assert rows.mrr.isna().tolist() == [True, False]


def test_an_inclusive_end_is_the_next_midnight(company: Company):
    company.write("subscriptions.csv", "subscription_id,customer_id,started_at,ended_at\n1,a,2025-01-01,2025-01-31\n")
    rows = company.rows("subscriptions", "[source.tables.subscriptions]\ninclusive = true")
    assert rows.ended_at.tolist() == [datetime(2025, 2, 1)]


def test_a_table_keyed_by_subscription_finds_its_customers(company: Company):
    company.write("usage.csv", "subscription_id,occurred_at\ns2,2025-02-05\ns9,2025-02-05\n")
    tables = company.read(source="max_rejected = 0.5")
    assert tables.engine.rows(tables["usage"]).customer_id.tolist() == ["b"]
    assert tables.report("usage").set_aside == {"subscription_id: not in subscriptions": 1}


def folded(company: Company) -> Tables:
    company.write(
        "lines.csv",
        "no,customer_id,due_at,amount\n1,a,2025-01-06,5.5\n1,a,2025-01-05,4.5\n2,b,2025-01-07,1\n",
    )
    return company.read(
        '[source.tables.invoices]\nfile = "lines.csv"\ncolumns = { invoice_id = "no" }\none_row_per = ["invoice_id"]'
    )


def test_lines_of_one_id_are_folded(company: Company):
    tables = folded(company)
    rows = tables.engine.rows(tables["invoices"].order_by("invoice_id"))
    assert rows.amount.tolist() == [Decimal("10.00"), Decimal("1.00")]
    assert rows.due_at.tolist() == [datetime(2025, 1, 5), datetime(2025, 1, 7)]
    assert tables.report("invoices").folded == 1


def test_several_date_formats_in_one_column(usage_of):
    rows = usage_of(
        "customer_id,occurred_at\na,05/01/2025\nb,2025-01-06\na,7 Jan 2025\n",
        'formats.occurred_at = ["%d/%m/%Y", "%d %b %Y"]',
    )
    assert sorted(rows.occurred_at.dt.day.tolist()) == [5, 6, 7]


def test_times_without_a_zone_are_of_the_pipelines_zone_and_days_are_not(company: Company):
    company.write("usage.csv", "customer_id,occurred_at\na,2025-06-01T10:00\n")
    tables = company.read(source='timezone = "Europe/Berlin"')
    assert tables.engine.rows(tables["usage"]).occurred_at.tolist() == [datetime(2025, 6, 1, 8)]
    assert tables.engine.rows(tables["subscriptions"]).started_at.min() == datetime(2025, 1, 1)


def test_columns_whose_names_differ_in_capitals_only_are_kept_apart(usage_of):
    rows = usage_of("customer_id,occurred_at,Amount,amount\na,2025-01-05,1,2\n", 'columns = { quantity = "Amount" }')
    assert (rows.quantity[0], rows.amount[0]) == (1.0, Decimal("2.00"))


def test_an_expression_that_reaches_out_is_refused_with_its_place(company: Company):
    fault = company.faults('[source.tables.usage]\nderive = { quantity = "(SELECT 1)" }\nwhere = "1=1; DROP TABLE x"')
    assert "quantity: 'SUBQUERY' is not allowed" in fault
    assert "it must be one expression" in fault


def test_names_cannot_inject(company: Company):
    company.write("usage.csv", 'customer_id,occurred_at,"x"" ; DROP TABLE y; --"\na,2025-01-05,7\n')
    rows = company.rows("usage", "[source.tables.usage]\ncolumns = { quantity = 'x\" ; DROP TABLE y; --' }")
    assert rows.quantity.tolist() == [7.0]
