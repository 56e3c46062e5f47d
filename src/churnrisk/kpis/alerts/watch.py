"""All watched series together: one promise of false alarms, shared by every series and every look."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from churnrisk.kpis.alerts.judge import Look, looks
from churnrisk.kpis.alerts.level import began
from churnrisk.kpis.alerts.series import Series
from churnrisk.settings.kpis import AlertSettings

#: A shift is followed back over at most so many periods.
FURTHEST = 12


@dataclass(frozen=True)
class Judged:
    """One series at one period.

    Parameters
    ----------
    looks
        The newest one, two and three periods against their expectation; empty where nothing can be judged.
    why_not
        Why it is not judged.
    """

    series: Series
    at: int
    looks: list[Look]
    why_not: str = ""

    @property
    def chance(self) -> float:
        """How often chance alone brings a period like this or a further one."""
        return min((one.chance for one in self.looks), default=1.0)

    @property
    def look(self) -> Look:
        """The look that is hardest to explain by chance."""
        return min(self.looks, key=lambda one: one.chance)


@dataclass(frozen=True)
class Alert:
    """One series that moved more than chance explains.

    Parameters
    ----------
    judged
        The series and how it was looked at.
    since
        Place of the period since which it most likely runs higher or lower.
    raised
        Place of the first period of those before it that raised the same alarm.
    per_years
        Chance alone raises such an alarm once in so many years, over all watched series.
    """

    judged: Judged
    since: int
    raised: int
    per_years: float


@dataclass(frozen=True)
class Watch:
    """Judges series; keeps the promise.

    Parameters
    ----------
    settings
        How many false alarms a year, and how much history.
    places
        Periods a year that a season may tell apart; 0 where there are none.
    tests_a_year
        How often a year each series is judged.
    """

    settings: AlertSettings
    places: int
    tests_a_year: float
    _known: dict[tuple[int, int], Judged] = field(default_factory=dict, repr=False, compare=False)

    def allowed(self, judged: int) -> float:
        """Give the chance at which one of so many judged series raises an alarm.

        Examples
        --------
        >>> round(1 / Watch(AlertSettings(), 12, 12).allowed(10))
        120
        """
        return self.settings.false_alarms / (max(judged, 1) * self.tests_a_year)

    def judge(self, series: Series, at: int) -> Judged:
        """Judge one series at one period; what was judged once is remembered."""
        key = id(series), at
        if key not in self._known:
            self._known[key] = self._judge(series, at)
        return self._known[key]

    def _judge(self, series: Series, at: int) -> Judged:
        why = self._not_judged(series, at)
        if why:
            return Judged(series, at, [], why)
        settings = self.settings
        found = looks(series, at, history=settings.history, least_history=settings.least_history, places=self.places)
        return Judged(series, at, found, "" if found else "too little was lost in the earlier periods to tell chance")

    def _not_judged(self, series: Series, at: int) -> str:
        least = self.settings.least_customers
        if not 0 <= at < series.ripe:
            return "the period is not complete"
        known = int((series.of[:at] > 0).sum())
        if known < self.settings.least_history:
            return f"{known} earlier periods; {self.settings.least_history} are needed"
        if not series.of[at] > 0:
            return "nothing at stake in the period"
        if series.customers[at] < least:
            return f"{series.customers[at]:,.0f} customers at the start; {least:g} are needed"
        if series.kind == "customers" and series.of[at] < least:
            return f"a rate over {series.of[at]:,.0f} customers; {least:g} are needed"
        return ""

    def step(self, series: Sequence[Series], *, back: int = 0) -> list[Judged]:
        """Judge every series at its newest period that can be judged, or so many periods before it."""
        return [self.judge(one, one.ripe - 1 - back) for one in series]

    def fired(self, step: Sequence[Judged]) -> list[Alert]:
        """Give the series of one step that moved more than chance explains, the least likely first."""
        number = judged_of(step)
        allowed = self.allowed(number)
        found = []
        for one in step:
            if one.looks and one.chance <= allowed:
                per_years = 1 / max(one.chance * number * self.tests_a_year, 1e-12)
                found.append(Alert(one, self._since(one), self._raised(one, allowed), per_years))
        return sorted(found, key=lambda alert: (alert.judged.chance, alert.judged.series.kpi))

    def _since(self, judged: Judged) -> int:
        look = judged.look
        newest = np.arange(judged.at - look.periods + 1, judged.at + 1)
        place = began(look.beyond, look.certain, look.direction)
        return int(np.concatenate([look.earlier, newest])[place])

    def _raised(self, judged: Judged, allowed: float) -> int:
        """Follow an alarm back over the periods before that raised it, too."""
        place = judged.at
        while place > max(0, judged.at - FURTHEST):
            before = self.judge(judged.series, place - 1)
            if before.chance > allowed or before.look.direction != judged.look.direction:
                break
            place -= 1
        return place


def judged_of(step: Sequence[Judged]) -> int:
    """Count the series of a step that could be judged."""
    return sum(bool(one.looks) for one in step)


def percent(rate: float) -> float:
    """Write a rate in percent.

    Examples
    --------
    >>> percent(0.0534567891)
    5.345679
    """
    return round(100 * rate, 6)
