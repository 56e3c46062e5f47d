"""One night held against the reference of its model: how far signals, probabilities and segments have moved."""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import bdtrc

from churnrisk.kpis.holm import holm
from churnrisk.monitoring.profile import SAID, Profile, Reference
from churnrisk.monitoring.psi import by_chance, freedom, limit, p_value, psi
from churnrisk.settings.monitor import MonitorSettings

FILE = "drift.parquet"
#: At most so many new levels are named.
NAMED = 5
#: Of m customers without an event, at most 3 / m have it (95 %, the rule of three).
RULE_OF_THREE = 3


def drift_of(frame: pd.DataFrame, scored: pd.DataFrame, profile: Profile) -> pd.DataFrame:
    """Hold a night's features and scores against the reference of its model; facts only, no settings.

    Parameters
    ----------
    frame
        What the model was given, a row a customer; a column that is not there counts as missing throughout.
    scored
        What it said: churn_probability and segment.

    Returns
    -------
    One row a column: signal, kind (signal or said), customers, reference_customers, psi, freedom, between,
    comparisons, p_value, missing_share, missing_before, new_share, new_levels, p_value_new, and the bin that moved
    most: moved, moved_before, moved_now (shares).
    """
    lines = []
    for one in profile.columns:
        kind = "said" if one.name in SAID else "signal"
        rows = scored if kind == "said" else frame
        values = rows[one.name] if one.name in rows else pd.Series(np.nan, index=range(len(rows)), dtype="float64")
        lines.append({"signal": one.name, "kind": kind, **_line(one, values)})
    return pd.DataFrame(lines)


def _line(reference: Reference, values: pd.Series) -> dict[str, Any]:
    found = reference.bins.count(values)
    before = np.array(reference.counts)
    now, customers = found.counts, len(values)
    moved, degrees = psi(now, before), freedom(now, before)
    chance = by_chance(degrees, max(customers, 1), max(reference.customers, 1))
    p = p_value(moved, degrees, chance, reference.between, reference.comparisons)
    new = sum(found.new.values())
    newest = sorted(found.new, key=lambda level: (-found.new[level], level))[:NAMED]
    unlikely = min(1.0, RULE_OF_THREE / max(reference.customers, 1))
    share_now, share_before = now / max(customers, 1), before / max(before.sum(), 1)
    most = int(np.argmax(np.abs(_terms(share_now, share_before))))
    return {
        "customers": customers,
        "reference_customers": reference.customers,
        "psi": round(moved, 6) if customers else 0.0,
        "freedom": degrees,
        "between": reference.between,
        "comparisons": reference.comparisons,
        "p_value": float(p) if customers else 1.0,
        "missing_share": round(float(share_now[-1]), 6),
        "missing_before": round(float(share_before[-1]), 6),
        "new_share": round(new / max(customers, 1), 6),
        "new_levels": ", ".join(newest),
        "p_value_new": float(bdtrc(new - 1, customers, unlikely)) if new else 1.0,
        "moved": reference.bins.names[most],
        "moved_before": round(float(share_before[most]), 6),
        "moved_now": round(float(share_now[most]), 6),
    }


def _terms(now: np.ndarray, before: np.ndarray) -> np.ndarray:
    """Give what each bin adds to the PSI, near enough to name the largest."""
    small = 1e-6
    return np.asarray((now - before) * np.log((now + small) / (before + small)))


def alarms(drift: pd.DataFrame, settings: MonitorSettings) -> pd.DataFrame:
    """Say which columns of a night have drifted: more than chance over all of them together, and enough to matter.

    Parameters
    ----------
    drift
        By `drift_of`.

    Returns
    -------
    The same rows with adjusted_p (Holm), limit (the PSI that would be an alarm for this column), alarm, and
    sentence (empty where there is no alarm).
    """
    rate, count = settings.false_alarm_rate, max(len(drift), 1)
    adjusted = holm(drift["p_value"].to_numpy())
    degrees, found = drift["freedom"].to_numpy(), drift["psi"].to_numpy()
    chance = by_chance(degrees, drift["customers"].clip(lower=1), drift["reference_customers"].clip(lower=1))
    usual = limit(rate / count, degrees, chance, drift["between"], drift["comparisons"])
    most = np.maximum(limit(rate / count, degrees, chance), settings.sure_psi)
    bound = np.maximum(np.minimum(usual, most), settings.least_psi)
    moved = ((adjusted < rate) & (found >= settings.least_psi)) | (found >= most)
    new = (drift["p_value_new"] * count < rate) & (drift["new_share"] >= settings.least_new_share)
    told = drift.assign(adjusted_p=adjusted, limit=bound.round(6), alarm=moved | new.to_numpy())
    return told.assign(sentence=[_sentence(row) if row["alarm"] else "" for row in told.to_dict("records")])


def _sentence(row: Mapping[Hashable, Any]) -> str:
    told = (
        f"{row['signal']}: PSI {row['psi']:.2f} (limit {row['limit']:.2f}); "
        f"{row['moved']}: {row['moved_before']:.1%} of customers in the training, {row['moved_now']:.1%} now"
    )
    if row["new_levels"]:
        told += f"; new levels with {row['new_share']:.1%} of customers: {row['new_levels']}"
    return f"{told}."


def alarm_counts(told: pd.DataFrame, nights: Sequence[str]) -> list[int]:
    """Count the alarms of each night.

    Parameters
    ----------
    told
        The rows of `alarms` of several nights, with their cutoff.
    nights
        Cutoffs as text.

    Examples
    --------
    >>> told = pd.DataFrame({"cutoff": ["2025-01-01", "2025-01-02"], "alarm": [True, False]})
    >>> alarm_counts(told, ["2025-01-01", "2025-01-02", "2025-01-03"])
    [1, 0, 0]
    """
    counted = told[told["alarm"]].groupby("cutoff").size()
    return [int(counted.get(night, 0)) for night in nights]
