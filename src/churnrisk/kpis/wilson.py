"""The 95 % interval of a share."""

import numpy as np
from scipy.special import ndtri

#: How many standard deviations hold 95 %.
_Z = float(ndtri(0.975))


def wilson(part: np.ndarray, whole: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give the lower and the upper end of the 95 % Wilson interval of shares.

    Parameters
    ----------
    part, whole
        Numbers of customers; whole above 0.

    Examples
    --------
    >>> low, high = wilson(np.array([3.0]), np.array([10.0]))
    >>> low.round(3).tolist(), high.round(3).tolist()
    ([0.108], [0.603])
    """
    share, spread = part / whole, _Z**2 / whole
    middle = (share + spread / 2) / (1 + spread)
    half = _Z / (1 + spread) * np.sqrt(share * (1 - share) / whole + spread / (4 * whole))
    return np.clip(middle - half, 0, 1), np.clip(middle + half, 0, 1)
