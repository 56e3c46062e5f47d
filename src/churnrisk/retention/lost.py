"""Who left lately: whom to win back, those first who chose to go."""

from collections.abc import Mapping
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir
import pandas as pd

from churnrisk.presence.spells import presence
from churnrisk.presence.standing import GONE
from churnrisk.presence.subscriptions import paid_stays
from churnrisk.settings import ChurnSettings
from churnrisk.snapshots.build import Workshop
from churnrisk.snapshots.known import READ
from churnrisk.snapshots.spine import spans
from churnrisk.tables.past import past
from churnrisk.timeline import midnight

COLUMNS = (
    *("customer_id", "churned_at", "left_at", "kind", "reason", "mrr"),
    *("last_satisfaction", "last_satisfaction_at", "last_survey_score", "last_survey_at"),
)
KINDS = ("voluntary", "unknown", "involuntary")


def lost(workshop: Workshop, cutoff: date, shown: pd.DataFrame | None = None) -> pd.DataFrame:
    """List the customers who left in the last ``[team] lost_days`` and have not come back, as known at a cutoff.

    Parameters
    ----------
    shown
        ``customer_id`` and the columns that tell who a customer is, to stand behind it.

    Returns
    -------
    DataFrame
        ``churned_at`` (the churn day), ``left_at`` (the day service ended), ``kind`` (voluntary, unknown,
        involuntary), ``reason``, ``mrr`` (at the end), and the last ticket's satisfaction and the last survey's
        score. Those who chose to go stand first, then by MRR. Competing ends are no loss and are left out.
    """
    settings, engine = workshop.settings, workshop.engine
    left = engine.keep(_left(workshop, cutoff), "left_lately")
    rows = engine.rows(left)
    for name in _SAID:
        rows = rows.merge(_newest(workshop, cutoff, name, left), on="customer_id", how="left", validate="1:1")
    rows["kind"] = [kind_of(reason, settings.churn) for reason in rows["reason"]]
    rows["mrr"] = rows["mrr"].astype("float64").round(2)
    rows["place"] = rows["kind"].map(KINDS.index)
    rows = rows.sort_values(
        ["place", "mrr", "customer_id"], ascending=[True, False, True], na_position="last", ignore_index=True
    )
    rows = rows[list(COLUMNS)]
    if shown is None:
        return rows
    more = [name for name in shown.columns if name == "customer_id" or name not in COLUMNS]
    about = shown.loc[shown["customer_id"].isin(rows["customer_id"]), more]
    found = rows.merge(about, on="customer_id", how="left", validate="1:1")
    return found[["customer_id", *[name for name in more if name != "customer_id"], *COLUMNS[1:]]]


def kind_of(reason: object, churn: ChurnSettings) -> str:
    """Say whether an end was chosen, by its reason.

    Examples
    --------
    >>> churn = ChurnSettings(voluntary_reasons=["too_expensive"], involuntary_reasons=["card_expired"])
    >>> [kind_of(reason, churn) for reason in ("too_expensive", "card_expired", None)]
    ['voluntary', 'involuntary', 'unknown']
    """
    if reason in churn.voluntary_reasons:
        return "voluntary"
    return "involuntary" if reason in churn.involuntary_reasons else "unknown"


def _left(workshop: Workshop, cutoff: date) -> ir.Table:
    """Give the last spell of each customer gone at a cutoff who left within the days that count."""
    churn, contracts = workshop.settings.churn, workshop.tables.contracts
    at = spans([cutoff], churn).select("cutoff")
    names = READ[churn.kind] or tuple(churn.activity or {"usage": True})
    stood = workshop.standing([cutoff])
    gone = workshop.engine.keep(stood.filter(stood.state == GONE).select("customer_id", "mrr"), "gone")
    tables = {name: workshop.tables[name].semi_join(gone, "customer_id") for name in names}  # few, of many customers
    known = {name: _known(tables[name], contracts[name], at) for name in names}
    spells = presence(known, churn, midnight(cutoff))
    last = spells.mutate(last_start=spells.started_at.max().over(ibis.window(group_by="customer_id")))
    last = last.filter(last.started_at == last.last_start)
    last = last.mutate(left_at=last.known_at - ibis.interval(days=churn.bridging_days))
    since = midnight(cutoff - timedelta(days=workshop.settings.team.lost_days))
    last = last.filter(last.churned_at.notnull() & ~last.competing & (last.left_at >= since))
    rows = last.inner_join(gone, "customer_id")
    if churn.kind == "contract":
        rows = rows.drop("mrr").left_join(_mrr_at_the_end(known, churn), "customer_id")
    return rows.select("customer_id", "churned_at", "left_at", "reason", "mrr")


def _known(table: ir.Table, contract: object, at: ir.Table) -> ir.Table:
    """Give a table as known at a cutoff; what a subscription cost is what it last cost."""
    if "mrr" in table.columns:
        table = table.mutate(mrr_then=table.mrr)
    return past(table, contract, at).drop("cutoff")  # type: ignore[arg-type]


def _mrr_at_the_end(known: Mapping[str, ir.Table], churn: ChurnSettings) -> ir.Table:
    """Sum what each customer's last subscriptions cost: those that ended last."""
    stays = paid_stays(known["subscriptions"], churn)
    cost = stays.mrr_then if "mrr_then" in stays.columns else ibis.null("decimal(18, 2)")
    stays = stays.select("customer_id", "end", cost=cost)
    last = stays.mutate(last_end=stays.end.max().over(ibis.window(group_by="customer_id")))
    last = last.filter(last.end == last.last_end)
    return last.group_by("customer_id").aggregate(mrr=last.cost.sum())


#: Table = its column that tells how content a customer was, when that was said, and the names in the list.
_SAID = {
    "tickets": ("satisfaction", "resolved_at", "last_satisfaction", "last_satisfaction_at"),
    "surveys": ("score", "answered_at", "last_survey_score", "last_survey_at"),
}


def _newest(workshop: Workshop, cutoff: date, name: str, customers: ir.Table) -> pd.DataFrame:
    """Give some customers' newest answer known at a cutoff; no rows where the table is not there."""
    value, when, called, dated = _SAID[name]
    none = pd.DataFrame({"customer_id": pd.Series(dtype="object"), called: pd.Series(dtype="float64")})
    none[dated] = pd.Series(dtype="datetime64[us]")
    if name not in workshop.tables:
        return none
    at = spans([cutoff], workshop.settings.churn).select("cutoff")
    table = workshop.tables[name].semi_join(customers, "customer_id")
    rows = past(table, workshop.tables.contracts[name], at)
    if not {value, when} <= set(rows.columns):
        return none
    rows = rows.filter(rows[value].notnull() & rows[when].notnull())
    order = ibis.struct({"when": rows[when], "value": rows[value]})
    newest = rows.group_by("customer_id").aggregate(**{called: rows[value].argmax(order), dated: rows[when].max()})
    return workshop.engine.rows(newest)
