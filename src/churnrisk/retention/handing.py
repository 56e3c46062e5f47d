"""Who is handed to the team today, and who is left alone: everybody on the list stands in one place."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from churnrisk.retention.due import due_days
from churnrisk.retention.facts import Facts
from churnrisk.retention.holdout import held_out
from churnrisk.scoring.ranking import further_probabilities
from churnrisk.settings import PipelineSettings

TODAY, WAITING, HELD_OUT, COOLING_DOWN = "today", "waiting", "held_out", "cooling_down"
DO_NOT_CONTACT, LEAVING = "do_not_contact", "leaving"
#: What a customer on the list can be, in the order in which it is decided.
PLACES = (LEAVING, DO_NOT_CONTACT, COOLING_DOWN, HELD_OUT, TODAY, WAITING)
#: Columns that the team fills.
TO_FILL = ("contacted_at", "outcome", "note")


@dataclass(frozen=True)
class Handed:
    """The list, parted.

    Parameters
    ----------
    at_risk
        The list with ``status``, ``owner``, ``due``, ``last_contact_at``.
    today
        Whom the team contacts today, with empty columns to fill.
    held_out
        Left alone to measure the effect by.
    cooling_down
        Contacted a short time ago, with the day from which they may be contacted again.
    """

    at_risk: pd.DataFrame
    today: pd.DataFrame
    held_out: pd.DataFrame
    cooling_down: pd.DataFrame


def hand_out(
    at_risk: pd.DataFrame, leaving: pd.DataFrame, facts: Facts, settings: PipelineSettings, cutoff: date | None
) -> Handed:
    """Part the list into those for today, those who wait, and those who are left alone.

    Parameters
    ----------
    at_risk
        The ranked list, with ``action`` and, if there was a night before, ``change_reason``.
    leaving
        Customers whose end is known; nobody of them is handed out.
    cutoff
        The night's; empty for a flat source, where nothing is due and nobody cools down.
    """
    team = settings.team
    known = _beside(_beside(at_risk, facts.owner), facts.last_contact)
    known["owner"] = known["owner"].astype("str")
    segments = known["segment"].unique().tolist()
    due = dict(zip(segments, due_days(segments, settings, cutoff), strict=True))
    known["due"] = pd.to_datetime(known["segment"].map(due)).astype("datetime64[us]")
    cooling = _cooling(known["last_contact_at"], team.cooldown_days, cutoff)
    silent = known["customer_id"].isin(facts.do_not_contact["customer_id"]).to_numpy()
    gone = known["customer_id"].isin(leaving["customer_id"]).to_numpy()
    eligible = ~(gone | silent | cooling)
    drawn = np.zeros(len(known), dtype=bool)
    drawn[eligible] = held_out(
        known["customer_id"][eligible].tolist(), team.holdout_share, team.holdout_key or settings.name
    )
    free = eligible & ~drawn
    place = np.select(
        [gone, silent, cooling, drawn, free & _first(free, team.capacity_per_day)], PLACES[:-1], WAITING
    )
    known.insert(list(known.columns).index("segment") + 1, "status", place.astype(object))
    return Handed(
        at_risk=known[_in_order([str(name) for name in known.columns])],
        today=_today(known[place == TODAY], settings),
        held_out=_left_alone(known[place == HELD_OUT], settings, ()),
        cooling_down=_cooling_down(known[place == COOLING_DOWN], settings),
    )


def _in_order(columns: list[str]) -> list[str]:
    """Put what the team needs directly behind the action."""
    team = ["owner", "due", "last_contact_at"]
    rest = [name for name in columns if name not in team]
    place = rest.index("action") + 1
    return [*rest[:place], *team, *rest[place:]]


def _beside(rows: pd.DataFrame, facts: pd.DataFrame) -> pd.DataFrame:
    """Put facts beside their customers; where there are none, nothing is looked up."""
    if facts.empty:
        columns = {name: facts[name].reindex(rows.index) for name in facts.columns if name != "customer_id"}
        return rows.assign(**columns)
    return rows.merge(facts, on="customer_id", how="left", validate="1:1")


def _cooling(last_contact_at: pd.Series, days: int, cutoff: date | None) -> np.ndarray:
    """Say who was contacted less than so many days before the cutoff."""
    if cutoff is None:
        return np.zeros(len(last_contact_at), dtype=bool)
    since = pd.Timestamp(cutoff) - pd.Timedelta(days=days)
    return (pd.to_datetime(last_contact_at) > since).to_numpy(dtype=bool)


def _first(free: np.ndarray, capacity: int | None) -> np.ndarray:
    return np.ones(len(free), dtype=bool) if capacity is None else np.cumsum(free) <= capacity


def _today(rows: pd.DataFrame, settings: PipelineSettings) -> pd.DataFrame:
    """Lay out what the team reads, with empty columns to fill."""
    wanted = ["owner", "due", "segment", "churn_probability", *further_probabilities(rows), "expected_loss"]
    wanted += ["reason_1", "reason_2", "reason_3", "action", "change_reason", "last_contact_at"]
    shown = rows[["rank", "customer_id", *_display(rows, settings), *[name for name in wanted if name in rows]]]
    return shown.assign(**dict.fromkeys(TO_FILL)).reset_index(drop=True)


def _left_alone(rows: pd.DataFrame, settings: PipelineSettings, more: tuple[str, ...]) -> pd.DataFrame:
    columns = ["rank", "customer_id", *_display(rows, settings), "owner", "segment", "churn_probability"]
    return rows[[*columns, "expected_loss", *more]].reset_index(drop=True)


def _cooling_down(rows: pd.DataFrame, settings: PipelineSettings) -> pd.DataFrame:
    found = _left_alone(rows, settings, ("last_contact_at",))
    again = pd.to_datetime(found["last_contact_at"]).dt.normalize() + pd.Timedelta(days=settings.team.cooldown_days)
    return found.assign(contact_again_from=again)


def _display(rows: pd.DataFrame, settings: PipelineSettings) -> list[str]:
    own = {"rank", "customer_id", "owner", "due", "segment", "expected_loss", "action"}
    return [name for name in settings.list.display if name in rows and name not in own]
