"""MRR bands: fixed bounds, named by what they hold."""

import math
from collections.abc import Sequence
from itertools import pairwise

import ibis
import ibis.expr.types as ir

from churnrisk.sources.engine import Engine

QUARTILES = (0.25, 0.5, 0.75)


def find_bounds(runs: ir.Table, engine: Engine) -> list[float]:
    """Give the rounded quartiles of MRR at the first boundary at which there are customers."""
    paying = runs.filter(runs.mrr > 0)
    first = paying.aggregate(at=paying["first"].min()).at.as_scalar()
    then = paying.filter(paying["first"] == first)
    found = engine.rows(
        then.aggregate(**{f"q{n}": then.mrr.cast("float64").quantile(q) for n, q in enumerate(QUARTILES)})
    )
    return sorted({rounded(float(one)) for one in found.iloc[0] if not math.isnan(one)} - {0.0})


def rounded(amount: float) -> float:
    """Round an amount to two digits that a person would choose.

    Examples
    --------
    >>> rounded(187.3), rounded(42.9), rounded(1234.0), rounded(0.37)
    (190.0, 43.0, 1200.0, 0.37)
    """
    if amount <= 0:
        return 0.0
    return round(amount, 1 - math.floor(math.log10(amount)))


def band_names(bounds: Sequence[float]) -> list[str]:
    """Name the bands from the lowest to the highest.

    Examples
    --------
    >>> band_names([50, 120])
    ['below 50', '50 to 120', '120 and more']
    """
    if not bounds:
        return ["all"]
    told = [f"{one:g}" if one < 1e6 else f"{one:.0f}" for one in bounds]
    between = [f"{low} to {high}" for low, high in pairwise(told)]
    return [f"below {told[0]}", *between, f"{told[-1]} and more"]


def band_of(mrr: ir.Value, bounds: Sequence[float]) -> ir.Value:
    """Give the name of the band in which an MRR lies; a bound belongs to the band above it."""
    names = band_names(bounds)
    amount = ibis.coalesce(mrr, 0).cast("float64")
    cases = [(amount < bound, name) for bound, name in zip(bounds, names, strict=False)]
    return ibis.cases(*cases, else_=names[-1]) if cases else ibis.literal(names[-1])
