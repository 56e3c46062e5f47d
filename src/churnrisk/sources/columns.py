"""The columns of a company's file as typed values: read as a contract asks, or as their values look."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from churnrisk.errors import SourceError, shown
from churnrisk.settings.source import FilePart, Scalar
from churnrisk.sources import cells
from churnrisk.sources.engine import Engine
from churnrisk.sources.looks import Look, decimal_mark, look, time_remedy
from churnrisk.sources.raw import Raw
from churnrisk.sources.terms import Term, kind_of, native

ENGINE_TYPES: dict[str, dt.DataType] = {
    "text": dt.string,
    "time": dt.timestamp,
    "number": dt.float64,
    "money": dt.Decimal(18, 2),
    "bool": dt.boolean,
}
_WORDS = {"time": "a time", "number": "a number", "money": "an amount", "bool": "true or false", "text": "text"}


@dataclass(frozen=True)
class Reading:
    """A value of ours, and when it could not be read."""

    value: ir.Value
    failed: ir.BooleanValue | None = None


class FileColumns(Mapping[str, Term]):
    """A file's columns as parts of expressions: numbers and times where all values look so.

    Parameters
    ----------
    raw
        The file.
    part
        What the TOML says about it.
    zone
        The zone of times that carry none.
    """

    def __init__(self, raw: Raw, part: FilePart, engine: Engine, zone: str) -> None:
        self.raw = raw
        self.part = part
        self.engine = engine
        self.zone = zone
        self._terms: dict[str, Term] = {}

    def __iter__(self) -> Iterator[str]:
        return iter(self.raw.columns)

    def __len__(self) -> int:
        return len(self.raw.columns)

    def __contains__(self, name: object) -> bool:
        return name in self.raw.columns

    def __getitem__(self, name: str) -> Term:
        if name not in self._terms:
            self._terms[name] = self._term(name)
        return self._terms[name]

    def read(self, name: str, column: str, type_: str) -> Reading:
        """Read a column of the file as a contract asks.

        Parameters
        ----------
        name
            The file's column.
        column
            Our column.

        Raises
        ------
        SourceError
            When none of its values fits, or they could be read in two ways.
        """
        value = self.raw[name]
        nones = self.nones(column, name)
        if not value.type().is_string():
            return self._read_native(name, column, type_, nones)
        if type_ == "text" and self.raw.lazy:  # typed by the company, and read anew in each pass
            return Reading(without(value.nullif(""), nones))
        text = without(cells.filled(value), nones)
        if type_ == "text":
            return Reading(self._identifier(name, text, nones) if column.endswith("_id") else text)
        seen = self._look(name, self.formats(column), nones, _kind_asked(type_))
        return self._read_text(text, seen, name, column, type_, nones)

    def as_it_looks(self, name: str) -> ir.Value:
        """Give a column that nothing is known about: numbers and times where all values are such, else text."""
        value = self.raw[name]
        nones = self.nones(name)
        if not value.type().is_string():
            kind = kind_of(value.type())
            plain = native(value) if kind in ("number", "time", "bool", "text") else value.cast(dt.string)
            return without(plain.cast(dt.float64) if kind == "number" else plain, nones)
        text = without(cells.filled(value), nones)
        if self.raw.lazy:
            return text
        seen = self._look(name, self.formats(name), nones, "number", "time")
        try:
            if seen.reads_as == "number" and not seen.padded:
                return cells.number(text, self._decimal(seen, name))
        except SourceError:
            return text
        return cells.time(text, self.formats(name), self.zone) if seen.reads_as == "time" else text

    def formats(self, column: str) -> list[str]:
        """List the date formats of one of our columns."""
        given = self.part.formats
        if isinstance(given, Mapping):
            one = given.get(column, [])
            given = [one] if isinstance(one, str) else one
        for pattern in given:
            if not cells.is_format(pattern):
                raise SourceError(f'formats: {pattern!r} is not a pattern of strptime. Write it like "%d/%m/%Y".')
        return list(given)

    def nones(self, *names: str) -> list[Scalar]:
        """List the values that mean 'none' in a column, by our name or the file's."""
        given = self.part.none
        if not isinstance(given, Mapping):
            return list(given)
        found = [given[name] for name in names if name in given]
        return [value for one in found for value in (one if isinstance(one, list) else [one])]

    def _term(self, name: str) -> Term:
        value = self.raw[name]
        nones = self.nones(name, *(ours for ours, theirs in self.part.columns.items() if theirs == name))
        forced = self.part.types.get(name)
        if not value.type().is_string():
            return Term(without(native(value), nones).name(name))
        text = without(cells.filled(value), nones)
        if forced == "text":
            return Term(text.name(name))
        formats = self._own_formats(name)
        seen = self._look(name, formats, nones, "number", "time")
        kind = forced or seen.reads_as
        if kind == "text":
            return Term(text.name(name))
        read = {
            "number": lambda: cells.number(text, self._decimal(seen, name)),
            "time": lambda: cells.time(text, formats, self._zone_for(seen)),
            "bool": lambda: cells.boolean(text),
        }[kind]()
        failed = (text.notnull() & read.isnull(),) if forced else ()
        return Term(without(read, nones).name(name), text=text, failed=failed)

    def _own_formats(self, name: str) -> list[str]:
        """List the formats of the columns of ours that a file's column is mapped to, or its own."""
        names = [name, *(ours for ours, theirs in self.part.columns.items() if theirs == name)]
        return [pattern for other in dict.fromkeys(names) for pattern in self.formats(other)]

    def _look(self, name: str, formats: Sequence[str], nones: Sequence[Scalar], *kinds: str) -> Look:
        key = (name, str(list(nones)), tuple(formats), kinds)
        if key not in self.raw.looks:
            value = self.raw[name]

            def clean(cell: ir.Value) -> ir.StringValue:
                text = cells.filled(cell) if cell.type().is_string() else whole_number_text(cell)
                return without(text, nones)

            self.raw.looks[key] = look(self.engine, value, clean, formats, kinds)
        return self.raw.looks[key]  # type: ignore[return-value]

    def _decimal(self, seen: Look, name: str) -> str:
        return self.part.decimal or decimal_mark(seen, name, self.raw.delimiter)

    def _zone_for(self, seen: Look) -> str | None:
        """Days have no zone: their midnight is meant, also when it is written out."""
        return None if seen.days == seen.times else self.zone

    def _identifier(self, name: str, text: ir.StringColumn, nones: list[Scalar]) -> ir.StringValue:
        """Read ``17850.0`` as ``17850`` in a column of whole numbers."""
        seen = self._look(name, (), nones, "number")
        return cells.whole_text(text) if seen.zeros and seen.whole == seen.filled else text

    def _read_text(
        self, text: ir.StringColumn, seen: Look, name: str, column: str, type_: str, nones: list[Scalar]
    ) -> Reading:
        fits = {"time": seen.times, "bool": seen.bools}.get(type_, seen.numbers)
        if type_ == "time" and seen.filled and not fits:
            raise SourceError(
                f"no value of {name} is a date like 2025-06-01, for instance {shown(seen.not_time)}. "
                f"{time_remedy(self.engine, text, column)}"
            )
        if seen.filled and not fits:
            example = seen.not_number if type_ != "bool" else None
            one = f", for instance {shown(example)}" if example else ""
            raise SourceError(f"no value of {name} is {_WORDS[type_]}{one}. Map another column, or mend the file.")
        if type_ == "time":
            value: ir.Value = cells.time(text, self.formats(column), self._zone_for(seen))
        elif type_ == "bool":
            value = cells.boolean(text)
        else:
            mark = self._decimal(seen, name)
            value = cells.money(text, mark) if type_ == "money" else cells.number(text, mark)
        return Reading(without(value, nones), text.notnull() & value.isnull())

    def _read_native(self, name: str, column: str, type_: str, nones: list[Scalar]) -> Reading:
        value = self.raw[name]
        kind = kind_of(value.type())
        if type_ in ("time", "bool") and kind == "number":
            text = without(whole_number_text(value), nones)
            seen = self._look(name, self.formats(column), nones, _kind_asked(type_))
            return self._read_text(text, seen, name, column, type_, nones)
        if type_ == "time" and kind == "time" and self.zone != "UTC":
            return Reading(without(self._local(value), nones))
        return convert(value, type_, nones, name)

    def _local(self, value: ir.Value) -> ir.Value:
        type_ = value.type()
        plain = value.cast(dt.timestamp)
        if type_.is_date() or getattr(type_, "timezone", None):
            return plain
        with_hours = (plain != plain.truncate("D")).any().fill_null(False).name("hours").as_table()
        return cells.local(plain, self.zone) if bool(self.engine.rows(with_hours).iloc[0, 0]) else plain


def _kind_asked(type_: str) -> str:
    return type_ if type_ in ("time", "bool") else "number"


def convert(value: ir.Value, type_: str, nones: Sequence[Scalar], name: str) -> Reading:
    """Turn a value of the engine's into the type that a contract asks for.

    Raises
    ------
    SourceError
        When its kind can never be that type.
    """
    kind = kind_of(value.type())
    if kind == "none":
        return Reading(ibis.null(ENGINE_TYPES[type_]))
    if type_ == "text":
        text = whole_number_text(value) if kind == "number" else cells.filled(value.cast(dt.string))
        return Reading(without(text, nones))
    if type_ in ("number", "money") and kind in ("number", "bool"):
        return _number(value, type_, nones)
    if type_ == kind:
        return Reading(without(native(value), nones))
    if kind == "text":
        text = without(cells.filled(value), nones)
        reading = {"time": cells.time, "bool": cells.boolean, "money": cells.money, "number": cells.number}[type_]
        read = reading(text)
        return Reading(without(read, nones), text.notnull() & read.isnull())
    found = _WORDS.get(kind, "of a type that is neither text nor number nor time")
    raise SourceError(f"{name} should be {_WORDS[type_]}, and is {found}. Map another column.")


def _number(value: ir.Value, type_: str, nones: Sequence[Scalar]) -> Reading:
    if value.type().is_floating():
        value = value.isnan().ifelse(ibis.null(value.type()), value)
        beyond = value.isinf()
    else:
        beyond = ibis.literal(False)
    known = without(value, nones)
    read = known.try_cast("decimal(18, 2)") if type_ == "money" else known.cast(dt.float64)
    return Reading(beyond.ifelse(ibis.null(read.type()), read), known.notnull() & (beyond | read.isnull()))


def whole_number_text(value: ir.Value) -> ir.StringValue:
    """Write numbers as text, whole ones without a decimal mark."""
    if value.type().is_integer():
        return value.cast(dt.string)
    if value.type().is_floating():
        value = value.isnan().ifelse(ibis.null(value.type()), value)
    number = value.cast(dt.float64)
    whole = (number == number.floor()) & (number.abs() < 1e15)
    return whole.ifelse(number.try_cast(dt.int64).cast(dt.string), value.cast(dt.string))


def without(value: ir.Value, nones: Sequence[Scalar]) -> ir.Value:
    """Empty a value that means 'none'."""
    kind = kind_of(value.type())
    for none in nones:
        same = _as_kind(none, kind)
        if same is not None:
            value = value.nullif(ibis.literal(same, type=value.type() if kind != "number" else None))
    return value


def _as_kind(none: Scalar, kind: str) -> Scalar | datetime | None:
    """Give a value that means 'none' as it would stand in a column of a kind; empty where it cannot."""
    if kind == "text":
        return str(none)
    if kind == "bool" or isinstance(none, bool):
        return none if kind == "bool" and isinstance(none, bool) else None
    try:
        if kind == "number" and not isinstance(none, date):
            return float(none)
        if kind == "time":
            when = none if isinstance(none, date) else datetime.fromisoformat(str(none))
            return when if isinstance(when, datetime) else datetime(when.year, when.month, when.day)
    except ValueError:
        return None
    return None
