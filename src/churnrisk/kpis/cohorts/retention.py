"""Cohorts by month of first start: who is still there, and what part of the first MRR is still paid.

Month k of a cohort is the end of the k-th month after the month of first start; month 0 is the end of the start month
itself. Customers who left and came back count as present.
"""

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from churnrisk.kpis.cohorts.lifetimes import BEFORE, CUT
from churnrisk.kpis.periods import Periods

KEYS = ("split", "value")
COUNTS = ("customers", "present", "first_mrr", "mrr")
COLUMNS = ("cohort", *KEYS, "month", "at", *COUNTS, "share", "mrr_share", "complete")


def placed(rows: ir.Table, runs: ir.Table, splits: Sequence[str]) -> ir.Table:
    """Put each member's cohort and split values beside its runs: ``cohort, first, last, cents`` and the splits."""
    who = rows.select("cohort", *splits, who=rows.customer_id)
    known = runs.select("customer_id", "first", "last", cents=_cents(runs.mrr))
    joined = known.inner_join(who, known.customer_id == who.who)
    return joined.select("cohort", "first", "last", "cents", *splits)


def begun(rows: ir.Table) -> ir.Table:
    """Count the customers of each cohort and ``value``, and add up their first MRR, in cents."""
    return rows.group_by("value", "cohort").aggregate(customers=rows.count(), first_cents=_cents(rows.mrr).sum())


def steps(rows: ir.Table) -> ir.Table:
    """Say by how much presence and MRR of each cohort and ``value`` change at each boundary.

    Parameters
    ----------
    rows
        By :func:`placed`, with a column ``value``.
    """
    parts = []
    for sign, boundary in ((1, rows["first"]), (-1, rows["last"] + 1)):
        keyed = rows.select("value", "cohort", "cents", boundary=boundary.cast("int32"))
        summed = keyed.group_by("value", "cohort", "boundary").aggregate(
            present=keyed.count() * sign, cents=keyed.cents.sum() * sign
        )
        parts.append(summed.select("value", "cohort", "boundary", "present", cents=summed.cents.cast("int64")))
    every = ibis.union(*parts, distinct=False)
    return every.group_by("value", "cohort", "boundary").aggregate(
        present=every.present.sum().cast("int64"), cents=every.cents.sum().cast("int64")
    )


def _cents(money: ir.Value) -> ir.IntegerValue:
    return (ibis.coalesce(money, 0).cast("decimal(18, 2)") * 100).cast("int64")


def boundaries(periods: Periods, complete_to: pd.Timestamp) -> pd.DataFrame:
    """List the boundaries that the data reach: ``boundary, at, complete``."""
    rows = periods.rows
    at = [rows["start"].iloc[0], *rows["end"]]
    complete = [True, *rows["complete"]]
    found = pd.DataFrame({"boundary": range(len(at)), "at": at, "complete": complete})
    return found[found["at"] <= complete_to].reset_index(drop=True)


def standing_counts(started: pd.DataFrame, changed: pd.DataFrame, reached: pd.DataFrame) -> pd.DataFrame:
    """Lay out who of each cohort was present at every boundary the data reach: one row each, zeros included.

    Parameters
    ----------
    started, changed
        Rows of :func:`begun` and :func:`steps`.
    reached
        By :func:`boundaries`.
    """
    grid = started.merge(reached, how="cross")
    grid = grid.merge(changed, how="left", on=["value", "cohort", "boundary"])
    grid[["present", "cents"]] = grid[["present", "cents"]].fillna(0).astype("int64")
    grid = grid.sort_values(["value", "cohort", "boundary"], ignore_index=True)
    grid[["present", "cents"]] = grid.groupby(["value", "cohort"])[["present", "cents"]].cumsum()
    return grid


def retention(
    counts: pd.DataFrame, first_days: pd.Series, *, months: int, has_mrr: bool, priced: bool = True
) -> pd.DataFrame:
    """Give the share of each cohort still present, and of its first MRR still paid, month by month.

    Parameters
    ----------
    counts
        By :func:`standing_counts`, with a column ``split``.
    first_days
        Cohort number = the first day on which its customers could begin.
    months
        How many months after the start month to go.
    has_mrr
        Whether MRR is known; its columns are empty where not.
    priced
        Whether it is known at the very start. If not, the first MRR is that at the end of the start month.

    Returns
    -------
    DataFrame
        ``cohort`` (its first day), ``split, value, month, at, customers, present, first_mrr, mrr, share, mrr_share,
        complete``. Months whose ends are not all certain are incomplete and have no shares.
    """
    rows = counts[counts["cohort"] > BEFORE].copy()
    rows["month"] = rows["boundary"] - rows["cohort"] - 1
    rows = rows[(rows["month"] >= 0) & (rows["month"] <= months)]
    rows["cohort"] = rows["cohort"].map(first_days)
    rows["first_mrr"] = rows["first_cents"] / 100 if has_mrr else np.nan
    rows["mrr"] = rows["cents"] / 100 if has_mrr else np.nan
    if has_mrr and not priced:
        rows["first_mrr"] = rows.groupby([*KEYS, "cohort"])["mrr"].transform("first")
    rows["share"] = _over(rows["present"], rows["customers"], rows["complete"])
    rows["mrr_share"] = _over(rows["mrr"], rows["first_mrr"], rows["complete"])
    return rows[list(COLUMNS)].reset_index(drop=True)


def averages(table: pd.DataFrame) -> pd.DataFrame:
    """Average the shares over cohorts by month, each cohort with its weight, those at 0 % included.

    Returns
    -------
    DataFrame
        ``split, value, month, cohorts`` (how many stand behind), the sums, ``share, mrr_share``.
    """
    whole = table[table["complete"]]
    summed = whole.groupby([*KEYS, "month"], sort=False, as_index=False).agg(
        cohorts=("cohort", "nunique"), **{name: (name, lambda one: one.sum(min_count=1)) for name in COUNTS}
    )
    summed[["first_mrr", "mrr"]] = summed[["first_mrr", "mrr"]].round(2)
    summed["share"] = _over(summed["present"], summed["customers"])
    summed["mrr_share"] = _over(summed["mrr"], summed["first_mrr"])
    return summed


def cohort_days(periods: Periods, seen_from: pd.Timestamp) -> pd.Series:
    """Give the first day of each cohort: of a month, or the day inside one from which starts are seen."""
    days = periods.rows.set_index("period")["start"]
    return pd.concat([pd.Series({CUT: seen_from.normalize()}), days]).astype("datetime64[us]")


def _over(part: pd.Series, whole: pd.Series, shown: pd.Series | None = None) -> pd.Series:
    held = whole > 0 if shown is None else (whole > 0) & shown
    return (part / whole.where(held)).astype("float64")
