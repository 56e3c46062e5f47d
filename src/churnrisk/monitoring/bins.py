"""The bins in which a column is counted: tenths of numbers, levels of text, and one for gaps."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from churnrisk.modeling.columns import NUMBER, TEXT
from churnrisk.modeling.released.churn_model import as_number

Counts = npt.NDArray[np.int64]

#: Numbers are cut at these shares of the customers.
TENTHS = np.arange(1, 10) / 10
#: Values closer together than this part of the largest edge, or of what lies between the first and the last, are
#: told as one: a term of 365 days is one of 366.
NEAR = 0.01
#: A level with a smaller share of the customers stands among the others.
LEAST_SHARE = 0.01
#: With more levels than this nobody can say which one is new.
MOST_LEVELS = 1_000

MISSING, OTHER = "missing", "other levels"


@dataclass(frozen=True)
class Counted:
    """How many customers fell into each bin.

    Parameters
    ----------
    counts
        One number a bin; the last is that of gaps.
    new
        Levels that the bins had never seen, and how many customers have each.
    """

    counts: Counts
    new: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Bins:
    """The bins of one column.

    Parameters
    ----------
    kind
        ``number`` or ``text``.
    edges
        Of numbers: the highest value of each bin but the last.
    near
        Of numbers: a value so little above an edge still belongs below it.
    levels
        Of text: the levels with a bin of their own.
    known
        Of text: every level that was seen; None where there were too many.
    """

    kind: str
    edges: tuple[float, ...] = ()
    near: float = 0.0
    levels: tuple[str, ...] = ()
    known: frozenset[str] | None = None

    @classmethod
    def of(cls, values: pd.Series, kind: str) -> "Bins":
        """Lay bins over a column: tenths of its customers, or its levels.

        Examples
        --------
        >>> Bins.of(pd.Series([0.0, 0.0, 0.0, 1.0, 5.0]), "number").edges
        (0.0, 1.0, 5.0)
        >>> Bins.of(pd.Series([30.0, 31.0, 90.0, 365.0, 366.0]), "number").edges
        (31.0, 90.0, 366.0)
        >>> Bins.of(pd.Series(["a", "b", "a", None]), "text").levels
        ('a', 'b')
        """
        if kind == NUMBER:
            found = as_number(values)
            given = found[~np.isnan(found)]
            edges = np.quantile(given, TENTHS, method="inverted_cdf") if len(given) else given
            return cls(NUMBER, *_apart(np.unique(edges).tolist()))
        counts = values.dropna().astype(str).value_counts()
        common = counts.index[counts >= LEAST_SHARE * len(values)]
        known = frozenset(counts.index) if len(counts) <= MOST_LEVELS else None
        return cls(TEXT, levels=tuple(sorted(common)), known=known)

    @property
    def names(self) -> list[str]:
        """What each bin is called, the one of gaps last.

        Examples
        --------
        >>> Bins("number", edges=(0.0, 2.5)).names
        ['at most 0', 'above 0 to 2.5', 'above 2.5', 'missing']
        >>> Bins("number").names, Bins("text", levels=("a",)).names
        (['any number', 'missing'], ['a', 'other levels', 'missing'])
        """
        if self.kind == TEXT:
            return [*self.levels, OTHER, MISSING]
        if not self.edges:
            return ["any number", MISSING]
        told = [_short(edge) for edge in self.edges]
        between = [f"above {low} to {high}" for low, high in pairwise(told)]
        return [f"at most {told[0]}", *between, f"above {told[-1]}", MISSING]

    def count(self, values: pd.Series) -> Counted:
        """Count a column's customers in each bin.

        Examples
        --------
        >>> Bins("number", edges=(0.0, 2.0)).count(pd.Series([0.0, 1.0, 2.0, 9.0, None])).counts.tolist()
        [1, 2, 1, 1]
        >>> found = Bins("text", levels=("a",), known=frozenset({"a", "b"})).count(pd.Series(["a", "b", "c", None]))
        >>> found.counts.tolist(), dict(found.new)
        ([1, 2, 1], {'c': 1})
        """
        if self.kind == TEXT:
            return self._count_text(values)
        found = as_number(values)
        place = np.searchsorted(np.asarray(self.edges) + self.near, found, side="left")
        place[np.isnan(found)] = len(self.edges) + 1
        return Counted(np.bincount(place, minlength=len(self.edges) + 2))

    def _count_text(self, values: pd.Series) -> Counted:
        held = {str(level): int(number) for level, number in values.value_counts().items() if number}
        own = [held.get(level, 0) for level in self.levels]
        known = sum(held.values())
        new = {} if self.known is None else {level: held[level] for level in held if level not in self.known}
        return Counted(np.array([*own, known - sum(own), len(values) - known], dtype=np.int64), new)

    def to_plain(self) -> dict[str, Any]:
        """Give plain data for JSON.

        Examples
        --------
        >>> Bins.from_plain(Bins("number", edges=(1.5,)).to_plain()).edges
        (1.5,)
        """
        if self.kind == NUMBER:
            return {"kind": NUMBER, "edges": list(self.edges), "near": self.near}
        known = None if self.known is None else sorted(self.known)
        return {"kind": TEXT, "levels": list(self.levels), "known": known}

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> "Bins":
        """Read what `to_plain` gave."""
        if plain["kind"] == NUMBER:
            return cls(NUMBER, edges=tuple(plain["edges"]), near=plain["near"])
        known = None if plain["known"] is None else frozenset(plain["known"])
        return cls(TEXT, levels=tuple(plain["levels"]), known=known)


def _apart(edges: list[float]) -> tuple[tuple[float, ...], float]:
    """Keep of edges that lie close together the highest, and say what is close."""
    if not edges:
        return (), 0.0
    near = NEAR * max(edges[-1] - edges[0], abs(edges[0]), abs(edges[-1]))
    kept = [here for here, after in pairwise([*edges, np.inf]) if after - here > near]
    return tuple(kept), near


def _short(number: float) -> str:
    return f"{number:,.0f}" if float(number).is_integer() else f"{number:,.4g}"
