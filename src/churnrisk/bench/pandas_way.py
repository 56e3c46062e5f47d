"""Ten signals in the pandas code that a user would write: their values check ours, their cost compares."""

from datetime import date
from pathlib import Path

import pandas as pd

#: The signals that are written both ways.
TEN = (
    "usage_count_28d",
    "usage_active_days_28d",
    "usage_days_since_last",
    "usage_ratio_28d",
    "usage_slope_12w",
    "payments_late_182d",
    "payments_overdue_amount_now",
    "support_open_now",
    "engagement_open_rate_56d",
    "contract_tenure_days",
)


def write_ten_signals(folder: Path, day: date, out: Path) -> dict[str, object]:
    """Compute the ten signals at one cutoff with pandas and write them as Parquet."""
    cutoff = pd.Timestamp(day)
    parts = [_usage(folder, cutoff), _payments(folder, cutoff), _others(folder, cutoff)]
    found = pd.concat(parts, axis=1)
    zero = [name for name in TEN if name.endswith(("_now", "_28d", "_182d", "_12w")) and "ratio" not in name]
    found = found.fillna(dict.fromkeys(zero, 0.0)).astype("float64")
    found.rename_axis("customer_id").reset_index().to_parquet(out / f"pandas-{day}.parquet")
    return {"signals": len(TEN), "rows": len(found)}


def _before(folder: Path, name: str, when: str, cutoff: pd.Timestamp) -> pd.DataFrame:
    """Read the rows of a table before the cutoff, with the days from each to it."""
    path = folder / name if (folder / name).is_dir() else folder / f"{name}.parquet"
    rows = pd.read_parquet(path)
    rows = rows[rows[when] < cutoff].copy()
    rows["ago"] = (cutoff - rows[when].dt.normalize()).dt.days
    return rows


def _usage(folder: Path, cutoff: pd.Timestamp) -> pd.DataFrame:
    usage = _before(folder, "usage", "occurred_at", cutoff)
    usage = usage[usage["quantity"] > 0]
    last = usage.groupby("customer_id")["ago"].min()
    recent = usage[usage["ago"] <= 28]
    now = recent.groupby("customer_id").size()
    active = recent.groupby("customer_id")["ago"].nunique()
    before = usage[usage["ago"].between(29, 56)].groupby("customer_id").size()
    quarter = usage[usage["ago"] <= 84]
    weekly = quarter.groupby(["customer_id", (quarter["ago"] - 1) // 7]).size().unstack(fill_value=0)
    weekly = weekly.reindex(columns=range(12), fill_value=0)
    slope = weekly.mul([5.5 - week for week in range(12)], axis=1).sum(axis=1) / 143
    return pd.DataFrame(
        {
            "usage_count_28d": now,
            "usage_active_days_28d": active,
            "usage_days_since_last": last,
            "usage_ratio_28d": now / before,
            "usage_slope_12w": slope,
        }
    )


def _payments(folder: Path, cutoff: pd.Timestamp) -> pd.DataFrame:
    invoices = _before(folder, "invoices", "issued_at", cutoff)
    owed = invoices["amount"].astype("float64")
    due = (cutoff - invoices["due_at"].dt.normalize()).dt.days
    paid_at = invoices["paid_at"].where(invoices["paid_at"] < cutoff)
    late = (paid_at.fillna(cutoff).dt.normalize() - invoices["due_at"].dt.normalize()).dt.days
    is_late = due.between(1, 182) & (late > 0) & (owed > 0)
    overdue = owed.where(paid_at.isna() & (due >= 1) & (owed > 0), 0.0)
    customer = invoices["customer_id"]
    return pd.DataFrame(
        {
            "payments_late_182d": is_late.groupby(customer).sum(),
            "payments_overdue_amount_now": overdue.groupby(customer).sum(),
        }
    )


def _others(folder: Path, cutoff: pd.Timestamp) -> pd.DataFrame:
    tickets = _before(folder, "tickets", "opened_at", cutoff)
    still_open = ~(tickets["resolved_at"] < cutoff)
    engagement = _before(folder, "engagement", "occurred_at", cutoff)
    mail = engagement[engagement["ago"] <= 56]
    counted = mail.groupby(["customer_id", "action"]).size().unstack(fill_value=0)
    sent = counted["sent"].where(counted["sent"] > 0)
    subscriptions = _before(folder, "subscriptions", "started_at", cutoff)
    return pd.DataFrame(
        {
            "support_open_now": still_open.groupby(tickets["customer_id"]).sum(),
            "engagement_open_rate_56d": counted["opened"] / sent,
            "contract_tenure_days": subscriptions.groupby("customer_id")["ago"].max(),
        }
    )
