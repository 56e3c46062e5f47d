"""A revenue rate against its expectation, from what resampling customers says of its variance and skewness.

Losses come in lumps: who leaves takes his MRR with him. Resampled customers give the variance and the third moment
of the lost MRR of each period. Under no change both grow with the MRR at stake, so those of all periods together hold
for each. The tail is that of Pearson's third kind with these moments: a normal law where there is no skewness.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import gammainc, gammaincc, ndtr

from churnrisk.kpis.alerts.spread import Spread

#: Below this skewness the law is normal.
STRAIGHT = 1e-3


@dataclass(frozen=True)
class MoneyRate:
    """What is expected of a revenue rate.

    Parameters
    ----------
    lost
        MRR lost in the earlier periods (net of expansion for the net rate; then it can be negative).
    of
        MRR at the starts of the earlier periods, added up.
    now
        The same of the periods looked at.
    variance, third
        Second and third central moment of the lost MRR, for each unit of MRR at a start.
    moved, unsure
        What the season adds to the rate, and the variance of that.
    spread
        How much more than chance the periods vary.
    floor
        No rate is lower: 0 where nothing is won back.
    """

    lost: float
    of: float
    now: float
    variance: float
    third: float
    spread: Spread
    moved: float = 0.0
    unsure: float = 0.0
    floor: float = -np.inf

    @property
    def expected(self) -> float:
        """The rate expected."""
        return self.lost / self.of + self.moved

    def above(self, number: float) -> float:
        """Say how often chance brings this rate or a higher one."""
        return self._tail(number - self.expected, 1.0)

    def below(self, number: float) -> float:
        """Say how often chance brings this rate or a lower one."""
        return self._tail(self.expected - number, -1.0)

    def reach(self) -> float:
        """Give a distance from the expectation beyond which chance hardly ever goes."""
        furthest = float(self.spread.times.max()) * self.variance * (1 / self.now + 1 / self.of) + self.unsure
        return 60 * float(np.sqrt(furthest))

    def _tail(self, beyond: float, side: float) -> float:
        variance = self.spread.times * self.variance * (1 / self.now + 1 / self.of) + self.unsure
        deviation = np.sqrt(np.maximum(variance, 1e-300))
        skewness = side * self.third * (self.now**-2.0 - self.of**-2.0) / deviation**3
        tails = [upper_tail(beyond / one, float(skew)) for one, skew in zip(deviation, skewness, strict=True)]
        return float(self.spread.weight @ np.array(tails))


def upper_tail(z: float, skewness: float) -> float:
    """Give the chance of z or more standard deviations under a law with this skewness.

    Examples
    --------
    >>> [round(upper_tail(3, skewness), 4) for skewness in (-0.5, 0, 0.5)]
    [0.0, 0.0013, 0.0054]
    """
    if abs(skewness) < STRAIGHT:
        return float(ndtr(-z))
    shape = 4 / skewness**2
    x = shape + z * np.sqrt(shape) * np.sign(skewness)
    if x <= 0:
        return 1.0 if skewness > 0 else 0.0
    return float(gammaincc(shape, x) if skewness > 0 else gammainc(shape, x))
