"""Lists written into a database: one transaction, rows known again by their key, SQLite or PostgreSQL.

Names of tables and columns are quoted by SQLAlchemy, values travel as parameters: nothing of a list becomes SQL.
"""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import ExecutableDDLElement

from churnrisk.delivery import values
from churnrisk.delivery.lists import Run
from churnrisk.errors import ChurnRiskError, DeliveryError
from churnrisk.settings.delivery import DatabasePlace
from churnrisk.settings.paths import filled

#: How a kind of value is kept.
TYPES: dict[str, Any] = {
    values.TEXT: sa.Text(),
    values.NUMBER: sa.Double(),
    values.WHOLE: sa.BigInteger(),
    values.MONEY: sa.Numeric(18, 2, asdecimal=False),
    values.DAY: sa.Date(),
    values.INSTANT: sa.DateTime(),
    values.TRUTH: sa.Boolean(),
}
#: How each database says "or, where the row is known already".
INSERTS: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
#: A name that is longer, PostgreSQL cuts without a word.
LONGEST_NAME = 63
#: How many rows go to the database at once.
ROWS_AT_ONCE = 5_000


def write_lists(place: DatabasePlace, run: Run, lists: Mapping[str, pd.DataFrame], *, folder: Path) -> None:
    """Put the lists of one night into their tables: all of it, or nothing.

    Rows with the same key are replaced. What an earlier writing of the same night left in a table and this one does
    not have is removed; where the key holds no cutoff, a table holds the newest list alone.

    Parameters
    ----------
    lists
        Table = its rows.
    folder
        From where the path of an SQLite file is read.

    Raises
    ------
    DeliveryError
        When the database cannot be reached, or does not take the rows. It never shows a password.
    """
    engine = engine_of(place, folder)
    said = in_words(engine.url)
    try:
        with engine.begin() as connection:
            for table, rows in lists.items():
                _write(connection, place, table, rows, run)
    except ChurnRiskError:
        raise
    except (SQLAlchemyError, OSError) as fault:
        told = _first_line(fault, engine.url)
    else:
        return
    finally:
        engine.dispose()
    raise DeliveryError(
        f"Expected {said} to take {', '.join(lists)}, and it did not: {told}. Nothing was written there. "
        "Check address, rights and the types of the columns."
    )


def engine_of(place: DatabasePlace, folder: Path) -> sa.Engine:
    """Open a database as the settings say; the password comes from the environment.

    Raises
    ------
    DeliveryError
        When the address is none, or of a database that is not understood.
    """
    url = _address(place, folder)
    known = url.get_backend_name()
    if known not in INSERTS:
        raise DeliveryError(
            f"[delivery.database] takes sqlite and postgresql, and the address begins with {known!r}. "
            "Take one of the two, or read the Parquet files of the run's folder."
        )
    seconds = place.timeout_seconds
    waits: dict[str, Any] = {"timeout": seconds}
    if known == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
        waits = {"connect_timeout": max(2, int(seconds)), "options": f"-c lock_timeout={int(seconds * 1000)}"}
    try:
        engine = sa.create_engine(url, poolclass=sa.NullPool, connect_args=waits, hide_parameters=True)
    except ImportError as missing:
        raise DeliveryError("PostgreSQL needs one more package: pip install 'churnrisk[postgres]'") from missing
    if known == "sqlite":
        _let_sqlite_begin(engine)
    return engine


def in_words(url: sa.URL) -> str:
    """Name a database without who logs in.

    Examples
    --------
    >>> in_words(sa.make_url("postgresql://me:hidden@db.example.com:5433/company"))
    'the database company at db.example.com:5433'
    """
    if url.get_backend_name() == "sqlite":
        return f"the SQLite file {Path(url.database or 'in memory').name}"
    return f"the database {url.database} at {url.host or 'this machine'}{f':{url.port}' if url.port else ''}"


def _address(place: DatabasePlace, folder: Path) -> sa.URL:
    told = os.environ.get(place.url_from) if place.url_from else place.url
    if not told:
        raise DeliveryError(f"The variable {place.url_from} with the database's address is not set. Set it.")
    try:
        url = sa.make_url(filled(told, "The url of [delivery.database]").strip())
        url.get_dialect()
    except ImportError:  # of the driver named there; ours is another one
        pass
    except (ArgumentError, NoSuchModuleError, ValueError):
        raise DeliveryError(
            "The address of [delivery.database] must look like postgresql://churn@host/company or "
            "sqlite:///lists.db, and does not. Mend it in the TOML, or the variable that it comes from."
        ) from None
    if place.password_from:
        password = os.environ.get(place.password_from)
        if not password:
            raise DeliveryError(
                f"The variable {place.password_from} with the database's password is not set. Set it."
            )
        url = url.set(password=password)
    if url.get_backend_name() == "sqlite" and url.database and url.database != ":memory:":
        url = url.set(database=str(folder / Path(url.database).expanduser()))
    return url


def _let_sqlite_begin(engine: sa.Engine) -> None:
    """Have SQLite's driver leave transactions alone: else a table that is made would stay after a fault."""

    @sa.event.listens_for(engine, "connect")
    def _(connection: Any, record: Any) -> None:
        connection.isolation_level = None

    @sa.event.listens_for(engine, "begin")
    def _(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _write(connection: sa.Connection, place: DatabasePlace, name: str, rows: pd.DataFrame, run: Run) -> None:
    table = _table(place, name, rows, run)
    _make_ready(connection, place, table)
    _expect_one_pipeline(connection, table, run)
    key = [column.name for column in table.primary_key]
    own = table.c.pipeline == run.pipeline
    if "run" not in key:  # what is not written anew below was taken out of the list since
        connection.execute(sa.update(table).where(own, table.c.run == run.name).values(run=None))
    insert = INSERTS[connection.dialect.name](table)
    others = {column.name: insert.excluded[column.name] for column in table.columns if column.name not in key}
    upsert = insert.on_conflict_do_update(index_elements=key, set_=others)
    for start in range(0, len(rows), ROWS_AT_ONCE):
        connection.execute(upsert, values.records(rows.iloc[start : start + ROWS_AT_ONCE]))
    older = sa.and_(own, sa.or_(table.c.run.is_(None), table.c.run != run.name))
    if "cutoff" in key:
        older = sa.and_(older, table.c.cutoff == run.cutoff)
    connection.execute(sa.delete(table).where(older))


def _table(place: DatabasePlace, name: str, rows: pd.DataFrame, run: Run) -> sa.Table:
    """Lay out a list as a table, with its key."""
    key = key_of(place, run)
    lacking = [column for column in key if column not in rows.columns]
    long = [one for one in (name, *map(str, rows.columns)) if len(one.encode()) > LONGEST_NAME]
    if lacking or long:
        told = (
            f"has no column {lacking[0]} of the key" if lacking else f"has a name of more than {LONGEST_NAME} bytes"
        )
        raise DeliveryError(f"The list for the table {name} {told}. Change [delivery.database] or [list] display.")
    columns = [
        sa.Column(str(column), TYPES[values.kind_of(str(column), rows[column])], nullable=column not in key)
        for column in rows.columns
    ]
    return sa.Table(name, sa.MetaData(), *columns, sa.PrimaryKeyConstraint(*key), schema=place.in_schema)


def key_of(place: DatabasePlace, run: Run) -> list[str]:
    """Give the columns by which a row is known again; without a cutoff, one row a customer."""
    return list(place.key) or ["customer_id", *([] if run.cutoff is None else ["cutoff"])]


def _make_ready(connection: sa.Connection, place: DatabasePlace, table: sa.Table) -> None:
    """Make the table where it is missing; where it is not, see that it has the columns and the key."""
    look = sa.inspect(connection)
    if not look.has_table(table.name, schema=table.schema):
        if table.schema and table.schema not in look.get_schema_names():
            raise DeliveryError(
                f"There is no schema {table.schema!r} for the table {table.name}. "
                "Make it, or leave in_schema out of [delivery.database]."
            )
        table.create(connection)
        return
    there = {column["name"] for column in look.get_columns(table.name, schema=table.schema)}
    lacking = [column for column in table.columns if column.name not in there]
    key = [column.name for column in table.primary_key]
    if not place.add_columns and lacking:
        raise DeliveryError(
            f"The table {table.name} has no column {', '.join(column.name for column in lacking)}. "
            "Add it, or set add_columns = true in [delivery.database]."
        )
    if not _is_key(look, table, key):
        raise DeliveryError(
            f"The table {table.name} was there already, and its key is not {', '.join(key)}. Name another table in "
            "[delivery.database] tables, set key to the table's own, or give it a unique index over these columns."
        )
    for column in lacking:
        connection.execute(_AddColumn(table, column))


class _AddColumn(ExecutableDDLElement):
    """One more column of a table that is there."""

    def __init__(self, table: sa.Table, column: sa.Column[Any]) -> None:
        self.table = table
        self.column = column


@compiles(_AddColumn)
def _as_sql(element: _AddColumn, compiler: Any, **_: Any) -> str:
    named = compiler.preparer.format_table(element.table)
    return f"ALTER TABLE {named} ADD COLUMN {compiler.get_column_specification(element.column)}"


def _is_key(look: sa.Inspector, table: sa.Table, key: Sequence[str]) -> bool:
    of = {"schema": table.schema}
    found: list[Sequence[str | None]] = [look.get_pk_constraint(table.name, **of)["constrained_columns"]]
    found += [one["column_names"] for one in look.get_unique_constraints(table.name, **of)]
    found += [one["column_names"] for one in look.get_indexes(table.name, **of) if one["unique"]]
    return any(set(one) == set(key) for one in found)


def _expect_one_pipeline(connection: sa.Connection, table: sa.Table, run: Run) -> None:
    """Refuse a table that another pipeline writes to: its customers could have the same ids."""
    if "pipeline" in table.primary_key:
        return
    other = connection.execute(sa.select(table.c.pipeline).where(table.c.pipeline != run.pipeline).limit(1)).scalar()
    if other is not None:
        raise DeliveryError(
            f"The table {table.name} holds rows of the pipeline {other!r}. Name another table in [delivery.database] "
            'tables, or write into a new one with key = ["pipeline", "customer_id", "cutoff"].'
        )


def _first_line(fault: BaseException, url: sa.URL) -> str:
    """Give what the database said, in one line and without the password."""
    told = str(getattr(fault, "orig", None) or fault).strip().splitlines() or [type(fault).__name__]
    line = told[0].strip().rstrip(".")
    return line.replace(str(url.password), "***") if url.password else line
