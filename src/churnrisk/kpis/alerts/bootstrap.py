"""Customers drawn anew, inside the engine: how much the lost MRR of a period varies by chance.

Each customer gets a weight in each replicate, drawn from a Poisson law with mean 1 by a hash of customer, replicate
and seed, so that the same tables give the same numbers in any order of rows. A customer who moved in several periods
has the same weight in all of them. One pass counts every replicate of every period and part.
"""

import math

import ibis
import ibis.expr.types as ir

#: Odd and large: spreads the numbers of replicates over all bits.
SPREADS = 2654435761
#: Weights of this size and more are as good as never drawn.
HIGHEST = 9
#: Which movements lose MRR (1) and which win it back (-1), by what is watched.
SIGNS = {"gross": {"churned": 1, "contraction": 1}, "net": {"churned": 1, "contraction": 1, "expansion": -1}}


def drawn_weight(customer: ir.StringValue, replicate: ir.IntegerValue, seed: int) -> ir.IntegerValue:
    """Draw how often a customer stands in a replicate: 0, 1, 2 and so on, 1 on average."""
    mixed = (customer.hash() ^ ((replicate + 1).cast("int64") * SPREADS + seed)).hash()
    share = (mixed & 0xFFFFFFFF).cast("float64") / 2**32
    bounds, below = [], 0.0
    for weight in range(HIGHEST):
        below += math.exp(-1) / math.factorial(weight)
        bounds.append(below)
    total = (share >= bounds[0]).cast("int64")
    for bound in bounds[1:]:
        total = total + (share >= bound).cast("int64")
    return total


def resampled(movements: ir.Table, split: str | None, *, replicates: int, seed: int) -> ir.Table:
    """Give the moments of the MRR lost in each period and part.

    Parameters
    ----------
    movements
        Who came, went, paid more or less (:mod:`churnrisk.kpis.movements`).
    split
        Column of the parts; None for the whole.

    Returns
    -------
    Table
        ``value, tiling, period, events`` (movements of MRR), and ``variance`` and ``third`` central moment of the
        gross and of the net loss: ``gross_variance, gross_third, net_variance, net_third``.
    """
    rows = movements.filter(movements.kind.isin(list(SIGNS["net"])) & movements.mrr.notnull())
    amounts = {}
    for name, signs in SIGNS.items():
        sign = ibis.cases(*[(rows.kind == kind, sign) for kind, sign in signs.items()], else_=0)
        amounts[name] = rows.mrr.cast("float64") * sign
    value = ibis.literal("all") if split is None else rows[split]
    rows = rows.select("customer_id", "tiling", "period", value=value, **amounts)
    drawn = rows.mutate(replicate=ibis.range(replicates).unnest())
    drawn = drawn.mutate(weight=drawn_weight(drawn.customer_id, drawn.replicate, seed))
    each = drawn.group_by("value", "tiling", "period", "replicate").aggregate(
        events=drawn.count(), **{name: (drawn[name] * (drawn.weight - 1)).sum() for name in SIGNS}
    )
    moments: dict[str, ir.Value] = {}
    for name in SIGNS:
        moments |= {f"{name}_variance": (each[name] ** 2).mean(), f"{name}_third": (each[name] ** 3).mean()}
    return each.group_by("value", "tiling", "period").aggregate(events=each.events.max(), **moments)
