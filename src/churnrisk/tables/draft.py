"""One table on its way from the company's files to a clean table."""

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Protocol

import ibis
import ibis.expr.types as ir

from churnrisk.errors import ChurnRiskError
from churnrisk.settings.source import FilePart, TableSource
from churnrisk.sources.columns import ENGINE_TYPES
from churnrisk.sources.engine import Engine
from churnrisk.sources.lookup import with_lookup
from churnrisk.sources.mapping import KEPT, OURS, REASON, Mapped, Mapping, Wanted, merged, placed
from churnrisk.sources.raw import FILE, LINE, Raw
from churnrisk.tables.checks import through_subscriptions, with_reasons
from churnrisk.tables.contract import RECORDED_AT, Contract


class Source(Protocol):
    """Where the company's tables lie: a folder or a database."""

    def named(self, table: str) -> list[Path]:
        """Find what bears a table's name."""

    def find(self, file: str | list[str]) -> list[Path]:
        """Find what names and globs mean."""

    def read(self, paths: list[Path], part: FilePart) -> Raw:
        """Read files with the same columns as one table."""

    def fingerprint(self, paths: list[Path]) -> str:
        """Give the SHA-256 over the bytes read."""

    def close(self) -> None:
        """Let go of what was kept while reading."""

    def stays(self) -> None:
        """Keep what was read so far: rows that are still in their files are joined to it."""


@dataclass
class Draft:
    """A table while it is read.

    Parameters
    ----------
    rows
        Our columns under ``our_`` names, ``kept``, ``reason``, ``line`` and ``file``.
    pieces
        The same for each part, with the file's own columns beside them.
    lazy
        Whether the rows are still in the files.
    """

    contract: Contract
    source: TableSource
    files: list[Path] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    pieces: list[Mapped] = field(default_factory=list)
    rows: ir.Table | None = None
    lazy: bool = True

    @property
    def heading(self) -> str:
        """The names of the files, for the words of a fault."""
        names = [path.name for path in self.files] or [f"[source.tables.{self.contract.name}]"]
        return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")

    @property
    def columns(self) -> tuple[str, ...]:
        """Our columns that are there, in the contract's order; ``recorded_at`` last."""
        there = {name for piece in self.pieces for name in piece.columns}
        return tuple(name for name in (*self.contract.names, RECORDED_AT) if name in there)

    @property
    def attributes(self) -> tuple[str, ...]:
        """The company's further columns."""
        return tuple(dict.fromkeys(name for piece in self.pieces for name in piece.attributes))


class Drafting:
    """Reads the parts of one table and lays them over one another.

    Parameters
    ----------
    where
        The folder or database.
    zone
        The zone of times that carry none.
    today
        The run's own day.
    subscriptions
        The clean subscriptions, where they are known already.
    """

    def __init__(
        self, where: Source, engine: Engine, zone: str, today: date, subscriptions: ir.Table | None = None
    ) -> None:
        self.where = where
        self.engine = engine
        self.zone = zone
        self.today = today
        self.subscriptions = subscriptions

    def draft(self, contract: Contract, source: TableSource, asked_for: bool) -> Draft | None:
        """Read one table; empty when it is not there and nobody asked for it."""
        draft = Draft(contract, source)
        parts = source.parts or [source]
        for index, part in enumerate(parts):
            place = f"source.tables.{contract.name}" + (f".parts[{index}]" if source.parts else "")
            try:
                paths = self._paths(part, contract, asked_for)
                if paths:
                    self._piece(draft, merged(source, part) if source.parts else part, paths, place)
            except ChurnRiskError as fault:
                draft.faults.append(f"{place}: {fault}" if not str(fault).startswith(place) else str(fault))
        if not draft.pieces and not draft.faults:
            return None
        if not draft.faults:
            self._lay_over(draft)
        return draft

    def _paths(self, part: FilePart, contract: Contract, asked_for: bool) -> list[Path]:
        if part.file is not None:
            return self.where.find(part.file)
        found = self.where.named(contract.name)
        if not found and asked_for:
            return self.where.find(f"{contract.name}.csv")  # which says what is there instead
        return found[:1]

    def _piece(self, draft: Draft, part: FilePart, paths: list[Path], place: str) -> None:
        contract = draft.contract
        raw = self.where.read(paths, part)
        draft.files += [path for path in paths if path not in draft.files]
        for lookup in part.lookup:
            found = self.where.find(lookup.file)
            settings = FilePart(encoding=lookup.encoding, delimiter=lookup.delimiter)
            raw = with_lookup(raw, self.where.read(found, settings), lookup, self.engine)
            draft.files += [path for path in found if path not in draft.files]
        mapping = Mapping(
            raw, part, _wanted(contract, part, raw), place, contract.name == "customers", self.engine, self.zone
        )
        mapped = mapping.apply()
        draft.faults += mapping.faults
        if draft.source.inclusive:
            mapped = _inclusive(mapped, draft)
        mapped = self._owned(mapped, draft)
        draft.faults += _missing(contract, mapped, mapping.faults, place)
        if not draft.faults:
            rows = with_reasons(mapped.rows, contract, mapped.columns, self.today)
            draft.pieces.append(Mapped(rows, mapped.raw, mapped.columns, mapped.attributes))

    def _owned(self, mapped: Mapped, draft: Draft) -> Mapped:
        """Find the customers of a table keyed by subscription only."""
        if "subscription_id" not in mapped.columns or "subscription_id" in draft.contract:
            return mapped
        rest = tuple(name for name in mapped.columns if name != "subscription_id")
        if self.subscriptions is None:
            draft.faults.append("customer_id: missing, and there are no subscriptions to find it through. Map it.")
            return Mapped(mapped.rows, mapped.raw, ("customer_id", *rest), mapped.attributes)
        rows = through_subscriptions(mapped.rows, self.subscriptions)
        return Mapped(rows, mapped.raw, ("customer_id", *rest), mapped.attributes)

    def _lay_over(self, draft: Draft) -> None:
        types = _types(draft)
        tables = []
        for piece in draft.pieces:
            there = {*piece.columns, *piece.attributes}
            values = {
                OURS + name: piece.rows[OURS + name].cast(type_) if name in there else ibis.null(type_)
                for name, type_ in types.items()
            }
            tables.append(piece.rows.select(**values, kept=KEPT, reason=REASON, line=LINE, file=FILE))
        draft.rows = self.engine.union(tables)
        draft.lazy = all(piece.raw.lazy for piece in draft.pieces)
        if draft.lazy and any(part.lookup for part in (draft.source, *draft.source.parts)):
            self.where.stays()
        if not draft.lazy:
            draft.rows = self.engine.keep(draft.rows, f"read_{draft.contract.name}")


def rejected(piece: Mapped) -> ir.Table:
    """Give the rows of one part that are set aside: reason, line, file, and the row as it stands in the file."""
    rows = piece.rows.filter(piece.rows[KEPT] & piece.rows[REASON].notnull())
    return rows.select(rows[REASON], rows[LINE], rows[FILE], **placed(piece.raw, rows))


def _wanted(contract: Contract, part: FilePart, raw: Raw) -> list[Wanted]:
    wanted = [Wanted(column.name, column.type) for column in contract.columns]
    wanted.append(Wanted(RECORDED_AT, "time"))
    given = {*part.columns, *part.derive, *part.constants, *raw.columns}
    if "customer_id" not in given and "subscription_id" not in contract and "subscription_id" in given:
        wanted.append(Wanted("subscription_id", "text"))
    return wanted


def _missing(contract: Contract, mapped: Mapped, faults: list[str], place: str) -> list[str]:
    told = {fault.split(":")[0] for fault in faults}
    return [
        f"{name}: missing. Add the column, or map it in [{place}.columns]."
        for name in contract.required
        if name not in mapped.columns and name not in told
    ]


def _inclusive(mapped: Mapped, draft: Draft) -> Mapped:
    """Let stays whose end names the last day end at the next midnight."""
    given = draft.source.inclusive
    names = ["ended_at"] if given is True else list(given or [])
    there = [name for name in names if name in mapped.columns]
    for name in names:
        if name not in draft.contract or draft.contract[name].type != "time":
            draft.faults.append(f"inclusive: the table has no time column {name!r}.")
        elif name not in there:
            draft.faults.append(f"inclusive: {name} is not mapped.")
    ends = {OURS + name: mapped.rows[OURS + name].truncate("D") + ibis.interval(days=1) for name in there}
    return Mapped(mapped.rows.mutate(**ends), mapped.raw, mapped.columns, mapped.attributes)


def _types(draft: Draft) -> dict[str, ibis.DataType]:
    """Give the types in which the parts are laid over one another; what differs between parts becomes text."""
    types: dict[str, ibis.DataType] = {}
    for name in draft.columns:
        types[name] = ENGINE_TYPES[draft.contract[name].type if name in draft.contract else "time"]
    for name in draft.attributes:
        found = {piece.rows[OURS + name].type() for piece in draft.pieces if name in piece.attributes}
        types[name] = _attribute_type(found)
    return types


def _attribute_type(found: set[ibis.DataType]) -> ibis.DataType:
    text = ENGINE_TYPES["text"]
    if len(found) > 1:
        return text
    type_ = found.pop()
    if type_.is_numeric():
        return ENGINE_TYPES["number"]
    if type_.is_date() or type_.is_timestamp():
        return ENGINE_TYPES["time"]
    return type_ if type_.is_boolean() else text
