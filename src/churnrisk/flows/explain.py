"""Why a key figure changed between two periods, written down and shown."""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from churnrisk.delivery.files import whole_folder, write_json, write_table
from churnrisk.errors import RefusedError
from churnrisk.flows.opened import opened
from churnrisk.kpis.explain.change import Explained, earlier_than, explain, find_period
from churnrisk.kpis.ledger import Ledger, periods_of, splits_of
from churnrisk.settings import PipelineSettings
from churnrisk.snapshots.build import Workshop

#: Without a wish, a column of customers is a split if it has at most so many values.
MOST_VALUES = 12
#: Without a wish, at most so many splits.
MOST_SPLITS = 5
#: How a period is written = the unit it belongs to.
WRITTEN = {r"\d{4}": "year", r"\d{4}-Q[1-4]": "quarter", r"\d{4}-\d{2}": "month"}


@dataclass(frozen=True)
class ExplainResult:
    """Why a key figure changed.

    Parameters
    ----------
    explained
        The change and its parts.
    folder
        Where table, sentences and picture lie.
    """

    explained: Explained
    folder: Path

    @property
    def exit_code(self) -> int:
        """0: an explanation is no verdict."""
        return 0

    @property
    def look(self) -> dict[str, str]:
        """Where to look next: what = where."""
        return {
            "table": os.path.relpath(self.folder / "explain.csv"),
            "picture": os.path.relpath(self.folder / "explain.png"),
        }


def run(
    settings: PipelineSettings,
    today: date,
    *,
    period: str,
    against: str | None = None,
    by: Sequence[str] | None = None,
    kpi: str = "churn_rate",
) -> ExplainResult:
    """Say why a key figure changed, and write it under the output folder.

    Parameters
    ----------
    period
        The later period, as 2025-05, 2025-Q2, 2025, or the day on which it begins.
    against
        The earlier one; by default the period that ends where the later begins.
    by
        Splits; by default ``[kpis] by``, else plan, MRR band and columns of customers with few values.
    kpi
        The rate to explain.

    Raises
    ------
    RefusedError
        When the source is flat, there is no such period, or the two are the same.
    """
    with opened(settings, today) as workshop:
        periods = periods_of(workshop, unit_of_name(period))
        after = find_period(periods, period)
        before = earlier_than(periods, after) if against is None else find_period(periods, against)
        if before == after:
            raise RefusedError(f"A period is not set against itself: {period}. Name an earlier one with --against.")
        ledger = Ledger(workshop, periods, by or settings.kpis.by or natural_splits(workshop))
        found = explain(ledger, kpi, before, after)
    folder = settings.out_folder / "explain"
    with whole_folder(folder) as unfinished:
        write(found, unfinished)
    return ExplainResult(found, folder)


def write(found: Explained, folder: Path) -> None:
    """Write the parts as CSV, the sentences as JSON, and a picture."""
    from churnrisk.kpis.explain.plot import waterfalls

    write_table(found.table(), folder / "explain.csv")
    write_json({"kpi": found.kpi, "sentences": found.sentences, "notes": found.notes}, folder / "explain.json")
    waterfalls(found).figure.savefig(folder / "explain.png", dpi=144)


def unit_of_name(period: str) -> str | None:
    """Say of which unit a period is by the way it is written; None where that does not tell.

    Examples
    --------
    >>> [unit_of_name(name) for name in ("2025-05", "2025-Q2", "2025", "2025-05-03")]
    ['month', 'quarter', 'year', None]
    """
    return next((unit for shape, unit in WRITTEN.items() if re.fullmatch(shape, period)), None)


def natural_splits(workshop: Workshop) -> list[str]:
    """List the splits that make sense without being asked for: plan, MRR band, and columns with few values."""
    known = splits_of(workshop)
    built_in = [name for name in known if name in ("plan", "mrr_band")]
    people = workshop.tables["customers"]
    rest = [name for name in known if name in people.columns]
    if not rest:
        return built_in
    counts = workshop.engine.rows(people.aggregate(**{name: people[name].nunique() for name in rest})).iloc[0]
    return [*built_in, *[name for name in rest if 2 <= counts[name] <= MOST_VALUES]][:MOST_SPLITS]
