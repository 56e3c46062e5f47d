"""An alert in the words of people, and as one line of JSON."""

import numpy as np

from churnrisk.kpis import definitions  # noqa: F401  (registers the key figures)
from churnrisk.kpis.alerts.series import Series
from churnrisk.kpis.alerts.watch import Alert, percent
from churnrisk.kpis.kpi import KPIS

#: Beyond so many years nobody counts.
MANY_YEARS = 1000


def as_line(alert: Alert, allowed: float, series: int) -> dict[str, object]:
    """Give an alert as one flat line; rates are in percent, as everywhere.

    Parameters
    ----------
    allowed
        The chance at which a series raises an alarm.
    series
        How many series were judged.

    Returns
    -------
    dict
        ``number, expected, low, high, numerator, denominator`` are those of ``periods`` periods up to ``period``
        together; ``customers`` and ``mrr`` say how much more than expected was lost in them (less: below 0; empty
        where it is not known).
    """
    judged, look = alert.judged, alert.judged.look
    one, at = judged.series, judged.at
    newest = np.arange(at - look.periods + 1, at + 1)
    low, high = look.limits(allowed)
    customers, mrr = _beyond(alert, newest)
    line: dict[str, object] = {
        "kpi": one.kpi,
        "split": one.split,
        "value": one.value,
        "period": one.period[at],
        "period_start": one.start[at],
        "period_end": one.end[at],
        "periods": look.periods,
        "number": percent(look.number),
        "expected": percent(look.law.expected),
        "low": percent(low),
        "high": percent(high),
        "numerator": round(float(one.lost[newest].sum()), 2),
        "denominator": round(float(one.of[newest].sum()), 2),
        "number_in_period": percent(float(one.number[at])),
        "direction": "higher" if look.direction > 0 else "lower",
        "since": one.period[alert.since],
        "first_raised": one.period[alert.raised],
        "chance": float(f"{judged.chance:.3g}"),
        "per_years": float(f"{alert.per_years:.3g}"),
        "series": series,
        "season": look.season,
        "customers": customers,
        "mrr": mrr,
    }
    return {**line, "sentence": sentence(alert, line)}


def _beyond(alert: Alert, newest: np.ndarray) -> tuple[int | None, float | None]:
    """Say how many customers and how much MRR more than expected were lost."""
    look, one = alert.judged.look, alert.judged.series
    more = (look.number - look.law.expected) * float(one.of[newest].sum())
    if one.kind == "money":
        return None, round(more, 2)
    if not len(one.mrr_each):
        return round(more), None
    paid = one.mrr_each[newest]
    each = float(paid[paid > 0].mean()) if (paid > 0).any() else 0.0
    return round(more), round(more * each, 2)


def sentence(alert: Alert, line: dict[str, object]) -> str:
    """Say what moved, where, by how much, since when, and how often chance alone would do that."""
    one, at, look = alert.judged.series, alert.judged.at, alert.judged.look
    first, last = begins(one.period[at - look.periods + 1]), one.period[at].split(" to ")[-1]
    when = f"in {last}" if first == last else f"from {first} to {last}"
    title = KPIS[one.kpi].title
    moved = "rose" if look.direction > 0 else "fell"
    number, expected, low, high = (f"{float(str(line[name])):.2f}" for name in ("number", "expected", "low", "high"))
    told = f"{title[0].upper()}{title[1:]} ({one.where}) {moved} {when}: {number} % where {expected} % was expected "
    told += f"({low} to {high} % by chance), since {begins(one.period[alert.since])}."
    told += _cost(one, line)
    told += f" {_rarity(alert.per_years, int(str(line['series'])))}"
    if look.season == "allowed for":
        told += " The season is allowed for."
    if look.season == "cannot be told":
        told += " Two earlier years are not known, so that a season would look the same."
    if alert.raised < at:
        told += f" First raised for {one.period[alert.raised]}."
    return told


def begins(period: str) -> str:
    """Say when a period begins, in the words of its name.

    Examples
    --------
    >>> begins("2025-05"), begins("2025-05-03 to 2025-06-01")
    ('2025-05', '2025-05-03')
    """
    return period.split(" to ")[0]


def _cost(one: Series, line: dict[str, object]) -> str:
    """Say what was lost beyond the expectation, or less than expected."""
    parts = []
    if line["customers"] is not None:
        number = int(str(line["customers"]))
        parts.append(f"{abs(number):,} customer{'' if abs(number) == 1 else 's'}")
    if line["mrr"] is not None:
        parts.append(f"{abs(float(str(line['mrr']))):,.2f} of MRR")
    more = float(str(line["number"])) > float(str(line["expected"]))
    return f" That is {' and '.join(parts)} {'more' if more else 'less'} than expected."


def _rarity(years: float, series: int) -> str:
    if years >= MANY_YEARS:
        often = f"less than once in {MANY_YEARS:,} years"
    elif years >= 1.5:
        often = f"once in {years:,.0f} years"
    else:
        often = f"{1 / years:.1f} times a year"
    return f"Chance alone does this {often} over the {series} watched series."
