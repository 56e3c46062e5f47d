"""What came true of the nights whose horizon has passed, and what that says of the model in use."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd

from churnrisk.flows.monitor_nights import SeenNight, version_of
from churnrisk.modeling.registry import Registered
from churnrisk.monitoring.kept import is_kept, keep, read_kept
from churnrisk.monitoring.outcomes import ALL, came_true, outcome_rows, with_truth
from churnrisk.monitoring.profile import Profile
from churnrisk.monitoring.verdict import Renewed, renew
from churnrisk.snapshots.build import Workshop
from churnrisk.snapshots.spine import is_labelled
from churnrisk.timeline import horizon_days

#: Nights that share the verdict lie at least this part of a horizon apart; months have 28 to 31 days.
APART = 0.9
#: What the verdict needs of a night.
POOLED = ["customer_id", "churn_probability", "segment", "churned"]


@dataclass(frozen=True)
class Truth:
    """What came true.

    Parameters
    ----------
    outcomes
        Every row that is kept.
    fresh
        Those of this run.
    verdict
        Of the model in use; None where none of its nights is due.
    """

    outcomes: pd.DataFrame
    fresh: pd.DataFrame
    verdict: Renewed | None = None
    notes: list[str] = field(default_factory=list)


def told_truth(
    workshop: Workshop,
    nights: Sequence[SeenNight],
    kept: Path,
    champion: Registered | None,
    profile: Profile | None,
    now: datetime,
) -> Truth:
    """Judge each night whose outcome became known, and renew the verdict of the model in use."""
    complete_to = workshop.tables.complete_to.date()
    due = [one for one in nights if is_labelled(one.cutoff, complete_to, workshop.settings.churn)]
    before = read_kept(kept)
    judged = _Judge(workshop, profile, champion, now)
    known = is_kept(pd.DataFrame([one.key for one in due], columns=["cutoff", "run"]), before)
    fresh_nights = [one for one, is_known in zip(due, known, strict=True) if not is_known]
    fresh = pd.DataFrame([line for one in fresh_nights for line in judged.lines(one)])
    outcomes = keep(kept, fresh)
    pooled = _pooled(outcomes, due, champion, workshop)
    rows = {one: judged.rows(one)[0][POOLED] for one in pooled}
    notes = [*judged.notes, *_changed(outcomes, rows)]
    if not due:
        notes.append(_first_due(nights, workshop))
    if champion is None or not pooled:
        return Truth(outcomes, fresh, None, notes)
    together = pd.concat([part.assign(cutoff=str(one.cutoff)) for one, part in rows.items()], ignore_index=True)
    settings = workshop.settings
    verdict = renew(
        together,
        settings.gate,
        base_rate=profile.churn_rate if profile else None,
        min_churners=settings.models.min_churners,
        seed=settings.models.seed,
    )
    return Truth(outcomes, fresh, verdict, notes)


class _Judge:
    """Reads nights with their labels."""

    def __init__(
        self, workshop: Workshop, profile: Profile | None, champion: Registered | None, now: datetime
    ) -> None:
        self.workshop = workshop
        self.profile = profile
        self.champion = champion
        self.now = now
        self.without: dict[str, int] = {}

    def rows(self, night: SeenNight) -> tuple[pd.DataFrame, dict[str, int]]:
        """Give a night's rows with labels, and how many have none, by reason."""
        return with_truth(night.scores(), came_true(self.workshop, night.cutoff))

    def lines(self, night: SeenNight) -> list[dict[str, object]]:
        """Judge one night; a night whose every customer lost its label gives one line with zeros."""
        rows, without = self.rows(night)
        for why, number in without.items():
            self.without[why] = self.without.get(why, 0) + number
        versions = rows["model_version"].dropna().unique()
        version = version_of(versions[0]) if len(versions) else None
        own = self.profile if self.champion is not None and version == self.champion.version else None
        shared = night.key | {
            "model": version,
            "judged_at": self.now.isoformat(timespec="seconds"),
            "complete_to": str(self.workshop.tables.complete_to.date()),
            "forecast": None if own is None else str(night.cutoff) > own.fitted_to,
            "without_label": sum(without.values()),
        }
        if rows.empty:
            return [{**shared, "part": ALL, "customers": 0, "churners": 0}]
        told = outcome_rows(rows, self.workshop.settings, own.churn_rate if own else None)
        return [{**shared, **line} for line in told]

    @property
    def notes(self) -> list[str]:
        """Say who of the nights judged has no label, and why."""
        return [f"{number:,} scores were not judged: {why}." for why, number in self.without.items()]


def _pooled(
    outcomes: pd.DataFrame, due: Sequence[SeenNight], champion: Registered | None, workshop: Workshop
) -> list[SeenNight]:
    """Choose the nights that the verdict stands on: of the model in use, no part of its fit, a horizon apart."""
    if champion is None or outcomes.empty:
        return []
    whole = outcomes[
        (outcomes["part"] == ALL) & (outcomes["model"] == champion.version) & (outcomes["customers"] > 0)
    ]
    honest = set(whole[whole["forecast"].fillna(True).astype(bool)]["cutoff"])
    least = timedelta(days=APART * horizon_days(workshop.settings.churn.horizon))
    chosen: list[SeenNight] = []
    for one in reversed(due):
        if str(one.cutoff) in honest and (not chosen or chosen[-1].cutoff - one.cutoff >= least):
            chosen.append(one)
    return chosen[: workshop.settings.monitor.judged_nights][::-1]


def _changed(outcomes: pd.DataFrame, pooled: Mapping[SeenNight, pd.DataFrame]) -> list[str]:
    """Say where the tables tell another outcome now than when it was written down; what was written stays."""
    whole = outcomes[outcomes["part"] == ALL] if len(outcomes) else outcomes
    told = []
    for one, rows in pooled.items():
        kept = whole[(whole["cutoff"] == str(one.cutoff)) & (whole["run"] == one.run)]
        was = (int(kept["customers"].iloc[0]), int(kept["churners"].iloc[0]))
        now = (len(rows), int(rows["churned"].sum()))
        if was != now:
            told.append(
                f"The tables changed since {one.cutoff} was judged: {was[1]:,} of {was[0]:,} customers had left, and "
                f"now it is {now[1]:,} of {now[0]:,}. What was written down stays."
            )
    return told


def _first_due(nights: Sequence[SeenNight], workshop: Workshop) -> str:
    """Say when the first outcome will be known."""
    churn, first = workshop.settings.churn, nights[0].cutoff
    day = first + timedelta(days=churn.settled_days)
    return f"No outcome is known yet: that of {first} is once the data reach {day}."
