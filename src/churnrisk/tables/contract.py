"""What a table must hold, and when each of its facts became known."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Literal

ColumnType = Literal["text", "time", "number", "money", "bool"]

#: Columns that every table may carry besides its own.
KNOWN_AT = "known_at"
RECORDED_AT = "recorded_at"


@dataclass(frozen=True)
class Column:
    """One column of a contract.

    Parameters
    ----------
    name
        Our name for it.
    type
        ``text``, ``time`` (UTC, microseconds, no zone mark), ``number`` (float64), ``money`` (decimal, two
        places) or ``bool``.
    required
        Whether the table is useless without it, and a row without a value is set aside.
    revealed_by
        The time columns of which the earliest filled one says when this value became known; empty: with its row.
    planned
        A time that may lie ahead of the run's own day (a term's end).
    default
        Value where the column is missing.
    doc
        What it is, in one phrase.
    """

    name: str
    type: ColumnType
    doc: str
    required: bool = False
    revealed_by: tuple[str, ...] = ()
    planned: bool = False
    default: str | float | bool | None = None


@dataclass(frozen=True)
class Contract:
    """What one table must hold.

    Parameters
    ----------
    known_from
        Time columns; the earliest filled one is when the row became known.
    key
        Columns that name one row; empty for event tables.
    ordered
        Pairs of time columns, of which the first may not lie after the second.
    no_history
        Columns whose past values are overwritten unless the TOML says otherwise.
    attributes
        Whether further columns of the company's may be carried along.
    arrives_after_days
        Days after the event at which a row, and what is filled in later, is known.
    delayed
        Whether rows can become known on a later day than that of their event; False lets event tables be
        rolled up by the event's day alone.
    grain_days
        Days that one row of an event table can sum up; 1 for single events.

    Examples
    --------
    >>> from churnrisk.tables.contracts import CONTRACTS
    >>> CONTRACTS["invoices"].required
    ['invoice_id', 'customer_id', 'due_at', 'amount']
    """

    name: str
    columns: tuple[Column, ...]
    known_from: tuple[str, ...]
    key: tuple[str, ...] = ()
    ordered: tuple[tuple[str, str], ...] = ()
    no_history: tuple[str, ...] = ()
    attributes: bool = False
    arrives_after_days: int = 0
    delayed: bool = True
    grain_days: int = 1

    def __getitem__(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    def __contains__(self, name: object) -> bool:
        return any(column.name == name for column in self.columns)

    @property
    def names(self) -> list[str]:
        """Names of all columns, in order."""
        return [column.name for column in self.columns]

    @property
    def required(self) -> list[str]:
        """Names of the columns that must be there."""
        return [column.name for column in self.columns if column.required]

    @property
    def is_event(self) -> bool:
        """Whether rows are single happenings without a key."""
        return not self.key

    @property
    def revealed(self) -> dict[str, tuple[str, ...]]:
        """Columns that are filled in later = the times that say when."""
        return {column.name: column.revealed_by for column in self.columns if column.revealed_by}

    def closed(self, columns: Collection[str]) -> list[str]:
        """Name the columns whose past values nobody can know: overwritten, or filled in at a time no column tells.

        Parameters
        ----------
        columns
            The columns that the company's table has.

        Examples
        --------
        >>> from churnrisk.tables.contracts import CONTRACTS
        >>> CONTRACTS["tickets"].closed(["ticket_id", "opened_at", "category", "satisfaction"])
        ['category', 'satisfaction']
        """
        untold = [name for name, times in self.revealed.items() if not set(times) & set(columns)]
        return [name for name in dict.fromkeys((*self.no_history, *untold)) if name in columns]

    def told(
        self,
        *,
        fixed: Iterable[str] = (),
        overwritten: Iterable[str] = (),
        arrives_after_days: int = 0,
        delayed: bool = True,
        grain_days: int = 1,
    ) -> "Contract":
        """Give the contract as one pipeline's TOML refines it.

        Examples
        --------
        >>> from churnrisk.tables.contracts import CONTRACTS
        >>> CONTRACTS["tickets"].told(fixed=["severity"]).no_history
        ('category',)
        """
        kept = [name for name in self.no_history if name not in set(fixed)]
        kept += [name for name in overwritten if name not in kept]
        return replace(
            self,
            no_history=tuple(kept),
            arrives_after_days=arrives_after_days,
            delayed=delayed or arrives_after_days > 0,
            grain_days=grain_days,
        )
