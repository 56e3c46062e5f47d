"""Making a contract's columns out of a company's: what the TOML maps, derives, and leaves out."""

from dataclasses import dataclass

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from churnrisk.catalog import did_you_mean
from churnrisk.errors import ChurnRiskError, SourceError
from churnrisk.settings.source import FilePart, TableSource
from churnrisk.sources.columns import FileColumns, Reading, convert
from churnrisk.sources.engine import Engine
from churnrisk.sources.expressions import condition, term
from churnrisk.sources.raw import FILE, LINE, Raw
from churnrisk.sources.terms import as_text

#: Before our columns' names while the file's own columns stand beside them.
OURS = "our_"
KEPT = "kept"
REASON = "reason"


@dataclass(frozen=True)
class Wanted:
    """A column to be made.

    Parameters
    ----------
    name
        Our name for it.
    type
        As a contract names it.
    """

    name: str
    type: str


@dataclass(frozen=True)
class Mapped:
    """A file's rows with our columns beside its own.

    Parameters
    ----------
    rows
        The file's columns, ours (their names begin with ``our_``), ``kept`` (whether the row belongs to the table),
        ``reason`` (why it cannot be used), ``line`` and ``file``.
    columns
        Names of our columns that are there, without the company's further ones.
    attributes
        Names of the company's further columns.
    """

    rows: ir.Table
    raw: Raw
    columns: tuple[str, ...]
    attributes: tuple[str, ...]


def merged(table: TableSource, part: FilePart) -> FilePart:
    """Give a part of a table with what the whole table says; the part's own word counts more.

    Examples
    --------
    >>> table = TableSource(columns={"amount": "Total"}, parts=[FilePart(file="a.csv", columns={"due_at": "Due"})])
    >>> merged(table, table.parts[0]).columns
    {'amount': 'Total', 'due_at': 'Due'}
    """
    values: dict[str, object] = {}
    for name in FilePart.model_fields:
        whole, own = getattr(table, name), getattr(part, name)
        if isinstance(whole, dict) and isinstance(own, dict):
            values[name] = {**whole, **own}
        else:
            values[name] = own if name in part.model_fields_set and own else whole or own
    return FilePart.model_construct(_fields_set=None, **values)


class Mapping:
    """Makes our columns out of one file's.

    Parameters
    ----------
    place
        Where the part stands in the TOML.
    wanted
        The contract's columns.
    keeps_attributes
        Whether the file's further columns come along without being named.
    zone
        The zone of times that carry none.
    """

    def __init__(
        self,
        raw: Raw,
        part: FilePart,
        wanted: list[Wanted],
        place: str,
        keeps_attributes: bool,
        engine: Engine,
        zone: str,
    ) -> None:
        self.raw = raw
        self.part = part
        self.wanted = wanted
        self.place = place
        self.keeps_attributes = keeps_attributes
        self.columns = FileColumns(raw, part, engine, zone)
        self.faults: list[str] = []

    def apply(self) -> Mapped:
        """Make the columns; what cannot be mapped is gathered in ``faults``."""
        self._check_names()
        made: dict[str, ir.Value] = {}
        reasons: list[tuple[ir.BooleanValue, str]] = []
        kept = self._kept(reasons)
        for column in self.wanted:
            reading = self._try(column)
            if reading is not None:
                made[column.name] = reading.value
                if reading.failed is not None:
                    reasons.append((reading.failed, f"{column.name}: not {_WORDS[column.type]}"))
        columns = tuple(made)
        made.update(self._attributes(columns))
        reason = ibis.cases(*reasons) if reasons else ibis.null(dt.string)
        rows = self.raw.table.mutate(
            **{OURS + name: value for name, value in made.items()}, **{KEPT: kept, REASON: reason.cast(dt.string)}
        )
        return Mapped(rows, self.raw, columns, tuple(name for name in made if name not in columns))

    def _kept(self, reasons: list[tuple[ir.BooleanValue, str]]) -> ir.BooleanValue:
        if self.part.where is None:
            return ibis.literal(True)
        try:
            kept = condition(self.part.where, self.columns, f"{self.place}.where")
        except ChurnRiskError as fault:
            self.faults.append(_own_words(fault, self.place))
            return ibis.literal(True)
        unread = _any(kept.failed)
        if unread is None:
            return kept.value
        reasons.append((unread, "where: a value cannot be read"))
        return kept.value | unread

    def _try(self, column: Wanted) -> Reading | None:
        try:
            return self._read(column)
        except ChurnRiskError as fault:
            self.faults.append(f"{column.name}: {_own_words(fault, f'{self.place}.derive.{column.name}')}")
            return None

    def _read(self, column: Wanted) -> Reading | None:
        part, name = self.part, column.name
        if name in part.derive:
            return self._derived(column)
        if name in part.constants:
            return convert(ibis.literal(part.constants[name]), column.type, (), name)
        source = part.columns.get(name, name)
        if source in self.raw.columns:
            return self.columns.read(source, name, column.type)
        if name in part.columns:
            raise SourceError(
                f"the file has no column {source!r}, which [{self.place}.columns] names. "
                f"{did_you_mean(source, self.raw.columns)}"
            )
        return None

    def _derived(self, column: Wanted) -> Reading:
        built = term(self.part.derive[column.name], self.columns, f"{self.place}.derive.{column.name}")
        if column.type == "text":
            built = as_text(built) if built.text is not None else built
        reading = convert(built.value, column.type, self.columns.nones(column.name), column.name)
        failures = tuple(failed for failed in (*built.failed, reading.failed) if failed is not None)
        if built.kind == "number" and column.type in ("number", "money"):
            number = built.value.cast(dt.float64)  # 1 / 0
            failures = (*failures, number.isnan() | number.isinf())
        return Reading(reading.value, _any(failures))

    def _attributes(self, columns: tuple[str, ...]) -> dict[str, ir.Value]:
        """Take the company's further columns, those named or all that are not used otherwise."""
        part = self.part
        extra = [name for name in (*part.derive, *part.constants) if name not in {w.name for w in self.wanted}]
        used = {part.columns.get(name, name) for name in columns}
        names = part.attributes or (
            [name for name in self.raw.columns if name not in used] if self.keeps_attributes else []
        )
        taken = {name.lower() for name in (*(w.name for w in self.wanted), "known_at")}
        made: dict[str, ir.Value] = {}
        for name in (*extra, *names):
            if name.lower() in taken:
                continue
            taken.add(name.lower())
            try:
                made[name] = self._attribute(name)
            except ChurnRiskError as fault:
                self.faults.append(f"{name}: {_own_words(fault, self.place)}")
        return made

    def _attribute(self, name: str) -> ir.Value:
        part = self.part
        if name in part.derive:
            return term(part.derive[name], self.columns, f"{self.place}.derive.{name}").value
        if name in part.constants:
            return ibis.literal(part.constants[name])
        if name not in self.raw.columns:
            raise SourceError(
                f"the file has no column {name!r}, which attributes names. {did_you_mean(name, self.raw.columns)}"
            )
        return self.columns.as_it_looks(name)

    def _check_names(self) -> None:
        """Find keys of the mapping that name no column of ours, or none of the file's."""
        part = self.part
        ours = [column.name for column in self.wanted]
        keys: list[tuple[str, str]] = [("columns", name) for name in part.columns]
        if not self.keeps_attributes:
            keys += [(kind, name) for kind in ("derive", "constants") for name in getattr(part, kind)]
        keys += [("formats", name) for name in (part.formats if isinstance(part.formats, dict) else ())]
        for kind, name in keys:
            if (
                name not in ours
                and not (kind == "formats" and name in self.raw.columns)
                and name not in part.attributes
            ):
                told = f"{kind}.{name}: the table has no column of this name. {did_you_mean(name, ours)}"
                if kind == "columns" and self.keeps_attributes:
                    told += f' To carry a column of yours under this name: derive.{name} = "{part.columns[name]}".'
                self.faults.append(told)
        nones = part.none if isinstance(part.none, dict) else {}
        for kind, name in [*(("types", name) for name in part.types), *(("none", name) for name in nones)]:
            if name not in self.raw.columns and not (kind == "none" and name in ours):
                self.faults.append(
                    f"{kind}.{name}: the file has no column of this name. {did_you_mean(name, self.raw.columns)}"
                )


def unprefixed(rows: ir.Table, names: tuple[str, ...]) -> dict[str, ir.Column]:
    """Give our columns under their own names."""
    return {name: rows[OURS + name] for name in names}


def placed(raw: Raw, rows: ir.Table) -> dict[str, ir.Column]:
    """Give the file's own columns under their own names; those that are ours too get ``source_`` before them."""
    own = {REASON, LINE, FILE}
    names = {name: f"source_{name}" if name.lower() in own else name for name in raw.columns}
    seen: set[str] = set()
    found: dict[str, ir.Column] = {}
    for name, shown in names.items():
        while shown.lower() in seen:
            shown += "_"
        seen.add(shown.lower())
        found[shown] = rows[raw.columns[name]]
    return found


_WORDS = {"time": "a time", "number": "a number", "money": "an amount", "bool": "true or false", "text": "text"}


def _any(failures: tuple[ir.BooleanValue, ...]) -> ir.BooleanValue | None:
    found: ir.BooleanValue | None = None
    for failure in failures:
        known = failure.fill_null(False)
        found = known if found is None else found | known
    return found


def _own_words(fault: ChurnRiskError, place: str) -> str:
    return str(fault).removeprefix(f"{place}: ").removeprefix(f"{place}.where: ")
