"""The part of the company that figures look at: some plans, segments, attributes, and a stretch of time."""

from collections.abc import Mapping, Sequence

import ibis.expr.types as ir

from churnrisk.catalog import did_you_mean
from churnrisk.errors import SettingsError
from churnrisk.settings import ScopeSettings
from churnrisk.sources.engine import Engine


def wanted_values(scope: ScopeSettings) -> dict[str, list[str]]:
    """Give the splits by which a scope keeps customers, each with the values that it keeps.

    Examples
    --------
    >>> wanted_values(ScopeSettings(products=["pro"], attributes={"region": ["north", "east"]}))
    {'plan': ['pro'], 'region': ['north', 'east']}
    """
    named = {"plan": scope.products, "segment": scope.segments, **scope.attributes}
    return {split: [str(one) for one in values] for split, values in named.items() if values}


def within(table: ir.Table, scope: ScopeSettings) -> ir.Table:
    """Keep the rows of a scope: exactly the parts of its splits that it names.

    Parameters
    ----------
    table
        Anything that has the splits of :func:`wanted_values` as columns.
    """
    for split, values in wanted_values(scope).items():
        table = table.filter(table[split].isin(values))
    return table


def refuse_nobody(table: ir.Table, scope: ScopeSettings, known: Sequence[str], engine: Engine) -> None:
    """Refuse a scope that names what does not exist, or that keeps nobody.

    Parameters
    ----------
    table
        Rows of the whole company with the splits of :func:`wanted_values` as columns.
    known
        Every split that the tables allow.

    Raises
    ------
    SettingsError
        With the values that exist.
    """
    wanted = wanted_values(scope)
    if not wanted:
        return
    refuse_unknown_splits(scope, known)
    there = engine.rows(table.select(*wanted).distinct())
    values = {split: {str(one) for one in there[split].dropna()} for split in wanted}
    wrong = [(split, one) for split, asked in wanted.items() for one in asked if one not in values[split]]
    if wrong:
        told = (
            f"{_key(split)}: nobody has the {split} {one!r}. {did_you_mean(one, values[split])}"
            for split, one in wrong
        )
        raise SettingsError("\n".join(told))
    kept = there.astype("string")
    for split, asked in wanted.items():
        kept = kept[kept[split].isin(asked)]
    if kept.empty:
        raise SettingsError(
            f"[scope] keeps nobody: each of its values exists, and no customer has {_and(wanted)} at once. Widen it."
        )


def refuse_unknown_splits(scope: ScopeSettings, known: Sequence[str]) -> None:
    """Refuse a scope over a column that the tables do not have.

    Raises
    ------
    SettingsError
        With the column that was probably meant.
    """
    wrong = [split for split in wanted_values(scope) if split not in known]
    if wrong:
        told = (f"{_key(split)}: the tables have no {split}. {did_you_mean(split, known)}" for split in wrong)
        raise SettingsError("\n".join(told))


def scope_in_words(scope: ScopeSettings) -> str:
    """Say in one line what a scope keeps; empty where it keeps everything.

    Examples
    --------
    >>> from datetime import date
    >>> scope_in_words(ScopeSettings(products=["plus", "pro"], attributes={"region": ["north"]}))
    'Scope: plan plus or pro; region north.'
    >>> scope_in_words(ScopeSettings(start=date(2025, 1, 1), end=date(2025, 7, 1)))
    'Scope: periods from 2025-01-01 to 2025-07-01.'
    >>> scope_in_words(ScopeSettings())
    ''
    """
    told = [f"{split} {' or '.join(values)}" for split, values in wanted_values(scope).items()]
    since = f" from {scope.start}" if scope.start else ""
    until = f" to {scope.end}" if scope.end else ""
    told += [f"periods{since}{until}"] if since or until else []
    return f"Scope: {'; '.join(told)}." if told else ""


def _key(split: str) -> str:
    return {"plan": "scope.products", "segment": "scope.segments"}.get(split, f"scope.attributes.{split}")


def _and(wanted: Mapping[str, Sequence[str]]) -> str:
    return " and ".join(f"{split} {' or '.join(values)}" for split, values in wanted.items())
