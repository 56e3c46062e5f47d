"""Reading a DuckDB database file: its tables and views, without a copy."""

from collections.abc import Sequence
from pathlib import Path

import ibis
import ibis.expr.datatypes as dt

from churnrisk.catalog import did_you_mean
from churnrisk.errors import SourceError
from churnrisk.settings.source import FilePart
from churnrisk.sources.engine import Engine
from churnrisk.sources.files import fingerprint
from churnrisk.sources.raw import FILE, LINE, Raw, numbered

CATALOG = "company"


class DatabaseSource:
    """A DuckDB database file, opened for reading only.

    Parameters
    ----------
    file
        The database.
    """

    def __init__(self, file: Path, engine: Engine) -> None:
        if not file.is_file():
            raise SourceError(f"there is no database {file}. Look at [source] path.")
        self.file = file
        self.engine = engine
        connection = engine.connection
        try:
            if CATALOG not in connection.list_catalogs():
                connection.attach(file, CATALOG, read_only=True)
            views = connection.sql(
                "SELECT schema_name, view_name FROM duckdb_views() WHERE database_name = 'company'"
            )
            tables = connection.sql(
                "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = 'company'"
            )
            self.views = {tuple(row) for row in connection.to_pandas(views).itertuples(index=False)}
            self.tables = {tuple(row) for row in connection.to_pandas(tables).itertuples(index=False)}
        except Exception as fault:
            reason = str(fault).splitlines()[0]
            raise SourceError(f"{file.name} cannot be opened as a DuckDB database: {reason}.") from fault

    def named(self, table: str) -> list[Path]:
        """Find the table or view that bears a name."""
        return [Path(table)] if ("main", table) in self.tables | self.views else []

    def find(self, file: str | Sequence[str]) -> list[Path]:
        """Find the tables that names mean; ``schema.table`` names one outside the main schema."""
        names = [file] if isinstance(file, str) else list(file)
        for name in names:
            if _address(name) not in self.tables | self.views:
                known = [
                    other if schema == "main" else f"{schema}.{other}" for schema, other in self.tables | self.views
                ]
                hint = did_you_mean(name, known) if known else "The database is empty."
                raise SourceError(f"there is no table {name} in {self.file.name}. {hint}")
        return [Path(name) for name in names]

    def read(self, paths: Sequence[Path], part: FilePart) -> Raw:
        """Give tables with the same columns as one."""
        pieces = [self._table(str(path)) for path in paths]
        first = pieces[0]
        for path, piece in zip(paths, pieces, strict=True):
            if list(piece.columns) != list(first.columns):
                raise SourceError(f"{path} has other columns than {paths[0]}. Give them as parts.")
        table = self.engine.union([piece.table for piece in pieces])
        return Raw(table, first.columns, tuple(paths), lazy=True)

    def fingerprint(self, paths: Sequence[Path]) -> str:
        """Give the SHA-256 over the database's bytes."""
        return fingerprint([self.file])

    def close(self) -> None:
        """Nothing was kept: the rows are still in the database."""

    def _table(self, name: str) -> Raw:
        schema, table_name = _address(name)
        table = self.engine.connection.table(table_name, database=(CATALOG, schema))
        columns = numbered(list(table.columns))
        line = ibis.null(dt.int64) if (schema, table_name) in self.views else table.rowid() + 1
        placed = table.select(
            **{columns[column]: table[column] for column in columns},
            **{LINE: line, FILE: ibis.literal(name, type=dt.string)},
        )
        return Raw(placed, columns, (Path(name),), lazy=True)


def _address(name: str) -> tuple[str, str]:
    schema, _, table = name.rpartition(".")
    return schema or "main", table
