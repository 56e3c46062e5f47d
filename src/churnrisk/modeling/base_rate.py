"""What calibration does about a base rate that moves: follow it where it clearly moves, else leave it alone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from churnrisk.modeling.curves import shifted
from churnrisk.modeling.levels import Levels, Outlook, Scored, outlook, read_levels
from churnrisk.modeling.released import churn_model

_ROUNDS = 2


@dataclass(frozen=True)
class BaseRates:
    """The base rate of each cutoff, and what was done about it.

    Parameters
    ----------
    movement
        What it did, as `levels.Outlook` has it.
    sentence
        The same in words, with what was done.
    table
        One row a cutoff: cutoff, part, rows, churners, rate, level (log-odds above what the model expects), low, high
        (its 95 % interval).
    odds_ratio
        By what the odds of churn were multiplied, against a calibration that counts all cutoffs alike.
    """

    movement: str
    sentence: str
    table: pd.DataFrame = field(repr=False)
    odds_ratio: float = 1.0

    def as_dict(self) -> dict[str, Any]:
        """Give plain data for JSON."""
        return {
            "movement": self.movement,
            "sentence": self.sentence,
            "odds_ratio": self.odds_ratio,
            "cutoffs": self.table.to_dict("records"),
        }


@dataclass(frozen=True)
class Followed:
    """A curve at the level to expect, and what was found on the way."""

    plain: dict[str, Any]
    base_rates: BaseRates


def watch(plain: dict[str, Any], parts: Sequence[Scored]) -> BaseRates:
    """Say what the base rate did beside one curve, and leave the curve as it is."""
    levels = read_levels(_odds(plain, parts), parts)
    found = outlook(levels)
    return BaseRates(found.movement, _told(levels, found, "Nothing was done about it, as asked for."), _table(levels))


def follow(
    plain: dict[str, Any],
    parts: Sequence[Scored],
    refit: Callable[[np.ndarray], dict[str, Any]],
    *,
    ahead_days: float = 0.0,
) -> Followed:
    """Move a curve to the level to expect; a base rate that moves no more than chance leaves it exactly as it is.

    Parameters
    ----------
    plain
        The curve that counts all cutoffs alike.
    parts
        The rows that calibrate; then, where there are any, those that fitted the model.
    refit
        Fits the curve once more, given what each calibration row's cutoff adds to its log-odds: so the curve is not
        bent by levels that differ.
    """
    levels = read_levels(_odds(plain, parts), parts)
    found = outlook(levels, ahead_days=ahead_days)
    if found.movement in ("unknown", "chance"):
        return Followed(plain, BaseRates(found.movement, _told(levels, found, _LEFT[found.movement]), _table(levels)))
    days = pd.factorize(np.asarray(parts[0].cutoffs), sort=True)[0]
    bare, own = plain, levels
    for _ in range(_ROUNDS):
        offset = own.level[own.calibrates][days]
        bare = refit(offset - offset.mean())
        own = read_levels(_odds(bare, parts), parts)
    found = outlook(own, ahead_days=ahead_days, movement=found.movement)
    moved = shifted(bare, found.shift)
    ratio = _odds_ratio(plain, moved, parts[0])
    until = date.fromisoformat(levels.counts["cutoff"][levels.calibrates].max()) + timedelta(days=round(ahead_days))
    done = _DONE[found.movement].format(step=np.expm1(found.step), until=until, ratio=ratio)
    return Followed(moved, BaseRates(found.movement, _told(levels, found, done), _table(levels), ratio))


_LEFT = {
    "unknown": "There are too few cutoffs to tell a movement from chance; all calibration rows count alike.",
    "chance": "All calibration rows count alike.",
}
_DONE = {
    "scatter": "It did so without direction or memory: no single cutoff is followed, and their mean is taken "
    "(odds × {ratio:.2f} against counting all rows alike).",
    "walk": "The newest cutoffs resemble one another: the level leans on them (odds × {ratio:.2f} against counting "
    "all rows alike).",
    "trend": "The odds of churn changed steadily by {step:+.1%} a month: this is carried on to {until}, when the "
    "model can first be used, and no further (odds × {ratio:.2f} against counting all rows alike).",
}


def _told(levels: Levels, found: Outlook, done: str) -> str:
    order = np.argsort(levels.months, kind="stable")
    counts = levels.counts.iloc[order]
    rates = (counts["churners"] / counts["rows"]).to_numpy()
    days = counts["cutoff"].tolist()
    said = f"Churn was {rates[0]:.1%} at the cutoff {days[0]}"
    if len(days) > 1:
        said += f" and {rates[-1]:.1%} at {days[-1]} (lowest {rates.min():.1%}, highest {rates.max():.1%})"
    if found.p_value is None:
        return f"{said}. {done}"
    odds = "p < 0.001" if found.p_value < 0.001 else f"p = {found.p_value:.2g}"
    more = "no more than" if found.movement == "chance" else "by more than"
    return f"{said}; beside what the model expects it moved {more} chance ({odds}). {done}"


def _table(levels: Levels) -> pd.DataFrame:
    reach = 1.96 * np.sqrt(np.diag(levels.chance))
    parts = np.where(levels.calibrates, "calibration", "fit")
    counts = levels.counts
    told = counts.assign(
        part=parts,
        rate=counts["churners"] / counts["rows"],
        level=levels.level,
        low=levels.level - reach,
        high=levels.level + reach,
    )
    columns = ["cutoff", "part", "rows", "churners", "rate", "level", "low", "high"]
    return told[columns].sort_values(["cutoff", "part"], ignore_index=True)


def _odds(plain: dict[str, Any], parts: Sequence[Scored]) -> list[np.ndarray]:
    return [churn_model.calibrated(plain, part.log_odds) for part in parts]


def _odds_ratio(before: dict[str, Any], after: dict[str, Any], part: Scored) -> float:
    """Give how the odds of the whole changed: of expected churn over all calibration rows."""
    mean = [
        float(churn_model.probability(churn_model.calibrated(one, part.log_odds)).mean()) for one in (before, after)
    ]
    odds = [share / (1 - share) for share in mean]
    return odds[1] / odds[0]
