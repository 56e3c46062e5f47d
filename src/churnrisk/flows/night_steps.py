"""What a night lays beside its scores: what moved since the night before, and what the team is handed."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from churnrisk.delivery.clock import Clock
from churnrisk.flows.night_files import Lists, lists_of
from churnrisk.history.movement import with_movement
from churnrisk.history.store import History, history_rows
from churnrisk.modeling.released.churn_model import ReleasedModel
from churnrisk.retention.actions import action_of
from churnrisk.retention.facts import Facts, team_facts
from churnrisk.retention.handing import hand_out
from churnrisk.retention.lost import lost
from churnrisk.scoring.score import Night, shares_of
from churnrisk.settings import PipelineSettings
from churnrisk.snapshots.build import Workshop


def history_of(settings: PipelineSettings) -> History:
    """Give the nights that are kept of a pipeline."""
    return History(settings.out_folder / "history")


@dataclass(frozen=True)
class Told:
    """A night's lists, and what the history keeps of it."""

    lists: Lists
    rows: pd.DataFrame
    shares: pd.DataFrame | None


def told(workshop: Workshop, model: ReleasedModel, night: Night, day: date, clock: Clock) -> Told:
    """Set a night beside the one before, and part its list for the team."""
    settings, history = workshop.settings, history_of(workshop.settings)
    with clock.step("history"):
        shares = shares_of(night.features, model)
        data = model.data
        moved = with_movement(
            night.at_risk,
            night.scores,
            shares,
            history,
            day,
            data["signals"],
            features=night.features,
            changes=data.get("changes", []),
            display=night.display,
        )
    with clock.step("delivery") as counts:
        parted = handed(moved.at_risk, night, team_facts(workshop, day), settings, day, data["signals"])
        gone = lost(workshop, day, night.display)
        counts |= {name: len(rows) for name, rows in [*parted.items(), ("lost", gone)]}
    with clock.step("history") as counts:
        rows = history_rows(night.scores, parted["at_risk"], night.leaving)
        counts["rows"] = len(rows)
    return Told(lists_of(night, {**parted, "lost": gone, "better": moved.better}), rows, shares)


def handed(
    at_risk: pd.DataFrame,
    night: Night,
    facts: Facts,
    settings: PipelineSettings,
    day: date | None,
    cards: list[Mapping[str, Any]],
) -> dict[str, pd.DataFrame]:
    """Give every list that the team is handed, with the action for each reason."""
    at_risk = at_risk.assign(action=action_of(at_risk, settings, cards))
    parted = hand_out(at_risk, night.leaving, facts, settings, day)
    return {
        "at_risk": parted.at_risk,
        "today": parted.today,
        "held_out": parted.held_out,
        "cooling_down": parted.cooling_down,
    }


@contextmanager
def kept(settings: PipelineSettings, day: date, name: str, found: Told, clock: Clock) -> Iterator[Callable[[], None]]:
    """Write what the history keeps beside the other nights; what is given puts it in its place."""
    history = history_of(settings)
    with ExitStack() as stack:
        with clock.step("history"):
            keep = stack.enter_context(history.staged(day, name, found.rows, found.shares))
        yield keep
