"""Periods of key figures, and the boundaries between them as whole numbers."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import ibis
import ibis.expr.types as ir
import pandas as pd

from churnrisk.errors import RefusedError
from churnrisk.timeline import DAY, add_months, midnight

#: Calendar units = their months.
MONTHS = {"month": 1, "quarter": 3, "year": 12}
#: The mean length of a month, where a period is counted in days.
DAYS_IN_MONTH = 365.25 / 12
COLUMNS = ("tiling", "period", "start", "end", "complete", "months")


@dataclass(frozen=True, eq=False)
class Periods:
    """Periods laid end to end; where they overlap, several tilings of them.

    Boundary i of a tiling is the start of its period i; the last boundary is the end of its last period.

    Parameters
    ----------
    unit
        ``month``, ``quarter``, ``year``, ``days:30`` (end to end), or ``rolling:30d`` (one ends each day).
    rows
        One row a period: ``tiling, period`` (from 0 within its tiling), ``start, end, complete`` (all ends in it are
        certain), ``months`` (its length).
    """

    unit: str
    rows: pd.DataFrame

    @property
    def origin(self) -> date:
        """The first boundary of the first tiling."""
        return self.rows["start"].iloc[0].date()

    @property
    def days(self) -> int:
        """The length in days of periods that are counted in days; 0 where they are calendar periods."""
        found = re.search(r"\d+", self.unit)
        return int(found[0]) if found else 0

    @property
    def tilings(self) -> int:
        """How many tilings there are; more than one only where periods overlap."""
        return int(self.rows["tiling"].max()) + 1

    def last_boundary(self, tiling: ir.IntegerValue) -> ir.IntegerValue:
        """Give the number of the last boundary of a tiling."""
        every = self.tilings
        return ((len(self.rows) - 1 - tiling) / every).floor().cast("int32") + 1

    def boundary(self, instant: ir.Value, tiling: ir.IntegerValue) -> ir.IntegerValue:
        """Give the number of the last boundary at or before an instant; it may lie outside the tiling."""
        if self.days:
            since = (instant.cast("date").epoch_seconds() / 86400).floor() - _epoch_day(self.origin)
            return ((since - tiling) / self.days).floor().cast("int32")
        months = MONTHS[self.unit]
        first = self.origin.year * 12 + self.origin.month - 1
        passed = instant.year() * 12 + instant.month() - (1 + first)
        return (passed if months == 1 else (passed / months).floor()).cast("int32")

    def table(self) -> ir.Table:
        """Give the rows to an engine."""
        rows = self.rows.astype({"tiling": "int32", "period": "int32"})
        return ibis.memtable(rows)


def lay_periods(
    unit: str,
    observed_from: datetime,
    complete_to: datetime,
    grace_days: int,
    *,
    start: date | None = None,
    end: date | None = None,
) -> Periods:
    """Lay periods over the data: the first begins within them, the last holds their last day.

    Parameters
    ----------
    unit
        ``month``, ``quarter``, ``year``, ``days:30`` or ``rolling:30d``; the last has whole periods only.
    grace_days
        A period is complete when so many days have passed after its end.
    start, end
        Keep periods that begin, and end, within these days.

    Raises
    ------
    RefusedError
        When no period begins within the data.

    Examples
    --------
    >>> found = lay_periods("quarter", datetime(2025, 1, 15), datetime(2025, 8, 20), 7)
    >>> [(str(row.start.date()), row.complete) for row in found.rows.itertuples()]
    [('2025-04-01', True), ('2025-07-01', False)]
    """
    lay = _rolling if unit.startswith("rolling") else _end_to_end
    spans = lay(unit, observed_from, complete_to)
    kept = [one for one in spans if (start is None or one[0] >= start) and (end is None or one[1] <= end)]
    if not kept:
        within = f" between {start or 'the first day'} and {end or 'the last'}" if start or end else ""
        raise RefusedError(
            f"No whole {unit} begins{within} in the data, which span {observed_from:%Y-%m-%d} to "
            f"{complete_to:%Y-%m-%d}. Take a shorter period, or a wider [scope]."
        )
    every = _days(unit) if unit.startswith("rolling") else 1
    certain = complete_to - timedelta(days=grace_days)
    rows = [
        (number % every, number // every, midnight(one), midnight(two), midnight(two) <= certain, _months(unit))
        for number, (one, two) in enumerate(kept)
    ]
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    return Periods(unit, frame.astype({"start": "datetime64[us]", "end": "datetime64[us]"}))


def _end_to_end(unit: str, observed_from: datetime, complete_to: datetime) -> list[tuple[date, date]]:
    """List periods from the first that begins within the data to the one that holds the last day."""
    first = observed_from.date() + (DAY if observed_from != midnight(observed_from.date()) else timedelta(0))
    days = 0 if unit in MONTHS else _days(unit)
    if not days:
        months = MONTHS[unit]
        month = first.year * 12 + first.month - 1 + (first.day > 1)
        month = -(-month // months) * months
        first = date(month // 12, month % 12 + 1, 1)
    found: list[tuple[date, date]] = []
    one = first
    while midnight(one) < complete_to:
        two = one + timedelta(days=days) if days else add_months(first, MONTHS[unit] * (len(found) + 1))
        found.append((one, two))
        one = two
    return found


def _rolling(unit: str, observed_from: datetime, complete_to: datetime) -> list[tuple[date, date]]:
    """List the whole periods that end on each day."""
    days = _days(unit)
    first = observed_from.date() + (DAY if observed_from != midnight(observed_from.date()) else timedelta(0))
    last = complete_to.date() - timedelta(days=days)
    return [(one, one + timedelta(days=days)) for one in (first + DAY * n for n in range((last - first).days + 1))]


def _days(unit: str) -> int:
    return int(re.findall(r"\d+", unit)[0])


def _months(unit: str) -> float:
    if unit in MONTHS:
        return float(MONTHS[unit])
    return _days(unit) / 30 if unit.startswith("days") else _days(unit) / DAYS_IN_MONTH


def _epoch_day(day: date) -> int:
    return (day - date(1970, 1, 1)).days
