"""The one door to the engine: expressions are composed everywhere, and run here."""

import contextlib
import tempfile
from collections.abc import Sequence
from pathlib import Path

import duckdb
import ibis
import ibis.expr.types as ir
import pandas as pd
import sqlglot.expressions as sge

from churnrisk.settings import EngineSettings

#: The view whose rows are on their way to a file.
WRITTEN = "on_the_way_to_a_file"


class Engine:
    """An open engine: keeps intermediate tables and turns expressions into rows.

    Parameters
    ----------
    settings
        Threads and memory.
    scratch
        Folder for what does not fit into memory; by default the system's.

    Examples
    --------
    >>> engine = Engine(EngineSettings(threads=1))
    >>> engine.rows(engine.frame(pd.DataFrame({"a": [1, 2]})).a.sum().as_table()).iloc[0, 0].item()
    3
    """

    def __init__(self, settings: EngineSettings | None = None, scratch: Path | None = None) -> None:
        settings = settings or EngineSettings()
        options: dict[str, object] = {"temp_directory": str(scratch or Path(tempfile.gettempdir()) / "churnrisk")}
        if settings.threads is not None:
            options["threads"] = settings.threads
        if settings.memory_limit is not None:
            options["memory_limit"] = settings.memory_limit
        self.connection = ibis.duckdb.connect(**options)
        self.connection.raw_sql("SET TimeZone = 'UTC'")
        with contextlib.suppress(duckdb.InvalidInputException):  # a notebook without its widgets has none to switch
            self.connection.raw_sql("SET enable_progress_bar = false")

    def keep(self, expression: ir.Table, name: str) -> ir.Table:
        """Run an expression once and keep its rows under a name, inside the engine; an older one is replaced.

        The expression may not read the table that it replaces.
        """
        self.drop(name)
        return self.connection.create_table(name, expression, temp=True)

    def drop(self, name: str) -> None:
        """Let a kept table go, if it is there."""
        self.connection.drop_table(name, database=("temp", "main"), force=True)

    def rows(self, expression: ir.Table) -> pd.DataFrame:
        """Run an expression and bring its rows into a dataframe."""
        return self.connection.to_pandas(expression)

    def frame(self, rows: pd.DataFrame, schema: dict[str, str] | None = None) -> ir.Table:
        """Give a small dataframe to the engine."""
        return ibis.memtable(rows, schema=schema)

    def write_parquet(self, expression: ir.Table, path: Path) -> None:
        """Run an expression and write its rows, without bringing them into Python."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self.connection.create_view(WRITTEN, expression, overwrite=True)
        rows = sge.Subquery(this=sge.select("*").from_(sge.to_identifier(WRITTEN, quoted=True)))
        parquet = sge.CopyParameter(this=sge.Var(this="FORMAT"), expression=sge.convert("parquet"))
        copy = sge.Copy(this=rows, kind=False, files=[sge.convert(str(path))], params=[parquet])
        self.connection.raw_sql(copy.sql("duckdb"))
        self.connection.drop_view(WRITTEN)

    def attach(self, file: Path, name: str) -> None:
        """Open a database file beside the engine's own, for reading only; its path is a value, whatever it holds."""
        as_named = sge.alias_(sge.convert(str(file)), name, quoted=True)
        read_only = sge.AttachOption(this=sge.Var(this="READ_ONLY"))
        self.connection.raw_sql(sge.Attach(this=as_named, expressions=[read_only]).sql("duckdb"))

    def union(self, parts: Sequence[ir.Table]) -> ir.Table:
        """Lay tables with the same columns over one another."""
        return parts[0] if len(parts) == 1 else ibis.union(*parts, distinct=False)

    def close(self) -> None:
        """Let the engine go."""
        self.connection.disconnect()
