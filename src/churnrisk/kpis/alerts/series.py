"""A watched series: one number a period, of one key figure, in the whole or in one part."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

#: Up to so many of the newest periods are looked at together: one, two, three.
LOOKS = 3


@dataclass(frozen=True)
class Series:
    """One watched series, oldest period first.

    Parameters
    ----------
    kpi
        Name of the key figure.
    split, value
        The part of the company: ``plan`` and ``pro``; both ``all`` for the whole.
    kind
        ``customers``: a share of customers; ``money``: a share of MRR.
    lost, of
        Numerator and denominator in each period, in the direction of a loss.
    customers
        Customers at each period's start.
    ripe
        So many of the oldest periods can be judged: what happened in them is final.
    variance, third
        Moments of the lost MRR in each period, by resampling customers; empty for customers.
    events
        Customers whose MRR changed in each period; empty for customers.
    month
        Place of each period in the year, from 0 on; empty where periods have none.
    period, start, end
        Each period's name, its first day, and the first day after it.
    mrr_each
        Mean MRR of one customer in the numerator in each period, where it is known.
    """

    kpi: str
    split: str
    value: str
    kind: Literal["customers", "money"]
    lost: Numbers
    of: Numbers
    customers: Numbers
    ripe: int
    period: Sequence[str]
    start: Sequence[str]
    end: Sequence[str]
    variance: Numbers = field(default_factory=lambda: np.empty(0))
    third: Numbers = field(default_factory=lambda: np.empty(0))
    events: Numbers = field(default_factory=lambda: np.empty(0))
    month: Places = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    mrr_each: Numbers = field(default_factory=lambda: np.empty(0))

    @property
    def where(self) -> str:
        """The part in words.

        Examples
        --------
        >>> none = np.empty(0)
        >>> Series("churn_rate", "plan", "pro", "customers", none, none, none, 0, [], [], []).where
        'plan = pro'
        """
        return "the whole" if self.split == "all" else f"{self.split} = {self.value}"

    @property
    def number(self) -> Numbers:
        """The rate in each period, 0 to 1; empty where nothing is at stake."""
        return np.divide(self.lost, self.of, out=np.full(len(self.of), np.nan), where=self.of > 0)
