"""Key figures beside what others report."""

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from churnrisk.kpis.kpi import KPIS, Kpi
from churnrisk.kpis.wording import (
    PLACE,
    decimals_for,
    lines_of,
    must_be_known,
    number_in,
    place,
    plain,
    short_unit,
    subject,
    written,
)
from churnrisk.settings import Benchmark, PipelineSettings

BENCHMARK_COLUMNS = (*PLACE, "benchmark", "name", "source", "better", "difference", "unit", "sentence")


def against_benchmarks(
    table: pd.DataFrame,
    settings: PipelineSettings,
    period: str | None = None,
) -> pd.DataFrame:
    """Set key figures of the whole and of each part beside the figures that others report, with their source.

    Parameters
    ----------
    table
        Key figures in long form.
    period
        The length of the table's periods, by default ``settings.kpis.period``; a benchmark stands beside periods of
        its own length only.

    Returns
    -------
    DataFrame
        One row a benchmark, period and part: ``number``, ``benchmark``, ``name``, ``source``, ``difference``
        (number - benchmark), ``sentence``.

    Raises
    ------
    SettingsError
        When [benchmarks] names a key figure that there is not.
    """
    must_be_known(settings.benchmarks, "benchmarks")
    rows = []
    for name, benchmark in _benchmarks(settings):
        if benchmark.period != (period or settings.kpis.period):
            continue
        one = KPIS[name]
        for row in lines_of(table, name):
            number = number_in(row["number"])
            difference = None if number is None else number - benchmark.number
            line = place(row) | {
                "benchmark": benchmark.number,
                "name": benchmark.name,
                "source": benchmark.source,
                "better": one.better,
                "difference": difference,
                "unit": short_unit(one),
            }
            rows.append(line | {"sentence": _beside(row, benchmark, one, difference)})
    return pd.DataFrame(rows, columns=list(BENCHMARK_COLUMNS))


def not_beside(settings: PipelineSettings, period: str | None = None) -> list[str]:
    """Name the goals and benchmarks that speak of another length of period than the table's."""
    period, told = period or settings.kpis.period, []
    if settings.goals and period != settings.kpis.period:
        told.append(f"[goals] speak of a period of {settings.kpis.period}; the table has {period}, so none is shown.")
    for name, one in _benchmarks(settings):
        if one.period != period:
            told.append(f"benchmarks.{name} ({one.name}) speaks of {one.period}; the table has {period}: not shown.")
    return told


def _benchmarks(settings: PipelineSettings) -> Iterator[tuple[str, Benchmark]]:
    for name, given in settings.benchmarks.items():
        yield from ((name, one) for one in given)


def _beside(row: Mapping[str, Any], benchmark: Benchmark, one: Kpi, difference: float | None) -> str:
    other = f"{benchmark.name} ({benchmark.source})"
    if difference is None:
        return f"{subject(row)}: no figure ({row['note'] or 'nothing to divide by'})."
    far = abs(difference)
    decimals = decimals_for(one, far)
    side = f"{plain(far, decimals)} {short_unit(one)} {'above' if difference > 0 else 'below'}" if far else "equal"
    ours, theirs = (written(number, one, decimals) for number in (row["number"], benchmark.number))
    told = f"{subject(row)}: {ours}; {other}: {theirs}; {side}"
    return f"{told}." if row["complete"] else f"{told}; the period is incomplete."
