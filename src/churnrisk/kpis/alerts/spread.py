"""How much more the periods of a series vary than chance alone would let them."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import gammaln

Numbers = npt.NDArray[np.float64]

#: The chance, before anything is seen, that periods vary by chance alone.
PLAIN = 0.85
#: Otherwise the variance is so many times that of chance; each next one is so much less likely.
TIMES = np.array([1.0, 1.5, 2.25, 3.4, 5.1, 7.6, 11.4, 25.0, 60.0, 150.0, 400.0, 1000.0])
LESS = 0.9
_PRIOR = np.concatenate([[PLAIN], (1 - PLAIN) * LESS ** np.arange(1, len(TIMES))])
#: Less weight than this is nothing.
NEGLIGIBLE = 1e-5


@dataclass(frozen=True)
class Spread:
    """How likely it is that a series varies so many times as much as chance.

    Parameters
    ----------
    times
        Variance between periods over that of chance, 1 and more.
    weight
        How likely each is; they add up to 1.
    """

    times: Numbers
    weight: Numbers

    @property
    def mean(self) -> float:
        """The expected number of times."""
        return float(self.times @ self.weight)


#: By chance alone.
NO_MORE_THAN_CHANCE = Spread(np.array([1.0]), np.array([1.0]))


def spread(squares: float, freedom: float) -> Spread:
    """Weigh how much a series varies beyond chance, from how much its earlier periods did.

    Parameters
    ----------
    squares
        Sum over the earlier periods of (number - expected)² / variance by chance.
    freedom
        Earlier periods less what was estimated from them.

    Examples
    --------
    >>> round(spread(11.0, 11).mean, 2), round(spread(44.0, 11).mean, 1)
    (1.11, 4.6)
    """
    if freedom < 1:
        return NO_MORE_THAN_CHANCE
    half = freedom / 2
    seen = max(squares, 1e-9)
    likelihood = (half - 1) * np.log(seen) - half * np.log(2 * TIMES) - seen / (2 * TIMES) - gammaln(half)
    weight = _PRIOR * np.exp(likelihood - likelihood.max())
    weight = weight / weight.sum()
    kept = weight > NEGLIGIBLE
    return Spread(TIMES[kept], weight[kept] / weight[kept].sum())
