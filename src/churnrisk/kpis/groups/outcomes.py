"""What each group is worth, how it uses the product, and how many of it left in past months."""

from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd
from scipy.stats import binomtest, fisher_exact

from churnrisk.features.signal import SIGNALS
from churnrisk.kpis.groups.grouping import Grouping
from churnrisk.kpis.holm import holm
from churnrisk.timeline import horizon_days

#: A difference counts that chance gives less often than this, over all groups together.
BY_CHANCE = 0.05


def apart(days: Sequence[date], horizon: int | str) -> list[date]:
    """Choose monthly cutoffs, from the newest back, whose horizons do not overlap by more than three days.

    Examples
    --------
    >>> days = [date(2025, month, 1) for month in range(1, 7)]
    >>> [one.month for one in apart(days, 30)], [one.month for one in apart(days, 90)]
    ([1, 2, 3, 4, 5, 6], [3, 6])
    """
    step = (horizon_days(horizon) + 27) // 31
    return sorted(sorted(days, reverse=True)[:: max(1, step)])


def group_table(newest: pd.DataFrame, past: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Give one row a group: customers, share and MRR now; churn and money lost after earlier cutoffs.

    Parameters
    ----------
    newest
        ``group, mrr`` of the customers at risk now.
    past
        ``group, churned, mrr`` at earlier cutoffs whose outcome is known.

    Returns
    -------
    DataFrame
        ``group, customers, share, mrr, mrr_share, arpa``; of earlier cutoffs together ``observed`` (customers, each
        counted at each cutoff), ``churned, churn_rate, low, high`` (%, with the 95 % Wilson interval), ``mrr_lost,
        revenue_churn`` (%), ``p_value`` (against all other customers, by Fisher, corrected by Holm) and ``differs``.
    """
    lines = [_line(name, newest, past) for name in names]
    table = pd.DataFrame(lines)
    table["p_value"] = holm([_by_chance(name, past) for name in names]).round(6)
    whole = past["churned"].mean() * 100 if len(past) else np.nan
    higher = np.where(table["churn_rate"] > whole, "higher", "lower")
    table["differs"] = np.where(table["p_value"] < BY_CHANCE, higher, "")
    return table


def _line(name: str, newest: pd.DataFrame, past: pd.DataFrame) -> dict[str, object]:
    now, then = newest[newest["group"] == name], past[past["group"] == name]
    whole, mrr = newest["mrr"].sum(min_count=1), now["mrr"].sum(min_count=1)
    left = then[then["churned"] == 1]
    observed, churned = len(then), len(left)
    span = binomtest(churned, observed).proportion_ci(method="wilson") if observed else (np.nan, np.nan)
    stake, lost = then["mrr"].sum(min_count=1), left["mrr"].sum(min_count=1)
    lost = lost if churned else (0.0 if pd.notna(stake) else np.nan)
    return {
        "group": name,
        "customers": len(now),
        "share": round(len(now) / len(newest), 4) if len(newest) else np.nan,
        "mrr": round(mrr, 2) if len(now) else 0.0,
        "mrr_share": round(mrr / whole, 4) if whole else np.nan,
        "arpa": round(mrr / len(now), 2) if len(now) else np.nan,
        "observed": observed,
        "churned": churned,
        "churn_rate": round(100 * churned / observed, 3) if observed else np.nan,
        "low": round(100 * span[0], 3),
        "high": round(100 * span[1], 3),
        "mrr_lost": round(lost, 2),
        "revenue_churn": round(100 * lost / stake, 3) if stake else np.nan,
    }


def _by_chance(name: str, past: pd.DataFrame) -> float:
    """Say how often chance alone parts a group's churn this far from that of all others."""
    mine = past["group"] == name
    if not mine.any() or mine.all():
        return 1.0
    left = past["churned"] == 1
    counts = [
        [int((mine & left).sum()), int((mine & ~left).sum())],
        [int((~mine & left).sum()), int((~mine & ~left).sum())],
    ]
    return float(fisher_exact(counts)[1])


def profile(rows: pd.DataFrame, grouping: Grouping) -> pd.DataFrame:
    """Give each group's median of each signal beside the company's, and how far its centre lies from the average.

    Parameters
    ----------
    rows
        ``group`` and the signals.
    """
    lines = []
    for name, centre in zip(grouping.names, grouping.centres - grouping.average, strict=True):
        mine = rows[rows["group"] == name]
        for signal, distance in zip(grouping.signals, centre, strict=True):
            lines.append(
                {
                    "group": name,
                    "signal": signal,
                    "definition": SIGNALS[signal].doc,
                    "unit": SIGNALS[signal].unit,
                    "median": round(float(mine[signal].median()), 4),
                    "median_of_all": round(float(rows[signal].median()), 4),
                    "usual_distances": round(float(distance), 2),
                }
            )
    return pd.DataFrame(lines)
