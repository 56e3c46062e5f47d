"""The parts of an expression while it is built: a typed value, its text, and when it could not be read."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.operations as ops
import ibis.expr.types as ir

from churnrisk.errors import SettingsError
from churnrisk.sources import cells

Failures = tuple[ir.BooleanValue, ...]


@dataclass(frozen=True)
class Term:
    """One part of an expression.

    Parameters
    ----------
    value
        What it is worth.
    text
        How it stands in the file, where it was read from text.
    failed
        Conditions under which something in it could not be read.
    literal
        The value itself, if it was written into the expression.
    """

    value: ir.Value
    text: ir.StringValue | None = None
    failed: Failures = ()
    literal: str | float | int | bool | None = None

    @property
    def kind(self) -> str:
        """What sort of value it is: number, text, time, bool or none."""
        return kind_of(self.value.type())


@dataclass(frozen=True)
class Place:
    """Where in the TOML an expression stands, for the words of a fault."""

    name: str
    expression: str

    def fault(self, message: str) -> SettingsError:
        """Make the error that names this place."""
        return SettingsError(f"{self.name}: {message} The expression is: {self.expression}")


def kind_of(type_: dt.DataType) -> str:
    """Name the sort of an engine type.

    Examples
    --------
    >>> kind_of(dt.int64), kind_of(dt.date)
    ('number', 'time')
    """
    if type_.is_numeric() and not type_.is_boolean():
        return "number"
    if type_.is_timestamp() or type_.is_date():
        return "time"
    if type_.is_boolean():
        return "bool"
    if type_.is_string():
        return "text"
    return "none" if type_.is_null() else "other"


def native(value: ir.Value) -> ir.Value:
    """Give a column of the engine's as expressions use it: numbers widened, times without a zone."""
    type_ = value.type()
    if type_.is_integer():
        return value.cast(dt.int64)
    if type_.is_floating() or type_.is_decimal():
        return value.cast(dt.float64)
    if type_.is_date() or type_.is_timestamp():
        return value.cast(dt.timestamp)
    return value


def join(terms: Iterable[Term]) -> Failures:
    """Collect what may fail in several parts."""
    return tuple(failure for term in terms for failure in term.failed)


def combine(make: Callable[..., ir.Value], *terms: Term) -> Term:
    """Make one part out of several, keeping what may fail in each."""
    return Term(make(*(term.value for term in terms)), failed=join(terms))


def as_number(term: Term, place: Place) -> Term:
    """Use a part where a number is needed."""
    if term.kind == "none":
        return replace(term, value=term.value.cast(dt.float64), text=None)
    if term.kind == "number":
        return replace(term, value=native(term.value), text=None)
    if term.kind == "bool":
        return replace(term, value=term.value.cast(dt.int64), text=None)
    raise place.fault(
        f"{_named(term)} is {_words(term)} and stands where a number is needed. "
        'Say how the column is to be read: types.<column> = "number", or write CAST(... AS DOUBLE).'
    )


def as_text(term: Term) -> Term:
    """Use a part where text is needed: as it stands in the file."""
    if term.text is not None:
        return Term(term.text, failed=())
    return term if term.kind == "text" else replace(term, value=term.value.cast(dt.string))


def as_time(term: Term, place: Place) -> Term:
    """Use a part where a time is needed; text in quotes is read as ISO 8601."""
    if term.kind == "time":
        return replace(term, value=native(term.value), text=None)
    if term.kind == "none":
        return replace(term, value=term.value.cast(dt.timestamp), text=None)
    if isinstance(term.literal, str):
        try:
            return Term(ibis.literal(datetime.fromisoformat(term.literal), type=dt.timestamp))
        except ValueError:
            raise place.fault(f"{term.literal!r} is not a date like 2025-06-01.") from None
    raise place.fault(
        f"{_named(term)} is {_words(term)} and stands where a time is needed. Say how the column is to be read: "
        "types.<column> = \"time\", or write strptime(column, '%d/%m/%Y')."
    )


def as_bool(term: Term, place: Place) -> Term:
    """Use a part where a condition is needed."""
    if term.kind == "none":
        return replace(term, value=term.value.cast(dt.boolean))
    if term.kind == "bool":
        return replace(term, text=None)
    if term.kind == "number":
        return Term(term.value != 0, failed=term.failed)
    if term.text is None and term.literal is None and term.kind == "text":
        return Term(cells.boolean(term.value), failed=term.failed)
    raise place.fault(f"{_named(term)} is {_words(term)} and stands where a condition is needed.")


def alike(terms: list[Term], place: Place) -> list[Term]:
    """Bring parts that are compared, or that are alternatives, to one sort.

    A number in quotes beside a number is a number; a date in quotes beside a time is a time.
    """
    kinds = {term.kind for term in terms if term.literal is None or term.kind != "text"} - {"none"}
    kinds = kinds or {"text"}
    quoted = [term.literal for term in terms if term.kind == "text" and term.literal is not None]
    if kinds == {"number", "bool"}:
        return [as_number(term, place) for term in terms]
    if len(kinds) > 1:
        return _all_text(terms, place)
    kind = kinds.pop()
    if kind == "time":
        return [as_time(term, place) for term in terms]
    if kind == "number":
        return _numbers(terms, [str(text) for text in quoted], place)
    if kind == "bool" and quoted:
        return _all_text(terms, place)
    return [
        Term(term.value.cast(_TYPES[kind]), failed=term.failed) if term.kind == "none" else term for term in terms
    ]


_TYPES: dict[str, dt.DataType] = {"text": dt.string, "bool": dt.boolean}


def _numbers(terms: list[Term], quoted: list[str], place: Place) -> list[Term]:
    try:
        values = {text: float(text) for text in quoted}
    except ValueError:
        return _all_text(terms, place)
    read = [
        replace(term, value=ibis.literal(values[str(term.literal)])) if term.kind == "text" else term
        for term in terms
    ]
    return [as_number(term, place) for term in read]


def _all_text(terms: list[Term], place: Place) -> list[Term]:
    for term in terms:
        if term.kind not in ("text", "none") and term.text is None:
            others = ", ".join(sorted({_words(other) for other in terms}))
            raise place.fault(f"it compares or mixes {others}. Use values of one kind, or CAST one of them.")
    return [as_text(term) for term in terms]


def _named(term: Term) -> str:
    if term.literal is not None:
        return repr(term.literal)
    of = term.value.op()
    return of.name if isinstance(of, (ops.Field, ops.Alias)) else "A part"


def _words(term: Term) -> str:
    words = {"number": "a number", "text": "text", "time": "a time", "bool": "true or false", "none": "empty"}
    return words.get(term.kind, "of a type that expressions cannot use")
