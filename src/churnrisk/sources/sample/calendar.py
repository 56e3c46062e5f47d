"""The sample company's calendar: days are counted from its first day, months from its first month."""

from dataclasses import dataclass
from datetime import date
from functools import cache

import numpy as np

from churnrisk.timeline import add_months

#: First day of data; customers may have started before it.
FIRST = date(2023, 7, 1)
#: Months before the first day that a start may lie back.
BEFORE = 84
#: A day that never comes, and a day that is not known.
NEVER = 10**8
NONE = -(10**8)

Days = np.ndarray


@dataclass(frozen=True)
class Calendar:
    """Which day each month begins on.

    Parameters
    ----------
    months
        Months of history, from the first day on.

    Examples
    --------
    >>> calendar = Calendar(24)
    >>> int(calendar.start(0)), int(calendar.start(1)), calendar.length(1), calendar.end
    (0, 31, 31, 731)
    """

    months: int

    @property
    def _starts(self) -> Days:
        return _month_starts(self.months)

    def start(self, month: int | np.ndarray) -> Days:
        """Give the first day of one or many months."""
        return self._starts[np.asarray(month) + BEFORE]

    def length(self, month: int) -> int:
        """Give the days of one month."""
        return int(self.start(month + 1) - self.start(month))

    def month_of(self, day: np.ndarray) -> np.ndarray:
        """Give the month in which each day lies.

        Examples
        --------
        >>> Calendar(24).month_of(np.array([-1, 0, 31])).tolist()
        [-1, 0, 1]
        """
        return np.searchsorted(self._starts, day, side="right") - 1 - BEFORE

    def name(self, month: int) -> date:
        """Give a month's first day as a date."""
        return add_months(FIRST, month)

    @property
    def end(self) -> int:
        """The first day that has no data."""
        return int(self.start(self.months))


@cache
def _month_starts(months: int) -> Days:
    span = range(-BEFORE, months + 26)
    return np.array([(add_months(FIRST, month) - FIRST).days for month in span])
