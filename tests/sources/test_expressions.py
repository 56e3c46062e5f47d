import ibis
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnrisk.errors import SettingsError
from churnrisk.sources.expressions import derive, keep_where

ROWS = pd.DataFrame(
    {
        "quantity": [1.0, -2.0, None],
        "name": ["C1", "x-y", None],
        "day": pd.to_datetime(["2020-01-31", "2021-05-01", None]),
        "Unit Price": [1.5, 2.0, 3.0],
    }
)


def first(engine, text: str):
    return engine.rows(derive(ibis.memtable(ROWS), {"r": text}, "derive")).r.tolist()[0]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('quantity * "Unit Price"', 1.5),
        ("CASE WHEN quantity > 0 THEN 'up' ELSE 'down' END", "up"),
        ("COALESCE(NULLIF(quantity, 1), 7)", 7.0),
        ("CAST('12' AS DOUBLE) + 1", 13.0),
        ("TRY_CAST(name AS DOUBLE) IS NULL", True),
        ("quantity BETWEEN 0 AND 2 AND name IN ('C1', 'C2')", True),
        ("name LIKE 'C%' AND NOT name IS NULL", True),
        ("day + INTERVAL 1 MONTH", pd.Timestamp("2020-02-29")),
        ("date_trunc('month', day)", pd.Timestamp("2020-01-01")),
        ("extract(year FROM day) + month(day)", 2021),
        ("date_diff('day', day, DATE '2020-02-10')", 10),
        ("strptime(substr('31/01/2020 x', 1, 10), '%d/%m/%Y')", pd.Timestamp("2020-01-31")),
        ("lower(trim(' A ')) || upper('b')", "aB"),
        ("replace(split_part('a-b', '-', 2), 'b', 'c')", "c"),
        ("regexp_extract('ab12', '[0-9]+', 0)", "12"),
        ("abs(-1.26) + floor(1.9) + ceil(1.1) + round(1.26, 1)", 5.56),
        ("greatest(1, 2) - least(1, 2)", 1),
        ("length(concat('a', 'bc'))", 3),
    ],
)
def test_scalar_work_is_done(engine, text: str, value: object):
    assert first(engine, text) == value


@pytest.mark.parametrize(
    "text",
    [
        "quantity > 0; DROP TABLE x",
        "(SELECT 1) = 1",
        "quantity IN (SELECT 1)",
        "read_csv('/etc/passwd') = 1",
        "getenv('HOME') = 'x'",
        "count(quantity) > 1",
        "row_number() OVER () = 1",
        "ATTACH 'x'",
        "COPY t TO 'x'",
        "PRAGMA x",
        "current_date > day",
        "random() > 0.5",
        "CAST(name AS BLOB) = 'x'",
        "other.quantity > 1",
        "*",
        "? = 1",
        "name LIKE name",
        "quantity >",
        "",
        "(" * 400 + "quantity" + ")" * 400,
    ],
)
def test_anything_else_is_refused_with_its_place(text: str):
    with pytest.raises(SettingsError, match=r"churn\.activity\.usage"):
        keep_where(ibis.memtable(ROWS), text, "churn.activity.usage")


def test_a_row_for_which_it_cannot_be_told_is_not_kept(engine):
    assert len(engine.rows(keep_where(ibis.memtable(ROWS), "quantity < 5", "where"))) == 2


def test_values_of_different_kinds_are_not_compared():
    with pytest.raises(SettingsError, match="Use values of one kind"):
        keep_where(ibis.memtable(ROWS), "name > 1", "where")


@pytest.mark.parametrize("text", ["@", "abs()", "quantity +", "-", "quantity > ", "(1", "CASE WHEN", "x IN ("])
def test_an_expression_with_something_missing_is_a_fault_in_plain_words(text):
    with pytest.raises(SettingsError) as fault:
        keep_where(ibis.memtable(ROWS), text, "where")
    assert "sqlglot" not in str(fault.value)
    assert "<class" not in str(fault.value)


def test_the_column_that_does_not_fit_is_named():
    with pytest.raises(SettingsError, match="name"):
        keep_where(ibis.memtable(ROWS), "name / 12 > 1", "where")
    with pytest.raises(SettingsError, match="A part"):
        keep_where(ibis.memtable(ROWS), "(name || 'x') / 12 > 1", "where")


@given(text=st.text(max_size=40))
def test_no_text_gets_past_as_anything_but_a_fault_or_an_expression(text: str):
    try:
        kept = keep_where(ibis.memtable(ROWS), text, "where")
    except SettingsError:
        return
    assert set(kept.columns) == set(ROWS.columns)
