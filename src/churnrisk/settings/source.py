"""Where the tables are, and how the company's columns become ours."""

from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from churnrisk.catalog import did_you_mean
from churnrisk.settings.base import Days, Settings, Share

Scalar = str | int | float | bool | date

#: The tables that a company can give.
TABLES = (
    "customers",
    "subscriptions",
    "usage",
    "invoices",
    "tickets",
    "engagement",
    "surveys",
    "churn_events",
    "offers",
)


def _is_a_table(name: str) -> str:
    if name not in TABLES:
        raise ValueError(f"there is no table of this name. {did_you_mean(name, TABLES)}")
    return name


TableName = Annotated[str, AfterValidator(_is_a_table)]


class Lookup(Settings):
    """A second file joined by key, whose columns expressions may then use."""

    file: str
    """The file, relative to the source's path."""
    on: dict[str, str]
    """Column of the table's own file = column of the lookup file."""
    columns: list[str] = []
    """Columns to take; empty takes all but the key."""
    encoding: str | None = None
    """Encoding of a text file; by default found by looking."""
    delimiter: str | None = None
    """Separator of a text file; by default found by looking."""


class FilePart(Settings):
    """One file (or a glob of like files), and how its columns map to the table's."""

    file: str | list[str] | None = None
    """A file name or glob, or several, relative to the source's path; in a database the name of a table."""
    sheet: str | None = None
    """The sheet of a workbook; by default the first."""
    columns: dict[str, str] = {}
    """Our column = the file's column. A column with our name maps itself."""
    attributes: list[str] = []
    """Further columns of the file to carry under their own names (for display and splits)."""
    constants: dict[str, Scalar] = {}
    """Our column = one value for every row."""
    derive: dict[str, str] = {}
    """Our column = an expression over the file's own columns."""
    where: str | None = None
    """Which rows belong to the table: an expression over the file's own columns."""
    lookup: list[Lookup] = []
    """Files joined by key before anything else."""
    formats: list[str] | dict[str, str | list[str]] = []
    """Date formats to try in order: for all time columns, or by our column. ISO 8601 is always understood."""
    types: dict[str, Literal["text", "number", "time", "bool"]] = {}
    """The file's column = how expressions should read it, where looking at the values would mislead."""
    none: list[Scalar] | dict[str, Scalar | list[Scalar]] = []
    """Values that mean 'none': for all columns, or by our column."""
    encoding: str | None = None
    """Encoding of a text file; by default found by looking (UTF-8, UTF-16)."""
    delimiter: str | None = None
    """Separator of a text file; by default found by looking."""
    decimal: Literal[".", ","] | None = None
    """Decimal mark of numbers in text; by default found by looking."""


class TableSource(FilePart):
    """How one table is filled."""

    parts: list[FilePart] = []
    """Several files with different columns as the source of one table."""
    grain: Literal["event", "day", "week", "month"] = "event"
    """Single events, or sums by day, week or month, known only when that day, week or month is over."""
    inclusive: bool | list[str] = False
    """End dates name the last day of service: the stay ends at the next midnight. True means ended_at."""
    one_row_per: list[str] = []
    """Fold rows with the same values here into one: amounts summed, first time, first text."""
    unique: list[str] = []
    """Event tables: rows alike in these columns are one event; by default each row is one."""
    arrives_after_days: Days = 0
    """Rows are known this many days after the event."""
    fixed: list[str] = []
    """Columns that never change after the row is known: safe as features."""
    overwritten: list[str] = []
    """Columns whose value now is not the value then: display and splits only."""

    @model_validator(mode="after")
    def _one_way_to_name_files(self) -> "TableSource":
        if self.parts and self.file is not None:
            raise ValueError("give either file or parts, not both")
        return self


class SourceSettings(Settings):
    """The place of the company's tables."""

    kind: Literal["files", "duckdb", "flat"] = "files"
    """A folder of files, a DuckDB database file, or flat: one file with one row a customer and a label."""
    path: str = "."
    """The folder or the database, relative to the TOML's own folder; ~ and ${NAME} or ${NAME:-default} allowed."""
    timezone: str = "UTC"
    """Zone of times that carry none."""
    complete_to: date | None = None
    """The tables are complete before this day; by default the midnight after the newest event."""
    observed_from: date | None = None
    """The tables know everything from this day on; by default the first event that is no start."""
    max_rejected: Share = 0.05
    """More than this share of a table set aside ends the run."""
    tables: dict[TableName, TableSource] = Field(default_factory=dict)
    """Our table = how it is filled."""
