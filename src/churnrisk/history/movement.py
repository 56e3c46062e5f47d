"""What moved since the night before: how far, why, how long on the list, and who got better."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from churnrisk.history.better import BETTER_COLUMNS, better_of, points
from churnrisk.history.moved import Nights, Words, change_reasons
from churnrisk.history.places import Places
from churnrisk.history.store import History

#: What the list gains, directly behind the probability.
MOVEMENT = ("previous_probability", "change", "change_reason", "nights_on_list", "new_tonight")


@dataclass(frozen=True)
class Movement:
    """A night beside the one before.

    Parameters
    ----------
    at_risk
        The list, with ``previous_probability``, ``change`` in points, ``change_reason``, ``nights_on_list`` and
        ``new_tonight``.
    better
        Customers of the list before whose probability fell most, or who left the list and stayed customers.
    """

    at_risk: pd.DataFrame
    better: pd.DataFrame


def with_movement(
    at_risk: pd.DataFrame,
    scores: pd.DataFrame,
    shares: pd.DataFrame | None,
    history: History,
    cutoff: date,
    cards: Sequence[Mapping[str, Any]],
    *,
    features: pd.DataFrame | None = None,
    changes: Sequence[Mapping[str, Any]] = (),
    display: pd.DataFrame | None = None,
) -> Movement:
    """Set a night beside the newest one before its cutoff.

    On the first night ``nights_on_list`` is 1 and all else is empty; ``new_tonight``, too, because there is no list
    that a customer could have been missing from.

    Parameters
    ----------
    at_risk
        The list of the night.
    scores
        Everyone scored, with ``segment`` and ``model_version``.
    shares
        ``customer_id`` and each signal's share of the log-odds of everyone scored; without it no reason is told.
    cards
        The released model's cards: ``model.data["signals"]``.
    features
        Tonight's features of everyone scored, with ``customer_id``, so that reasons carry numbers.
    changes
        How a value of a signal reads: ``model.data.get("changes", [])``.
    display
        ``customer_id`` and the columns that tell who it is, for the list of who got better.
    """
    night = history.before(cutoff)
    if night is None:
        nobody = pd.DataFrame(columns=list(BETTER_COLUMNS))
        return Movement(_behind_probability(_first_night(at_risk)), _shown(nobody, display))
    before = history.scores(night)
    before = before[before["churn_probability"].notna()].reset_index(drop=True)
    tonight, then = Places(scores["customer_id"]), Places(before["customer_id"])
    moved = at_risk.assign(**_since(at_risk, before, then.of(at_risk["customer_id"])))
    better = better_of(scores, before, at_risk["customer_id"], tonight)
    told = pd.concat([moved[["customer_id", "change"]], better[["customer_id", "change"]]], ignore_index=True)
    kept = history.shares(night) if shares is not None else None
    nights = Nights(tonight, then, scores["model_version"], before["model_version"], shares, kept, features)
    reasons = change_reasons(told, nights, Words(cards, changes))
    moved["change_reason"], better["change_reason"] = reasons[: len(moved)], reasons[len(moved) :]
    return Movement(_behind_probability(moved), _shown(better, display))


def _first_night(at_risk: pd.DataFrame) -> pd.DataFrame:
    return at_risk.assign(
        previous_probability=np.nan,
        change=np.nan,
        change_reason="",
        nights_on_list=np.int32(1),
        new_tonight=pd.Series(pd.NA, index=at_risk.index, dtype="boolean"),
    )


def _since(at_risk: pd.DataFrame, before: pd.DataFrame, place: np.ndarray) -> dict[str, Any]:
    """Give each customer of the list its probability, and its nights on the list, of the night before."""
    previous = pd.Series(_at(before["churn_probability"], place, np.nan), index=at_risk.index)
    listed = _at(before["on_list"].fillna(False).astype(bool), place, False)
    nights = _at(before["nights_on_list"].fillna(0).astype("int32"), place, 0)
    return {
        "previous_probability": previous,
        "change": points(at_risk["churn_probability"], previous),
        "nights_on_list": np.where(listed, nights, 0).astype("int32") + np.int32(1),
        "new_tonight": pd.Series(~listed, index=at_risk.index, dtype="boolean"),
    }


def _at(values: pd.Series, place: np.ndarray, otherwise: object) -> np.ndarray:
    """Take values by place; -1 takes the other."""
    known = values.to_numpy()
    return np.append(known, np.array([otherwise], dtype=known.dtype))[place]


def _behind_probability(rows: pd.DataFrame) -> pd.DataFrame:
    """Put what moved behind the probabilities of the list."""
    names = [name for name in rows.columns if name not in MOVEMENT]
    last = max(at for at, name in enumerate(names) if str(name).startswith("churn_probability"))
    return rows[[*names[: last + 1], *MOVEMENT, *names[last + 1 :]]]


def _shown(better: pd.DataFrame, display: pd.DataFrame | None) -> pd.DataFrame:
    """Put who it is behind the id."""
    if display is None:
        return better
    names = [name for name in display.columns if name not in BETTER_COLUMNS]
    about = display.loc[display["customer_id"].isin(better["customer_id"]), ["customer_id", *names]]
    shown = better.merge(about, on="customer_id", how="left")
    return shown[["customer_id", *names, *[name for name in better.columns if name != "customer_id"]]]
