"""Stability: whether another training, or the next month, would name the same riskiest customers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import spearmanr
from sklearn.base import clone

from churnrisk.modeling.metrics import top_count
from churnrisk.modeling.select import Rows

SHARE = 0.10

#: Below this overlap of the riskiest tenths the card says that the order is not stable. Customers drawn anew are
#: mostly the same, so that a model of pure noise still reaches about one half.
BOUNDS = {"seed": 0.80, "customers": 0.60, "cutoffs": 0.50}
_SAID = {
    "seed": "Trained again with another seed, it shares {share} of its riskiest tenth with this one",
    "customers": "Trained again on customers drawn anew, it shares {share} of its riskiest tenth with this one",
    "cutoffs": "From one test cutoff to the next, {share} of its riskiest tenth stays, of customers present at both",
}


@dataclass(frozen=True)
class Overlap:
    """How alike two orders of the same customers are.

    Parameters
    ----------
    between
        What differs: ``seed``, ``customers`` (drawn anew) or ``cutoffs`` (two neighbouring ones).
    customers
        Customers in both orders.
    share
        Part of the riskiest tenth that both name; one tenth is chance.
    spearman
        Rank correlation over all customers; None where one order holds ties only.
    """

    between: str
    customers: int
    share: float
    spearman: float | None

    @property
    def stable(self) -> bool:
        """Whether the overlap reaches its bound."""
        return self.share >= BOUNDS[self.between]

    @property
    def sentence(self) -> str:
        """Say it, with the bound where it is missed."""
        told = _SAID[self.between].format(share=f"{self.share:.0%}".replace("%", " %"))
        told += "" if self.spearman is None else f" (rank correlation {self.spearman:.2f})"
        bound = f"{BOUNDS[self.between]:.0%}".replace("%", " %")
        return f"{told}." if self.stable else f"{told}: below {bound}, its order is not stable."

    def as_dict(self) -> dict[str, Any]:
        """Give plain data for JSON."""
        return {**vars(self), "bound": BOUNDS[self.between], "stable": self.stable}


def overlap(between: str, first: pd.Series, second: pd.Series) -> Overlap:
    """Compare two orders of customers, on those that both hold; ties fall by the index.

    Parameters
    ----------
    first, second
        Log-odds (or probabilities) by ``customer_id``.

    Examples
    --------
    >>> first = pd.Series(np.arange(20.0), index=[f"c{number:02}" for number in range(20)])
    >>> overlap("seed", first, first * 2).share, overlap("seed", first, -first).share
    (1.0, 0.0)
    """
    both = first.index.intersection(second.index).sort_values()
    one, other = first.loc[both], second.loc[both]
    top = top_count(len(both), SHARE)
    same = len(set(_riskiest(one, top)) & set(_riskiest(other, top)))
    varied = one.nunique() > 1 and other.nunique() > 1
    correlation = float(spearmanr(one, other).statistic) if varied else None
    return Overlap(between, len(both), same / top if top else 1.0, correlation)


def stability(estimator: Any, fit: Rows, test_rows: pd.DataFrame, *, seed: int) -> list[Overlap]:
    """Train the best candidate twice more, and lay its riskiest tenths side by side.

    Once with another seed on the same rows, once on customers drawn with replacement (all rows of a customer
    together), both compared on the newest test cutoff; and the model as it is on the two newest test cutoffs. Another
    seed alone hardly moves a model whose fit has one best answer: the customers drawn anew show what chance gave it.

    Parameters
    ----------
    estimator
        The best candidate, fitted on ``fit``.
    test_rows
        The snapshot's rows of the test cutoffs; without ``cutoff`` they count as one.
    """
    parts, columns = _by_cutoff(test_rows), list(fit.X.columns)
    newest = parts[-1]
    order = _order(estimator, newest, columns)
    drawn = redrawn(fit, seed + 1)
    found = [
        overlap(what, order, _order(_again(estimator, rows, seed + 1), newest, columns))
        for what, rows in (("seed", fit), ("customers", drawn))
    ]
    if len(parts) > 1:
        found.append(overlap("cutoffs", _order(estimator, parts[-2], columns), order))
    return found


def redrawn(fit: Rows, seed: int) -> Rows:
    """Draw customers with replacement; the rows of one customer stay together, as often as it was drawn.

    Examples
    --------
    >>> rows = Rows(pd.DataFrame({"a": [1, 2, 3]}), np.array([0, 1, 0]), np.array(["x", "x", "y"]))
    >>> drawn = redrawn(rows, 0)
    >>> set(pd.Series(drawn.customers).value_counts()) <= {1, 2, 4}
    True
    """
    random = np.random.default_rng(seed)
    names, codes = np.unique(fit.customers, return_inverse=True)
    times = np.bincount(random.integers(0, len(names), len(names)), minlength=len(names))
    keep = np.repeat(np.arange(len(codes)), times[codes])
    return Rows(fit.X.iloc[keep].reset_index(drop=True), fit.churned[keep], fit.customers[keep])


def _again(estimator: Any, fit: Rows, seed: int) -> Any:
    return clone(estimator).set_params(random_state=seed).fit(fit.X, fit.churned, groups=fit.customers)


def _order(estimator: Any, rows: pd.DataFrame, columns: list[str]) -> pd.Series:
    return pd.Series(estimator.decision_function(rows[columns]), index=rows["customer_id"].to_numpy())


def _by_cutoff(rows: pd.DataFrame) -> list[pd.DataFrame]:
    if "cutoff" not in rows.columns:
        return [rows]
    return [part for _, part in rows.groupby("cutoff", sort=True)]


def _riskiest(values: pd.Series, most: int) -> list[Any]:
    return values.sort_values(ascending=False, kind="stable").index[:most].tolist()


def stability_numbers(found: Sequence[Overlap]) -> dict[str, float | None]:
    """Give overlaps and rank correlations as MLflow takes them.

    Examples
    --------
    >>> stability_numbers([Overlap("seed", 100, 0.9, 0.99)])
    {'stability.seed.overlap': 0.9, 'stability.seed.spearman': 0.99}
    """
    overlaps = {f"stability.{one.between}.overlap": one.share for one in found}
    return overlaps | {f"stability.{one.between}.spearman": one.spearman for one in found}
