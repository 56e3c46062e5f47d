"""A rate of customers against its expectation: exact tails, for small numbers as for large ones.

Of N customers in earlier periods S left; of n customers now x left. If nothing changed, x follows a beta-binomial
law, whose upper tail with Beta(S + 1, N - S) and lower tail with Beta(S, N - S + 1) are those of Fisher's exact test:
the uncertainty of an expectation from few periods counts, and the promised level is kept at any rate. Where periods
vary more than chance, or a season is only roughly known, the beta law is wider by as much.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import betaincc, betaln, gammaln

from churnrisk.kpis.alerts.spread import Spread

Numbers = npt.NDArray[np.float64]

#: From this standard deviation on, steps of one customer no longer matter and a beta law stands for the sum.
SMOOTH = 200.0


@dataclass(frozen=True)
class CustomerRate:
    """What is expected of a rate of customers.

    Parameters
    ----------
    left
        Customers who left in the earlier periods.
    of
        Customers in the earlier periods.
    now
        Customers in the periods looked at.
    moved
        What the season adds to the rate.
    unsure
        Variance of that.
    spread
        How much more than chance the periods vary.
    """

    left: float
    of: float
    now: float
    spread: Spread
    moved: float = 0.0
    unsure: float = 0.0

    floor = 0.0

    @property
    def expected(self) -> float:
        """The rate expected, 0 to 1."""
        return float(np.clip(self.left / self.of + self.moved, 0.0, 1.0))

    def above(self, number: float) -> float:
        """Say how often chance brings this rate or a higher one.

        Examples
        --------
        >>> from churnrisk.kpis.alerts.spread import NO_MORE_THAN_CHANCE
        >>> round(CustomerRate(3, 12, 10, NO_MORE_THAN_CHANCE).above(0.7), 4)  # Fisher: 7 of 10 against 3 of 12
        0.0456
        """
        left = _whole(number * self.now)
        if left <= 0:
            return 1.0
        a, b = self._beta(self.left + 1, self.of - self.left)
        return float(self.spread.weight @ tail_from(left, self.now, a, b))

    def below(self, number: float) -> float:
        """Say how often chance brings this rate or a lower one."""
        stayed = _whole((1 - number) * self.now)
        if stayed <= 0:
            return 1.0
        a, b = self._beta(self.left, self.of - self.left + 1)
        return float(self.spread.weight @ tail_from(stayed, self.now, b, a))

    def reach(self) -> float:
        """Give a distance from the expectation beyond which chance hardly ever goes."""
        widest = float(self.spread.times.max()) * (1 / self.now + 1 / self.of)
        rate = (self.left + 1) / (self.of + 1)
        return min(1.0, 30 * float(np.sqrt(rate * (1 - rate) * widest + self.unsure)) + 10 / self.now)

    def _beta(self, left: float, stayed: float) -> tuple[Numbers, Numbers]:
        """Give the beta law of the rate for each number of times that periods may vary."""
        of = left + stayed
        mean = float(np.clip(left / of + self.moved, 0.5 / of, 1 - 0.5 / of)) if self.moved else left / of
        times = self.spread.times
        within = 1 / (of + 1) + (times - 1) * (1 / of + 1 / self.now)
        within = within + self.unsure / max(mean * (1 - mean), 1e-12)
        size = 1 / np.minimum(within, 0.999) - 1
        return mean * size, (1 - mean) * size


def _whole(number: float) -> float:
    return float(np.ceil(number - 1e-6))


def tail_from(x: float, n: float, a: Numbers, b: Numbers) -> Numbers:
    """Give the chance of x or more of n under beta-binomial laws, one for each pair of a and b.

    Examples
    --------
    >>> tail_from(1, 2, np.array([1.0]), np.array([1.0])).round(3)  # 0, 1 and 2 are alike
    array([0.667])
    """
    size = a + b
    share = a / np.maximum(size, 1e-300)
    deviation = np.sqrt(n * share * (1 - share) * (1 + (n - 1) / (size + 1)))
    widest = float(deviation.max())
    if widest > SMOOTH:
        within = 1 / n + (1 - 1 / n) / (size + 1)
        size = 1 / np.minimum(within, 0.999) - 1
        return np.asarray(betaincc(share * size, (1 - share) * size, np.clip((x - 0.5) / n, 0, 1)))
    last = min(n, np.ceil(max(x, float((n * share).max())) + 25 * max(widest, 1.0)))
    k = np.arange(x, last + 1)
    ways = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
    positive = (a > 0) & (b > 0)
    safe_a, safe_b = np.where(positive, a, 1.0), np.where(positive, b, 1.0)
    log = ways + betaln(k + safe_a[:, None], n - k + safe_b[:, None]) - betaln(safe_a, safe_b)[:, None]
    total = np.minimum(np.exp(log).sum(axis=1), 1.0)
    return np.where(positive, total, np.where(a > 0, 1.0, 0.0))
