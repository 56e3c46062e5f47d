"""What a signal is, and how one is registered."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import ibis.expr.types as ir

from churnrisk.catalog import Catalog
from churnrisk.errors import UnknownNameError

Group = Literal["usage", "payments", "support", "engagement", "contract", "feedback"]
GROUPS: tuple[Group, ...] = ("usage", "payments", "support", "engagement", "contract", "feedback")


@dataclass(frozen=True)
class Signal:
    """One named feature with its definition, unit and direction.

    Parameters
    ----------
    name
        The function's own name, and the feature's column.
    table
        The table it reads.
    group
        The part of the business it speaks of.
    unit
        What its number counts.
    days
        Lookback; None reads everything before the cutoff.
    missing
        Value when there is nothing to aggregate; None leaves it empty.
    raises_risk
        Whether ``high`` or ``low`` values should raise risk; None where neither is expected.
    sentence
        Template that tells a person; see :mod:`churnrisk.scoring.reasons` for its fields.
    below, above
        The sentence is told only for values below / above this.
    needs
        Columns of the table without which the signal is off.
    moves_with_calendar
        Whether its range grows as time goes by, so that it must not carry a model beyond what it has seen.
    actionable
        Whether a team can influence it; only such a signal is told as what would lower the risk most.
    change
        Template that names a better value of it: "{value:day|days} since the last use".
    compute
        From what was known (``past``) to one aggregate expression.
    doc
        Its definition in one sentence.
    """

    name: str
    table: str
    group: Group
    unit: str
    days: int | None
    missing: float | None
    raises_risk: Literal["high", "low"] | None
    sentence: str | None
    below: float | None
    above: float | None
    needs: tuple[str, ...]
    moves_with_calendar: bool
    actionable: bool
    change: str | None
    compute: Callable[[ir.Table], ir.Value]
    doc: str


SIGNALS: Catalog[Signal] = Catalog("signal")

#: Table = name of a daily sum = (columns it needs, the sum over one customer and day).
PER_DAY: dict[str, dict[str, tuple[tuple[str, ...], Callable[[ir.Table], ir.Value]]]] = {}


def signal(
    *,
    table: str,
    group: Group,
    unit: str,
    days: int | None = None,
    missing: float | None = None,
    raises_risk: Literal["high", "low"] | None = None,
    sentence: str | None = None,
    below: float | None = None,
    above: float | None = None,
    needs: tuple[str, ...] = (),
    moves_with_calendar: bool = False,
    actionable: bool = False,
    change: str | None = None,
) -> Callable[[Callable[[ir.Table], ir.Value]], Callable[[ir.Table], ir.Value]]:
    """Register a function from ``past`` to one aggregate as a signal, under its own name.

    Raises
    ------
    UnknownNameError
        When the name is taken or the function has no docstring to define it.

    Examples
    --------
    >>> from churnrisk.features.build import SIGNALS
    >>> SIGNALS["usage_active_days_28d"].unit
    'days'
    """

    def keep(compute: Callable[[ir.Table], ir.Value]) -> Callable[[ir.Table], ir.Value]:
        name = compute.__name__
        if not compute.__doc__:
            raise UnknownNameError(f"The signal {name!r} has no docstring. Its first line is its definition.")
        doc = compute.__doc__.strip().splitlines()[0]
        SIGNALS.add(
            name,
            Signal(
                name=name,
                table=table,
                group=group,
                unit=unit,
                days=days,
                missing=missing,
                raises_risk=raises_risk,
                sentence=sentence,
                below=below,
                above=above,
                needs=needs,
                moves_with_calendar=moves_with_calendar,
                actionable=actionable,
                change=change,
                compute=compute,
                doc=doc,
            ),
        )
        return compute

    return keep


def per_day(table: str, *, needs: tuple[str, ...] = ()) -> Callable[[Callable[[ir.Table], ir.Value]], None]:
    """Register a sum over one customer and day that signals of an event table build on."""

    def keep(compute: Callable[[ir.Table], ir.Value]) -> None:
        PER_DAY.setdefault(table, {})[compute.__name__] = (needs, compute)

    return keep


def in_days(first: int, last: int) -> Callable[[ir.Table], ir.BooleanValue]:
    """Say which customer-days lie from ``first`` to ``last`` days before the cutoff, both included."""

    def where(days: ir.Table) -> ir.BooleanValue:
        return days.days_ago.between(first, last)

    return where


def ratio(over: ir.Value, under: ir.Value) -> ir.Value:
    """Divide two aggregates; empty where the second is 0."""
    return over.cast("float64") / under.cast("float64").nullif(0.0)
