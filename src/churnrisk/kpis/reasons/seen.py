"""Who is compared: customers at past cutoffs, with what was known of them then and why they left later."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd

from churnrisk.kpis.ledger import Ledger
from churnrisk.kpis.movements import NO_VALUE
from churnrisk.kpis.reasons.stated import kind_of
from churnrisk.kpis.scope import wanted_values
from churnrisk.settings import ReasonSettings, ScopeSettings
from churnrisk.snapshots.build import Workshop
from churnrisk.snapshots.plan import plan

#: Of the customers who stayed, about so many a cutoff are looked at; all who left are.
MOST_OTHERS = 20_000


@dataclass(frozen=True)
class Seen:
    """Customers at past cutoffs.

    Parameters
    ----------
    rows
        ``customer_id, cutoff, churned``, the signals, ``reason`` and ``reason_kind`` of those who left within the
        horizon, ``mrr`` (empty where unknown) and one column a split, both at the start of the cutoff's period.
    signals
        Columns of signals, as known at the cutoff.
    notes
        What a reader must know.
    """

    rows: pd.DataFrame
    signals: list[str]
    notes: list[str] = field(default_factory=list)


def newest_cutoffs(workshop: Workshop, settings: ReasonSettings, scope: ScopeSettings) -> list[date]:
    """List the newest labelled cutoffs within the scope's time, oldest first."""
    days = [
        day
        for day in plan(workshop).labelled
        if (scope.start is None or day >= scope.start) and (scope.end is None or day < scope.end)
    ]
    return days[-settings.cutoffs :]


def seen_at(ledger: Ledger, days: Sequence[date], *, most_others: int = MOST_OTHERS) -> Seen:
    """Describe customers at some cutoffs, all who left and a share of those who stayed.

    Whether a customer is looked at follows from its id alone, so that it is so at every cutoff.
    """
    workshop = ledger.workshop
    if len(days) > 1:
        workshop.hold()
    frames, thinned = [], 1.0
    for day in days:
        found = workshop.snapshots([day]).rows.drop(columns=workshop.choice.attributes)
        stayed = found["churned"] == 0
        share = min(1.0, most_others / max(1, int(stayed.sum())))
        thinned = min(thinned, share)
        frames.append(found[~stayed | (_lot(found["customer_id"]) < share)])
    rows = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=["customer_id", "cutoff"])
    rows["churned"] = rows["churned"].astype(bool) if len(rows) else pd.Series(dtype=bool)
    rows = _with_reasons(rows, workshop)
    rows = _with_splits(rows, ledger)
    signals = [one.name for one in workshop.choice.on]
    notes = [f"Of those who stayed, {100 * thinned:.0f} % were looked at, chosen by their id."] if thinned < 1 else []
    return Seen(rows, signals, notes)


def _lot(customers: pd.Series) -> np.ndarray:
    """Give each customer a number from 0 to 1 that follows from its id."""
    return pd.util.hash_array(customers.to_numpy(dtype=object)) / float(2**64)


def _with_reasons(rows: pd.DataFrame, workshop: Workshop) -> pd.DataFrame:
    """Put beside who left why: the reason of the first end from the cutoff on."""
    spells = workshop.presence
    ended = spells.filter(spells.churned_at.notnull() & ~spells.competing)
    ends = workshop.engine.rows(ended.select("customer_id", "churned_at", "reason"))
    ends = ends.sort_values(["churned_at", "customer_id"]).assign(
        churned_at=lambda one: one["churned_at"].astype("datetime64[us]")
    )
    rows = rows.assign(cutoff=rows["cutoff"].astype("datetime64[us]"))
    left = rows.loc[rows["churned"], ["customer_id", "cutoff"]].reset_index().sort_values("cutoff")
    paired = pd.merge_asof(left, ends, left_on="cutoff", right_on="churned_at", by="customer_id", direction="forward")
    told = paired.set_index("index")["reason"].astype(object)
    reason = told.where(told.notna(), NO_VALUE).reindex(rows.index)
    churn = workshop.settings.churn
    kind = reason.map(lambda one: kind_of(one, churn), na_action="ignore")
    return rows.assign(reason=reason, reason_kind=kind)


def _with_splits(rows: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """Put beside each row its splits and MRR as the cutoff's period began; keep only who was in the scope then."""
    engine, periods = ledger.workshop.engine, ledger.periods.rows
    starts = periods.loc[periods["tiling"] == 0, "start"].sort_values().to_numpy()
    place = np.searchsorted(starts, rows["cutoff"].to_numpy(), side="right") - 1
    asked = engine.frame(rows[["customer_id", "cutoff"]].assign(at=place.astype("int32")))
    runs = ledger.runs
    runs = runs.filter(runs.tiling == 0).select(
        who="customer_id",
        since="first",
        until="last",
        mrr=runs.mrr.cast("float64"),
        **{name: runs[name] for name in ledger.splits},
    )
    here = asked.inner_join(
        runs, [asked.customer_id == runs.who, runs.since <= asked["at"], runs.until >= asked["at"]]
    )
    told = engine.rows(here.select("customer_id", "cutoff", "mrr", *ledger.splits)).drop_duplicates(
        ["customer_id", "cutoff"]
    )
    told["cutoff"] = told["cutoff"].astype("datetime64[us]")
    found = rows.merge(told.assign(within=True), on=["customer_id", "cutoff"], how="left")
    found = (found[found["within"].notna()] if wanted_values(ledger.scope) else found).drop(columns="within")
    for name in ledger.splits:
        found[name] = found[name].astype(object).where(found[name].notna(), NO_VALUE)
    return found.reset_index(drop=True)
