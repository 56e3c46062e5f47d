"""Candidates judged by stratified cross-validation: for a flat source, which has no later cutoffs to judge on."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.model_selection import StratifiedKFold

from churnrisk.errors import ModelError
from churnrisk.modeling import metrics
from churnrisk.modeling.baseline import SimpleRule
from churnrisk.modeling.evaluate import Judged
from churnrisk.modeling.gate import judge
from churnrisk.modeling.select import BASE_RATE, SIMPLE_RULE, Rows, best_of
from churnrisk.settings import PipelineSettings, ValidationSettings
from churnrisk.training.contest import Candidate, Contest, candidate_of, judged_on

#: Means over folds that are written down beside the metrics of all rows together.
FOLD_METRICS = {
    "roc_auc": metrics.roc_auc,
    "log_loss": metrics.log_loss,
    "lift_top_10": lambda y, p: metrics.lift(y, p, share=0.1),
}


@dataclass(frozen=True)
class Fold:
    """One part of the rows, held out to be judged.

    Parameters
    ----------
    fit
        Places of the rows that fit; a customer alike to a held one is not among them.
    held
        Places of the rows that are judged.
    apart
        How many rows neither fit nor are judged here, because their twin is judged.
    """

    fit: np.ndarray
    held: np.ndarray
    apart: int


@dataclass(frozen=True)
class CrossValidated:
    """A contest held by cross-validation, and the fold of each row."""

    contest: Contest
    fold: np.ndarray
    apart: int

    def by_fold(self) -> dict[str, dict[str, dict[str, object]]]:
        """Give AUC, log loss and lift of each model as the mean over folds, with each fold's own.

        Public reference figures are means over folds; the metrics of all rows together differ a little.
        """
        judged = self.contest.judged
        found: dict[str, dict[str, dict[str, object]]] = {}
        for name in judged.names:
            p = judged.churn_probability(name)
            held = [self.fold == number for number in range(int(self.fold.max()) + 1)]
            each = {
                metric: [float(measure(judged.churned[rows], p[rows])) for rows in held]
                for metric, measure in FOLD_METRICS.items()
            }
            found[name] = {metric: {"mean": float(np.mean(ones)), "folds": ones} for metric, ones in each.items()}
        return found


def folds_of(churned: np.ndarray, groups: np.ndarray, settings: ValidationSettings) -> Iterator[Fold]:
    """Part the rows as scikit-learn's ``StratifiedKFold(folds, shuffle=True, random_state=seed)`` does.

    Rows of a group (customers who are alike) that fall into different folds stay where they are, so that anyone can
    lay the same folds; but none of them fits a model that judges another one.

    Raises
    ------
    ModelError
        When a class has fewer rows than there are folds.

    Examples
    --------
    >>> churned, groups = np.array([0, 1] * 4), np.array([0, 1, 2, 3, 0, 5, 6, 7])
    >>> [(len(one.fit), len(one.held), one.apart) for one in folds_of(churned, groups, ValidationSettings(folds=2))]
    [(3, 4, 1), (3, 4, 1)]
    """
    least = int(min(churned.sum(), len(churned) - churned.sum()))
    if least < settings.folds:
        raise ModelError(
            f"{settings.folds} folds need {settings.folds} customers who left and as many who stayed, and of "
            f"one sort there are {least}. Give more rows, or set folds lower under [validation]."
        )
    parts = StratifiedKFold(settings.folds, shuffle=True, random_state=settings.seed)
    for fit, held in parts.split(churned, churned):
        free = fit[~np.isin(groups[fit], groups[held])]
        yield Fold(free, held, len(fit) - len(free))


def hold_crossval(
    X: pd.DataFrame, churned: np.ndarray, customers: np.ndarray, groups: np.ndarray, settings: PipelineSettings
) -> CrossValidated:
    """Judge every candidate on rows it has not seen, then fit each on all rows, as it would be released.

    Inside each fold a candidate is fitted on the fold's fit rows and calibrated out of fold within them. What is
    judged is the way to make a model; the released one is made the same way from all rows. The base rate is that of
    all rows; parted by fold it would only add noise.

    Parameters
    ----------
    customers, groups
        The customer of each row, and the group of those that are alike.
    """
    models = settings.models
    rows = Rows(X, churned, groups)
    p = {name: np.full(len(churned), np.nan) for name in (*models.names, BASE_RATE, SIMPLE_RULE)}
    p[BASE_RATE][:] = churned.mean()
    fold, apart = np.zeros(len(churned), dtype=np.int64), 0
    for number, part in enumerate(folds_of(churned, groups, settings.validation)):
        fit = rows.take(part.fit).thinned(models.max_rows, models.seed)
        fold[part.held], apart = number, apart + part.apart
        for name, found in _predicted(fit, X.iloc[part.held], settings).items():
            p[name][part.held] = found
    judged = judged_on(rows, settings)
    for name, found in p.items():
        judged.add(name, found)
    everything = rows.thinned(models.max_rows, models.seed)
    candidates: dict[str, Candidate] = {name: candidate_of(name, everything, None, settings) for name in models.names}
    told = pd.DataFrame({"customer_id": customers, "fold": fold, "churned": churned})
    told = told.assign(**{name.replace(" ", "_"): found for name, found in p.items()})
    return CrossValidated(_judged(candidates, judged, told, _rule(everything), settings), fold, apart)


def _predicted(fit: Rows, held: pd.DataFrame, settings: PipelineSettings) -> Mapping[str, np.ndarray]:
    """Give every candidate's and the simple rule's probabilities of the held rows."""
    found = {SIMPLE_RULE: SimpleRule().fit(fit.X, fit.churned).predict_proba(held)[:, 1]}
    for name in settings.models.names:
        model = candidate_of(name, fit, None, settings).release.model()
        found[name] = model.score(held, reasons=False)["churn_probability"].to_numpy()
    return found


def _rule(rows: Rows) -> str:
    return SimpleRule().fit(rows.X, rows.churned).sentence_


def _judged(
    candidates: Mapping[str, Candidate], judged: Judged, told: pd.DataFrame, rule: str, settings: PipelineSettings
) -> Contest:
    """Pass the best candidate through the gate; a champion that saw these rows cannot be judged on them."""
    best = candidates[best_of(judged, list(candidates))]
    verdict = judge(
        judged,
        best.name,
        base_rate=BASE_RATE,
        simple_rule=SIMPLE_RULE,
        segments=best.segmenter.predict(judged.churn_probability(best.name).reshape(-1, 1)),
        segments_merged=not best.segmenter.usable_,
        churners=int(judged.churned.sum()),
        min_churners=settings.models.min_churners,
        settings=settings.gate,
        seed=settings.models.seed,
    )
    return Contest(candidates, judged, verdict, best, rule, told)
