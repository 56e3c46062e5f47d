"""Why customers say they leave, beside what the data say, written down and shown."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from churnrisk.delivery.files import whole_folder, write_json, write_table
from churnrisk.flows.opened import opened
from churnrisk.kpis.ledger import Ledger, periods_of
from churnrisk.kpis.reasons.agreement import VERDICTS
from churnrisk.kpis.reasons.study import Study, study
from churnrisk.settings import PipelineSettings


@dataclass(frozen=True)
class ReasonsResult:
    """Why customers leave.

    Parameters
    ----------
    study
        Reasons, tickets, scores, signals, and how they agree.
    folder
        Where tables, sentences and picture lie.
    splits
        The splits asked for.
    """

    study: Study
    folder: Path
    splits: list[str]

    @property
    def exit_code(self) -> int:
        """0: reasons are no verdict."""
        return 0

    @property
    def look(self) -> dict[str, str]:
        """Where to look next: what = where."""
        return {"tables and picture": os.path.relpath(self.folder)}


def run(settings: PipelineSettings, today: date, *, by: Sequence[str] | None = None) -> ReasonsResult:
    """Study why customers leave, and write it under the output folder.

    Where ``[kpis] period`` is rolling, months are counted: in periods that overlap, who left would count many times.

    Parameters
    ----------
    by
        Splits; by default ``[kpis] by``.

    Raises
    ------
    RefusedError
        When the source is flat.
    """
    with opened(settings, today) as workshop:
        periods = periods_of(workshop, "month" if settings.kpis.period.startswith("rolling") else None)
        ledger = Ledger(workshop, periods, settings.kpis.by if by is None else by)
        found = study(ledger)
    folder = settings.out_folder / "reasons"
    with whole_folder(folder) as unfinished:
        write(found, unfinished)
    return ReasonsResult(found, folder, ledger.splits)


def write(found: Study, folder: Path) -> None:
    """Write each table that is not empty as CSV, the sentences as JSON, and a picture."""
    from churnrisk.kpis.reasons.plot import reasons_plot

    for name in ("stated", "voices", "signals", "agreement"):
        rows = getattr(found, name)
        if len(rows):
            write_table(rows, folder / f"{name}.csv")
    write_json({"sentences": found.sentences, "notes": found.notes, "verdicts": VERDICTS}, folder / "reasons.json")
    if len(found.stated) or len(found.signals):
        reasons_plot(found).figure.savefig(folder / "reasons.png", dpi=144)
