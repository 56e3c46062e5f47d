"""Alerts against companies whose truth is known: how often chance raises an alarm, how soon a rise is found.

The series are drawn, not read from tables: customers who leave by chance, lumps of MRR that go with them. Whole
companies, from tables to alerts, are in :mod:`churnrisk.bench.alert_companies`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import chi2

from churnrisk.kpis.alerts.series import Series
from churnrisk.kpis.alerts.watch import Watch
from churnrisk.settings.kpis import AlertSettings

#: Customers of each plan; the rise comes in the first.
PLANS = (2000, 2000, 1000, 500)
#: The rise that must be found, from 4 to 5.3 % a month.
RISE = 5.3 / 4
RATES = (0.015, 0.02, 0.03, 0.04)
NUMBERS = (5, 10, 20, 40)
#: Months within which a rise must be found.
WITHIN = 3
#: MRR of a customer: a lognormal law with this mean and spread.
MRR, LUMPS = 50.0, 0.8
#: Customers a month who pay less from then on, and how much of their MRR that is.
CONTRACTS, BY = 0.005, 0.4


@dataclass(frozen=True)
class Truth:
    """What a simulated company is like.

    Parameters
    ----------
    rate
        Monthly churn rate.
    known
        Months before those that are judged.
    judged
        Months that are judged.
    rise
        The first plan's rate is multiplied by so much in the judged months.
    times
        Variance between months over that of chance, in the first plan's size; months differ for all plans alike.
    december
        The rate of each twelfth month is multiplied by so much.
    """

    rate: float = 0.04
    known: int = 12
    judged: int = 12
    rise: float = 1.0
    times: float = 1.0
    december: float = 1.0


def draw(truth: Truth, rng: np.random.Generator, plans: Sequence[int] = PLANS) -> list[Series]:
    """Draw one company: churn rate and gross revenue churn, in the whole and in each plan.

    Examples
    --------
    >>> found = draw(Truth(), np.random.default_rng(1))
    >>> len(found), found[0].where, len(found[0].lost)
    (10, 'the whole', 24)
    """
    months = truth.known + truth.judged
    month = np.arange(months) % 12
    shared = np.ones(months)
    if truth.times > 1:
        shape = truth.rate * PLANS[0] / (truth.times - 1)
        shared = rng.gamma(shape, 1 / shape, months)
    parts = []
    for number, size in enumerate(plans):
        rate = truth.rate * shared * np.where(month == 11, truth.december, 1.0)
        if number == 0:
            rate[truth.known :] *= truth.rise
        left = rng.binomial(size, np.minimum(rate, 1.0))
        fewer = rng.binomial(size, CONTRACTS, months)
        parts.append([_lumps(rng, int(one), int(two)) for one, two in zip(left, fewer, strict=True)])
    drawn = np.array(parts)  # plan, month, what of it
    sizes = np.array(plans, dtype=float)
    found = []
    for value, size, lost in [
        ("all", sizes.sum(), drawn.sum(axis=0)),
        *((f"plan {n + 1}", size, drawn[n]) for n, size in enumerate(sizes)),
    ]:
        found += _two(value, size, lost, month)
    return found


def _lumps(rng: np.random.Generator, left: int, fewer: int) -> list[float]:
    """Draw the MRR lost in a month: customers left, customers who lost MRR, its sum, and sums of its powers."""
    paid = MRR * np.exp(LUMPS * rng.standard_normal(left + fewer) - LUMPS**2 / 2)
    paid[left:] *= BY
    return [left, left + fewer, paid.sum(), (paid**2).sum(), (paid**3).sum()]


def _two(value: str, size: float, lost: np.ndarray, month: np.ndarray) -> list[Series]:
    """Give churn rate and gross revenue churn of one part. Endless replicates give the sums of powers as moments."""
    months = len(lost)
    at_stake = np.full(months, size)
    names = [f"{n:02d}" for n in range(months)]
    split = "all" if value == "all" else "plan"
    rate = Series(
        kpi="churn_rate",
        split=split,
        value=value,
        kind="customers",
        lost=lost[:, 0],
        of=at_stake,
        customers=at_stake,
        ripe=months,
        period=names,
        start=names,
        end=names,
        month=month,
    )
    money = replace(
        rate,
        kpi="gross_revenue_churn",
        kind="money",
        lost=lost[:, 2],
        of=at_stake * MRR,
        variance=lost[:, 3],
        third=lost[:, 4],
        events=lost[:, 1],
    )
    return [rate, money]


def watching(known: int) -> Watch:
    """Give the watch as it is set by default, ready for so many months."""
    return Watch(AlertSettings(least_history=min(known, 6)), 12, 12)


@dataclass
class Alarms:
    """Alarms of companies where nothing changed.

    Parameters
    ----------
    lines
        Alerts, one a series and month.
    raised
        Alerts that had not been raised for the month before.
    years
        Simulated years.
    """

    lines: int = 0
    raised: int = 0
    years: int = 0

    @property
    def a_year(self) -> float:
        """Alerts a year, each month of the same alarm counted."""
        return self.lines / self.years

    @property
    def interval(self) -> tuple[float, float]:
        """Its 95 % interval, as if alerts came one by one."""
        low = chi2.ppf(0.025, 2 * self.lines) / 2 if self.lines else 0.0
        return float(low / self.years), float(chi2.ppf(0.975, 2 * self.lines + 2) / 2 / self.years)


def false_alarms(truth: Truth, years: int, seed: int) -> Alarms:
    """Count the alarms of companies in which nothing changed, one simulated year each."""
    rng = np.random.default_rng([seed, truth.known, round(100 * truth.times), round(100 * truth.december)])
    watch = watching(truth.known)
    found = Alarms(years=years)
    for _ in range(years):
        series = draw(truth, rng)
        allowed = watch.allowed(len(series))
        for one in series:
            before = False
            for at in range(truth.known, truth.known + truth.judged):
                chance = watch.judge(one, at).chance
                fired = chance <= allowed
                found.lines += fired
                found.raised += fired and not before
                before = fired
    return found


def found_within(truth: Truth, runs: int, seed: int, numbers: Sequence[int] = NUMBERS) -> dict[int, float]:
    """Give the share of runs in which the rise of the first plan was found in that plan, by number of series.

    Only the plan's own two series count; the other series do not change, and share the promise.
    """
    rng = np.random.default_rng([seed, round(10000 * truth.rate), truth.known])
    watch = watching(truth.known)
    least = []
    for _ in range(runs):
        own = [one for one in draw(truth, rng, PLANS[:1]) if one.split != "all"]
        months = range(truth.known, truth.known + truth.judged)
        least.append(min(watch.judge(one, at).chance for one in own for at in months))
    return {number: float(np.mean(np.array(least) <= watch.allowed(number))) for number in numbers}
