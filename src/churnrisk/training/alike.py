"""Customers who are alike in every feature: copies under other ids must not judge what their twins taught."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from churnrisk.training.suspects import Finding

#: Where fewer rows than this share differ from one another, being alike is no sign of a copy.
RICH = 0.5
SHOWN_SHARE = 0.01
SAME_LABEL = 0.95


@dataclass(frozen=True)
class Alike:
    """Which rows are alike in every feature.

    Parameters
    ----------
    groups
        The number of each row's group; rows that are alike share one, where rows tell customers apart at all.
    rows
        How many rows are alike to another one.
    same_label
        How many of these stand in groups that all left or all stayed.
    is_coarse
        Whether so many rows are alike that it is no sign of a copy; each row is then a group of its own.
    """

    groups: np.ndarray
    rows: int
    same_label: int
    is_coarse: bool

    def findings(self) -> list[Finding]:
        """Tell how many customers are alike, and what is done about it."""
        if not self.rows or self.is_coarse:
            return []
        total = len(self.groups)
        copied = self.rows > SHOWN_SHARE * total and self.same_label >= SAME_LABEL * self.rows
        told = (
            f"{self.rows:,} of {total:,} customers are alike to another in every feature, {self.same_label:,} of "
            "them with one label. No model is judged on a customer whose twin it was fitted on."
        )
        if copied:
            told += " Chance hardly makes so many with the same label: look for copies under other ids."
        return [Finding("alike_customers", "", told, copied)]


def alike_rows(X: pd.DataFrame, churned: np.ndarray) -> Alike:
    """Find the rows that are alike in every column.

    Where fewer than half of the rows differ, a few coarse columns make customers alike by chance, and nothing is
    done about it.

    Examples
    --------
    >>> X = pd.DataFrame({"tenure": [1.0, 2.0, 1.0, 9.0], "plan": ["a", "b", "a", None]})
    >>> found = alike_rows(X, np.array([1, 0, 1, 0]))
    >>> found.groups.tolist(), found.rows, found.same_label
    ([0, 1, 0, 2], 2, 2)
    """
    keys = pd.util.hash_pandas_object(X, index=False).to_numpy()
    groups = pd.factorize(keys)[0]
    counts = np.bincount(groups)
    if len(counts) < RICH * len(groups):
        return Alike(np.arange(len(groups)), int((counts[groups] > 1).sum()), 0, True)
    left = np.bincount(groups, weights=churned)
    agree = (left == 0) | (left == counts)
    twins = counts[groups] > 1
    return Alike(groups, int(twins.sum()), int((twins & agree[groups]).sum()), False)
