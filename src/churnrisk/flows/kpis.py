"""The key figures of a pipeline, period by period and part by part, written down and shown."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pandas as pd

from churnrisk.delivery.files import whole_folder, write_json, write_table
from churnrisk.flows.opened import opened
from churnrisk.kpis.benchmarks import against_benchmarks, not_beside
from churnrisk.kpis.conventions import CONVENTIONS
from churnrisk.kpis.goals import against_goals
from churnrisk.kpis.kpi import KPIS
from churnrisk.kpis.ledger import Ledger, periods_of
from churnrisk.kpis.scope import scope_in_words
from churnrisk.kpis.table import kpi_table, left_out
from churnrisk.settings import PipelineSettings


@dataclass(frozen=True)
class KpisResult:
    """The key figures of one pipeline.

    Parameters
    ----------
    table
        The key figures in long form.
    left_out
        Key figure = why it does not apply.
    goals, benchmarks
        Key figures against what is wanted of them, and beside what others report.
    notes
        What a reader must know.
    """

    pipeline: str
    period: str
    convention: str
    table: pd.DataFrame
    left_out: dict[str, str]
    goals: pd.DataFrame
    benchmarks: pd.DataFrame
    folder: Path
    notes: list[str] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """0: key figures are no verdict."""
        return 0

    @property
    def goals_in_words(self) -> list[str]:
        """Goals and benchmarks of the whole in the newest complete period, each a sentence."""
        told: list[str] = []
        for rows in (self.goals, self.benchmarks):
            whole = rows[(rows["split"] == "all") & rows["complete"].astype(bool)]
            newest = whole[whole["period_start"] == whole["period_start"].max()]
            told += list(newest["sentence"])
        return told

    @property
    def look(self) -> dict[str, str]:
        """Where the figures lie: what = where."""
        return {
            "table": os.path.relpath(self.folder / "kpis.csv"),
            "picture": os.path.relpath(self.folder / "kpis.png"),
        }


def run(
    settings: PipelineSettings, today: date, *, by: Sequence[str] | None = None, period: str | None = None
) -> KpisResult:
    """Count the key figures of a pipeline and write them under its output folder.

    Parameters
    ----------
    by
        Splits; by default ``[kpis] by``.
    period
        ``month``, ``quarter``, ``year`` or ``rolling:30d``; by default ``[kpis] period``.

    Raises
    ------
    RefusedError
        When the source is flat, or no period begins within the data.
    """
    with opened(settings, today) as workshop:
        ledger = Ledger(workshop, periods_of(workshop, period), settings.kpis.by if by is None else by)
        table = kpi_table(ledger)
        off = {name: why for name, one in KPIS.items() if (why := left_out(ledger, one))}
        notes = _notes(ledger)
    length = period or settings.kpis.period
    goals = against_goals(table, settings, length)
    benchmarks = against_benchmarks(table, settings, length)
    notes += not_beside(settings, length)
    notes += [f"goals.{name} has no figure: {off[name]}." for name in settings.goals if name in off]
    folder = settings.out_folder / "kpis"
    with whole_folder(folder) as unfinished:
        for name, rows in (("kpis", table), ("goals", goals), ("benchmarks", benchmarks)):
            if name == "kpis" or not rows.empty:
                write_table(rows, unfinished / f"{name}.csv")
        write_table(table, unfinished / "kpis.parquet")
        _draw(table, settings.name, unfinished / "kpis.png")
        told = {"pipeline": settings.name, "period": length, "convention": settings.kpis.convention, "notes": notes}
        write_json(
            {**told, "left_out": off, "definitions": _definitions(settings.kpis.convention)}, unfinished / "kpis.json"
        )
    return KpisResult(settings.name, length, settings.kpis.convention, table, off, goals, benchmarks, folder, notes)


def _draw(table: pd.DataFrame, name: str, path: Path) -> None:
    from churnrisk.kpis.kpi_plots import kpi_plot

    kpi_plot(table, name).figure.savefig(path, dpi=144)


def _notes(ledger: Ledger) -> list[str]:
    scope = scope_in_words(ledger.scope)
    notes = [scope] if scope else []
    convention = ledger.settings.kpis.convention
    notes += [CONVENTIONS[convention].sentence] if convention != "standard" else []
    rows = ledger.periods.rows
    late = rows[~rows["complete"]]
    if len(late):
        first = late["start"].min()
        notes.append(
            f"Periods from {first:%Y-%m-%d} are not complete: ends in them can still come, or be taken back."
        )
    churn = ledger.settings.churn
    if churn.kind == "inactivity":
        notes.append(
            f"Periods begin {churn.inactive_days} days after the data do: before, nobody can be seen to have churned."
        )
        if churn.early_days <= churn.inactive_days:
            notes.append(
                f"The early churn rate is 0 by definition: early_days is {churn.early_days}, and a spell lasts at "
                f"least inactive_days, {churn.inactive_days}."
            )
    if churn.kind == "inactivity" and ledger.has_mrr:
        days = ledger.settings.signals.value_days
        notes.append(
            f"MRR is the mean monthly amount of the {days} days before a day; it moves as these days move on."
        )
    return notes


def _definitions(convention: str) -> dict[str, str]:
    """Give the formula of each key figure, as the convention has it."""
    return {name: one.doc for name, one in KPIS.items()} | dict(CONVENTIONS[convention].formulas)
