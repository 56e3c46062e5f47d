"""Labels and key figures count the same leavers: five numbers for each month that must add up, customer by customer.

Of each month, at lead 0 and a horizon to the next month's start:

    positives of the label = churned + left and back within the month - leaving at the cutoff - not scored

Each number comes from its own source: positives from the label, churned from the ledger of key figures, the others
from ``presence`` and from how customers stood at the month's start.
"""

from dataclasses import dataclass
from datetime import date

import ibis.expr.types as ir
import pandas as pd

from churnrisk.kpis.ledger import Ledger
from churnrisk.kpis.periods import lay_periods
from churnrisk.labels.churned import labels
from churnrisk.presence.standing import AT_RISK, LEAVING
from churnrisk.settings import ChurnSettings
from churnrisk.snapshots.build import Workshop
from churnrisk.snapshots.spine import is_labelled, spans, spine
from churnrisk.timeline import month_starts

NUMBERS = ("positives", "churned", "left_and_back", "leaving", "not_scored")
#: How many customers are named when a month does not add up.
MOST_NAMED = 5


@dataclass(frozen=True)
class Identity:
    """The five numbers of each labelled month.

    Parameters
    ----------
    rows
        One row a month: ``cutoff`` and the five numbers.
    customers
        Up to five customers whose numbers do not add up, as ``customer_id (month)``; empty where all do.

    Examples
    --------
    >>> numbers = {"positives": [7], "churned": [8], "left_and_back": [1], "leaving": [2], "not_scored": [0]}
    >>> Identity(pd.DataFrame({"cutoff": [pd.Timestamp("2025-03-01")], **numbers})).wrong
    []
    """

    rows: pd.DataFrame
    customers: tuple[str, ...] = ()

    @property
    def wrong(self) -> list[str]:
        """The months that do not add up."""
        rows = self.rows
        expected = rows.churned + rows.left_and_back - rows.leaving - rows.not_scored
        return [str(day.date()) for day in rows.cutoff[rows.positives != expected]]

    @property
    def fault(self) -> str:
        """Say what does not add up and whose rows to look at; empty where all is well."""
        if not self.wrong and not self.customers:
            return ""
        months = f" in {', '.join(self.wrong)}" if self.wrong else ""
        return (
            f"Labels and key figures do not count the same leavers{months}: positives should be churned + left and "
            f"back - leaving - not scored. Customers: {', '.join(self.customers) or 'none found'}. Look at their "
            "rows in the tables; if those are right, this is a fault of churnrisk."
        )


def identity(workshop: Workshop) -> Identity | None:
    """Count leavers by the label and by the key figures, for every month that is labelled.

    Returns
    -------
    Identity or None
        None where the data hold no month whose labels are all certain.
    """
    churn = by_month(workshop.settings.churn)
    complete_to = workshop.tables.complete_to.date()
    months = month_starts(workshop.tables.observed_from.date(), complete_to)
    months = [month for month in months if is_labelled(month, complete_to, churn)]
    if not months:
        return None
    span = spans(months, churn)
    stood = workshop.standing(months)
    at_risk = spine(stood, workshop.tables.observed_from)
    label = labels(at_risk, workshop.presence, span)
    label = label.filter(label.churned == 1)
    left = workshop.engine.keep(with_state(leavers(workshop.presence, span), stood), "identity_left")
    periods = lay_periods("month", workshop.tables.observed_from, workshop.tables.complete_to, churn.bridging_days)
    ledger = Ledger(workshop, periods, scoped=False)
    rows = _counted(workshop, months, label, left, ledger)
    found = Identity(rows)
    return Identity(rows, _named(workshop, found, label, left, ledger)) if found.wrong else found


def by_month(churn: ChurnSettings) -> ChurnSettings:
    """Give the same definition of churn at lead 0 and a horizon from a month's start to the next.

    Examples
    --------
    >>> by_month(ChurnSettings(kind="inactivity", horizon=90)).horizon
    'month'
    """
    return churn.model_copy(update={"lead_days": 0, "horizon": "month", "horizons": []})


def leavers(presence: ir.Table, span: ir.Table) -> ir.Table:
    """Find who was there at a month's start and left within it, by presence alone.

    Parameters
    ----------
    span
        ``cutoff``, ``counts_to``: a month's start and end.

    Returns
    -------
    Table
        ``customer_id, cutoff``; ``gone``: away at the month's end, and that end is churn; ``back``: left, and neither
        gone nor left out; ``competed``: the end of the spell that held the month's start is a competing one.
    """
    ended = presence.filter(presence.churned_at.notnull())
    ended = ended.mutate(month=ended.churned_at.truncate("M"))
    first = ended.inner_join(span, ended.month == span.cutoff)
    first = first.filter(first.started_at < first.cutoff)
    first = first.select("customer_id", "cutoff", "counts_to", competed="competing")
    spells = presence.select("customer_id", "started_at", "churned_at", "competing")
    beside = first.inner_join(spells, "customer_id")
    stays = (beside.started_at < beside.counts_to) & (
        beside.churned_at.isnull() | (beside.churned_at >= beside.counts_to)
    )
    ends = (beside.churned_at >= beside.cutoff) & (beside.churned_at < beside.counts_to)
    after = beside.group_by("customer_id", "cutoff", "competed").aggregate(
        there=stays.any(), last_competes=beside.competing.argmax(beside.churned_at, where=ends)
    )
    gone = ~after.there & ~after.last_competes.fill_null(False)
    after = after.mutate(gone=gone, back=~gone & ~after.competed)
    return after.filter(after.gone | after.back).select("customer_id", "cutoff", "gone", "back", "competed")


def with_state(left: ir.Table, stood: ir.Table) -> ir.Table:
    """Say of each leaver whether it was leaving at the month's start already, or not scored for another reason."""
    state = stood.select(who="customer_id", at="cutoff", state="state")
    joined = left.left_join(state, [left.customer_id == state.who, left.cutoff == state.at])
    stands = joined.state.fill_null("gone")
    leaving = stands == LEAVING
    scored = (stands == AT_RISK) & ~joined.competed
    return joined.select("customer_id", "cutoff", "gone", "back", leaving=leaving, not_scored=~leaving & ~scored)


def _counted(workshop: Workshop, months: list[date], label: ir.Table, left: ir.Table, ledger: Ledger) -> pd.DataFrame:
    """Put the five numbers of each month side by side."""
    numbers = {"left_and_back": left.back.sum(), "leaving": left.leaving.sum(), "not_scored": left.not_scored.sum()}
    told = workshop.engine.rows(left.group_by("cutoff").aggregate(**numbers)).set_index("cutoff")
    positives = workshop.engine.rows(label.group_by("cutoff").aggregate(positives=label.count()))
    counted = workshop.engine.rows(ledger.counted())
    rows = pd.DataFrame(index=pd.to_datetime(months).astype("datetime64[us]").rename("cutoff"))
    rows = rows.join(positives.set_index("cutoff")).join(counted.set_index("start")["churned"]).join(told)
    return rows.fillna(0).astype("int64")[list(NUMBERS)].reset_index()


def _named(workshop: Workshop, found: Identity, label: ir.Table, left: ir.Table, ledger: Ledger) -> tuple[str, ...]:
    """Name customers of months that do not add up whose own five numbers do not either."""
    rows = workshop.engine.rows
    moved = ledger.movements
    churned = rows(moved.filter(moved.kind == "churned").select("customer_id", "tiling", "period"))
    churned = churned.merge(ledger.periods.rows, on=["tiling", "period"]).rename(columns={"start": "cutoff"})
    told = rows(left).rename(columns={"back": "left_and_back"})
    parts = [rows(label.select("customer_id", "cutoff")).assign(positives=1), churned.assign(churned=1), told]
    every = pd.concat(parts)[["customer_id", "cutoff", *NUMBERS]].fillna(0).infer_objects()
    every = every[every.cutoff.dt.strftime("%Y-%m-%d").isin(found.wrong)]
    sums = every.astype(dict.fromkeys(NUMBERS, "int64")).groupby(["cutoff", "customer_id"]).sum()
    off = sums.positives != sums.churned + sums.left_and_back - sums.leaving - sums.not_scored
    return tuple(f"{customer} ({cutoff:%Y-%m-%d})" for cutoff, customer in sums.index[off][:MOST_NAMED])
