"""The table of key figures in long form: one row a period, part of a split, and key figure."""

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from churnrisk.kpis import definitions  # noqa: F401  (registers the key figures)
from churnrisk.kpis.bands import band_names
from churnrisk.kpis.kpi import KPIS, Kpi
from churnrisk.kpis.ledger import Ledger
from churnrisk.kpis.movements import NEW_BAND, NO_VALUE
from churnrisk.modeling.wilson import wilson

COLUMNS = (
    "period_start",
    "period_end",
    "complete",
    "split",
    "value",
    "kpi",
    "number",
    "numerator",
    "denominator",
    "low",
    "high",
    "note",
)
#: A rate over fewer customers is shown with its interval.
FEW = 30
#: What the tables must hold = how it is said that they do not.
LACKING = {
    "mrr": "what customers pay is not known",
    "reasons": "no reason is given for an end",
    "terms": "terms are not known one by one: it needs term_ends_at in one row a term (fixed)",
    "nps": "there are no NPS answers",
    "csat": "there are no satisfaction answers",
    "cost": "economics.acquisition_cost is not set",
    "competing": "no competing reasons are set",
}


def kpi_table(ledger: Ledger, *, kpis: Sequence[str] = ()) -> pd.DataFrame:
    """Give every key figure for each period, in the whole and in each part of each split.

    Parameters
    ----------
    kpis
        Only these; empty means all that the tables allow.

    Returns
    -------
    DataFrame
        The columns of ``COLUMNS``: ``number`` in the key figure's unit (percent for rates), ``numerator`` and
        ``denominator`` behind it, ``low`` and ``high`` of its 95 % interval (Wilson) where it is a share of
        customers, and ``note`` with what a reader must know.
    """
    wanted = [KPIS[name] for name in kpis] or [one for one in KPIS.values() if not left_out(ledger, one)]
    rows = ledger.workshop.engine.rows(_wide(ledger, wanted))
    found = pd.concat([_long(rows, one, ledger) for one in wanted], ignore_index=True)
    order = {name: place for place, name in enumerate(KPIS)}
    found = found.assign(_place=found["kpi"].map(order), _split=found["split"] != "all", _band=_bands(found, ledger))
    found = found.sort_values(["period_start", "_split", "split", "_band", "value", "_place"], kind="stable")
    return found[list(COLUMNS)].reset_index(drop=True)


def _bands(found: pd.DataFrame, ledger: Ledger) -> pd.Series:
    """Give the place of each MRR band, from the lowest; 0 for the parts of other splits."""
    if "mrr_band" not in ledger.splits:
        return pd.Series(0, index=found.index)
    places = {name: place for place, name in enumerate([*band_names(ledger.bounds), NEW_BAND, NO_VALUE])}
    return found["value"].map(places).where(found["split"] == "mrr_band", 0)


def left_out(ledger: Ledger, one: Kpi) -> str:
    """Say why a key figure does not apply to a pipeline's tables; empty where it does."""
    settings, tables = ledger.settings, ledger.tables
    there = {
        "mrr": ledger.has_mrr,
        "reasons": _has_reasons(ledger),
        "terms": ledger.has_terms,
        "nps": "surveys" in tables,
        "csat": "surveys" in tables,
        "cost": settings.economics.acquisition_cost is not None,
        "competing": bool(settings.churn.competing_reasons),
    }
    missing = [LACKING[need] for need in one.needs if not there[need]]
    return "; ".join(missing)


def _has_reasons(ledger: Ledger) -> bool:
    churn, tables = ledger.settings.churn, ledger.tables
    if churn.kind == "inactivity":
        return False
    table, column = ("subscriptions", "end_reason") if churn.kind == "contract" else ("churn_events", "reason")
    return column in tables[table].columns


def _wide(ledger: Ledger, wanted: Sequence[Kpi]) -> ir.Table:
    """Compute the key figures of every split: for each a numerator and, where it has one, a denominator."""
    economics = ledger.settings.economics
    counts = ledger.counted_by_all()
    newcomers = counts.new if ledger.settings.kpis.convention == "new_in_denominator" else ibis.literal(0)
    passed = {name: counts[f"passed_{name}"] for name in ("voluntary", "involuntary", "unknown")}
    came_and_went = passed["voluntary"] + passed["involuntary"] + passed["unknown"]  # 0 but for that convention
    counts = counts.mutate(
        at_risk=counts.customers_start - counts.competing + newcomers + came_and_went,
        lost=counts.churned + came_and_went,
        **{f"lost_{name}": counts[name] + number for name, number in passed.items()},
        mrr_at_risk=counts.mrr_start - counts.competing_mrr,
        margin=ibis.literal(1.0 if economics.gross_margin is None else economics.gross_margin),
        acquisition_cost=ibis.literal(economics.acquisition_cost, type="float64"),
    )
    columns: dict[str, ir.Value] = {}
    for one in wanted:
        found = one.compute(counts)
        columns[f"{one.name}__part"] = found.part.cast("decimal(38, 2)" if _is_money(found.part) else "float64")
        if found.whole is not None:
            columns[f"{one.name}__whole"] = found.whole.cast("float64")
    return counts.select("split", "value", "start", "end", "complete", **columns)


def _is_money(value: ir.Value) -> bool:
    return value.type().is_decimal()


def _long(rows: pd.DataFrame, one: Kpi, ledger: Ledger) -> pd.DataFrame:
    """Turn one key figure's columns into rows, each with its interval and what a reader must know."""
    part = rows[f"{one.name}__part"].astype(float).to_numpy()
    name = f"{one.name}__whole"
    whole = rows[name].to_numpy(float) if name in rows else None
    incomplete = ~rows["complete"].to_numpy(bool)
    number = _number(one, part, whole)
    number = np.where(incomplete & one.whole_periods, np.nan, number)
    low, high = _interval(one, number, part, whole)
    return pd.DataFrame(
        {
            "period_start": rows["start"],
            "period_end": rows["end"],
            "complete": ~incomplete,
            "split": rows["split"],
            "value": rows["value"],
            "kpi": one.name,
            "number": number,
            "numerator": part,
            "denominator": np.nan if whole is None else whole,
            "low": low,
            "high": high,
            "note": _notes(one, number, whole, incomplete, before_margin=_before_margin(one, ledger)),
        }
    )


def _number(one: Kpi, part: np.ndarray, whole: np.ndarray | None) -> np.ndarray:
    places = 2 if one.unit == "money" else 8
    if whole is None:
        return np.round(part, places)
    ratio = np.divide(part, whole, out=np.full(len(part), np.nan), where=whole > 0)
    return np.round(100 * ratio if one.unit in ("%", "points") else ratio, places)


def _interval(
    one: Kpi, number: np.ndarray, part: np.ndarray, whole: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    """Give the 95 % Wilson interval of a share of customers, in percent; empty for everything else."""
    none = np.full(len(part), np.nan)
    if not one.of_customers or whole is None or not len(part):
        return none, none
    some = ~np.isnan(number)
    low, high = none.copy(), none.copy()
    if some.any():
        low[some], high[some] = (np.round(100 * bound, 6) for bound in wilson(part[some] / whole[some], whole[some]))
    return low, high


def _before_margin(one: Kpi, ledger: Ledger) -> bool:
    return one.name == "ltv" and ledger.settings.economics.gross_margin is None


def _notes(
    one: Kpi, number: np.ndarray, whole: np.ndarray | None, incomplete: np.ndarray, *, before_margin: bool
) -> list[str]:
    """Say of each number what a reader must know: why it is empty, that it is not final, that it rests on few."""
    notes = []
    for place, value in enumerate(number):
        told = []
        if incomplete[place]:
            told.append("not shown while the period is incomplete" if one.whole_periods else "incomplete")
        elif np.isnan(value):
            told.append(one.empty)
        if one.of_customers and whole is not None and 0 < whole[place] < FEW:
            told.append(f"fewer than {FEW} customers")
        if one.name == "net_revenue_churn" and value < 0:
            told.append("negative churn")
        if before_margin and not np.isnan(value):
            told.append("before margin")
        notes.append("; ".join(told))
    return notes
