"""Probabilities corrected for how many were looked at."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt


def holm(p_values: Sequence[float] | npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Correct p-values by Holm's step-down method (1979); empty ones stay empty and do not count.

    Examples
    --------
    >>> holm([0.01, 0.04, float("nan"), 0.5]).tolist()
    [0.03, 0.08, nan, 0.5]
    """
    given = np.array(p_values, dtype="float64")
    known = np.flatnonzero(~np.isnan(given))
    order = known[np.argsort(given[known], kind="stable")]
    given[order] = np.minimum(np.maximum.accumulate(given[order] * np.arange(len(order), 0, -1)), 1.0)
    return given
