"""Joining a second file by key, so that expressions can use its columns."""

import ibis.expr.types as ir

from churnrisk.catalog import did_you_mean
from churnrisk.errors import SourceError
from churnrisk.settings.source import Lookup
from churnrisk.sources import cells
from churnrisk.sources.columns import whole_number_text
from churnrisk.sources.engine import Engine
from churnrisk.sources.raw import Raw
from churnrisk.sources.terms import kind_of


def with_lookup(raw: Raw, found: Raw, lookup: Lookup, engine: Engine) -> Raw:
    """Add a lookup file's columns to a file's rows; rows without a match keep empty ones.

    Raises
    ------
    SourceError
        When a column is not there, the key names several rows of the lookup file, or nothing matches.
    """
    keys = _keys(raw, found, lookup)
    taken = _taken(raw, found, lookup)
    start = len(raw.columns)
    places = {name: f"c{start + index}" for index, name in enumerate(taken)}
    right = found.table.select(
        **{f"key{index}": key_text(found[theirs]) for index, (_, theirs) in enumerate(keys)},
        **{places[name]: found[name] for name in taken},
    )
    names = [f"key{index}" for index in range(len(keys))]
    right = right.filter([right[name].notnull() for name in names])
    _check_unique(engine, right, names, lookup)
    own = raw.table.mutate(**{f"own{index}": key_text(raw[ours]) for index, (ours, _) in enumerate(keys)})
    same = [own[f"own{index}"] == right[f"key{index}"] for index in range(len(keys))]
    if engine.rows(own.semi_join(right, same).limit(1)).empty:
        raise SourceError(f"lookup {lookup.file}: no row matches by {_shown(lookup)}. Look at the keys.")
    joined = own.left_join(right, same).select(*raw.table.columns, *places.values())
    return Raw(joined, {**raw.columns, **places}, raw.files, raw.lazy, raw.delimiter)


def key_text(value: ir.Value) -> ir.StringValue:
    """Write a key the same way whatever kind of file it came from."""
    if kind_of(value.type()) == "number":
        return whole_number_text(value)
    text = cells.filled(value.cast("string"))
    return text.re_search(cells.WHOLE).ifelse(cells.whole_text(text), text)


def _keys(raw: Raw, found: Raw, lookup: Lookup) -> list[tuple[str, str]]:
    for ours, theirs in lookup.on.items():
        if ours not in raw.columns:
            raise SourceError(
                f"lookup {lookup.file}: the file has no column {ours!r}. {did_you_mean(ours, raw.columns)}"
            )
        if theirs not in found.columns:
            raise SourceError(
                f"lookup {lookup.file}: it has no column {theirs!r}. {did_you_mean(theirs, found.columns)}"
            )
    if not lookup.on:
        raise SourceError(f'lookup {lookup.file}: name the key: on = {{ "own column" = "its column" }}.')
    return list(lookup.on.items())


def _taken(raw: Raw, found: Raw, lookup: Lookup) -> list[str]:
    keys = set(lookup.on.values())
    for name in lookup.columns:
        if name not in found.columns:
            raise SourceError(f"lookup {lookup.file}: it has no column {name!r}. {did_you_mean(name, found.columns)}")
    taken = lookup.columns or [name for name in found.columns if name not in keys]
    double = [name for name in taken if name in raw.columns]
    if double:
        raise SourceError(
            f"lookup {lookup.file}: {', '.join(double)} stands in the file as well. "
            "Name the columns to take: columns = [...]."
        )
    return taken


def _check_unique(engine: Engine, right: ir.Table, names: list[str], lookup: Lookup) -> None:
    counted = right.group_by(names).agg(rows=lambda table: table.count())
    double = engine.rows(counted.filter(counted.rows > 1).order_by(names).limit(1))
    if not double.empty:
        key = ", ".join(str(double[name].iloc[0]) for name in names)
        raise SourceError(
            f"lookup {lookup.file}: the key {key} stands in {double['rows'].iloc[0]} rows, and rows would multiply. "
            "Use a file with one row a key, or more key columns."
        )


def _shown(lookup: Lookup) -> str:
    return ", ".join(f"{ours} = {theirs}" for ours, theirs in lookup.on.items())
