"""Which cutoffs are described, and which of them have labels."""

from datetime import date, datetime, timedelta
from typing import Literal

import ibis
import ibis.expr.types as ir
import pandas as pd

from churnrisk.settings import ChurnSettings, CutoffSettings
from churnrisk.timeline import add_months, horizon_end, midnight


def cutoffs(first_day: date, complete_to: date, settings: CutoffSettings) -> list[date]:
    """List the cutoffs: the first after enough history, then monthly, up to the end of the data.

    Examples
    --------
    >>> days = cutoffs(date(2025, 1, 1), date(2025, 6, 1), CutoffSettings())
    >>> [str(day) for day in days]
    ['2025-03-26', '2025-04-26', '2025-05-26']
    """
    first = settings.first or first_day + timedelta(days=settings.min_history_days)
    days, months = [], 0
    while (day := add_months(first, months)) <= complete_to:
        days.append(day)
        months += 1
    return days


def is_labelled(
    cutoff: date, complete_to: date, churn: ChurnSettings, horizon: int | Literal["month"] | None = None
) -> bool:
    """Say whether every label of a cutoff is certain by the end of the data.

    Parameters
    ----------
    horizon
        The horizon that the cutoff should cover; by default the first.

    Examples
    --------
    >>> is_labelled(date(2025, 4, 1), date(2025, 5, 8), ChurnSettings(horizon=30, grace_days=7))
    True
    >>> is_labelled(date(2025, 4, 1), date(2025, 5, 8), ChurnSettings(horizons=[30, 60]), 60)
    False
    """
    end = horizon_end(cutoff, churn.lead_days, horizon or churn.horizon) + timedelta(days=churn.bridging_days)
    return end <= complete_to


def spans(days: list[date], churn: ChurnSettings, complete_to: date | None = None) -> ir.Table:
    """Give for each cutoff the instants between which churn counts.

    Parameters
    ----------
    complete_to
        The end of the data: with it each further horizon has a column of its own, such as ``counts_to_60``, empty
        where the cutoff does not cover it.
    """
    further = churn.further_horizons if complete_to is not None else []
    rows = []
    for day in days:
        row: list[datetime | None] = [midnight(day), midnight(day + timedelta(days=churn.lead_days))]
        row.append(midnight(horizon_end(day, churn.lead_days, churn.horizon)))
        for horizon in further:
            covered = complete_to is not None and is_labelled(day, complete_to, churn, horizon)
            row.append(midnight(horizon_end(day, churn.lead_days, horizon)) if covered else None)
        rows.append(row)
    columns = ["cutoff", "counts_from", "counts_to", *[f"counts_to_{horizon}" for horizon in further]]
    times = dict.fromkeys(columns, "timestamp(6)")
    return ibis.memtable(pd.DataFrame(rows, columns=columns).astype("datetime64[us]"), schema=times)


def spine(standing: ir.Table, observed_from: datetime) -> ir.Table:
    """Give the customers at risk at each cutoff, with their first start where the data saw it.

    Parameters
    ----------
    standing
        How each customer stood, by :func:`churnrisk.presence.standing.standing`.
    """
    rows = standing.filter(standing.state == "at_risk")
    seen = ibis.ifelse(rows.started_at >= observed_from, rows.started_at, ibis.null("timestamp"))
    return rows.select("customer_id", "cutoff", started_at=seen)
