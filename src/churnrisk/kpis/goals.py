"""Key figures against what is wanted of them."""

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from churnrisk.errors import SettingsError
from churnrisk.kpis.kpi import KPIS, Kpi
from churnrisk.kpis.wording import (
    PLACE,
    decimals_for,
    is_mrr,
    lines_of,
    must_be_known,
    number_in,
    place,
    plain,
    short_unit,
    subject,
    written,
)
from churnrisk.settings import PipelineSettings

GOAL_COLUMNS = (
    *PLACE,
    *("goal", "better", "reached", "distance", "unit", "customers", "mrr", "money_at_stake", "sentence"),
)


def against_goals(
    table: pd.DataFrame,
    settings: PipelineSettings,
    period: str | None = None,
) -> pd.DataFrame:
    """Set key figures against their goals: the distance, and how many customers and how much money it means.

    Parameters
    ----------
    table
        Key figures in long form.
    period
        The length of the table's periods; goals speak of ``settings.kpis.period`` and stand against no other.

    Returns
    -------
    DataFrame
        One row a goal, period and part: ``number``, ``goal``, ``reached`` (empty while the period is incomplete),
        ``distance`` (number - goal, in ``unit``), ``customers`` and ``mrr`` a month that lie between the two,
        ``money_at_stake`` (mrr × ``economics.months_at_stake``), ``sentence``.

    Raises
    ------
    SettingsError
        When [goals] names a key figure that there is not, or one that should be neither low nor high.
    """
    must_be_known(settings.goals, "goals")
    aimless = [name for name in settings.goals if KPIS[name].better is None]
    if aimless:
        raise SettingsError(
            f"goals.{aimless[0]}: {aimless[0]} should be neither low nor high, so that it has no goal. "
            "Set a goal for a rate, such as churn_rate."
        )
    fits = period in (None, settings.kpis.period)
    worth = _worth(table) if settings.goals and fits else {}
    rows = []
    for name, goal in settings.goals.items() if fits else ():
        for row in lines_of(table, name):
            line = place(row) | {"goal": float(goal), "better": KPIS[name].better}
            mean_mrr = worth.get((row["period_start"], row["period_end"], row["split"], row["value"]))
            far = _Distance(row, float(goal), KPIS[name], mean_mrr)
            rows.append(line | far.cells(settings.economics.months_at_stake))
    found = pd.DataFrame(rows, columns=list(GOAL_COLUMNS))
    return found.astype({"reached": "boolean", "customers": "Int64", "mrr": "float64", "money_at_stake": "float64"})


class _Distance:
    """How far one key figure lies from its goal."""

    def __init__(self, row: Mapping[str, Any], goal: float, known: Kpi, mean_mrr: float | None) -> None:
        self.row, self.goal, self.known, self.low = row, goal, known, known.better == "low"
        self.number, self.of = number_in(row["number"]), number_in(row["denominator"])
        self.mean_mrr = mean_mrr
        self.missed = self.number is not None and (self.number > goal if self.low else self.number < goal)

    def cells(self, months_at_stake: float) -> dict[str, Any]:
        """Give the cells of one line."""
        number = self.number
        customers, mrr = self._means()
        complete = bool(self.row["complete"])
        return {
            "reached": (not self.missed) if number is not None and complete else None,
            "distance": None if number is None else number - self.goal,
            "unit": short_unit(self.known),
            "customers": customers,
            "mrr": mrr,
            "money_at_stake": None if mrr is None else round(mrr * months_at_stake, 2),
            "sentence": self._sentence(customers, mrr),
        }

    def _means(self) -> tuple[int | None, float | None]:
        """Say how many whole customers, and how much MRR, lie between the key figure and its goal."""
        if self.number is None:
            return None, None
        far, of = abs(self.number - self.goal), self.of or 0.0
        if self.counts == "customers":
            customers = _whole(far if self.known.unit == "customers" else far * of / 100, up=self.missed)
            return customers, None if self.mean_mrr is None else round(customers * self.mean_mrr, 2)
        if self.counts == "MRR":
            mrr = round(far * of / 100 if self.known.unit == "%" else far, 2)
            return (_whole(mrr / self.mean_mrr, up=self.missed) if self.mean_mrr else None), mrr
        return None, None

    @property
    def counts(self) -> str:
        """What the key figure is a sum or a share of, if that is customers or MRR."""
        if self.known.unit == "customers" or (self.known.of_customers and "terms" not in self.known.needs):
            return "customers"
        return "MRR" if is_mrr(self.known) or (self.known.unit == "%" and "mrr" in self.known.needs) else ""

    def _sentence(self, customers: int | None, mrr: float | None) -> str:
        if self.number is None:
            return f"{subject(self.row)}: no figure ({self.row['note'] or 'nothing to divide by'})."
        far, known = abs(self.number - self.goal), self.known
        side = "above" if self.number > self.goal else "below"
        decimals = decimals_for(known, far)
        lies = f"{plain(far, decimals)} {short_unit(known)} {side}" if far else "met exactly"
        ours, wanted = (written(one, known, decimals) for one in (self.number, self.goal))
        told = f"{subject(self.row)}: {ours}, goal {wanted}: {lies}"
        meant = self._meant(customers, mrr)
        told += f"; {meant}" if far and meant else ""
        return f"{told}." if self.row["complete"] else f"{told}; the period is incomplete."

    def _meant(self, customers: int | None, mrr: float | None) -> str:
        """Say in customers and money what would have closed the distance, or what there is to spare."""
        money = "" if mrr is None else f"{mrr:,.0f} MRR"
        if customers is None and not money:
            return ""
        people = "" if customers is None else f"{customers:,} customer{'' if customers == 1 else 's'}"
        if not self.missed:
            return f"reached, with {', '.join(part for part in (people, money) if part)} to spare"
        if self.counts == "MRR":
            whose = f", what {people} pay" if people else ""
            return f"{money} {'less would have had to be lost' if self.low else 'more would have had to stay'}{whose}"
        if self.known.unit == "customers":
            return f"that is {people}{f', {money}' if money else ''}"
        does = "fewer would have had to leave" if self.low else "more would have had to stay"
        return f"{people} {does}{f', {money}' if money else ''}"


def _worth(table: pd.DataFrame) -> dict[tuple[Any, ...], float]:
    """Give the mean MRR of a customer at the start of each period, in each part."""
    keys = ["period_start", "period_end", "split", "value"]
    there = table[table["kpi"].isin(["customers_start", "mrr_start"])]
    wide = there.pivot_table(index=keys, columns="kpi", values="number", aggfunc="first", dropna=False, observed=True)
    if not {"customers_start", "mrr_start"} <= set(wide.columns):
        return {}
    wide = wide[(wide["customers_start"] > 0) & wide["mrr_start"].notna()]
    return dict(zip(wide.index, (wide["mrr_start"] / wide["customers_start"]).astype(float), strict=True))


def _whole(amount: float, *, up: bool) -> int:
    """Round to whole customers: up where so many were lacking, down where so many are to spare."""
    return math.ceil(amount - 1e-9) if up else math.floor(amount + 1e-9)
