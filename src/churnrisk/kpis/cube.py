"""Sums by period over all splits at once: one small table from which each split is rolled up.

What stands at a boundary is kept as changes from period to period, so that a run of many months is two rows.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import reduce

import ibis
import ibis.expr.types as ir

from churnrisk.kpis.movements import entering
from churnrisk.kpis.periods import Periods

#: What stands at the start and at the end of a period, summed up from changes.
LEVELS = ("customers_start", "mrr_start", "customers_end", "mrr_end")
#: What happens in a period.
FLOWS = (
    "new",
    "reactivated",
    "churned",
    "competing",
    "voluntary",
    "involuntary",
    "unknown",
    "new_mrr",
    "reactivation_mrr",
    "expansion_mrr",
    "contraction_mrr",
    "churned_mrr",
    "competing_mrr",
    "early_starts",
    "early_churned",
    "terms_due",
    "terms_renewed",
    "nps_answers",
    "promoters",
    "detractors",
    "csat_answers",
    "csat_sum",
    "passed_voluntary",
    "passed_involuntary",
    "passed_unknown",
)
MONEY = frozenset(name for name in (*LEVELS, *FLOWS) if "mrr" in name)


def stock_changes(
    beside: ir.Table, splits: Sequence[str], keep: Callable[[ir.Table, str], ir.Table] = lambda table, name: table
) -> ir.Table:
    """Give by how much what stands at the starts and ends of periods changes.

    Each row has ``tiling, period``, the splits, and the levels; a level in a period is the sum up to it.

    Parameters
    ----------
    keep
        Keeps rows on the engine under a name: two small sums are read several times.
    """
    paid = ibis.coalesce(beside.mrr, 0)
    came = keep(
        beside.group_by("tiling", "first", *splits, "enters").aggregate(number=beside.count(), paid=paid.sum()),
        "came",
    )
    went = beside.group_by("tiling", "last", *splits, "goes_on").aggregate(
        number=beside.count(), paid=paid.sum(), next_paid=ibis.coalesce(beside.next_mrr, 0).sum()
    )
    went = keep(went, "went")
    enters, goes_on = came.filter(came.enters), went.filter(went.goes_on)
    new = dict(entering(enters, splits))
    changes = [
        _change(came, came["first"], _own(came, splits), start=1, end=1),
        _change(went, went["last"] + 1, _own(went, splits), start=-1),
        _change(went, went["last"], _own(went, splits), end=-1),
        _change(enters, enters["first"] - 1, new, end=1),
        _change(enters, enters["first"], new, end=-1),
        _change(goes_on, goes_on["last"], _own(goes_on, splits), end=1, mrr="next_paid"),
        _change(goes_on, goes_on["last"] + 1, _own(goes_on, splits), end=-1, mrr="next_paid"),
    ]
    return reduce(lambda one, two: one.union(two, distinct=False), changes)


def _own(rows: ir.Table, splits: Sequence[str]) -> dict[str, ir.Value]:
    return {name: rows[name] for name in splits}


def _change(
    summed: ir.Table,
    period: ir.IntegerValue,
    splits: Mapping[str, ir.Value],
    *,
    start: int = 0,
    end: int = 0,
    mrr: str = "paid",
) -> ir.Table:
    money, none = summed[mrr].cast("decimal(38, 2)"), ibis.literal(0, type="decimal(38, 2)")
    return summed.select(
        "tiling",
        period=period.cast("int32"),
        **splits,
        customers_start=summed.number * start,
        mrr_start=(money * start if start else none).cast("decimal(38, 2)"),
        customers_end=summed.number * end,
        mrr_end=(money * end if end else none).cast("decimal(38, 2)"),
    )


def flows_of(movements: ir.Table, splits: Sequence[str]) -> ir.Table:
    """Sum movements by period and splits."""
    every = movements.group_by("tiling", "period", *splits, "kind", "reason_kind").aggregate(
        number=movements.count(), paid=movements.mrr.sum()
    )
    kind, number, paid = every.kind, every.number, every.paid
    reasons = ("voluntary", "involuntary", "unknown")
    return every.group_by("tiling", "period", *splits).aggregate(
        **{name: number.sum(where=kind == name) for name in ("new", "reactivated", "churned", "competing")},
        **{name: number.sum(where=every.reason_kind == name) for name in reasons},
        new_mrr=paid.sum(where=kind == "new"),
        reactivation_mrr=paid.sum(where=kind == "reactivated"),
        expansion_mrr=paid.sum(where=kind == "expansion"),
        contraction_mrr=paid.sum(where=kind == "contraction"),
        churned_mrr=paid.sum(where=kind == "churned"),
        competing_mrr=paid.sum(where=kind == "competing"),
    )


def laid_together(parts: Sequence[ir.Table], splits: Sequence[str]) -> ir.Table:
    """Lay sums of different kinds over one another: what a part does not hold is 0."""
    filled = []
    for part in parts:
        columns = {}
        for name in (*LEVELS, *FLOWS):
            type_ = "decimal(38, 2)" if name in MONEY else "float64" if name == "csat_sum" else "int64"
            given = part[name].cast(type_).fill_null(0) if name in part.columns else ibis.literal(0, type=type_)
            columns[name] = given.cast(type_)
        filled.append(part.select(tiling=part.tiling, period=part.period, **{n: part[n] for n in splits}, **columns))
    every = reduce(lambda one, two: one.union(two, distinct=False), filled)
    return every.group_by("tiling", "period", *splits).aggregate(
        **{name: _summed(every[name], name) for name in (*LEVELS, *FLOWS)}
    )


def _summed(column: ir.Column, name: str) -> ir.Scalar:
    total = column.sum()
    return total.cast("decimal(38, 2)") if name in MONEY else total


def rolled_up(cube: ir.Table, periods: Periods, splits: Sequence[str | None]) -> ir.Table:
    """Give every count of some splits, None being the whole: one row a split, value and period.

    Returns
    -------
    Table
        ``split, value`` (``all`` for the whole), ``tiling, period, start, end, complete, months``, levels and flows.
    """
    names, keys = (*LEVELS, *FLOWS), ["split", "value", "tiling", "period"]
    small = reduce(lambda one, two: one.union(two, distinct=False), [_by_value(cube, split) for split in splits])
    values = small.select("split", "value").distinct()
    if None in splits:  # the whole is there even if nobody is
        values = values.union(ibis.memtable({"split": ["all"], "value": ["all"]}), distinct=True)
    when = periods.table()
    filled = values.cross_join(when).left_join(small, keys)
    filled = filled.select(
        "split",
        "value",
        *when.columns,
        **{name: ibis.coalesce(filled[name], 0).cast(small[name].type()) for name in names},
    )
    so_far = ibis.cumulative_window(group_by=["split", "value", "tiling"], order_by="period")
    return filled.mutate(**{name: _typed(filled[name].sum().over(so_far), name) for name in LEVELS})


def _by_value(cube: ir.Table, split: str | None) -> ir.Table:
    value = ibis.literal("all") if split is None else cube[split]
    rows = cube.mutate(split=ibis.literal(split or "all"), value=value)
    return rows.group_by("split", "value", "tiling", "period").aggregate(
        **{name: _summed(rows[name], name) for name in (*LEVELS, *FLOWS)}
    )


def _typed(value: ir.Value, name: str) -> ir.Value:
    return value.cast("decimal(38, 2)") if name in MONEY else value
