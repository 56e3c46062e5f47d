"""The month of the year: what it adds to a rate, as far as two earlier years agree on it."""

from dataclasses import dataclass

import numpy as np
from scipy.special import fdtrc

from churnrisk.kpis.alerts.series import Flags, Numbers, Places

#: A season is there when chance makes the years agree as much, on all places or on one, less often than this.
BY_CHANCE = 0.1
#: The variance of what was never seen.
NOTHING = 1e300


@dataclass(frozen=True)
class Season:
    """What each place in the year adds to a rate.

    Parameters
    ----------
    adds
        One value a place (twelve months, four quarters).
    unsure
        Variance of each.
    as_seen, as_unsure
        The same as the years show it, not drawn towards nothing, and the variance of that.
    twice
        Whether a place was seen in two years.
    squares, freedom
        How much periods still vary around it: sum of squares over variance by chance, and degrees of freedom.
    """

    adds: Numbers
    unsure: Numbers
    as_seen: Numbers
    as_unsure: Numbers
    twice: Flags
    squares: float
    freedom: float

    @property
    def there(self) -> bool:
        """Whether the years agree on anything."""
        return bool(self.adds.any())


def enough_years(periods: int, places: int) -> bool:
    """Say whether two years are known, or will be with the periods looked at.

    Examples
    --------
    >>> enough_years(21, 12), enough_years(22, 12), enough_years(40, 0)
    (False, True, False)
    """
    return places > 1 and periods >= 2 * places - 2


def season(beyond: Numbers, certain: Numbers, month: Places, places: int) -> Season:
    """Estimate what each place in the year adds, drawn towards nothing as far as the years disagree.

    Parameters
    ----------
    beyond
        Number less expectation without a season, one a period.
    certain
        One over the variance by chance of each.
    """
    weight = np.bincount(month, certain, places)
    mean = np.divide(np.bincount(month, certain * beyond, places), weight, out=np.zeros(places), where=weight > 0)
    freedom = len(beyond) - int((weight > 0).sum())
    apart = np.bincount(month, certain * (beyond - mean[month]) ** 2, places)
    within = float(apart.sum())
    noise = max(within / max(freedom, 1), 1.0)
    twice = np.bincount(month, minlength=places) > 1
    agreed = np.where(twice, weight * mean**2, 0.0)
    seen = max(int(twice.sum()), 2)
    between = float(agreed.sum()) / (seen - 1)
    of = weight[twice]
    varies = (between - noise) * (seen - 1) / (of.sum() - (of**2).sum() / of.sum()) if seen > 2 else 0.0
    by_chance = np.divide(noise, weight, out=np.full(places, NOTHING), where=weight > 0)
    if varies <= 0.0 or _by_chance(agreed / np.maximum(apart, noise), between / noise, seen, freedom) > BY_CHANCE:
        none = np.zeros(places)
        return Season(none, none, mean, by_chance, twice, float(certain @ beyond**2), len(beyond) - 1.0)
    kept = varies / (varies + by_chance)
    return Season(kept * mean, kept * by_chance, mean, by_chance, twice, within, float(freedom))


def _by_chance(each: Numbers, together: float, seen: int, freedom: int) -> float:
    """Say how often chance makes the years agree so much: over all places, or on the one that stands out most.

    What stands out in one year alone does not: there the years lie as far apart as their mean from the others.
    """
    over_all = fdtrc(seen - 1, max(freedom, 1), together)
    return float(min(over_all, seen * fdtrc(1, max(freedom, 1), each.max())))
