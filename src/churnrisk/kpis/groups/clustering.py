"""Centres, and which of them lies nearest."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import numpy.typing as npt
from sklearn.cluster import KMeans
from threadpoolctl import threadpool_limits

from churnrisk.kpis.groups.scaling import Array

Places = npt.NDArray[np.int64]

#: Starts of each fit; the best counts.
STARTS = 5


@contextmanager
def one_thread() -> Iterator[None]:
    """Add up in one order: the same centres on any number of threads."""
    with threadpool_limits(limits=1):
        yield


def centres_of(rows: Array, groups: int, seed: int, *, starts: int = STARTS) -> Array:
    """Find so many centres, the one with most customers first; to be called within :func:`one_thread`.

    Examples
    --------
    >>> with one_thread():
    ...     centres_of(np.array([[0.0], [0.0], [0.2], [9.0], [9.2]]), 2, 0).round(2).tolist()
    [[0.07], [9.1]]
    """
    found = KMeans(groups, n_init=starts, random_state=seed).fit(rows)
    sizes = np.bincount(found.labels_, minlength=groups)
    order = np.lexsort((*found.cluster_centers_.T[::-1], -sizes))
    return np.asarray(found.cluster_centers_[order], dtype=np.float64).round(9)


def nearest(rows: Array, centres: Array) -> Places:
    """Give for each row the place of the nearest centre; ties fall to the first.

    Examples
    --------
    >>> nearest(np.array([[0.1], [8.0]]), np.array([[0.0], [9.0]])).tolist()
    [0, 1]
    """
    apart = ((rows[:, None, :] - centres[None, :, :]) ** 2).sum(axis=2)
    return apart.argmin(axis=1).astype(np.int64)
