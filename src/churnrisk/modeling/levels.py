"""Base rates that move from cutoff to cutoff: how much of it is chance, and what level to expect next."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.linalg import cho_factor, cho_solve
from scipy.sparse import csr_array
from scipy.stats import chi2, t

from churnrisk.modeling.columns import group_codes
from churnrisk.modeling.released import churn_model

Movement = Literal["unknown", "chance", "scatter", "walk", "trend"]

DAYS_A_MONTH = 30.4375
_CHANCE = 0.05
_CLEARLY = 2.71  # twice the log-likelihood; one time in twenty by chance, for a variance that cannot be below 0
_SPREADS = np.array([0.0, *np.geomspace(0.01, 1.5, 12)])  # standard deviations of log-odds, a month or a cutoff


@dataclass(frozen=True)
class Scored:
    """Rows with a model's log-odds: what a level is read from.

    Parameters
    ----------
    log_odds
        The model's log-odds, before calibration.
    churned
        1 = left.
    groups
        The customer of each row.
    cutoffs
        The cutoff of each row, as a date or an instant.
    """

    log_odds: npt.NDArray[np.float64]
    churned: npt.NDArray[np.float64]
    groups: npt.NDArray[np.generic] | None
    cutoffs: npt.NDArray[np.generic]


@dataclass(frozen=True)
class Levels:
    """By how much log-odds churn at each cutoff lies above what the model expects, the oldest first.

    Parameters
    ----------
    months
        When each cutoff lies, in months after the first.
    calibrates
        Which cutoffs calibrate; the others fitted the model and only tell how much levels move.
    level
        The level of each cutoff.
    chance
        The covariance that chance alone gives, customers with rows at several cutoffs included.
    counts
        For each cutoff: cutoff, rows, churners.
    """

    months: npt.NDArray[np.float64]
    calibrates: npt.NDArray[np.bool_]
    level: npt.NDArray[np.float64]
    chance: npt.NDArray[np.float64]
    counts: pd.DataFrame = field(repr=False)


@dataclass(frozen=True)
class Outlook:
    """What the levels did, and the level to expect.

    Parameters
    ----------
    movement
        "chance": no more than chance; "scatter": more, but without memory; "walk": the next cutoff resembles the
        newest; "trend": a steady rise or fall; "unknown": too few cutoffs to say.
    p_value
        How often chance alone would make levels differ so much.
    step
        Rise of log-odds a month; only a trend has one.
    shift
        The level to expect, ``ahead`` days after the newest cutoff.
    """

    movement: Movement
    p_value: float | None = None
    step: float = 0.0
    shift: float = 0.0


def read_levels(odds: Sequence[np.ndarray], parts: Sequence[Scored]) -> Levels:
    """Read the level of each cutoff.

    Parameters
    ----------
    odds
        Calibrated log-odds of each part's rows, level left out.
    parts
        The rows that calibrate first; then, where there are any, those that fitted the model.
    """
    churned = np.concatenate([part.churned for part in parts]).astype(np.float64)
    rows = np.concatenate(odds)
    owner = np.repeat(np.arange(len(parts)), [len(part.churned) for part in parts])
    instants = np.concatenate([_instants(part.cutoffs) for part in parts])
    keys, place = np.unique(np.stack([instants, owner]), axis=1, return_inverse=True)
    place = place.ravel()
    count = keys.shape[1]
    level = _intercepts(rows, churned, place, count)
    chance = churn_model.probability(rows + level[place])
    known = np.bincount(place, weights=chance * (1 - chance), minlength=count)
    pulls = csr_array(((churned - chance) / known[place], (_people(parts), place)), shape=(len(rows), count))
    size = np.bincount(place, minlength=count)
    counts = pd.DataFrame(
        {
            "cutoff": [str(day)[:10] for day in keys[0].astype("datetime64[D]")],
            "rows": size,
            "churners": np.bincount(place, weights=churned, minlength=count).astype(np.int64),
        }
    )
    months = (keys[0] - keys[0].min()) / DAYS_A_MONTH
    return Levels(months, keys[1] == 0, level, (pulls.T @ pulls).toarray() + np.diag(0.25 / known**2), counts)


def outlook(levels: Levels, *, ahead_days: float = 0.0, movement: Movement | None = None) -> Outlook:
    """Say what the levels did, and what level to expect.

    The levels are split into a mean (one of the cutoffs that calibrate, one of those that fitted), perhaps a trend, a
    walk whose steps add up, scatter of single cutoffs, and chance, which is known. Each further part must be
    clear: scatter and walk once in twenty by chance, a trend likewise by its t value. The expected level is the best
    linear forecast from these parts, so it leans on the newest cutoffs by as much as the walk outweighs chance.

    Parameters
    ----------
    ahead_days
        How long after the newest cutoff the level is wanted.
    movement
        The kind of movement, where it is settled already.
    """
    X = np.column_stack([levels.calibrates, ~levels.calibrates]).astype(np.float64)
    X = X[:, X.any(axis=0)]
    free = len(levels.level) - X.shape[1]
    if free < 2:
        return Outlook("unknown")
    still = _fit(levels, X, 0.0, 0.0)
    p_value = float(chi2.sf(still.distance, free))
    sloped = np.column_stack([X, levels.months])
    steady = _best(levels, sloped, walks=True)
    kind = movement or _movement(levels, X, steady, p_value, free)
    if kind == "chance":
        return Outlook("chance", p_value)
    found = steady if kind == "trend" else _best(levels, X, walks=kind == "walk")
    when = levels.months[levels.calibrates].max() + ahead_days / DAYS_A_MONTH
    at = np.zeros(found.weights.shape)
    at[0] = 1.0
    if kind == "trend":
        at[-1] = when
    near = found.walk**2 * levels.months
    shift = float(at @ found.weights + near @ found.solved)
    return Outlook(kind, p_value, float(found.weights[-1]) if kind == "trend" else 0.0, shift)


@dataclass(frozen=True)
class _Found:
    """Parts of the levels under one walk and one scatter."""

    walk: float
    likelihood: float
    distance: float
    weights: np.ndarray
    errors: np.ndarray
    solved: np.ndarray


def _movement(levels: Levels, X: np.ndarray, steady: _Found, p_value: float, free: int) -> Movement:
    if p_value > _CHANCE:
        return "chance"
    if free >= 3 and abs(steady.weights[-1]) > t.ppf(1 - _CHANCE / 2, free - 1) * steady.errors[-1]:
        return "trend"
    walk, scatter = _best(levels, X, walks=True), _best(levels, X, walks=False)
    return "walk" if 2 * (walk.likelihood - scatter.likelihood) > _CLEARLY else "scatter"


def _best(levels: Levels, X: np.ndarray, *, walks: bool) -> _Found:
    """Find the walk and the scatter under which the levels are likeliest."""
    walked = _SPREADS if walks else _SPREADS[:1]
    return max(
        (_fit(levels, X, walk, scatter) for walk in walked for scatter in _SPREADS), key=lambda one: one.likelihood
    )


def _fit(levels: Levels, X: np.ndarray, walk: float, scatter: float) -> _Found:
    """Fit the means (and trend) by generalised least squares; the likelihood is the restricted one."""
    together = np.minimum.outer(levels.months, levels.months)
    spread = levels.chance + walk**2 * together + scatter**2 * np.eye(len(levels.level))
    factor = cho_factor(spread)
    weighed = cho_solve(factor, X)
    bend = X.T @ weighed
    weights = np.linalg.solve(bend, weighed.T @ levels.level)
    rest = levels.level - X @ weights
    solved = cho_solve(factor, rest)
    distance = float(rest @ solved)
    size = 2 * np.log(np.diag(factor[0])).sum() + np.linalg.slogdet(bend)[1]
    errors = np.sqrt(np.diag(np.linalg.inv(bend)))
    return _Found(walk, -0.5 * float(size + distance), distance, weights, errors, solved)


def _intercepts(odds: np.ndarray, churned: np.ndarray, place: np.ndarray, count: int) -> np.ndarray:
    """Give each cutoff the level at which expected churn is the observed; half a row away from none and all."""
    size = np.bincount(place, minlength=count)
    wanted = np.clip(np.bincount(place, weights=churned, minlength=count), 0.5, size - 0.5)
    level = np.zeros(count)
    for _ in range(100):
        chance = churn_model.probability(odds + level[place])
        miss = wanted - np.bincount(place, weights=chance, minlength=count)
        bend = np.bincount(place, weights=chance * (1 - chance), minlength=count)
        step = np.clip(miss / np.maximum(bend, 1e-12), -2.0, 2.0)
        level += step
        if np.abs(step).max() < 1e-10:
            break
    return level


def _people(parts: Sequence[Scored]) -> np.ndarray:
    """Number the customers over all parts; without customers each row stands for itself."""
    rows = sum(len(part.churned) for part in parts)
    if any(part.groups is None for part in parts):
        return np.arange(rows)
    return group_codes(np.concatenate([np.asarray(part.groups) for part in parts]), rows)


def _instants(cutoffs: np.ndarray) -> np.ndarray:
    """Give cutoffs as days since 1970."""
    return (
        pd.to_datetime(pd.Series(np.asarray(cutoffs))).to_numpy().astype("datetime64[s]").astype(np.float64) / 86_400
    )
