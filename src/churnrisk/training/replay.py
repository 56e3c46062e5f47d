"""History replayed: at a past cutoff, the list that a training on what was known then would have made."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from churnrisk.errors import ModelError
from churnrisk.modeling.metrics import log_loss
from churnrisk.modeling.select import Rows
from churnrisk.scoring.ranking import ranked, with_expected_loss
from churnrisk.settings import PipelineSettings
from churnrisk.snapshots.build import Snapshots
from churnrisk.snapshots.plan import rows_of
from churnrisk.snapshots.split import Split, split_before
from churnrisk.training.contest import Candidate, candidate_of

LISTED = ("cutoff", "customer_id", "rank", "churn_probability", "segment", "mrr", "expected_loss", "churned")


@dataclass(frozen=True)
class Replay:
    """One past cutoff, replayed.

    Parameters
    ----------
    parts
        The cutoffs that taught and calibrated.
    model
        The candidate chosen.
    losses
        Log loss of each candidate on the rows that calibrated it.
    base_rate
        Churn rate of the fit rows: what was known without any model.
    listed
        Everybody judged, ranked as a night would have; ``churned`` was put beside it last.
    """

    cutoff: date
    parts: Split
    model: str
    losses: dict[str, float]
    base_rate: float
    listed: pd.DataFrame


def past_splits(labelled: Sequence[date], wanted: int, settings: PipelineSettings) -> list[Split]:
    """Give for each of the newest labelled cutoffs what could have taught it; the oldest first.

    A cutoff teaches only if each of its labels was certain by then: lead, horizon and grace had passed. The last
    fifth of those calibrates where there are enough, as in a training.

    Examples
    --------
    >>> from churnrisk.timeline import add_months
    >>> days = [add_months(date(2024, 1, 1), month) for month in range(5)]
    >>> for parts in past_splits(days, 2, PipelineSettings()):
    ...     print(parts.test[0], [str(day) for day in parts.fit])
    2024-04-01 ['2024-01-01', '2024-02-01']
    2024-05-01 ['2024-01-01', '2024-02-01', '2024-03-01']
    """
    days = sorted(labelled)
    found = [
        split_before(days[:place], [day], settings.churn, settings.cutoffs) for place, day in enumerate(days) if place
    ]
    return [parts for parts in found if parts.fit][-wanted:]


def known_days(parts: Split) -> list[date]:
    """Give the cutoffs whose labels were certain: those that teach, and those in the embargo between them.

    Examples
    --------
    >>> days = [date(2024, month, 1) for month in (1, 2, 3, 5)]
    >>> len(known_days(Split(days[:1], days[2:3], days[3:], days[1:2])))
    3
    """
    between = [day for day in parts.embargoed if parts.calibrate and day < parts.calibrate[0]]
    return sorted([*parts.fit, *between, *parts.calibrate])


def replay(
    snapshots: Snapshots,
    parts: Split,
    worth: pd.DataFrame,
    settings: PipelineSettings,
    known: pd.DataFrame | None = None,
) -> Replay:
    """Train on what was known at a cutoff, and rank everybody who was at risk at it.

    The candidates are fitted and calibrated as in a training. Among them the one with the lowest log loss on the
    rows that calibrated it is taken (out of fold where no cutoff was left to calibrate): rows that did not fit it,
    and that were known then. The label of the judged cutoff is put beside the finished list, and enters nowhere.

    Parameters
    ----------
    parts
        By `past_splits`: one cutoff to judge, and what was known then.
    worth
        ``customer_id, cutoff, mrr``, as known at each cutoff.
    known
        ``customer_id, cutoff, churned`` of the earlier cutoffs as they stood at this one; by default the snapshot's,
        which are those of hindsight.

    Raises
    ------
    ModelError
        When too little was known then to learn from; the sentence says what.
    """
    taught = _labelled(rows_of(snapshots, known_days(parts)), known)
    churners = int(taught["churned"].sum())
    fit_rows, later_rows = (
        rows_of(Snapshots(taught, snapshots.columns), days) for days in (parts.fit, parts.calibrate)
    )
    _refuse_too_little(churners, fit_rows, later_rows, settings)
    models = settings.models
    fit = Rows.of(fit_rows, snapshots.columns).thinned(models.max_rows, models.seed)
    later = Rows.of(later_rows, snapshots.columns) if parts.calibrate else None
    candidates: dict[str, Candidate] = {name: candidate_of(name, fit, later, settings) for name in models.names}
    losses: dict[str, float] = {name: _loss(one) for name, one in candidates.items()}
    best = min(losses, key=lambda name: losses[name])
    shown = _labelled(rows_of(snapshots, parts.test)).sort_values("customer_id", ignore_index=True)
    listed = _list(candidates[best], shown.drop(columns="churned"), worth, settings)
    outcome = shown[["customer_id", "churned"]]
    listed = listed.merge(outcome, on="customer_id", how="left", validate="1:1")
    return Replay(parts.test[0], parts, best, losses, float(np.mean(fit.churned)), listed[list(LISTED)])


def _labelled(rows: pd.DataFrame, known: pd.DataFrame | None = None) -> pd.DataFrame:
    """Keep the rows that have a label; others than the snapshot's take its place where they are given."""
    if known is not None:
        rows = rows.drop(columns="churned").merge(known, on=["customer_id", "cutoff"], how="left", validate="1:1")
    return rows[rows["churned"].notna()].astype({"churned": "int64"})


def _loss(candidate: Candidate) -> float:
    fitted = candidate.fitted
    return log_loss(fitted.calibration_churned, fitted.calibration_probability)


def _list(candidate: Candidate, rows: pd.DataFrame, worth: pd.DataFrame, settings: PipelineSettings) -> pd.DataFrame:
    """Score and rank as a night does, with the released model and the same ranking."""
    found = candidate.release.model().score(rows, reasons=False)
    scored = pd.concat([rows[["customer_id", "cutoff"]], found[["churn_probability", "segment"]]], axis=1)
    scored = scored.merge(worth, on=["customer_id", "cutoff"], how="left", validate="1:1")
    return ranked(with_expected_loss(scored, settings.economics), settings.list)


def _refuse_too_little(churners: int, fit: pd.DataFrame, later: pd.DataFrame, settings: PipelineSettings) -> None:
    need = settings.models.min_churners
    if churners < need:
        raise ModelError(f"{churners} churners were known by then, and {need} are needed to learn from.")
    if any(len(rows) and rows["churned"].nunique() < 2 for rows in (fit, later)):
        raise ModelError("Of the cutoffs known by then, one set held only customers who stayed, or only churners.")
