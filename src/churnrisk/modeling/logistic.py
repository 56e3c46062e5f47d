"""Additive logistic regression: the log-odds are a sum of one drawable effect a column."""

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import Tags, check_random_state
from sklearn.utils.validation import check_is_fitted
from threadpoolctl import threadpool_limits

from churnrisk.modeling.basis import Curve, Levels, design_of, look_at
from churnrisk.modeling.columns import column_type, group_codes, read_columns, read_frame, read_labels
from churnrisk.modeling.folds import fold_of_rows, log_loss_rows, splits, thinned
from churnrisk.modeling.released import churn_model
from churnrisk.modeling.solve import curvature, fit_ridge

STRENGTHS = (3000.0, 1000.0, 300.0, 100.0, 30.0, 10.0, 3.0, 1.0, 0.3, 0.1)
MIDDLE = 100.0
PATIENCE = 2
ROUGH = 1e-6


class PlainDataClassifier(ClassifierMixin, BaseEstimator):
    """What all our classifiers share: once fitted they are plain data, and that data is what predicts.

    A subclass sets ``plain_`` (see `to_plain`), ``types_`` and ``classes_`` in its ``fit``.
    """

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        tags.input_tags.allow_nan = True
        tags.input_tags.string = True
        tags.input_tags.categorical = True
        return tags

    def _read(self, X: Any) -> dict[str, np.ndarray]:
        check_is_fitted(self, "plain_")
        return read_columns(read_frame(self, X, reset=False), self.types_)

    def decision_function(self, X: Any) -> np.ndarray:
        """Give the log-odds of the second class (left)."""
        columns = self._read(X)
        return churn_model.log_odds(self.plain_, columns)

    def predict_proba(self, X: Any) -> np.ndarray:
        """Give the probabilities of both classes."""
        chance = churn_model.probability(self.decision_function(X))
        return np.column_stack([1.0 - chance, chance])

    def predict(self, X: Any) -> np.ndarray:
        """Give the more likely class."""
        likely = self.decision_function(X) > 0
        return self.classes_[likely.astype(np.int64)]

    def explain(self, X: Any) -> np.ndarray:
        """Split the log-odds, less their mean over the fit rows, over the columns: rows by columns."""
        columns = self._read(X)
        return churn_model.shares(self.plain_, columns)

    def to_plain(self) -> dict[str, Any]:
        """Give the fitted model as data that JSON can carry; churn_model.py scores from it."""
        check_is_fitted(self, "plain_")
        return self.plain_


class AdditiveLogisticClassifier(PlainDataClassifier):
    """Logistic regression on one curve a number, one level a text, and an effect of its own for each gap.

    A curve is straight between a few knots and constant beyond them; texts that are rare, or were never seen,
    share one level. All weights carry one L2 penalty, chosen by cross-validation on log loss.

    Parameters
    ----------
    knots
        At most so many knots a curve, at least 2.
    l2
        Strength of the penalty on the scale of the sum over rows; None chooses it.
    folds
        Parts of the cross-validation that chooses it.
    max_cv_rows
        It is chosen on at most so many rows, whole groups at random.
    min_level_rows, max_levels
        A text with fewer rows, or beyond the most frequent so many, is pooled with the other rare ones.
    monotone
        Column = 1 where the risk may only rise with its numbers, -1 where it may only fall.
    random_state
        Seed of folds and subsample.

    Attributes
    ----------
    classes_
        The two labels; the second one means left.
    l2_
        The strength used.
    cv_
        Mean log loss out of fold for each strength tried.
    plain_
        The effects: see `to_plain`.

    Examples
    --------
    >>> rows = pd.DataFrame({"logins": [0, 9, 1, 8, None, 7] * 20, "plan": ["a", "b"] * 60})
    >>> model = AdditiveLogisticClassifier(l2=1.0).fit(rows, [1, 0, 1, 0, 1, 0] * 20)
    >>> model.predict(pd.DataFrame({"logins": [0, 9], "plan": ["a", "never seen"]})).tolist()
    [1, 0]
    """

    classes_: np.ndarray
    plain_: dict[str, Any]
    types_: dict[str, str]

    def __init__(
        self,
        *,
        knots: int = 6,
        l2: float | None = None,
        folds: int = 5,
        max_cv_rows: int = 40_000,
        min_level_rows: int = 20,
        max_levels: int = 50,
        monotone: Mapping[str, int] | None = None,
        random_state: int | None = 0,
    ) -> None:
        self.knots = knots
        self.l2 = l2
        self.folds = folds
        self.max_cv_rows = max_cv_rows
        self.min_level_rows = min_level_rows
        self.max_levels = max_levels
        self.monotone = monotone
        self.random_state = random_state

    def fit(self, X: Any, y: Any, groups: Any = None) -> Self:
        """Fit on rows; rows of one group (customer) stay together when the strength is chosen."""
        columns, churned, customers = self._read_rows(X, y, groups)
        bases = self._bases(columns)
        design = design_of(bases, columns)
        with threadpool_limits(limits=1, user_api="blas"):  # the passes are short: more threads mostly wait
            weights = self._solve(bases, design, churned, customers)
        self.plain_ = centred_effects(bases, weights, columns)
        return self

    def _read_rows(self, X: Any, y: Any, groups: Any) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]:
        """Check parameters and rows; give columns, labels (1 = left) and the number of each row's group."""
        self._check_parameters()
        frame = read_frame(self, X, reset=True)
        self.classes_, churned = read_labels(frame, y)
        self.types_ = {name: column_type(frame[name]) for name in frame.columns}
        return read_columns(frame, self.types_), churned, group_codes(groups, len(frame))

    def _bases(self, columns: dict[str, np.ndarray]) -> list[Curve | Levels]:
        return look_at(
            columns,
            self.types_,
            knots=self.knots,
            min_rows=self.min_level_rows,
            max_levels=self.max_levels,
            directions=self.monotone,
        )

    def _solve(
        self, bases: list[Curve | Levels], design: np.ndarray, churned: np.ndarray, customers: np.ndarray
    ) -> np.ndarray:
        """Choose the strength and give the weights of all rows."""
        self.l2_, start = self._choose(design, churned, customers)
        least = np.concatenate([basis.least for basis in bases])
        return fit_ridge(design, churned, self.l2_, start, curvature(design, start), least=least)

    def _check_parameters(self) -> None:
        if self.knots < 2:
            raise ValueError(f"knots must be at least 2, got {self.knots!r}.")
        if self.l2 is not None and not self.l2 > 0:
            raise ValueError(f"l2 must be above 0, or None to choose it, got {self.l2!r}.")
        if self.folds < 2:
            raise ValueError(f"folds must be at least 2, got {self.folds!r}.")
        if any(side not in (-1, 0, 1) for side in (self.monotone or {}).values()):
            raise ValueError(f"monotone must map columns to 1 (rises), -1 (falls) or 0, got {self.monotone!r}.")

    def _choose(self, design: np.ndarray, churned: np.ndarray, groups: np.ndarray) -> tuple[float, np.ndarray]:
        """Choose the strength, and find weights near the solution to start from."""
        random = check_random_state(self.random_state)
        rows = thinned(groups, self.max_cv_rows, random)
        if not 0 < churned[rows].sum() < len(rows):
            rows = np.arange(len(churned))
        part = design if len(rows) == len(design) else design[rows]
        labels = churned[rows]
        self.cv_: dict[float, float] = {}
        if self.l2 is None:
            fold = fold_of_rows(labels, pd.factorize(groups[rows])[0], self.folds, random)
            self.cv_ = _judge_strengths(part, labels, fold)
        strength = self.l2 if self.l2 is not None else min(self.cv_, key=lambda one: self.cv_[one], default=1.0)
        start = empty_weights(labels, part.shape[1])
        return strength, fit_ridge(part, labels, strength, start, curvature(part, start), tolerance=ROUGH)


def empty_weights(churned: np.ndarray, width: int) -> np.ndarray:
    """Give weights that say the base rate for everyone."""
    share = churned.mean()
    return np.append(np.zeros(width), np.log(share / (1 - share)))


def _judge_strengths(design: np.ndarray, churned: np.ndarray, fold: np.ndarray) -> dict[float, float]:
    """Give the mean log loss out of fold of each strength, from strong to weak until it clearly worsens."""
    parts = []
    for fit_rows, judge_rows in splits(fold, churned):
        fitted, labels = design[fit_rows], churned[fit_rows]
        start = empty_weights(labels, design.shape[1])
        near = fit_ridge(fitted, labels, MIDDLE, start, curvature(fitted, start), tolerance=ROUGH)
        parts.append((fitted, labels, design[judge_rows], churned[judge_rows], curvature(fitted, near)))
    if not parts:
        return {}
    weights = [empty_weights(part[1], design.shape[1]) for part in parts]
    losses: dict[float, float] = {}
    for strength in STRENGTHS:
        total, rows = 0.0, 0
        for index, (fitted, labels, judged, truth, gram) in enumerate(parts):
            weights[index] = fit_ridge(fitted, labels, strength, weights[index], gram, tolerance=ROUGH)
            odds = judged @ weights[index][:-1] + weights[index][-1]
            total, rows = total + float(log_loss_rows(truth, odds).sum()), rows + len(truth)
        losses[strength] = total / rows
        if min(list(losses.values())[-PATIENCE:]) > min(losses.values()):
            break
    return losses


def centred_effects(
    bases: list[Curve | Levels], weights: np.ndarray, columns: dict[str, np.ndarray]
) -> dict[str, Any]:
    """Shift each effect so that its mean over the fit rows is 0; an unseen gap or text then has share 0."""
    effects, at, mean = [], 0, float(weights[-1])
    for basis in bases:
        part = basis.plain(weights[at : at + basis.width])
        at += basis.width
        filled = part | {key: 0.0 for key in ("other", "missing") if part.get(key, 0) is None}
        shift = float(churn_model.effect(filled, columns[basis.column]).mean())
        mean += shift
        effects.append(_shifted(part, shift))
    return {"kind": "additive", "mean_log_odds": mean, "effects": effects}


def _shifted(part: dict[str, Any], shift: float) -> dict[str, Any]:
    moved: dict[str, Any] = {"column": part["column"]}
    if "levels" in part:
        moved["levels"] = {level: value - shift for level, value in part["levels"].items()}
        moved["other"] = 0.0 if part["other"] is None else part["other"] - shift
    else:
        moved["knots"] = part["knots"]
        moved["values"] = [value - shift for value in part["values"]]
    moved["missing"] = 0.0 if part["missing"] is None else part["missing"] - shift
    return moved
