"""Groups of customers beside each other: how long they stay, and whether the differences are more than chance."""

import math
from collections.abc import Mapping

import pandas as pd

from churnrisk.kpis.cohorts.survival import (
    DAYS_IN_MONTH,
    NOTHING,
    Curve,
    Estimate,
    LogRank,
    curve,
    log_rank,
)
from churnrisk.kpis.holm import holm

#: Months of age at which the curves are read.
MILESTONES = (1, 3, 6, 12, 24)
#: Groups with fewer customers are marked, and are not part of the test.
FEW = 30


def curves_of(lifetimes: pd.DataFrame) -> dict[str, Curve]:
    """Estimate a curve for each ``value``, those with most customers first."""
    sizes = lifetimes.groupby("value")["customers"].sum()
    order = sorted(sizes.index, key=lambda name: (-sizes[name], name))
    return {name: curve(lifetimes[lifetimes["value"] == name]) for name in order}


def common_reach(curves: Mapping[str, Curve], months: float) -> float:
    """Give the days up to which every curve of enough customers is known, at most so many months.

    A mean within so many days is then the same thing for every group. A curve known for less than a month does not
    shorten the others.
    """
    long = [one.seen_days for one in curves.values() if one.seen_days >= DAYS_IN_MONTH]
    large = [one.seen_days for one in curves.values() if one.seen_days >= DAYS_IN_MONTH and one.customers >= FEW]
    return min([months * DAYS_IN_MONTH, *(large or long)])


def group_rows(split: str, lifetimes: pd.DataFrame, curves: Mapping[str, Curve], within: float) -> pd.DataFrame:
    """Sum up each group: customers, median, shares still there, mean months within a common number of days.

    Returns
    -------
    DataFrame
        ``split, value, customers, entered_late`` (from before the data), ``churned, few`` (fewer than 30 customers),
        ``seen_months`` (how far the curve is known; empty where all left), medians and means in months with ``_low``
        and ``_high``, ``mean_within_months``, and for each milestone a column such as ``stay_12`` with its interval.
        Empty means not reached, or not seen so far.
    """
    return pd.DataFrame([_group_row(split, name, lifetimes, one, within) for name, one in curves.items()])


def _group_row(split: str, name: str, lifetimes: pd.DataFrame, one: Curve, within: float) -> dict[str, object]:
    mine = lifetimes[lifetimes["value"] == name]
    late = int(mine.loc[mine["entry"] > 0, "customers"].sum())
    reach = min(within, one.seen_days)
    row: dict[str, object] = {
        "split": split,
        "value": name,
        "customers": one.customers,
        "entered_late": late,
        "churned": int(one.churned.sum()),
        "few": one.customers < FEW,
        "seen_months": one.seen_days / DAYS_IN_MONTH if math.isfinite(one.seen_days) else math.nan,
    }
    row |= _cells("median_months", one.median, DAYS_IN_MONTH)
    row |= _cells("mean_months", one.restricted_mean(reach) if reach else NOTHING, DAYS_IN_MONTH)
    row["mean_within_months"] = reach / DAYS_IN_MONTH
    for months in MILESTONES:
        row |= _cells(f"stay_{months}", one.at(months * DAYS_IN_MONTH))
    return row


def _cells(name: str, told: Estimate, unit: float = 1.0) -> dict[str, float]:
    found = {name: told.value, f"{name}_low": told.low, f"{name}_high": told.high}
    return {key: value / unit if math.isfinite(value) else math.nan for key, value in found.items()}


def compared(lifetimes: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Test for each split whether its groups lose their customers alike, and correct for the number of splits.

    Groups of fewer than 30 customers take no part.

    Parameters
    ----------
    lifetimes
        Split = its customers, by :func:`churnrisk.kpis.cohorts.lifetimes.lifetimes`.

    Returns
    -------
    DataFrame
        ``split, groups, customers, statistic, degrees, p_value, p_corrected`` (Holm), ``why_not``.
    """
    rows = []
    for split, every in lifetimes.items():
        enough = every[every.groupby("value")["customers"].transform("sum") >= FEW]
        found = log_rank(enough) if len(enough) else LogRank(math.nan, 0, math.nan, f"no group has {FEW} customers")
        rows.append(
            {
                "split": split,
                "groups": enough["value"].nunique(),
                "customers": int(enough["customers"].sum()),
                "statistic": found.statistic,
                "degrees": found.degrees,
                "p_value": found.p_value,
                "why_not": found.why_not,
            }
        )
    names = ["split", "groups", "customers", "statistic", "degrees", "p_value", "why_not"]
    table = pd.DataFrame(rows, columns=names)
    table.insert(6, "p_corrected", holm(table["p_value"].tolist()))
    return table
