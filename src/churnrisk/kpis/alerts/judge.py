"""One series at one period: is it further from its expectation than chance explains?"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from churnrisk.kpis.alerts.chart import CustomerRate
from churnrisk.kpis.alerts.level import level_starts
from churnrisk.kpis.alerts.money import MoneyRate
from churnrisk.kpis.alerts.season import Season, enough_years, season
from churnrisk.kpis.alerts.series import LOOKS, Numbers, Places, Series
from churnrisk.kpis.alerts.spread import Spread, spread

#: Looking at one, two and three periods together multiplies false alarms by so much: each look's chance is, too.
SHARED = 1.5
#: With fewer losses in the earlier periods a revenue rate has no variance to speak of.
LEAST_LOSSES = 10
#: What the same months of earlier years show this often or more often is no alarm, even where the years do not agree
#: well enough to be called a season.
AS_BEFORE = 0.03
#: Halvings by which a limit is found.
STEPS = 16


@dataclass(frozen=True)
class Look:
    """The newest one, two or three periods beside what was expected of them.

    Parameters
    ----------
    periods
        How many.
    number
        The rate over them together.
    law
        What was expected.
    chance
        How often chance alone brings such a look or a further one, up or down; shared among the looks.
    direction
        1: higher than expected; -1: lower.
    earlier
        Places of the periods that made the expectation.
    beyond, certain
        Of the earlier periods since the last change of level and those looked at: number less season, and one over
        the variance by chance.
    season
        ``allowed for``, ``none seen``, ``cannot be told`` (two earlier years are not known), or ``not looked for``
        (such periods have no place in the year).
    """

    periods: int
    number: float
    law: CustomerRate | MoneyRate
    chance: float
    direction: int
    earlier: Places
    beyond: Numbers
    certain: Numbers
    season: str

    def limits(self, chance: float) -> tuple[float, float]:
        """Give the lowest and the highest rate that chance explains, if it may reach beyond so often."""
        one_side = chance / 2 / SHARED
        low = max(_limit(self.law.below, self.law, one_side, -1), self.law.floor)
        return low, _limit(self.law.above, self.law, one_side, 1)


def looks(series: Series, at: int, *, history: int, least_history: int, places: int) -> list[Look]:
    """Look at the newest one, two and three periods of a series.

    Parameters
    ----------
    at
        Place of the period to judge.
    history, least_history
        At most and at least so many earlier periods make the expectation.
    places
        Periods a year that a season may tell apart: 12, 4, or 0.

    Returns
    -------
    list
        One look each; fewer where there are too few earlier periods, none where nothing can be judged.
    """
    found = []
    for periods in range(1, LOOKS + 1):
        newest = np.arange(at - periods + 1, at + 1)
        if newest[0] < 0 or not (series.of[newest] > 0).all():
            break
        earlier = np.arange(max(0, newest[0] - history), newest[0])
        earlier = earlier[series.of[earlier] > 0]
        if len(earlier) < least_history:
            break
        look = _look(series, newest, earlier, least_history, places)
        if look is not None:
            found.append(look)
    return _same_side(found)


def _same_side(found: list[Look]) -> list[Look]:
    """Drop looks that only an earlier period carries: the newest one must lie on the same side."""
    return [one for one in found if one.periods == 1 or one.direction == found[0].direction]


def _look(series: Series, newest: Places, earlier: Places, least: int, places: int) -> Look | None:
    unit = _unit(series, earlier, newest)
    if unit <= 0:
        return None
    certain = series.of / unit
    year, since = _year_and_level(series, earlier, certain, least, places)
    law = _law(series, newest, since, unit, _third(series, earlier, newest), _varies(series, since, certain, year))
    plain = law
    if year is not None:
        law = _in_season(plain, series, newest, since, year.adds, year.unsure)
    rate = float(series.lost[newest].sum() / series.of[newest].sum())
    higher = rate >= law.expected
    chance = _beyond(law, rate, higher=higher)
    if year is not None and year.twice[series.month[newest]].all():
        as_seen = _in_season(plain, series, newest, since, year.as_seen, year.as_unsure)
        before = _beyond(as_seen, rate, higher=higher)
        chance = max(chance, before) if before > AS_BEFORE else chance
    compared = np.concatenate([since, newest])
    return Look(
        periods=len(newest),
        number=rate,
        law=law,
        chance=min(1.0, 2 * SHARED * chance),
        direction=1 if higher else -1,
        earlier=since,
        beyond=series.number[compared] - _adds(series, compared, year),
        certain=certain[compared],
        season=_told(year, places),
    )


def _told(year: Season | None, places: int) -> str:
    if year is None:
        return "cannot be told" if places > 1 else "not looked for"
    return "allowed for" if year.there else "none seen"


def _unit(series: Series, earlier: Places, newest: Places) -> float:
    """Give the variance of what is lost, for each customer or each unit of MRR at stake."""
    if series.kind == "customers":
        rate = (series.lost[earlier].sum() + 0.5) / (series.of[earlier].sum() + 1.0)
        return float(rate * (1 - rate))
    if series.events[earlier].sum() < LEAST_LOSSES:
        return 0.0
    both = np.concatenate([earlier, newest])
    return float(series.variance[both].sum() / series.of[both].sum())


def _third(series: Series, earlier: Places, newest: Places) -> float:
    both = np.concatenate([earlier, newest])
    return 0.0 if series.kind == "customers" else float(series.third[both].sum() / series.of[both].sum())


def _year_and_level(
    series: Series, earlier: Places, certain: Numbers, least: int, places: int
) -> tuple[Season | None, Places]:
    """Tell the season from changes of level; give the earlier periods of the level in force."""
    number, weight = series.number[earlier], certain[earlier]
    if not enough_years(len(earlier), places):
        return None, earlier[level_starts(number, weight, least)[-1] :]
    year = season(number - np.average(number, weights=weight), weight, series.month[earlier], places)
    starts = level_starts(number - year.adds[series.month[earlier]], weight, least)
    if len(starts) > 1:
        plain = number - year.adds[series.month[earlier]]
        parts = zip(np.split(plain, starts[1:]), np.split(weight, starts[1:]), strict=True)
        level = np.concatenate([np.full(len(part), np.average(part, weights=each)) for part, each in parts])
        year = season(number - level, weight, series.month[earlier], places)
    return year, earlier[starts[-1] :]


def _varies(series: Series, since: Places, certain: Numbers, year: Season | None) -> Spread:
    """Weigh how much more than chance the earlier periods vary, around the season where there is one."""
    if year is not None and year.there:
        return spread(year.squares, year.freedom)
    number, weight = series.number[since], certain[since]
    return spread(float(weight @ (number - np.average(number, weights=weight)) ** 2), len(since) - 1.0)


def _adds(series: Series, at: Places, year: Season | None) -> Numbers:
    return np.zeros(len(at)) if year is None else year.adds[series.month[at]]


def _law(
    series: Series, newest: Places, since: Places, unit: float, third: float, varies: Spread
) -> CustomerRate | MoneyRate:
    lost, of, now = (float(one.sum()) for one in (series.lost[since], series.of[since], series.of[newest]))
    if series.kind == "customers":
        return CustomerRate(lost, of, now, varies)
    floor = 0.0 if (series.lost >= 0).all() else -np.inf
    return MoneyRate(lost, of, now, unit, third, varies, floor=floor)


def _in_season(
    law: CustomerRate | MoneyRate, series: Series, newest: Places, since: Places, adds: Numbers, unsure: Numbers
) -> CustomerRate | MoneyRate:
    """Move an expectation by what the months looked at add beyond those it comes from."""
    share = series.of[newest] / law.now
    moved = float(share @ adds[series.month[newest]])
    moved -= float(series.of[since] @ adds[series.month[since]]) / law.of
    return replace(law, moved=moved, unsure=float(share**2 @ unsure[series.month[newest]]))


def _beyond(law: CustomerRate | MoneyRate, rate: float, *, higher: bool) -> float:
    return law.above(rate) if higher else law.below(rate)


def _limit(tail: Callable[[float], float], law: CustomerRate | MoneyRate, chance: float, side: int) -> float:
    """Find the rate furthest on one side that chance still explains."""
    inside, outside = law.expected, law.expected + side * law.reach()
    for _ in range(STEPS):
        middle = (inside + outside) / 2
        inside, outside = (middle, outside) if tail(middle) > chance else (inside, middle)
    return inside
