"""Expressions of a TOML over a table's own columns: parsed, limited to scalar work, and never run as text."""

import re
from collections.abc import Mapping

import ibis.expr.types as ir
import sqlglot
from ibis.common.exceptions import IbisError
from sqlglot import exp
from sqlglot.errors import SqlglotError

from churnrisk.catalog import did_you_mean
from churnrisk.sources import functions, operators  # noqa: F401  they register what is allowed
from churnrisk.sources.builder import FUNCTIONS, build
from churnrisk.sources.terms import Place, Term, as_bool, native

LONGEST = 5_000


def keep_where(table: ir.Table, text: str, place: str) -> ir.Table:
    """Keep the rows of a table for which an expression holds.

    Parameters
    ----------
    text
        A condition over the table's columns, in the words of SQL.
    place
        Where it stands in the TOML, for the words of a fault.

    Raises
    ------
    SettingsError
        When the expression cannot be read, names a column that is not there, or does more than scalar work.

    Examples
    --------
    >>> import ibis
    >>> table = ibis.memtable({"quantity": [1, -2]})
    >>> keep_where(table, "quantity > 0", "churn.activity.usage").count().execute()
    1
    >>> keep_where(table, "quantty > 0", "churn.activity.usage")
    Traceback (most recent call last):
    ...
    churnrisk.errors.SettingsError: churn.activity.usage: there is no column 'quantty'. Did you mean 'quantity'? \
The expression is: quantty > 0
    """
    return table.filter(condition(text, terms_of(table), place).value)


def derive(table: ir.Table, expressions: Mapping[str, str], place: str) -> ir.Table:
    """Add columns to a table, each by an expression over the columns that it had.

    Examples
    --------
    >>> import ibis
    >>> table = ibis.memtable({"quantity": [2], "price": [1.5]})
    >>> derive(table, {"amount": "quantity * price"}, "derive").amount.execute()[0].item()
    3.0
    """
    terms = terms_of(table)
    return table.mutate({name: term(text, terms, f"{place}.{name}").value for name, text in expressions.items()})


def terms_of(table: ir.Table) -> dict[str, Term]:
    """Give a table's columns as the parts that expressions are built from."""
    return {name: Term(native(table[name]).name(name)) for name in table.columns}


def condition(text: str, columns: Mapping[str, Term], place: str) -> Term:
    """Build a condition; where it cannot be told, it does not hold."""
    built = as_bool(term(text, columns, place), Place(place, text))
    return Term(built.value.fill_null(False), failed=built.failed)


def term(text: str, columns: Mapping[str, Term], place: str) -> Term:
    """Build what an expression says out of a table's columns."""
    where = Place(place, text)
    tree = parse(text, where)
    try:
        return build(tree, lambda column: columns[resolve(column, columns, where)], where)
    except RecursionError:
        raise where.fault("it is nested too deeply. Split it.") from None
    except (IbisError, TypeError, ValueError, ArithmeticError) as fault:
        raise where.fault(f"it cannot be computed ({str(fault).splitlines()[0]}).") from None


def parse(text: str, place: Place) -> exp.Expression:
    """Read one expression; more than one, or a statement, is refused."""
    if len(text) > LONGEST:
        raise place.fault(f"it is longer than {LONGEST:,} characters. Shorten it.")
    try:
        trees = sqlglot.parse(text, read="duckdb")
    except (SqlglotError, RecursionError) as fault:
        reason = _reason(fault)
        raise place.fault(f"it cannot be read ({reason}). Names with blanks stand in double quotes.") from None
    if len(trees) != 1 or trees[0] is None:
        raise place.fault("it must be one expression.")
    for node in trees[0].walk():
        if type(node) not in FUNCTIONS:
            raise place.fault(f"{_shown(node)} is not allowed: only scalar work on the row's own columns is.")
    return trees[0]


def _reason(fault: Exception) -> str:
    """Say why a text is no expression, without the names that the parser has for its parts."""
    told = str(fault).splitlines()[0] if str(fault) else "nested too deeply"
    return re.sub(r"^Required keyword: '\w+' missing for <class '[^']*'>", "A part is missing", told).rstrip(".")


def resolve(column: exp.Column, known: Mapping[str, object], place: Place) -> str:
    """Find the column that a name means: as written, or, without quotes, whatever its capitals."""
    if column.table or column.db or column.catalog:
        raise place.fault(f"{column.sql(dialect='duckdb')} names another table. Use the row's own columns.")
    name = column.name
    if name in known:
        return name
    alike = [other for other in known if other.lower() == name.lower()]
    if len(alike) == 1 and not column.this.quoted:
        return alike[0]
    raise place.fault(f"there is no column {name!r}. {did_you_mean(name, known)}")


def _shown(node: exp.Expression) -> str:
    if isinstance(node, exp.Anonymous):
        return f"The function {str(node.this)[:40]!r}"
    if isinstance(node, exp.Func):
        return f"The function {node.sql_name().lower()!r}"
    return f"{node.key.upper()!r}"
