"""The 95 % interval of a share."""

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

#: How many standard deviations hold 95 %.
_Z = float(ndtri(0.975))

Numbers = npt.NDArray[np.float64]


def wilson(share: Numbers, counted: Numbers) -> tuple[Numbers, Numbers]:
    """Give the lower and the upper end of the 95 % interval of shares, by Wilson (1927).

    Parameters
    ----------
    share
        Between 0 and 1.
    counted
        How many independent customers each is a share of; above 0.

    Examples
    --------
    >>> low, high = wilson(np.array([0.3]), np.array([10.0]))
    >>> low.round(3).tolist(), high.round(3).tolist()
    ([0.108], [0.603])
    """
    spread = _Z**2 / counted
    middle = (share + spread / 2) / (1 + spread)
    half = _Z / (1 + spread) * np.sqrt(share * (1 - share) / counted + spread / (4 * counted))
    # None and all are their own ends; only rounding would say otherwise.
    return np.where(share <= 0, 0.0, middle - half), np.where(share >= 1, 1.0, middle + half)
