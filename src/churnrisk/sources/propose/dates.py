"""In which formats a column's dates are written, and whether that can be told at all."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from churnrisk.sources import cells
from churnrisk.sources.looks import PROPOSED_FORMATS

FORMATS = (
    *PROPOSED_FORMATS,
    "%d.%m.%y", "%d.%m.%y %H:%M", "%d-%m-%Y %H:%M", "%d-%m-%Y %H:%M:%S", "%m-%d-%Y %H:%M:%S", "%Y/%m/%d %H:%M",
    "%Y.%m.%d %H:%M:%S", "%m/%d/%Y %I:%M %p", "%d-%b-%y", "%d %b %Y %H:%M:%S", "%d-%b-%Y %H:%M:%S",
)  # fmt: skip
#: A column holds times if this share of its filled values can be read as such.
ENOUGH = 0.95
#: Values tried before a format is tried on all.
FEW = 40


@dataclass(frozen=True)
class Dates:
    """How the dates of a column are written.

    Parameters
    ----------
    share
        Part of the values that can be read.
    formats
        Patterns of strptime; empty: ISO 8601.
    choices
        Patterns that fit equally well and mean different days: someone must say which is meant.
    """

    share: float
    formats: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()

    @property
    def are_times(self) -> bool:
        """Whether the column holds times."""
        return self.share >= ENOUGH


def find_dates(values: Sequence[str]) -> Dates:
    """Find how dates are written, from different values that are not empty.

    Examples
    --------
    >>> find_dates(["31.01.2024", "01.02.2024"]).formats
    ('%d.%m.%Y',)
    >>> find_dates(["01/02/2024", "03/04/2024"]).choices
    ('%d/%m/%Y', '%m/%d/%Y')
    """
    if sum(any(mark.isdigit() for mark in value) for value in values) < max(1.0, ENOUGH * len(values)):
        return Dates(0.0)
    iso = {value for value in values if is_iso(value)}
    if len(iso) >= ENOUGH * len(values):
        return Dates(len(iso) / len(values))
    rest = [value for value in values if value not in iso]
    return choose({pattern: _fitting(rest, pattern) for pattern in FORMATS}, len(values), iso)


def choose(fits: dict[str, set[str]], count: int, iso: set[str] | None = None) -> Dates:
    """Choose the formats that read most values; those that read the same values otherwise are choices.

    Parameters
    ----------
    fits
        Pattern = values that it reads.
    count
        Number of all values.
    iso
        Values that need no pattern.
    """
    read = set(iso or ())
    chosen: list[str] = []
    choices: tuple[str, ...] = ()
    while len(chosen) < 3 and len(read) < count:
        apart = {pattern: found for pattern, found in fits.items() if found and not found & read}
        if not apart:
            break
        most = max(len(found) for found in apart.values())
        best = [pattern for pattern, found in apart.items() if len(found) == most]
        rivals = tuple(
            p for p in best if apart[p] & apart[best[0]] and _differ(p, best[0], apart[p] & apart[best[0]])
        )
        if rivals and not choices:
            choices = (best[0], *rivals)
        chosen.append(best[0])
        read |= apart[best[0]]
    return Dates(len(read) / count, () if choices else tuple(chosen), choices)


def is_iso(text: str) -> bool:
    """Tell whether a text is a date or time by ISO 8601.

    Examples
    --------
    >>> is_iso("2025-01-31"), is_iso("2025-01-31 10:00"), is_iso("20251331"), is_iso("17850")
    (True, True, False, False)
    """
    if re.search(cells.DAY, text):
        digits = text.replace("-", "")
        return _reads(digits, "%Y%m%d" if len(digits) == 8 else "%Y%m")
    if re.search(cells.NAIVE, text) or re.search(cells.ZONED, text):
        return _reads(text[:16].replace("T", " "), "%Y-%m-%d %H:%M")
    return False


def _fitting(values: Sequence[str], pattern: str) -> set[str]:
    step = max(1, len(values) // FEW)
    if not any(_reads(value, pattern) for value in values[::step]):
        return set()
    return {value for value in values if _reads(value, pattern)}


def _reads(text: str, pattern: str) -> bool:
    try:
        return datetime.strptime(text, pattern).year >= cells.EARLIEST
    except ValueError:
        return False


def _differ(one: str, other: str, values: set[str]) -> bool:
    read: Callable[[str, str], datetime] = datetime.strptime
    return one != other and any(read(value, one) != read(value, other) for value in values)
