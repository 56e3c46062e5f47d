"""A training on a flat source: what its card, its metrics and MLflow tell otherwise than one with cutoffs."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

import numpy as np
import pandas as pd

from churnrisk.features.build import Choice
from churnrisk.modeling.card import LIMITS
from churnrisk.modeling.fairness import Fairness
from churnrisk.settings import FlatSource, PipelineSettings
from churnrisk.snapshots.build import Snapshots
from churnrisk.snapshots.split import Split
from churnrisk.sources.flat import FlatTable
from churnrisk.tables.read import Tables
from churnrisk.tables.report import TableReport
from churnrisk.training.crossval import CrossValidated, hold_crossval
from churnrisk.training.facts import Training
from churnrisk.training.fairness import judge_fairness
from churnrisk.training.screen import Screened

CUSTOMERS_LIMIT = "It is true for customers like those of the test cutoffs."


@dataclass(frozen=True)
class FlatTables:
    """What was read: one report, of the one file."""

    reports: list[TableReport]


@dataclass(frozen=True)
class FlatTraining(Training):
    """Everything of one training on a flat source that is written down."""

    screened: Screened
    crossed: CrossValidated

    @cached_property
    def fairness(self) -> Fairness | None:
        """The best model judged by each protected column of the file; None where none is declared."""
        names = list(self.settings.fairness.protected)
        if not names:
            return None
        places = self.screened.table.labelled
        values = self.screened.table.X.iloc[places][names].reset_index(drop=True)
        return judge_fairness(
            self.contest, self.settings, values.assign(customer_id=self.screened.table.customers[places])
        )

    @property
    def judged_as(self) -> str:
        """The prefix of its metrics in MLflow."""
        return "cv"

    def on_the_card(self, facts: dict[str, Any]) -> dict[str, Any]:
        """Say that validation is cross-validation, not out of time, and what the label is."""
        source, churned = self.settings.flat or FlatSource(), self.screened.churned
        folds = self.settings.validation
        value = "" if source.churned_value is None else f" {source.churned_value!r}"
        rows = {"rows": len(churned), "customers": len(churned), "churners": int(churned.sum())}
        apart = f" {self.crossed.apart:,} rows did not fit where a customer alike to them was judged."
        return facts | {
            "churn": {
                "when": f"in the sense of the label `{source.label}`",
                "definition": f"A customer has churned where the column `{source.label}` of the file says so{value}. "
                "The file does not say when, nor what was known before.",
            },
            "backtest": facts["backtest"] | {"why_not": "A flat source has no history: nothing can be replayed."},
            "data": [{"name": "fit and judged, by turns", "cutoffs": "none", **rows}],
            "row_is": "A row is a customer, as the file shows it; there are no cutoffs.",
            "split": f"**Validation is cross-validation, not out of time**: {folds.folds} stratified folds, shuffled "
            f"with seed {folds.seed}; each row is judged by models that never saw it, calibrated out of fold within "
            f"their own fit rows.{apart if self.crossed.apart else ''}",
            "use": [
                f"`churnrisk score {self.settings.file.name}` ranks the customers of the file who have not churned.",
                *facts["use"][1:],
            ],
            "limits": [
                *(one for one in LIMITS if not one.startswith(CUSTOMERS_LIMIT)),
                "It is true for customers like those of the file, at the time of the file. Whether it holds later, "
                "nobody has seen: there are no times in it.",
                "Cross-validation judges the way the model is made. The released one was made the same way from all "
                "rows, so no row judged it.",
                "A column that was filled in after a customer left makes every figure here too good. "
                f"`churnrisk check {self.settings.file.name}` shows what is suspected.",
                *(f"Not settled: {one.sentence}" for one in self.screened.findings if one.is_open),
            ],
        }

    def in_metrics(self, facts: dict[str, Any]) -> dict[str, Any]:
        """Add folds, and what was found of the columns."""
        told = {name: told for name, told in facts.items() if name != "test_cutoffs"}
        folds = self.settings.validation
        return told | {
            "validation": {
                "kind": "stratified cross-validation, not out of time",
                "folds": folds.folds,
                "seed": folds.seed,
                "rows_kept_apart": self.crossed.apart,
            },
            "by_fold": self.crossed.by_fold(),
            "features": list(self.screened.features),
            "left_out": {one.name: one.why_not for one in self.screened.columns if one.why_not},
            "findings": [vars(one) for one in self.screened.findings],
        }


def train_flat(screened: Screened, settings: PipelineSettings, churned: np.ndarray | None = None) -> FlatTraining:
    """Judge the candidates of a flat source by cross-validation, and fit each on all rows.

    Parameters
    ----------
    churned
        Other labels than the file's, to see what chance gives.
    """
    places = screened.table.labelled
    customers, labels = screened.table.customers[places], screened.churned if churned is None else churned
    crossed = hold_crossval(screened.X, labels, customers, screened.alike.groups, settings)
    rows = pd.DataFrame({"customer_id": customers, "churned": labels, "cutoff": pd.NaT})
    return FlatTraining(
        settings=settings,
        tables=cast("Tables", FlatTables([report_of(screened.table, settings)])),
        choice=Choice([], attributes=list(screened.features)),
        parts=Split([], [], [], []),
        snapshots=Snapshots(rows, list(screened.features)),
        contest=crossed.contest,
        screened=screened,
        crossed=crossed,
    )


def report_of(table: FlatTable, settings: PipelineSettings) -> TableReport:
    """Account for every row of the file."""
    return TableReport(
        settings.name,
        files=table.files,
        rows_read=table.rows_read,
        rows_used=len(table.customers),
        left_out=table.left_out,
        folded=table.folded,
        set_aside=table.set_aside,
        missing={str(name): float(share) for name, share in table.X.isna().mean().items()},
        fingerprint=table.fingerprint,
        columns=tuple(map(str, table.X.columns)),
    )
