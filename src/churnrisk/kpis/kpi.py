"""What a key figure is: a named function of the counts of a period, with its unit and formula."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import ibis.expr.types as ir

from churnrisk.catalog import Catalog

Unit = Literal["customers", "money", "%", "months", "points", "score"]


@dataclass(frozen=True)
class Share:
    """A part of a whole, in percent."""

    part: ir.Value
    whole: ir.Value


@dataclass(frozen=True)
class Amount:
    """A count, a sum, or a mean: of parts divided by wholes where there is a whole."""

    part: ir.Value
    whole: ir.Value | None = None


Compute = Callable[[ir.Table], Share | Amount]


@dataclass(frozen=True)
class Kpi:
    """One key figure.

    Parameters
    ----------
    needs
        What the tables must hold: ``mrr``, ``terms``, ``reasons``, ``nps``, ``csat``, ``margin``, ``cost``, or
        nothing.
    better
        Whether low or high is better; None where neither is.
    of_customers
        Whether it is a share of customers, so that it has a Wilson interval.
    whole_periods
        Whether it is shown for complete periods only.
    empty
        Why there is no number where the denominator is 0.
    """

    name: str
    title: str
    unit: Unit
    needs: tuple[str, ...]
    better: Literal["low", "high"] | None
    of_customers: bool
    whole_periods: bool
    compute: Compute
    doc: str
    empty: str


KPIS: Catalog[Kpi] = Catalog("key figure")


def kpi(
    title: str,
    unit: Unit,
    *,
    needs: tuple[str, ...] = (),
    better: Literal["low", "high"] | None = None,
    of_customers: bool = False,
    whole_periods: bool = False,
    empty: str = "no customers at the start",
) -> Callable[[Compute], Compute]:
    """Register a function of the counts as a key figure under its own name; its docstring is the definition."""

    def register(compute: Compute) -> Compute:
        doc = (compute.__doc__ or "").strip().splitlines()[0]
        name = compute.__name__
        KPIS.add(name, Kpi(name, title, unit, needs, better, of_customers, whole_periods, compute, doc, empty))
        return compute

    return register
