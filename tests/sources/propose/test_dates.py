"""How dates are written is told by a day above 12, or left to someone who knows."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnrisk.sources.propose.dates import find_dates

DAYS = st.lists(st.dates(date(1990, 1, 1), date(2050, 12, 31)), min_size=1, max_size=30, unique=True)


@pytest.mark.parametrize(
    ("values", "formats"),
    [
        (["31/01/2024", "01/02/2024"], ("%d/%m/%Y",)),
        (["1/31/2024", "2/1/2024"], ("%m/%d/%Y",)),
        (["31.01.2024 10:15"], ("%d.%m.%Y %H:%M",)),
        (["31.01.24"], ("%d.%m.%y",)),
        (["2024-01-31", "2024-02-01T10:00:00Z"], ()),
    ],
)
def test_a_day_above_12_tells_the_format(values, formats):
    dates = find_dates(values)
    assert dates.are_times
    assert dates.formats == formats
    assert not dates.choices


def test_days_up_to_12_leave_the_choice_open():
    dates = find_dates(["01/02/2024", "03/04/2024"])
    assert dates.are_times
    assert dates.choices == ("%d/%m/%Y", "%m/%d/%Y")
    assert not dates.formats


def test_days_that_mean_the_same_either_way_leave_nothing_to_choose():
    assert not find_dates(["05/05/2024"]).choices


def test_two_formats_in_one_column_are_both_given():
    values = [f"{day:02d}.03.2024" for day in range(10, 30)] + ["30 Mar 2024", "31 Mar 2024"]
    assert find_dates(values).formats == ("%d.%m.%Y", "%d %b %Y")


@pytest.mark.parametrize("values", [["soon", "later"], ["17850", "12346"], ["12,50"], []])
def test_what_is_no_date_is_no_time(values):
    assert not find_dates(values).are_times


@given(DAYS, st.sampled_from(["%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%Y/%m/%d", "%d-%b-%Y"]))
def test_the_format_that_wrote_the_days_is_found_or_left_open(days, written):
    dates = find_dates([day.strftime(written) for day in days])
    same_either_way = all(day.day == day.month for day in days)
    assert dates.are_times
    assert same_either_way or written in dates.formats or written in dates.choices
    if any(day.day > 12 for day in days):
        assert dates.formats == (written,)


def test_a_few_odd_values_do_not_hide_the_format():
    days = [(date(2024, 1, 1) + timedelta(days=day)).strftime("%d/%m/%Y") for day in range(60)]
    assert find_dates([*days, "unknown"]).formats == ("%d/%m/%Y",)
