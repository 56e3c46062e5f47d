"""Every watched series over its last periods: number, expectation, limits, and whether it was judged."""

from collections.abc import Sequence

import pandas as pd

from churnrisk.kpis.alerts.watch import Judged, Watch, judged_of, percent

COLUMNS = (
    *("kpi", "split", "value", "period", "period_start", "period_end", "number", "numerator", "denominator"),
    *("expected", "low", "high", "chance", "fired", "expectation_from", "season", "judged", "why"),
)


def watched_table(watch: Watch, step: Sequence[Judged]) -> pd.DataFrame:
    """Lay out the series of a step over their last periods, oldest first.

    The limits are those of one period alone; an alarm can also come from two or three periods together.

    Returns
    -------
    DataFrame
        The columns of ``COLUMNS``; rates in percent.
    """
    allowed = watch.allowed(judged_of(step))
    rows: list[dict[str, object]] = []
    for newest in step:
        series = newest.series
        for at in range(max(0, newest.at - watch.settings.history + 1), newest.at + 1):
            rows.append(_line(newest if at == newest.at else watch.judge(series, at), allowed))
        if newest.at < 0:
            rows.append({"kpi": series.kpi, "split": series.split, "value": series.value, "why": newest.why_not})
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _line(judged: Judged, allowed: float) -> dict[str, object]:
    series, at = judged.series, judged.at
    line: dict[str, object] = {
        "kpi": series.kpi,
        "split": series.split,
        "value": series.value,
        "period": series.period[at],
        "period_start": series.start[at],
        "period_end": series.end[at],
        "number": percent(float(series.number[at])),
        "numerator": float(series.lost[at]),
        "denominator": float(series.of[at]),
    }
    if judged.looks:
        first = judged.looks[0]
        low, high = first.limits(allowed)
        line |= {"expected": percent(first.law.expected), "low": percent(low), "high": percent(high)}
        line |= {"chance": float(f"{judged.chance:.3g}"), "fired": judged.chance <= allowed}
        line |= {"expectation_from": series.period[int(first.earlier[0])], "season": first.season}
    return {**line, "judged": bool(judged.looks), "why": judged.why_not}
