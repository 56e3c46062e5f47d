"""Reading a DuckDB database file: its tables and views, without a copy."""

import hashlib
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

_ATTACHED = "SELECT database_name FROM duckdb_databases()"
_VIEWS = "SELECT database_name, schema_name, view_name FROM duckdb_views()"
_TABLES = "SELECT database_name, schema_name, table_name FROM duckdb_tables()"


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
        self.catalog = "company_" + hashlib.sha256(str(file).encode()).hexdigest()[:8]
        connection = engine.connection
        try:
            if (self.catalog,) not in connection.raw_sql(_ATTACHED).fetchall():
                engine.attach(file, self.catalog)
            self.views = self._names(_VIEWS)
            self.tables = self._names(_TABLES)
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

    def stays(self) -> None:
        """Nothing was kept."""

    def _names(self, query: str) -> set[tuple[str, str]]:
        """List schemas and names, of this database only."""
        found = self.engine.connection.raw_sql(query).fetchall()
        return {(schema, name) for catalog, schema, name in found if catalog == self.catalog}

    def _table(self, name: str) -> Raw:
        schema, table_name = _address(name)
        table = self.engine.connection.table(table_name, database=(self.catalog, schema))
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
