"""The door from tables to features: what nobody can have known stays outside."""

from churnrisk.sources.engine import Engine
from churnrisk.tables.past import past
from tests.making import FIXED, make_spine, make_table

ROWS = [
    {"ticket_id": "1", "customer_id": "a", "opened_at": "2025-01-02", "resolved_at": "2025-01-20", "satisfaction": 2}
]


def seen(cutoff, **only):
    tickets = make_table("tickets", ROWS, **only)
    return Engine().rows(past(tickets, FIXED["tickets"], make_spine([("a", cutoff)])))


def test_what_is_filled_in_later_shows_from_the_time_that_tells():
    assert seen("2025-01-21")["satisfaction"].tolist() == [2]


def test_what_is_filled_in_later_is_blank_before():
    assert seen("2025-01-20")["satisfaction"].isna().all()


def test_what_is_filled_in_later_is_gone_where_no_column_tells_when():
    rows = seen("2025-01-21", only=["ticket_id", "customer_id", "opened_at", "satisfaction"])
    assert "satisfaction" not in rows
    assert rows["ticket_id"].tolist() == ["1"]
