"""Days, months and cutoffs: all times are UTC, a date means its midnight."""

import calendar
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from churnrisk.errors import SettingsError

DAY = timedelta(days=1)


def parse_day(text: str | date | datetime, *, what: str = "day") -> date:
    """Read a calendar day from text like ``2025-06-01``.

    Raises
    ------
    SettingsError
        When the text is not a day.

    Examples
    --------
    >>> parse_day("2025-06-01")
    datetime.date(2025, 6, 1)
    """
    if isinstance(text, datetime):
        return text.date()
    if isinstance(text, date):
        return text
    try:
        return date.fromisoformat(text.strip())
    except ValueError as fault:
        raise SettingsError(f"The {what} should look like 2025-06-01, and is {text!r}. Write it that way.") from fault


def midnight(day: date) -> datetime:
    """Give the instant at which a day begins, UTC, without a zone mark.

    Examples
    --------
    >>> midnight(date(2025, 6, 1))
    datetime.datetime(2025, 6, 1, 0, 0)
    """
    return datetime(day.year, day.month, day.day)


def add_months(day: date, months: int) -> date:
    """Go to the same day some months on; the last day of a shorter month where there is none.

    Examples
    --------
    >>> add_months(date(2025, 1, 31), 1), add_months(date(2025, 3, 15), -3)
    (datetime.date(2025, 2, 28), datetime.date(2024, 12, 15))
    """
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def month_starts(first: date, last: date) -> list[date]:
    """List the first days of months from ``first`` to ``last``, both included where they are such.

    Examples
    --------
    >>> [str(day) for day in month_starts(date(2025, 1, 15), date(2025, 3, 1))]
    ['2025-02-01', '2025-03-01']
    """
    day = first if first.day == 1 else add_months(first.replace(day=1), 1)
    days = []
    while day <= last:
        days.append(day)
        day = add_months(day, 1)
    return days


def horizon_end(cutoff: date, lead_days: int, horizon: int | str) -> date:
    """Give the first day that no longer counts for a cutoff's label.

    Parameters
    ----------
    horizon
        Days, or ``"month"``: to the same day of the next month.

    Examples
    --------
    >>> horizon_end(date(2025, 2, 1), 0, 30), horizon_end(date(2025, 2, 1), 0, "month")
    (datetime.date(2025, 3, 3), datetime.date(2025, 3, 1))
    """
    start = cutoff + timedelta(days=lead_days)
    return add_months(start, 1) if horizon == "month" else start + timedelta(days=int(horizon))


def horizon_days(horizon: int | str) -> int:
    """Give the most days a horizon can have; a month counts 31.

    Examples
    --------
    >>> horizon_days(30), horizon_days("month")
    (30, 31)
    """
    return 31 if horizon == "month" else int(horizon)


def zone(name: str) -> ZoneInfo:
    """Find a time zone by its name in the tz database.

    Raises
    ------
    SettingsError
        When there is no such zone.

    Examples
    --------
    >>> zone("Europe/Berlin").key
    'Europe/Berlin'
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as fault:
        raise SettingsError(
            f"There is no time zone {name!r}. Use a name such as 'Europe/Berlin' or 'UTC'."
        ) from fault


def now_utc() -> datetime:
    """Read the clock once: the instant in UTC, without a zone mark. Only the command line calls this."""
    return datetime.now(UTC).replace(tzinfo=None)
