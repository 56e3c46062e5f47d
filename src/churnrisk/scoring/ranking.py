"""The ranked list: who is at risk, how much is at stake, why, and what to do."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from churnrisk.settings import EconomicsSettings, ListSettings

REASONS = ("reason_1", "reason_2", "reason_3", "driver_1", "driver_2", "driver_3")
CHANGES = ("best_change", "best_change_probability")
_FURTHER = re.compile(r"churn_probability_\d+")


@dataclass(frozen=True)
class Stamp:
    """What every row of a list says of its night: cutoff, horizon, model."""

    cutoff: date
    horizon_days: int
    model_version: str


@dataclass(frozen=True)
class TimelessStamp:
    """What every row of a list from a flat source says: the model; cutoff and horizon stay empty."""

    model_version: str
    cutoff: None = None
    horizon_days: None = None


def with_expected_loss(scored: pd.DataFrame, economics: EconomicsSettings) -> pd.DataFrame:
    """Add the money at stake: probability x MRR x months, in cents; empty without MRR.

    Examples
    --------
    >>> rows = pd.DataFrame({"churn_probability": [0.5], "mrr": [10.0]})
    >>> with_expected_loss(rows, EconomicsSettings()).expected_loss.iloc[0].item()
    60.0
    """
    loss = scored["churn_probability"] * scored["mrr"].astype("float64") * economics.months_at_stake
    return scored.assign(expected_loss=loss.round(2))


def ranked(scored: pd.DataFrame, settings: ListSettings) -> pd.DataFrame:
    """Order customers by what is at stake and number them from 1; ties fall by ``customer_id``.

    Without any MRR the order is that of the probability.

    Examples
    --------
    >>> rows = pd.DataFrame({"customer_id": ["b", "a"], "churn_probability": [0.2, 0.2], "expected_loss": [9.0, 9.0]})
    >>> ranked(rows, ListSettings()).customer_id.tolist()
    ['a', 'b']
    """
    by_money = settings.rank_by == "expected_loss" and bool(scored["expected_loss"].notna().any())
    keys = ["expected_loss", "churn_probability"] if by_money else ["churn_probability", "expected_loss"]
    order = scored.sort_values(
        [*keys, "customer_id"], ascending=[False, False, True], na_position="last", kind="stable"
    ).reset_index(drop=True)
    order.insert(0, "rank", np.arange(1, len(order) + 1))
    return order


def further_probabilities(scored: pd.DataFrame) -> list[str]:
    """Name the probabilities of further horizons, the shortest horizon first.

    Examples
    --------
    >>> further_probabilities(pd.DataFrame(columns=["churn_probability_90", "segment", "churn_probability_60"]))
    ['churn_probability_60', 'churn_probability_90']
    """
    found = [name for name in scored.columns if _FURTHER.fullmatch(name)]
    return sorted(found, key=lambda name: int(name.rsplit("_", 1)[1]))


def with_further(columns: Sequence[str], scored: pd.DataFrame) -> list[str]:
    """Put the probabilities of further horizons directly behind that of the first."""
    place = list(columns).index("churn_probability") + 1
    return [*columns[:place], *further_probabilities(scored), *columns[place:]]


def at_risk_list(
    scored: pd.DataFrame, display: list[str], stamp: Stamp | TimelessStamp, listing: ListSettings, standing: list[str]
) -> pd.DataFrame:
    """Take the customers of the segments at risk, ranked, with reasons, action and the night's stamp.

    Parameters
    ----------
    scored
        Every customer scored, with ``segment``, ``mrr``, ``expected_loss``, reasons, drivers and action.
    display
        Columns of ``scored`` that tell the team who it is.
    standing
        The model's segments, riskiest first; by default all but the lowest are at risk.
    """
    wanted = listing.segments or standing[:-1]
    order = ranked(scored[scored["segment"].isin(wanted)], listing)
    columns = [
        "rank",
        "customer_id",
        *display,
        "segment",
        "churn_probability",
        "mrr",
        "expected_loss",
        *REASONS,
        *CHANGES,
    ]
    return order[with_further([*columns, "action"], order)].assign(
        cutoff=stamp.cutoff, horizon_days=stamp.horizon_days, model_version=stamp.model_version
    )
