"""Cohorts by month of first start and the time to first churn, written down as data and pictures."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd

from churnrisk.delivery.files import whole_folder, write_json, write_table
from churnrisk.flows.opened import opened
from churnrisk.kpis.cohorts.study import WHOLE, CohortStudy, study
from churnrisk.settings import PipelineSettings

CUSTOMERS = ["cohort", "split", "value", "month", "at", "customers", "present", "share", "complete"]
MONEY = ["cohort", "split", "value", "month", "at", "first_mrr", "mrr", "mrr_share", "complete"]


@dataclass(frozen=True)
class CohortsResult:
    """Cohorts of one pipeline.

    Parameters
    ----------
    study
        Shares by cohort and month, curves, groups and tests.
    horizon_months
        Months within which mean times are counted.
    folder
        Where data and pictures lie.
    """

    pipeline: str
    study: CohortStudy
    horizon_months: int
    folder: Path

    @property
    def exit_code(self) -> int:
        """0: cohorts are no verdict."""
        return 0

    @property
    def look(self) -> dict[str, str]:
        """Where to look next: what = where."""
        folder = os.path.relpath(self.folder)
        months = self.study.has_months
        told = {"heat map": f"{folder}/customers.png"} if months else {}
        told |= {"heat map of MRR": f"{folder}/mrr.png"} if months and self.study.has_mrr else {}
        first = self.study.splits[0] if self.study.splits else WHOLE
        return told | {"curves": f"{folder}/{_picture('curves', first)}", "data": f"{folder}/*.csv, *.parquet"}


def run(settings: PipelineSettings, today: date, *, by: Sequence[str] | None = None) -> CohortsResult:
    """Follow the cohorts of a pipeline and write them under its output folder.

    Parameters
    ----------
    by
        Splits; by default ``[cohorts] by``.

    Raises
    ------
    RefusedError
        When the source is flat, no month begins within the data, or nobody began within the scope.
    """
    with opened(settings, today) as workshop:
        found = study(workshop, settings.cohorts.by if by is None else by)
    folder = settings.out_folder / "cohorts"
    with whole_folder(folder) as unfinished:
        _write_tables(found, unfinished)
        _draw(found, unfinished)
        write_json(_facts(settings, found), unfinished / "cohorts.json")
    return CohortsResult(settings.name, found, settings.cohorts.horizon_months, folder)


def _write_tables(found: CohortStudy, folder: Path) -> None:
    shares = _rounded(found.retention)
    tables = {"retention_customers": shares[CUSTOMERS], "averages": _rounded(found.averages)}
    if found.has_mrr:
        tables["retention_mrr"] = shares[MONEY]
    for name, rows in tables.items():
        write_table(rows, folder / f"{name}.parquet")
    curves = [
        one.table().assign(split=split, value=value)
        for split, values in found.curves.items()
        for value, one in values.items()
    ]
    columns = ["split", "value", "days", "at_risk", "churned", "survival", "low", "high"]
    tables["curves"] = _rounded(pd.concat(curves, ignore_index=True)[columns])
    tables |= {"groups": _rounded(found.groups), "tests": found.tests}
    for name, rows in tables.items():
        write_table(rows, folder / f"{name}.csv")


def _rounded(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.round(dict.fromkeys(rows.select_dtypes("float").columns, 6))


def _draw(found: CohortStudy, folder: Path) -> None:
    from churnrisk.kpis.cohorts.plots import averages_plot, curves_plot, heat_map

    pictures = {_picture("curves", split): curves_plot(found, split) for split in found.curves}
    if found.has_months:
        pictures["customers.png"] = heat_map(found)
        pictures |= {_picture("averages", split): averages_plot(found, split) for split in found.splits}
    if found.has_months and found.has_mrr:
        pictures["mrr.png"] = heat_map(found, money=True)
    for name, one in pictures.items():
        one.figure.savefig(folder / name, dpi=144)


def _picture(kind: str, split: str) -> str:
    """Name a split's picture; what a file system may not take is replaced.

    Examples
    --------
    >>> _picture("curves", "all"), _picture("curves", "plan"), _picture("curves", "size / type")
    ('curves.png', 'curves_plan.png', 'curves_size___type.png')
    """
    plain = "".join(letter if letter.isalnum() else "_" for letter in split)
    return f"{kind}.png" if split == WHOLE else f"{kind}_{plain}.png"


def _facts(settings: PipelineSettings, found: CohortStudy) -> dict[str, object]:
    """Say how the figures came to be, beside them."""
    first_mrr = "the first paid day" if found.priced else "the end of the start month"
    return {
        "pipeline": settings.name,
        "splits": found.splits,
        "scope": settings.scope.model_dump(mode="json", exclude_defaults=True),
        "starts_seen_from": found.seen_from.date(),
        "certain_to": found.certain_to.date(),
        "customers_from_before": found.before,
        "customers_from_before_in_curves": found.enter_late,
        "first_mrr": f"MRR of {first_mrr}" if found.has_mrr else "not known",
        "definitions": {
            "month": "the end of the k-th month after the month of first start; 0 is the end of that month itself",
            "share": "customers present, reactivated included, over all customers of the cohort",
            "mrr_share": "MRR of the cohort's customers over the sum of their first MRR",
            "survival": "Kaplan-Meier: share not yet churned for the first time, with log-log intervals",
            "median_months": "the age beyond which fewer than half are left; empty means not reached",
            "mean_months": "mean months as a customer, of the first mean_within_months, until the first churn",
            "p_value": "log-rank test over groups of 30 or more customers; p_corrected by Holm over the splits",
        },
        "notes": found.notes,
    }
