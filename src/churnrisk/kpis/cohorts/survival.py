"""Time to first churn: curves, their intervals, and tests between groups.

The curve is that of Kaplan and Meier; customers who were there before the data enter it at the age they had
(left truncation). Estimates and the log-rank test are those of statsmodels; the restricted mean follows
Klein and Moeschberger, Survival Analysis (2003), chapter 4.5.

Ages are counted in started days: who leaves within the first 24 hours leaves on day 1.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

Numbers = npt.NDArray[np.float64]

#: The mean length of a month.
DAYS_IN_MONTH = 365.25 / 12
#: Half the width of a 95 % interval, in standard errors.
WIDTH = 1.959963984540054


@dataclass(frozen=True)
class Estimate:
    """A number with its 95 % interval; empty where it cannot be told.

    Examples
    --------
    >>> Estimate(0.9, 0.8, 0.95).low
    0.8
    """

    value: float
    low: float
    high: float


NOTHING = Estimate(math.nan, math.nan, math.nan)
NEVER = Estimate(math.inf, math.inf, math.inf)


@dataclass(frozen=True, eq=False)
class Curve:
    """The share of customers who have not yet churned, by age; a step down on each day with a churn.

    Parameters
    ----------
    days
        Ages at which somebody churned, rising.
    at_risk
        Customers seen at that age who had not churned before.
    churned
        Customers who churned on that day.
    survival
        Share who stay beyond that day, 0 to 1.
    low, high
        Its 95 % interval (log-log); empty once nobody is left.
    median
        The first day beyond which fewer than half stay; infinite ends mean "not reached".
    customers
        Customers behind the curve.
    seen_days
        The age up to which somebody was in view on each day; infinite where all of them left. The curve says nothing
        beyond.
    cut_short
        Whether others were in view at higher ages only: they came into view too old to say how many had left before.
    """

    days: Numbers
    at_risk: Numbers
    churned: Numbers
    survival: Numbers
    low: Numbers
    high: Numbers
    median: Estimate
    customers: int
    seen_days: float
    cut_short: bool

    def at(self, day: float) -> Estimate:
        """Give the share who stay beyond a day; empty where that age was never seen."""
        if day > self.seen_days:
            return NOTHING
        place = int(np.searchsorted(self.days, day, side="right")) - 1
        if place < 0:
            return Estimate(1.0, math.nan, math.nan)
        return Estimate(float(self.survival[place]), float(self.low[place]), float(self.high[place]))

    def restricted_mean(self, within: float) -> Estimate:
        """Give the mean days as a customer among the first ones, with its 95 % interval.

        It is the area under the curve. Empty where the curve does not reach so far; the interval is empty where
        nobody churned.

        Parameters
        ----------
        within
            How many days of each customer's life count.

        Examples
        --------
        >>> made = curve(pd.DataFrame({"entry": 0, "days": [10, 20], "churned": True}))
        >>> made.restricted_mean(20).value
        15.0
        """
        if within > self.seen_days:
            return NOTHING
        steps = self.days < within
        days, share = self.days[steps], self.survival[steps]
        lengths = np.diff(np.concatenate([[0.0], days, [within]]))
        areas = lengths * np.concatenate([[1.0], share])
        mean = float(areas.sum())
        beyond = areas[::-1].cumsum()[::-1][1:]
        stay = self.at_risk[steps] - self.churned[steps]
        weight = np.divide(self.churned[steps], self.at_risk[steps] * stay, out=np.zeros_like(stay), where=stay > 0)
        error = math.sqrt(float((beyond**2 * weight).sum())) if len(days) else math.nan
        low, high = np.clip([mean - WIDTH * error, mean + WIDTH * error], 0.0, within)
        return Estimate(mean, float(low), float(high))

    def table(self) -> pd.DataFrame:
        """Give one row a step: ``days, at_risk, churned, survival, low, high``."""
        counts = {"at_risk": self.at_risk.astype("int64"), "churned": self.churned.astype("int64")}
        bounds = {"survival": self.survival, "low": self.low, "high": self.high}
        return pd.DataFrame({"days": self.days.astype("int64"), **counts, **bounds})


def curve(lifetimes: pd.DataFrame) -> Curve:
    """Estimate a curve by Kaplan and Meier.

    Parameters
    ----------
    lifetimes
        ``entry`` (age in days at which a customer came into view, 0 for who was seen from the start), ``days`` (age
        at the first churn, or up to which was seen that there was none; above ``entry``), ``churned``; and
        ``customers`` where a row stands for several.

    Examples
    --------
    Four customers: one leaves on day 3, one is seen up to day 5, one comes into view at day 4 and leaves on
    day 6, one is still there on day 9.

    >>> rows = pd.DataFrame({"entry": [0, 0, 4, 0], "days": [3, 5, 6, 9], "churned": [True, False, True, False]})
    >>> curve(rows).table()[["days", "at_risk", "survival"]].round(3).to_dict("list")
    {'days': [3, 6], 'at_risk': [3, 2], 'survival': [0.667, 0.333]}
    """
    from statsmodels.duration.survfunc import SurvfuncRight

    entry, days, churned, _ = _customers(lifetimes)
    customers, last = len(days), days.max(initial=0.0)
    seen_days = _in_view(entry, days)
    kept = entry < seen_days
    entry, days, churned = entry[kept], np.minimum(days[kept], seen_days), churned[kept] * (days[kept] <= seen_days)
    if not len(days):
        empty = np.empty(0)
        return Curve(empty, empty, empty, empty, empty, empty, NEVER, customers, 0.0, customers > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        found = SurvfuncRight(days, churned, entry=entry)
        found.surv_prob = found.surv_prob.round(12)  # a product of shares that is one half shall be one half
        middle = found.quantile(0.5)
        ends = found.quantile_ci(0.5) if len(found.surv_times) else (math.nan, math.nan)
        log = np.log(found.surv_prob)
        spread = WIDTH * found.surv_prob_se / (found.surv_prob * np.abs(log))
        low, high = found.surv_prob ** np.exp(spread), found.surv_prob ** np.exp(-spread)
    cut_short = bool(last > seen_days)
    all_left = not cut_short and len(found.surv_prob) > 0 and found.surv_prob[-1] == 0
    return Curve(
        days=_numbers(found.surv_times),
        at_risk=_numbers(found.n_risk),
        churned=_numbers(found.n_events),
        survival=_numbers(found.surv_prob),
        low=_numbers(low),
        high=_numbers(high),
        median=Estimate(*(math.inf if math.isnan(one) else float(one) for one in (middle, *ends))),
        customers=customers,
        seen_days=math.inf if all_left else seen_days,
        cut_short=cut_short,
    )


def _numbers(values: npt.ArrayLike) -> Numbers:
    return np.asarray(values, dtype="float64")


@dataclass(frozen=True)
class LogRank:
    """Whether groups lose their customers alike: the log-rank test over the whole of their curves.

    Parameters
    ----------
    statistic
        Chi-square, with ``degrees`` of freedom.
    p_value
        How often chance alone would part the curves so far or farther; empty where there is nothing to compare.
    why_not
        Why there is no answer.
    """

    statistic: float
    degrees: int
    p_value: float
    why_not: str = ""


def log_rank(lifetimes: pd.DataFrame, by: str = "value") -> LogRank:
    """Test whether groups differ in time to first churn, with customers entering at the age they had.

    Parameters
    ----------
    lifetimes
        As for :func:`curve`, and a column that names the group.

    Examples
    --------
    >>> rows = pd.DataFrame({"entry": 0, "days": [1, 2, 3, 7, 8, 9], "churned": True, "value": list("aaabbb")})
    >>> round(log_rank(rows).p_value, 3)
    0.025
    """
    from scipy.stats import chi2
    from statsmodels.duration.survfunc import survdiff

    entry, days, churned, group = _customers(lifetimes, by)
    groups = len(np.unique(group))
    if groups < 2:
        return LogRank(math.nan, 0, math.nan, "there is only one group to compare")
    if not churned.any():
        return LogRank(math.nan, groups - 1, math.nan, "nobody churned")
    try:
        statistic = float(survdiff(days, churned, group, entry=entry)[0])
    except np.linalg.LinAlgError:
        return LogRank(math.nan, groups - 1, math.nan, "the groups were never seen at the same ages")
    return LogRank(statistic, groups - 1, float(chi2.sf(statistic, groups - 1)))


def _customers(
    lifetimes: pd.DataFrame, by: str | None = None
) -> tuple[Numbers, Numbers, npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Give one entry a customer, as statsmodels wants it; groups as whole numbers."""
    entry = lifetimes["entry"].to_numpy(dtype="float64")
    days = lifetimes["days"].to_numpy(dtype="float64")
    churned = lifetimes["churned"].to_numpy(dtype="int64")
    group = np.zeros(len(days), dtype="int64") if by is None else pd.factorize(lifetimes[by], sort=True)[0]
    if "customers" not in lifetimes:
        return entry, days, churned, group
    times = lifetimes["customers"].to_numpy(dtype="int64")
    return np.repeat(entry, times), np.repeat(days, times), np.repeat(churned, times), np.repeat(group, times)


def _in_view(entry: Numbers, days: Numbers) -> float:
    """Give the last age up to which somebody was in view on each day: who had entered before and was still there."""
    last = int(days.max(initial=0))
    came = np.bincount(entry.astype("int64"), minlength=last + 1)
    went = np.bincount(days.astype("int64"), minlength=last + 1)
    on_the_next_day = came.cumsum() - went.cumsum()
    return float(np.flatnonzero(on_the_next_day == 0)[0])
