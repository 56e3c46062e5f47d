"""The month of the year: what it adds to a rate, as far as two earlier years agree on it."""

from dataclasses import dataclass

import numpy as np

from churnrisk.kpis.alerts.series import Numbers, Places

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
    squares, freedom
        How much periods still vary around it: sum of squares over variance by chance, and degrees of freedom.
    """

    adds: Numbers
    unsure: Numbers
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
    seen = int((weight > 0).sum())
    freedom = len(beyond) - seen
    within = float(certain @ (beyond - mean[month]) ** 2)
    between = float(weight @ mean**2) / max(seen - 1, 1)
    noise = max(within / max(freedom, 1), 1.0)
    typical = float((weight.sum() - (weight**2).sum() / weight.sum()) / max(seen - 1, 1))
    varies = max(0.0, (between - noise) / typical)
    if varies == 0.0:
        return Season(np.zeros(places), np.zeros(places), float(certain @ beyond**2), len(beyond) - 1.0)
    by_chance = np.divide(noise, weight, out=np.full(places, NOTHING), where=weight > 0)
    kept = varies / (varies + by_chance)
    return Season(kept * mean, kept * by_chance, within, float(freedom))
