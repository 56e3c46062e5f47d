"""Who left against who did not: means and AUC of many columns at once, with intervals over customers.

Leavers are compared with others at the same cutoff only, so that neither season nor growth passes for a difference.
Rows of one customer at several cutoffs count as one customer in every interval.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import special

Array = npt.NDArray[Any]

#: Half the width of a 95 % interval, in standard errors.
Z = 1.959963984540054
#: A difference counts as beyond chance if its share of false finds is below this.
LEVEL = 0.05
#: Decimals that are kept, so that the same tables give the same figures on any number of threads.
DECIMALS = 9
COLUMNS = (
    "leavers",
    "others",
    "known_leavers",
    "known_others",
    "mean_leavers",
    "mean_others",
    "difference",
    "low",
    "high",
    "standardised",
    "auc",
    "auc_low",
    "auc_high",
    "p",
    "q",
)


@dataclass(frozen=True, eq=False)
class Contrast:
    """Two sets of rows to set against one another.

    Parameters
    ----------
    group
        What the leavers have in common.
    against
        Whom they are set against.
    leavers, others
        Which rows belong to which.
    """

    group: str
    against: str
    leavers: npt.NDArray[np.bool_]
    others: npt.NDArray[np.bool_]


def contrasts(rows: pd.DataFrame, columns: Sequence[str], wanted: Sequence[Contrast]) -> pd.DataFrame:
    """Compare columns between leavers and others, each leaver with the others at the same cutoff.

    Parameters
    ----------
    rows
        ``customer_id``, ``cutoff`` and the columns, as numbers; what is empty is left out of its column.

    Returns
    -------
    DataFrame
        One row a contrast and column: ``group, against, signal``; rows of ``leavers`` and ``others``, and the share
        of each for whom the column is known; the two means (the others' as if they had the leavers' cutoffs), their
        ``difference`` with a 95 % interval, the same in standard deviations; ``auc`` (how often a leaver has a higher
        value than another customer; 0.5 is no difference) with its interval; ``p``, and ``q``: the share of false
        finds if all columns of this contrast with so small a ``p`` are believed (Benjamini and Hochberg).

    Examples
    --------
    >>> rows = pd.DataFrame({"customer_id": list("abcdef"), "cutoff": 1, "used": [1.0, 2, 3, 7, 8, 9]})
    >>> left = np.array([True] * 3 + [False] * 3)
    >>> found = contrasts(rows, ["used"], [Contrast("all", "stayed", left, ~left)]).iloc[0]
    >>> float(found["mean_leavers"]), float(found["mean_others"]), float(found["auc"])
    (2.0, 8.0, 0.0)
    """
    people = pd.factorize(rows["customer_id"])[0]
    places = [np.sort(at) for at in rows.groupby("cutoff", sort=True).indices.values()]
    parts = []
    for name in columns:
        values = rows[name].to_numpy(dtype=np.float64, na_value=np.nan)
        sums = [_Sums(len(rows), int(people.max(initial=-1)) + 1) for _ in wanted]
        for at in places:
            _add_cutoff(values, people, at, wanted, sums)
        for one, total in zip(wanted, sums, strict=True):
            head = {"group": one.group, "against": one.against, "signal": name}
            counts = {"leavers": int(one.leavers.sum()), "others": int(one.others.sum())}
            parts.append(head | counts | total.result(values, one))
    found = pd.DataFrame(parts, columns=["group", "against", "signal", *COLUMNS[:-1]])
    by = [found["group"], found["against"]]
    found["q"] = found["p"].groupby(by, sort=False).transform(lambda p: false_finds(p.to_numpy()))
    return found.round(DECIMALS)


class _Sums:
    """What is summed over cutoffs for one contrast of one column."""

    def __init__(self, rows: int, people: int) -> None:
        self.leavers = 0
        self.wins = 0.0
        self.mean_leavers = 0.0
        self.mean_others = 0.0
        self.tied = 0.0
        self.against = 0
        self.count = np.zeros(people)
        self.won = np.zeros(people)
        self.apart = np.zeros(people)
        self.lost = np.zeros(people)
        self.shift = np.zeros(people)

    def add(self, x: Array, who: Array, ranked: "_Ranked") -> None:
        """Add the leavers of one cutoff, set against the others there."""
        left, right = np.searchsorted(ranked.values, x, "left"), np.searchsorted(ranked.values, x, "right")
        size, number = len(x), len(ranked.values)
        won = (left + right) / (2 * number)
        below = np.cumsum(np.bincount(left, minlength=number + 1))[:number]
        upto = np.cumsum(np.bincount(right, minlength=number + 1))[:number]
        lost = size - (below + upto) / 2  # how many leavers lie above each of the others, ties half
        self.leavers += size
        self.wins += won.sum()
        self.mean_leavers += x.sum()
        self.mean_others += size * ranked.mean
        self.tied += size * max(ranked.spread, _rank_spread(np.sort(x)))
        self.against += number
        self.count[who] += 1
        self.won[who] += won
        self.apart[who] += x - ranked.mean
        self.lost[ranked.who] += (lost - won.sum()) / number
        self.shift[ranked.who] += size * (ranked.values - ranked.mean) / number

    def result(self, values: Array, one: Contrast) -> dict[str, float]:
        """Turn the sums into means, AUC and intervals."""
        known = ~np.isnan(values)
        found = dict.fromkeys(COLUMNS[2:-1], np.nan)
        found["known_leavers"] = float(known[one.leavers].mean()) if one.leavers.any() else np.nan
        found["known_others"] = float(known[one.others].mean()) if one.others.any() else np.nan
        found["p"] = 1.0
        if not self.leavers:
            return found
        size = self.leavers
        auc = self.wins / size
        mean, other = self.mean_leavers / size, self.mean_others / size
        error = np.sqrt((((self.won - auc * self.count + self.lost) / size) ** 2).sum())
        error = max(error, np.sqrt(self.tied / size * (1 / size + 1 / self.against)))
        off = np.sqrt((((self.apart - (mean - other) * self.count - self.shift) / size) ** 2).sum())
        if np.isin(values[known], (0, 1)).all():
            off = 2 * error  # the difference of two shares is twice the AUC above a half
        spread = np.sqrt((_variance(values, one.leavers & known) + _variance(values, one.others & known)) / 2)
        found |= {
            "mean_leavers": mean,
            "mean_others": other,
            "difference": mean - other,
            "low": mean - other - Z * off,
            "high": mean - other + Z * off,
            "standardised": (mean - other) / spread if spread > 0 else 0.0,
            "auc": auc,
            "auc_low": max(0.0, auc - Z * error),
            "auc_high": min(1.0, auc + Z * error),
            "p": float(2 * special.ndtr(-abs(auc - 0.5) / error)) if error > 0 else 1.0,
        }
        return found


@dataclass(frozen=True, eq=False)
class _Ranked:
    """The others at one cutoff, by rising value."""

    values: Array
    who: Array
    mean: float
    spread: float


def _add_cutoff(values: Array, people: Array, at: Array, wanted: Sequence[Contrast], sums: Sequence[_Sums]) -> None:
    """Add one cutoff to every contrast; others that several contrasts share are sorted once."""
    at = at[~np.isnan(values[at])]
    sorted_once: dict[int, _Ranked | None] = {}
    for one, total in zip(wanted, sums, strict=True):
        mine = at[one.leavers[at]]
        if not len(mine):
            continue
        key = id(one.others)
        if key not in sorted_once:
            rest = at[one.others[at]]
            rest = rest[np.argsort(values[rest], kind="stable")]
            x = values[rest]
            sorted_once[key] = _Ranked(x, people[rest], float(x.mean()), _rank_spread(x)) if len(rest) else None
        ranked = sorted_once[key]
        if ranked is not None:
            total.add(values[mine], people[mine], ranked)


def _rank_spread(rising: Array) -> float:
    """Give the variance of ranks as shares: 1/12 where all values differ, less where they are tied, 0 where all are.

    Where leavers are as the others are, the AUC is at least as uncertain as this says; without it a column that is 0
    for each of a few leavers would pass for certain.
    """
    starts = np.flatnonzero(np.diff(rising, prepend=np.nan) != 0)
    ties = np.diff(np.append(starts, len(rising))) / len(rising)
    return float(1 - (ties**3).sum()) / 12


def _variance(values: Array, where: Array) -> float:
    return float(np.var(values[where])) if where.any() else 0.0


def false_finds(p: Array) -> Array:
    """Give for each probability the share of false finds if all that are no larger are believed.

    Examples
    --------
    >>> false_finds(np.array([0.01, 0.02, 0.9])).round(3).tolist()
    [0.03, 0.03, 0.9]
    """
    order = np.argsort(p, kind="stable")
    raised = p[order] * len(p) / np.arange(1, len(p) + 1)
    lowest = np.minimum.accumulate(raised[::-1])[::-1]
    found = np.empty_like(lowest)
    found[order] = np.minimum(lowest, 1.0)
    return found
