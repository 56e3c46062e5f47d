import gzip
from datetime import datetime

import pytest

from churnrisk.errors import SourceError
from churnrisk.sources.text import open_text
from tests.tables.company import Company

TEXT = "customer_id,occurred_at,event\na,2025-01-05,café\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
def test_unicode_is_recognised(usage_of, encoding: str):
    assert usage_of(TEXT.encode(encoding)).event.tolist() == ["café"]


def test_latin_1_is_refused_with_the_remedy_and_read_when_named(company: Company, usage_of):
    company.write("events.csv", TEXT.encode("latin-1"))
    assert 'encoding = "latin-1"' in company.faults('[source.tables.usage]\nfile = "events.csv"')
    assert usage_of(TEXT.encode("latin-1"), 'encoding = "latin-1"').event.tolist() == ["café"]


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_the_separator_is_found(usage_of, mark: str):
    assert usage_of(TEXT.replace(",", mark)).event.tolist() == ["café"]


def test_a_packed_file_is_read(usage_of):
    assert usage_of(gzip.compress(TEXT.encode()), name="events.csv.gz").event.tolist() == ["café"]


def test_quoted_cells_may_hold_separators_and_line_breaks(usage_of):
    assert usage_of('customer_id,occurred_at,event\na,2025-01-05,"x, ""y""\nz"\n').event.tolist() == ['x, "y"\nz']


def test_a_broken_line_is_named(company: Company):
    company.write("usage.csv", TEXT + "b,2025-01-06\n")
    assert "usage.csv: line 3 has 2 columns, and the header has 3" in company.faults()


def test_decimal_commas_are_found_where_values_fit_only_them(usage_of):
    rows = usage_of("customer_id;occurred_at;quantity\na;2025-01-05;1,5\na;2025-01-06;1.000,25\n")
    assert rows.quantity.tolist() == [1.5, 1000.25]


def test_a_number_that_could_be_read_in_two_ways_is_refused(company: Company, usage_of):
    content = "customer_id;occurred_at;quantity\na;2025-01-05;1,234\n"
    company.write("events.csv", content)
    fault = company.faults('[source.tables.usage]\nfile = "events.csv"')
    assert "quantity could be read in two ways, for instance '1,234'" in fault
    assert usage_of(content, 'decimal = ","').quantity.tolist() == [1.234]
    assert usage_of(content, 'decimal = "."').quantity.tolist() == [1234.0]


def test_a_plain_decimal_point_is_no_question(usage_of):
    assert usage_of("customer_id,occurred_at,quantity\na,2025-01-05,1.234\n").quantity.tolist() == [1.234]


def test_an_ambiguous_date_is_never_guessed(company: Company, usage_of):
    content = "customer_id,occurred_at\na,02/03/2025\n"
    company.write("events.csv", content)
    fault = company.faults('[source.tables.usage]\nfile = "events.csv"')
    assert 'formats.occurred_at = "%d/%m/%Y" or formats.occurred_at = "%m/%d/%Y"' in fault
    rows = usage_of(content, 'formats.occurred_at = "%m/%d/%Y"')
    assert rows.occurred_at.tolist() == [datetime(2025, 2, 3)]


def test_truth_values_are_read(company: Company):
    words = ["true", "No", "1", "f", "Y", "0"]
    lines = "".join(f"s{i},a,2025-01-0{i + 1},{word}\n" for i, word in enumerate(words))
    company.write("subscriptions.csv", "subscription_id,customer_id,started_at,auto_renew\n" + lines)
    assert company.rows("subscriptions").auto_renew.tolist() == [True, False, True, False, True, False]


def test_a_carriage_return_within_the_header_is_a_fault_that_says_so(tmp_path):
    path = tmp_path / "old.csv"
    path.write_bytes(b"customer_id,na\rme\n1,a\n2,b\n")
    with pytest.raises(SourceError, match=r"old\.csv: its first row cannot be split.*carriage return"):
        open_text(path, None, None)


def test_a_carriage_return_within_the_rows_does_not_hide_the_separator(tmp_path):
    path = tmp_path / "new.csv"
    path.write_bytes(b"customer_id;name\n1;a\rb\n2;b\n")
    assert open_text(path, None, ";").header == ["customer_id", "name"]


def test_a_file_whose_lines_do_not_end_is_refused_at_once(tmp_path):
    rows = "customer_id,mrr" + "".join(f"\v{number},10" for number in range(1_000))
    (tmp_path / "c.csv").write_text(rows)
    with pytest.raises(SourceError, match=r"c.csv is one line of 1,002 cells, with no rows"):
        open_text(tmp_path / "c.csv", None, None)


def test_a_header_without_rows_is_a_file_without_rows(tmp_path):
    (tmp_path / "c.csv").write_text("customer_id,mrr\n")
    assert open_text(tmp_path / "c.csv", None, None).header == ["customer_id", "mrr"]
