"""What customers said when they left: reasons by period and split, with customers and money."""

import ibis
import ibis.expr.types as ir
import pandas as pd

from churnrisk.kpis.ledger import Ledger
from churnrisk.kpis.movements import NO_VALUE
from churnrisk.kpis.table import kpi_table
from churnrisk.settings import ChurnSettings

#: Whether a company can do something about a reason.
OURS, BEYOND_US, NOT_KNOWN = "can be influenced", "beyond us", "not known"
COLUMNS = (
    "period_start",
    "period_end",
    "complete",
    "split",
    "value",
    "reason",
    "reason_kind",
    "influence",
    "customers",
    "mrr",
    "share",
    "rate",
)


def stated_reasons(ledger: Ledger) -> pd.DataFrame:
    """Count who left for which reason, and the MRR that left with them.

    Ends for a competing reason are neither churn nor a stay, and are not among them.

    Returns
    -------
    DataFrame
        The columns of ``COLUMNS``, one row a period, part of a split, and reason: ``customers`` and ``mrr`` lost,
        ``share`` of those who churned there in percent, ``rate`` of those present at the start in percent. Customers
        and MRR of all reasons add up to the churned customers and the churned MRR of the key figures.
    """
    rates = kpi_table(ledger, kpis=["churn_rate"])
    keys = ["period_start", "split", "value"]
    at_risk = rates.set_index(keys)["denominator"]
    left = rates.set_index(keys)["numerator"]
    parts = []
    for split in (None, *ledger.splits):
        rows = ledger.workshop.engine.rows(_counted(ledger, split))
        parts.append(rows.assign(split=split or "all"))
    found = pd.concat(parts, ignore_index=True)
    place = pd.MultiIndex.from_frame(found[keys])
    found["mrr"] = found["mrr"].astype("float64").round(2)
    found["share"] = (100 * found["customers"] / left.reindex(place).to_numpy()).round(6)
    found["rate"] = (100 * found["customers"] / at_risk.reindex(place).to_numpy()).round(6)
    churn = ledger.settings.churn
    found["influence"] = [influence_of(reason, churn) for reason in found["reason"]]
    order = ["period_start", "split", "value", "customers", "reason"]
    found = found.sort_values(order, ascending=[True, True, True, False, True], kind="stable")
    return found[list(COLUMNS)].reset_index(drop=True)


def _counted(ledger: Ledger, split: str | None) -> ir.Table:
    rows = ledger.movements
    rows = rows.filter(rows.kind == "churned")
    value = ibis.literal("all") if split is None else rows[split].cast("string")
    rows = rows.mutate(value=value, reason=ibis.coalesce(rows.reason, NO_VALUE))
    counted = rows.group_by("tiling", "period", "value", "reason", "reason_kind").aggregate(
        customers=rows.count(), mrr=ibis.coalesce(rows.mrr.sum(), 0).cast("float64")
    )
    when = ledger.periods.table().select("tiling", "period", "complete", period_start="start", period_end="end")
    return counted.inner_join(when, ["tiling", "period"]).drop("tiling", "period")


def influence_of(reason: str, churn: ChurnSettings) -> str:
    """Say whether a company can do something about a reason: ``[churn] beyond_us`` lists those it cannot.

    Examples
    --------
    >>> churn = ChurnSettings(beyond_us=["moved_abroad"])
    >>> influence_of("moved_abroad", churn), influence_of("too_expensive", churn), influence_of("not given", churn)
    ('beyond us', 'can be influenced', 'not known')
    """
    if reason in churn.beyond_us:
        return BEYOND_US
    return NOT_KNOWN if reason == NO_VALUE else OURS


def kind_of(reason: str, churn: ChurnSettings) -> str:
    """Say whether a reason is voluntary, involuntary or unknown.

    Examples
    --------
    >>> churn = ChurnSettings(voluntary_reasons=["too_expensive"], involuntary_reasons=["card_expired"])
    >>> [kind_of(reason, churn) for reason in ("too_expensive", "card_expired", "other")]
    ['voluntary', 'involuntary', 'unknown']
    """
    if reason in churn.voluntary_reasons:
        return "voluntary"
    return "involuntary" if reason in churn.involuntary_reasons else "unknown"


def over_all(stated: pd.DataFrame, split: str = "all") -> pd.DataFrame:
    """Sum reasons over all periods: ``value, reason, reason_kind, influence, customers, mrr, share, mrr_share``.

    Who left twice is counted twice. Shares are of the part's customers, and of its MRR, in percent.
    """
    rows = stated[stated["split"] == split]
    keys = ["value", "reason", "reason_kind", "influence"]
    found = rows.groupby(keys, sort=False)[["customers", "mrr"]].sum().reset_index()
    totals = found.groupby("value")[["customers", "mrr"]].transform("sum")
    found["share"] = 100 * found["customers"] / totals["customers"]
    found["mrr_share"] = 100 * found["mrr"] / totals["mrr"].where(totals["mrr"] > 0)
    found = found.sort_values(["value", "customers", "reason"], ascending=[True, False, True], kind="stable")
    return found.reset_index(drop=True)
