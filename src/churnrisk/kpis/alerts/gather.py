"""The watched series of a pipeline, counted from its ledger."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pandas as pd

from churnrisk.errors import SettingsError
from churnrisk.kpis.alerts.bootstrap import resampled
from churnrisk.kpis.alerts.series import Numbers, Places, Series
from churnrisk.kpis.kpi import KPIS
from churnrisk.kpis.ledger import Ledger
from churnrisk.kpis.table import kpi_table, left_out
from churnrisk.kpis.wording import must_be_known, period_name

#: Revenue rates = which loss they count, and whether they fall when it rises.
MONEY = {
    "gross_revenue_churn": ("gross", 1),
    "net_revenue_churn": ("net", 1),
    "grr": ("gross", -1),
    "drr": ("net", -1),
}
#: Who is at stake, beside the key figures themselves.
BESIDE = ("customers_start", "churned", "churned_mrr")
#: Movements times replicates are at most so many, as long as there are so many replicates.
MOST, FEWEST = 2_000_000_000, 50
#: Unit = periods of it that a season may tell apart.
PLACES = {"month": 12, "quarter": 4}


@dataclass(frozen=True)
class Watched:
    """All series of one pipeline.

    Parameters
    ----------
    series
        One for each key figure in the whole and in each part.
    left_out
        Key figure = why it is not watched.
    places
        Periods a year that a season may tell apart; 0 where there are none.
    tests_a_year
        How often a year each series is judged.
    """

    series: list[Series]
    left_out: dict[str, str]
    places: int
    tests_a_year: float


def gather(ledger: Ledger, watch: Sequence[str], *, replicates: int, seed: int) -> Watched:
    """Count every watched series of a ledger, in the whole and in each part of its splits.

    Raises
    ------
    SettingsError
        When a key figure is watched that is neither a rate of customers nor a revenue rate.
    """
    must_be_watchable(watch)
    off = {name: why for name in watch if (why := left_out(ledger, KPIS[name]))}
    names = [name for name in dict.fromkeys(watch) if name not in off]
    beside = [name for name in BESIDE if not left_out(ledger, KPIS[name])]
    table = kpi_table(ledger, kpis=list(dict.fromkeys([*names, *beside])))
    table = _of_newest_tiling(table, ledger)
    moments = _moments(ledger, names, replicates, seed)
    found = []
    for (split, value), rows in table.groupby(["split", "value"], sort=False):
        wide = {str(name): one.set_index("period_start").sort_index() for name, one in rows.groupby("kpi")}
        if wide["customers_start"]["number"].max() > 0:
            found += [_series(name, str(split), str(value), wide, moments, ledger) for name in names]
    return Watched(found, off, PLACES.get(ledger.periods.unit, 0), _tests_a_year(ledger))


def must_be_watchable(watch: Sequence[str]) -> None:
    """Refuse key figures of which chance cannot be told.

    Raises
    ------
    SettingsError
        With every such name.
    """
    must_be_known(dict.fromkeys(watch), "alerts.watch")
    known = [name for name, one in KPIS.items() if one.of_customers or name in MONEY]
    wrong = [name for name in watch if name not in known]
    if wrong:
        raise SettingsError(f"alerts.watch: {', '.join(wrong)} cannot be watched. Rates can: {', '.join(known)}.")


def _of_newest_tiling(table: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """Keep the periods that lie end to end with the newest complete one."""
    rows = ledger.periods.rows
    if ledger.periods.tilings == 1:
        return table
    tiling = rows.loc[rows["complete"], "tiling"].iloc[-1]
    return table[table["period_start"].isin(rows.loc[rows["tiling"] == tiling, "start"])]


def _moments(ledger: Ledger, names: Sequence[str], replicates: int, seed: int) -> dict[str, pd.DataFrame]:
    """Resample the movements of the whole and of each split."""
    if not any(name in MONEY for name in names):
        return {}
    starts = ledger.periods.rows.set_index(["tiling", "period"])["start"]
    engine, moved = ledger.workshop.engine, ledger.movements
    rows = int(engine.rows(moved.aggregate(number=moved.count()))["number"].sum())
    replicates = max(FEWEST, min(replicates, MOST // max(rows, 1)))
    found = {}
    for split in (None, *ledger.splits):
        drawn = engine.rows(resampled(moved, split, replicates=replicates, seed=seed))
        drawn = drawn.join(starts, on=["tiling", "period"], how="inner")
        found[split or "all"] = drawn.set_index(["value", "start"])
    return found


def _series(
    name: str,
    split: str,
    value: str,
    wide: Mapping[str, pd.DataFrame],
    moments: Mapping[str, pd.DataFrame],
    ledger: Ledger,
) -> Series:
    lines = wide[name]
    start, end = lines.index, lines["period_end"]
    money = {}
    if name in MONEY:
        loss, sign = MONEY[name]
        drawn = moments[split]
        mine = drawn.loc[value] if value in drawn.index.get_level_values(0) else drawn.iloc[:0].droplevel(0)
        mine = mine.reindex(start).fillna(0.0)
        money = {
            "variance": mine[f"{loss}_variance"].to_numpy(float),
            "third": sign * mine[f"{loss}_third"].to_numpy(float),
            "events": mine["events"].to_numpy(float),
        }
    return Series(
        kpi=name,
        split=split,
        value=value,
        kind="money" if name in MONEY else "customers",
        lost=lines["numerator"].to_numpy(float),
        of=lines["denominator"].fillna(0.0).to_numpy(float),
        customers=wide["customers_start"]["number"].to_numpy(float),
        ripe=_ripe(name, lines, ledger),
        period=[period_name(one, two) for one, two in zip(start, end, strict=True)],
        start=[f"{one:%Y-%m-%d}" for one in start],
        end=[f"{one:%Y-%m-%d}" for one in end],
        month=_places(start, ledger.periods.unit),
        mrr_each=_mrr_each(name, wide),
        **money,
    )


def _places(start: pd.Index, unit: str) -> Places:
    months = pd.DatetimeIndex(start).month.to_numpy() - 1
    return np.asarray(months // 3 if unit == "quarter" else months, dtype=np.int64)


def _mrr_each(name: str, wide: Mapping[str, pd.DataFrame]) -> Numbers:
    """Give the mean MRR of who churned in each period; empty where the key figure counts others."""
    if "churned_mrr" not in wide or name in MONEY or not name.endswith("churn_rate") or name.startswith("early"):
        return np.empty(0)
    paid, left = (wide[one]["number"].to_numpy(float) for one in ("churned_mrr", "churned"))
    return np.divide(paid, left, out=np.zeros(len(paid)), where=left > 0)


def _ripe(name: str, lines: pd.DataFrame, ledger: Ledger) -> int:
    """Count the oldest periods that are final; for early churn the early days of the last start must have passed."""
    complete = lines["complete"].to_numpy(bool)
    if name == "early_churn_rate":
        churn = ledger.settings.churn
        wait = timedelta(days=churn.early_days + churn.bridging_days)
        complete = complete & (lines["period_end"] + wait <= ledger.tables.complete_to).to_numpy(bool)
    return int(complete.cumprod().sum())


def _tests_a_year(ledger: Ledger) -> float:
    """Say how often a year a new period can be judged: each day where periods overlap."""
    periods = ledger.periods
    return 365.25 if periods.tilings > 1 else 12 / float(periods.rows["months"].iloc[0])
