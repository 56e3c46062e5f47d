"""Periods: laid end to end or overlapping, complete once grace has passed, their boundaries whole numbers."""

from datetime import date, datetime

import ibis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from churnrisk.errors import RefusedError
from churnrisk.kpis.periods import lay_periods

FROM, TO = datetime(2024, 1, 10), datetime(2024, 12, 5)


def starts(unit, **scope):
    rows = lay_periods(unit, FROM, TO, 7, **scope).rows
    return [(str(one.start.date()), str(one.end.date()), one.complete) for one in rows.itertuples()]


def test_months_begin_with_the_first_that_lies_within_the_data_and_end_with_the_one_that_holds_the_last_day():
    months = starts("month")
    assert months[0] == ("2024-02-01", "2024-03-01", True)
    assert months[-1] == ("2024-12-01", "2025-01-01", False)
    assert len(months) == 11


def test_a_period_is_complete_only_when_grace_has_passed_after_its_end():
    rows = lay_periods("month", FROM, datetime(2024, 3, 7), 7).rows
    assert rows["complete"].tolist() == [False, False]
    assert lay_periods("month", FROM, datetime(2024, 3, 8), 7).rows["complete"].tolist() == [True, False]


def test_quarters_and_years_are_those_of_the_calendar():
    assert starts("quarter")[0][:2] == ("2024-04-01", "2024-07-01")
    with pytest.raises(RefusedError, match="No whole year begins in the data"):
        starts("year")


def test_thirty_day_months_are_laid_end_to_end_from_the_first_day():
    assert starts("days:30")[:2] == [("2024-01-10", "2024-02-09", True), ("2024-02-09", "2024-03-10", True)]


def test_rolling_periods_end_on_each_day_and_only_whole_ones_are_there():
    rows = lay_periods("rolling:30d", FROM, TO, 7).rows
    assert (rows["end"] - rows["start"]).dt.days.unique().tolist() == [30]
    assert rows["start"].diff().dt.days.dropna().unique().tolist() == [1]
    assert rows["end"].max() == TO
    assert rows["tiling"].max() == 29


def test_a_scope_keeps_the_periods_that_lie_within_it():
    assert [one[0] for one in starts("month", start=date(2024, 5, 1), end=date(2024, 7, 1))] == [
        "2024-05-01",
        "2024-06-01",
    ]
    with pytest.raises(RefusedError, match="wider \\[scope\\]"):
        starts("month", start=date(2026, 1, 1))


@settings(max_examples=25)
@given(
    unit=st.sampled_from(["month", "quarter", "days:30", "rolling:7d"]),
    instants=st.lists(st.datetimes(datetime(2023, 6, 1), datetime(2025, 6, 1)), min_size=1, max_size=8),
)
def test_the_number_of_a_boundary_is_that_of_the_last_one_at_or_before_an_instant(engine, unit, instants):
    periods = lay_periods(unit, FROM, TO, 7)
    rows = periods.rows
    instants = [*instants, FROM, *rows["start"].iloc[:2].dt.to_pydatetime().tolist()]
    for tiling in range(min(periods.tilings, 3)):
        mine = rows[rows["tiling"] == tiling]
        bounds = [*mine["start"], mine["end"].iloc[-1]]
        table = ibis.memtable({"t": instants})
        found = table.select(n=periods.boundary(table.t, ibis.literal(tiling)), t=table.t)
        last = engine.rows(table.limit(1).select(n=periods.last_boundary(ibis.literal(tiling)))).iloc[0, 0]
        assert last == len(mine)
        for row in engine.rows(found).itertuples():
            expected = sum(bound <= row.t for bound in bounds) - 1
            assert min(max(row.n, -1), len(mine)) == expected
