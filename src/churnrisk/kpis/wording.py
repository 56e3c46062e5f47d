"""How goals and benchmarks are worded: units, periods, numbers, and which part is spoken of."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from churnrisk.catalog import did_you_mean
from churnrisk.errors import SettingsError
from churnrisk.kpis import definitions  # noqa: F401  (registers the key figures)
from churnrisk.kpis.kpi import KPIS, Kpi

#: What every line of goals and benchmarks begins with.
PLACE = ("kpi", "period", "period_start", "period_end", "complete", "split", "value", "number")


def short_unit(one: Kpi) -> str:
    """Say in one word what a distance is counted in.

    Examples
    --------
    >>> short_unit(KPIS["churn_rate"]), short_unit(KPIS["churned"]), short_unit(KPIS["churned_mrr"])
    ('points', 'customers', 'MRR')
    """
    if is_mrr(one):
        return "MRR"
    return "points" if one.unit == "%" else one.unit


def is_mrr(one: Kpi) -> bool:
    """Say whether a key figure is a sum of MRR.

    Examples
    --------
    >>> is_mrr(KPIS["churned_mrr"]), is_mrr(KPIS["arpa"]), is_mrr(KPIS["net_revenue_churn"])
    (True, False, False)
    """
    return one.unit == "money" and "mrr" in one.name


def period_name(start: pd.Timestamp, end: pd.Timestamp) -> str:
    """Write a period as people do.

    Examples
    --------
    >>> day = pd.Timestamp
    >>> period_name(day("2025-05-01"), day("2025-06-01")), period_name(day("2025-04-01"), day("2025-07-01"))
    ('2025-05', '2025-Q2')
    >>> period_name(day("2024-01-01"), day("2025-01-01")), period_name(day("2025-05-02"), day("2025-06-01"))
    ('2024', '2025-05-02 to 2025-05-31')
    """
    months = (end.year - start.year) * 12 + end.month - start.month
    if start.day == end.day == 1:
        if months == 1:
            return f"{start:%Y-%m}"
        if months == 3 and start.month % 3 == 1:
            return f"{start:%Y}-Q{(start.month + 2) // 3}"
        if months == 12 and start.month == 1:
            return f"{start:%Y}"
    return f"{start:%Y-%m-%d} to {end - pd.Timedelta(days=1):%Y-%m-%d}"


def must_be_known(named: Mapping[str, object], section: str) -> None:
    """Refuse names that are no key figures, all at once.

    Raises
    ------
    SettingsError
        With every unknown name and what it was probably meant to be.
    """
    wrong = [name for name in named if name not in KPIS]
    if wrong:
        told = (f"{section}.{name}: there is no key figure {name!r}. {did_you_mean(name, KPIS)}" for name in wrong)
        raise SettingsError("\n".join(told))


def lines_of(table: pd.DataFrame, name: str) -> list[dict[str, Any]]:
    """Give the lines of one key figure."""
    return [{str(key): value for key, value in row.items()} for row in table[table["kpi"] == name].to_dict("records")]


def place(row: Mapping[str, Any]) -> dict[str, Any]:
    """Give the cells with which a line of goals or benchmarks begins."""
    return {"period": period_name(row["period_start"], row["period_end"]), **{k: row[k] for k in PLACE if k in row}}


def number_in(value: Any) -> float | None:
    """Give a cell's number; None where it is empty."""
    return None if value is None or pd.isna(value) else float(value)


def decimals_for(one: Kpi, far: float) -> int:
    """Give as many decimals as a small distance needs; none for customers and money.

    Examples
    --------
    >>> decimals_for(KPIS["churn_rate"], 0.6), decimals_for(KPIS["churn_rate"], 0.04), decimals_for(KPIS["new"], 3)
    (1, 2, 0)
    """
    if one.unit in ("customers", "money"):
        return 0
    return 1 if far >= 0.1 or far == 0 else 2 if far >= 0.01 else 4


def plain(number: float, decimals: int) -> str:
    """Write a number without its unit."""
    return f"{number:,.{decimals}f}"


def written(number: float, one: Kpi, decimals: int) -> str:
    """Write a number, a rate with its sign."""
    return f"{plain(number, decimals)} %" if one.unit == "%" else plain(number, decimals)


def subject(row: Mapping[str, Any]) -> str:
    """Say which key figure of which part and period a line speaks of."""
    where = "" if row["split"] == "all" else f" ({row['split']} {row['value']})"
    return f"{row['kpi']}{where} in {period_name(row['period_start'], row['period_end'])}"
