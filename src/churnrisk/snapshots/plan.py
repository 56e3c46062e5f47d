"""What can be learned from the tables: cutoffs, labels, churners, and whether that is enough."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from churnrisk.labels.churned import LEFT_OUT
from churnrisk.settings import PipelineSettings
from churnrisk.snapshots.build import Snapshots, Workshop
from churnrisk.snapshots.spine import cutoffs, is_labelled
from churnrisk.snapshots.split import Split, split

#: The columns of labels: of the first horizon, and of further ones.
LABEL = re.compile(r"churned(_\d+)?")


@dataclass(frozen=True)
class Plan:
    """The labelled cutoffs of a pipeline and their use; no labels yet. Labelled is what covers the first horizon.

    Parameters
    ----------
    labelled
        Cutoffs whose labels are all certain.
    parts
        Which of them fit, calibrate and test; None where there are too few.
    why_not
        Why there is no training, as a sentence; empty where there is one.
    """

    labelled: list[date]
    parts: Split | None
    why_not: str = ""


def plan(workshop: Workshop) -> Plan:
    """Lay out the cutoffs of a pipeline."""
    settings, tables = workshop.settings, workshop.tables
    complete_to = tables.complete_to.date()
    days = cutoffs(tables.observed_from.date(), complete_to, settings.cutoffs)
    labelled = [day for day in days if is_labelled(day, complete_to, settings.churn)]
    if not labelled:
        return Plan([], None, _too_short(settings, tables.observed_from.date(), complete_to))
    parts = split(labelled, settings.churn, settings.cutoffs)
    if not parts.fit:
        need = settings.churn.embargo_days
        return Plan(
            labelled,
            None,
            f"{_labelled(len(labelled))}, and none lies {need} days before the test cutoff "
            f"{parts.test[0]}. About {need} more days of data, or a shorter horizon, are needed.",
        )
    return Plan(labelled, parts)


def _labelled(number: int) -> str:
    return "There is 1 labelled cutoff" if number == 1 else f"There are {number} labelled cutoffs"


def _too_short(settings: PipelineSettings, first: date, last: date) -> str:
    need = settings.cutoffs.min_history_days + settings.churn.settled_days
    have = (last - first).days
    missing = "1 more day is" if need - have == 1 else f"{need - have} more days are"
    return (
        f"The data span {have} days, from {first} to {last}, and one labelled cutoff needs {need} "
        f"({settings.cutoffs.min_history_days} of history and {settings.churn.settled_days} to see who left). "
        f"{missing} needed."
    )


@dataclass(frozen=True)
class LabelCounts:
    """How many customers and churners each cutoff has, and who has no label.

    Parameters
    ----------
    rows
        One row a cutoff: ``cutoff, customers, churners, noticed`` and one column a reason for having no label; for
        each further horizon columns such as ``customers_60, churners_60``.
    """

    rows: pd.DataFrame

    @property
    def churners(self) -> int:
        """Churners over all cutoffs."""
        return int(self.rows["churners"].sum())

    def of_horizon(self, days: int | None = None) -> tuple[int, int, int]:
        """Count labelled cutoffs, their customers and churners, of a further horizon or of the first.

        Examples
        --------
        >>> counts = {"customers": [9, 8], "churners": [1, 2], "customers_60": [9, 0], "churners_60": [2, 0]}
        >>> found = LabelCounts(pd.DataFrame(counts))
        >>> found.of_horizon(), found.of_horizon(60)
        ((2, 17, 3), (1, 9, 2))
        """
        behind = "" if days is None else f"_{days}"
        customers, churners = self.rows[f"customers{behind}"], self.rows[f"churners{behind}"]
        return int((customers > 0).sum()), int(customers.sum()), int(churners.sum())

    @property
    def left_out(self) -> dict[str, int]:
        """Reason = customers at risk that have no label, over all cutoffs."""
        return {LEFT_OUT[name]: int(number) for name in LEFT_OUT if (number := self.rows[name].sum())}

    @property
    def noticed_share(self) -> float | None:
        """Share of those who left within a horizon that had given notice before its cutoff."""
        gone = self.churners + self.rows["noticed"].sum()
        return float(self.rows["noticed"].sum() / gone) if gone else None


def count_labels(workshop: Workshop, days: Sequence[date]) -> LabelCounts:
    """Count customers and churners at some cutoffs."""
    return LabelCounts(workshop.label_counts(days))


def rows_of(snapshots: Snapshots, days: Sequence[date]) -> pd.DataFrame:
    """Take the rows of some cutoffs."""
    wanted = pd.to_datetime(list(days)).astype(snapshots.rows["cutoff"].dtype)
    return snapshots.rows[snapshots.rows["cutoff"].isin(wanted)]


def with_shuffled_labels(snapshots: Snapshots, seed: int) -> Snapshots:
    """Shuffle the labels within each cutoff, a row's labels together: what is then found is chance.

    Examples
    --------
    >>> rows = pd.DataFrame({"cutoff": [1, 1, 2], "churned": [0, 1, 1]})
    >>> with_shuffled_labels(Snapshots(rows, []), 0).rows.groupby("cutoff").churned.sum().tolist()
    [1, 1]
    """
    random = np.random.default_rng(seed)
    rows = snapshots.rows.copy()
    labels = [name for name in rows.columns if LABEL.fullmatch(name)]
    order = np.arange(len(rows))
    for places in rows.groupby("cutoff").indices.values():
        order[places] = random.permutation(places)
    rows[labels] = rows[labels].take(order).set_axis(rows.index)
    return Snapshots(rows, snapshots.columns, snapshots.left_out)
