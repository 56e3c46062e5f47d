"""What came of reading one table: every row accounted for."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class TableReport:
    """Counts and findings of one table.

    Parameters
    ----------
    name
        The table.
    files
        The files it was read from; empty for customers derived from the other tables.
    rows_read
        Rows in the files. Always ``rows_read + rows_added = rows_used + left_out + folded + set aside``.
    rows_used
        Rows in the clean table.
    left_out
        Rows that ``where`` leaves out.
    folded
        Rows that went into another row: lines of one id, or the same row twice.
    set_aside
        Reason = rows that cannot be right.
    rows_added
        Customers that stand in other tables only.
    findings
        What someone should know, each a sentence.
    first_at, last_at
        The first and the last event.
    missing
        Column = share of used rows without a value, between 0 and 1.
    fingerprint
        SHA-256 over the files' bytes.
    columns
        The columns that are there.

    Examples
    --------
    >>> TableReport("usage", rows_read=10, rows_used=9, set_aside={"occurred_at: empty": 1}).rows_set_aside
    1
    """

    name: str
    files: tuple[str, ...] = ()
    rows_read: int = 0
    rows_used: int = 0
    left_out: int = 0
    folded: int = 0
    set_aside: dict[str, int] = field(default_factory=dict)
    rows_added: int = 0
    findings: tuple[str, ...] = ()
    first_at: datetime | None = None
    last_at: datetime | None = None
    missing: dict[str, float] = field(default_factory=dict)
    fingerprint: str = ""
    columns: tuple[str, ...] = ()

    @property
    def rows_set_aside(self) -> int:
        """Rows set aside for any reason."""
        return sum(self.set_aside.values())
