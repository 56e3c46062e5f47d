"""Since when a rate has its level: changes that earlier periods already show, and the one that is looked at."""

import numpy as np
import numpy.typing as npt
from scipy.special import fdtrc

Numbers = npt.NDArray[np.float64]

#: An earlier change is taken for granted when chance shows one like it so often, over all periods it could begin at.
CERTAIN = 0.002
#: A level needs so many periods before a change.
BEFORE = 3
#: A change that is looked at began at most so many periods ago.
BACK = 12


def level_starts(number: Numbers, certain: Numbers, least: int) -> list[int]:
    """List the periods at which the level of a series changed for good, 0 first; the last level is the one in force.

    Parameters
    ----------
    number
        The rate in each period, less what the season adds.
    certain
        One over the variance by chance of each.
    least
        A new level needs so many periods.

    Examples
    --------
    >>> level_starts(np.array([4.0, 4, 4, 5, 4, 4, 9, 9, 8, 9, 9, 9]), np.ones(12), 6)
    [0, 6]
    """
    starts = [0]
    while True:
        first = starts[-1]
        found = _change(number[first:], certain[first:], least)
        if found is None:
            return starts
        starts.append(first + found)


def _change(number: Numbers, certain: Numbers, least: int) -> int | None:
    """Find the likeliest change of level, if chance hardly shows one like it."""
    periods = len(number)
    candidates = np.arange(BEFORE, periods - least + 1)
    if len(candidates) == 0 or periods < BEFORE + least:
        return None
    gained = gains(number, certain, candidates)
    best = int(gained.argmax())
    mean = np.average(number, weights=certain)
    left = float(certain @ (number - mean) ** 2) - gained[best]
    noise = max(left / (periods - 2), 1.0)
    chance = float(fdtrc(1, periods - 2, gained[best] / noise)) * len(candidates)
    return int(candidates[best]) if chance < CERTAIN else None


def gains(number: Numbers, certain: Numbers, candidates: npt.NDArray[np.int64]) -> Numbers:
    """Say how much better two levels explain a series than one, for each period at which the second may begin."""
    weight, total = np.cumsum(certain), np.cumsum(certain * number)
    before, after = weight[candidates - 1], weight[-1] - weight[candidates - 1]
    mean_before = total[candidates - 1] / before
    mean_after = (total[-1] - total[candidates - 1]) / after
    return np.asarray(before * after / (before + after) * (mean_after - mean_before) ** 2)


def began(number: Numbers, certain: Numbers, direction: int) -> int:
    """Find the period since which a series most likely runs higher (direction 1) or lower (-1).

    Examples
    --------
    >>> began(np.array([4.0, 4, 5, 4, 4, 7, 6]), np.ones(7), 1)
    5
    """
    periods = len(number)
    candidates = np.arange(max(BEFORE, periods - BACK), periods)
    weight, total = np.cumsum(certain), np.cumsum(certain * number)
    before = total[candidates - 1] / weight[candidates - 1]
    after = (total[-1] - total[candidates - 1]) / (weight[-1] - weight[candidates - 1])
    gained = np.where(direction * (after - before) > 0, gains(number, certain, candidates), -np.inf)
    return int(candidates[gained.argmax()])
