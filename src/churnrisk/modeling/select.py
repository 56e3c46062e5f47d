"""Candidates: each fitted, calibrated, cut into segments and put into plain data, then judged on later cutoffs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from sklearn.utils import check_random_state

from churnrisk.errors import ModelError
from churnrisk.modeling.baseline import BaseRate, SimpleRule
from churnrisk.modeling.calibrate import Calibration, Method, calibrate, calibrate_out_of_fold
from churnrisk.modeling.evaluate import Judged
from churnrisk.modeling.folds import thinned
from churnrisk.modeling.levels import Scored
from churnrisk.modeling.logistic import AdditiveLogisticClassifier, PlainDataClassifier
from churnrisk.modeling.logit_leaf import LogitLeafClassifier
from churnrisk.modeling.tree import PrunedTreeClassifier

BASE_RATE, SIMPLE_RULE, CHAMPION, ORACLE = "base rate", "simple rule", "champion", "oracle"


@dataclass(frozen=True)
class Rows:
    """Features, labels and customers of some cutoffs.

    Parameters
    ----------
    X
        One column a feature.
    churned
        1 = left.
    customers
        The customer of each row.
    cutoffs
        The cutoff of each row; None where there is no time.
    further
        The labels of further horizons, by days: 1 = left, ``nan`` where it is not known.
    kept
        The share of rows that thinning left.
    """

    X: pd.DataFrame
    churned: np.ndarray
    customers: np.ndarray
    cutoffs: np.ndarray | None = None
    further: Mapping[int, np.ndarray] = field(default_factory=dict)
    kept: float = 1.0

    @property
    def list_size(self) -> float:
        """How many customers one cutoff holds, before thinning."""
        cutoffs = 1 if self.cutoffs is None else len(np.unique(self.cutoffs))
        return len(self.churned) / self.kept / cutoffs

    @classmethod
    def of(cls, rows: pd.DataFrame, columns: Sequence[str]) -> "Rows":
        """Take the rows of a snapshot."""
        return cls(
            rows[list(columns)].reset_index(drop=True),
            rows["churned"].to_numpy(),
            rows["customer_id"].to_numpy(),
            rows["cutoff"].to_numpy() if "cutoff" in rows.columns else None,
            _further(rows, columns),
        )

    @classmethod
    def together(cls, parts: "Sequence[Rows]") -> "Rows":
        """Lay rows over one another."""
        cutoffs = [one.cutoffs for one in parts if one.cutoffs is not None]
        return cls(
            pd.concat([one.X for one in parts], ignore_index=True),
            np.concatenate([one.churned for one in parts]),
            np.concatenate([one.customers for one in parts]),
            np.concatenate(cutoffs) if len(cutoffs) == len(parts) else None,
            {days: np.concatenate([one.further[days] for one in parts]) for days in parts[0].further},
        )

    def take(self, places: np.ndarray) -> "Rows":
        """Take some of the rows."""
        return Rows(
            self.X.iloc[places].reset_index(drop=True),
            self.churned[places],
            self.customers[places],
            None if self.cutoffs is None else self.cutoffs[places],
            {days: label[places] for days, label in self.further.items()},
        )

    def thinned(self, most: int, seed: int) -> "Rows":
        """Keep at most so many rows; a customer's rows stay together."""
        if len(self.churned) <= most:
            return self
        _, codes = np.unique(self.customers, return_inverse=True)
        places = thinned(codes, most, check_random_state(seed))
        return replace(self.take(places), kept=self.kept * len(places) / len(self.churned))


def _further(rows: pd.DataFrame, columns: Sequence[str]) -> dict[int, np.ndarray]:
    """Read the labels of further horizons: columns such as churned_60."""
    found = {name: name.removeprefix("churned_") for name in rows.columns if name.startswith("churned_")}
    return {
        int(days): rows[name].to_numpy(dtype=np.float64, na_value=np.nan)
        for name, days in found.items()
        if days.isdigit() and name not in columns
    }


@dataclass(frozen=True)
class Fitted:
    """One candidate, fitted and calibrated.

    Parameters
    ----------
    judged_on
        Log-odds, labels and customers of the rows that calibrated it, for the bounds of segments.
    out_of_fold
        Whether calibration used out-of-fold log-odds of the fit rows, for want of cutoffs.
    list_size
        How many customers each of the cutoffs that calibrated it holds.
    """

    name: str
    estimator: PlainDataClassifier
    calibration: Calibration
    fit_rows: pd.DataFrame
    calibration_probability: np.ndarray
    calibration_churned: np.ndarray
    out_of_fold: bool
    list_size: float = 0.0


def unfitted(name: str, seed: int, directions: Mapping[str, int] | None = None) -> PlainDataClassifier:
    """Give a candidate by its name, not yet fitted.

    Parameters
    ----------
    directions
        Column = 1 where risk may only rise with it, -1 where it may only fall.

    Raises
    ------
    ModelError
        When there is no such candidate.

    Examples
    --------
    >>> type(unfitted("tree", 0)).__name__
    'PrunedTreeClassifier'
    """
    makers: Mapping[str, Any] = {
        "logistic": AdditiveLogisticClassifier,
        "tree": PrunedTreeClassifier,
        "logit_leaf": LogitLeafClassifier,
    }
    if name not in makers:
        raise ModelError(f"There is no model named {name!r}. Known: {', '.join(sorted(makers))}.")
    return makers[name](random_state=seed, monotone=dict(directions) if directions else None)


def fit_candidate(
    name: str,
    fit: Rows,
    later: Rows | None,
    *,
    seed: int,
    method: Method = "auto",
    ahead_days: float = 0.0,
    directions: Mapping[str, int] | None = None,
) -> Fitted:
    """Fit a candidate and calibrate it on later rows, or out of fold where there are none.

    Parameters
    ----------
    fit
        The rows that fit.
    later
        Rows of later cutoffs that calibrate; None where too few cutoffs remain.
    method
        How to calibrate.
    ahead_days
        How long after the newest of these cutoffs the model is first used.
    directions
        See `unfitted`.
    """
    estimator = unfitted(name, seed, directions).fit(fit.X, fit.churned, groups=fit.customers)
    asked: dict[str, Any] = {"seed": seed, "method": method, "ahead_days": ahead_days}
    if later is None:
        asked["cutoffs"] = fit.cutoffs
        curve, raw = calibrate_out_of_fold(
            unfitted(name, seed, directions), fit.X, fit.churned, fit.customers, **asked
        )
        rows = fit
    else:
        rows, raw = later, estimator.decision_function(later.X)
        history = None
        if fit.cutoffs is not None and later.cutoffs is not None:
            history = Scored(estimator.decision_function(fit.X), fit.churned, fit.customers, fit.cutoffs)
        curve = calibrate(raw, rows.churned, rows.customers, cutoffs=rows.cutoffs, history=history, **asked)
    return Fitted(
        name,
        estimator,
        curve,
        fit.X,
        curve.probability(raw),
        np.asarray(rows.churned),
        out_of_fold=later is None,
        list_size=rows.list_size,
    )


def add_simple_rules(judged: Judged, fit: Rows, test: Rows) -> SimpleRule:
    """Judge the base rate for everyone and the best simple rule beside the models; give the rule."""
    base = BaseRate().fit(fit.X, fit.churned)
    judged.add(BASE_RATE, base.predict_proba(test.X)[:, 1])
    rule = SimpleRule().fit(fit.X, fit.churned)
    judged.add(SIMPLE_RULE, rule.predict_proba(test.X)[:, 1])
    return rule


def best_of(judged: Judged, names: Sequence[str]) -> str:
    """Name the candidate with the lowest log loss on the test cutoffs; the first of equals."""
    losses = [value if (value := judged[name]["log_loss"].value) is not None else float("inf") for name in names]
    return names[int(np.argmin(losses))]
