"""Everything about why customers leave: what they say, what was known before, and where the two disagree."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from churnrisk.catalog import did_you_mean
from churnrisk.features.build import GROUPS, SIGNALS
from churnrisk.kpis.explain.mix_rate import total_change
from churnrisk.kpis.explain.sentences import chance_words, percent
from churnrisk.kpis.holm import holm
from churnrisk.kpis.kpi import KPIS
from churnrisk.kpis.ledger import Ledger
from churnrisk.kpis.reasons.agreement import agreement, by_strength, number
from churnrisk.kpis.reasons.contrast import LEVEL
from churnrisk.kpis.reasons.evidence import ALL, STAYED, signal_evidence, voice_evidence
from churnrisk.kpis.reasons.seen import newest_cutoffs, seen_at
from churnrisk.kpis.reasons.stated import BEYOND_US, COLUMNS, over_all, stated_reasons
from churnrisk.kpis.reasons.voices import TICKETS, with_voices
from churnrisk.kpis.scope import scope_in_words
from churnrisk.kpis.table import kpi_table, left_out
from churnrisk.kpis.wording import period_name
from churnrisk.snapshots.plan import plan

KINDS = ("voluntary", "involuntary", "unknown")


@dataclass(frozen=True)
class Study:
    """Why customers leave.

    Parameters
    ----------
    stated
        Reasons by period and split, by :func:`churnrisk.kpis.reasons.stated.stated_reasons`.
    voices
        Tickets and scores of leavers against others.
    signals
        Signals of leavers against others.
    agreement
        Each stated reason beside the data.
    sentences
        What stands out, in words.
    notes
        What is left out or assumed.
    """

    stated: pd.DataFrame
    voices: pd.DataFrame
    signals: pd.DataFrame
    agreement: pd.DataFrame
    sentences: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def strongest(self) -> pd.DataFrame:
        """The signal of each group that tells leavers from those who stayed best, beyond chance."""
        if self.signals.empty:
            return self.signals
        mine = self.signals[(self.signals["group"] == ALL) & (self.signals["against"] == STAYED)]
        mine = by_strength(mine[(mine["q"] < LEVEL) & mine["auc"].notna()])
        group = mine["signal"].map(lambda name: SIGNALS[name].group if name in SIGNALS else "")
        return mine.assign(part=group)[group.isin(GROUPS)].drop_duplicates("part").reset_index(drop=True)


def study(ledger: Ledger) -> Study:
    """Set what customers say when they leave beside what was known of them before.

    Raises
    ------
    SettingsError
        When ``[reasons] about`` names a signal that does not exist.
    """
    settings, workshop = ledger.settings, ledger.workshop
    wish, notes = settings.reasons, [line for line in [scope_in_words(ledger.scope)] if line]
    why_not = left_out(ledger, KPIS["voluntary_churn_rate"])
    stated = pd.DataFrame(columns=list(COLUMNS)) if why_not else stated_reasons(ledger)
    notes += [f"Stated reasons: {why_not}."] if why_not else _about_reasons(ledger, set(stated["reason"]))
    days = newest_cutoffs(workshop, wish, ledger.scope)
    empty = pd.DataFrame()
    if not days:
        reason = plan(workshop).why_not or "No cutoff within the scope has labels."
        notes.append(f"Leavers could not be compared with those who stayed. {reason}")
        return Study(stated, empty, empty, empty, _said(ledger, stated), notes)
    seen = seen_at(ledger, days)
    rows, voices, missing = with_voices(seen.rows, workshop, wish.tickets_days)
    notes += [*seen.notes, *missing]
    signals = signal_evidence(rows, [*seen.signals, *voices], least=wish.least_customers)
    heard = voice_evidence(rows, voices, ledger.splits, least=wish.least_customers)
    judged = empty
    if len(stated):
        judged = agreement(over_all(stated), signals, wish.about, [*seen.signals, *voices])
    leavers = int(rows["churned"].sum())
    notes.append(
        f"Compared: {leavers:,} leavers and {len(rows) - leavers:,} others at {len(days)} cutoffs from {days[0]} to "
        f"{days[-1]}, each leaver with the others at the same cutoff, as known then. What differs went before "
        "leaving; that it caused it is not shown."
    )
    told = _said(ledger, stated) + _heard(heard, wish.tickets_days)
    told += list(judged["sentence"]) if len(judged) else []
    return Study(stated, heard, signals, judged, told, notes)


def _about_reasons(ledger: Ledger, given: set[str]) -> list[str]:
    """Say what must be known to read the reasons: what nobody gave, what nobody named, what is not counted."""
    churn, notes = ledger.settings.churn, []
    for where, named in (("[churn] beyond_us", churn.beyond_us), ("[reasons] about", ledger.settings.reasons.about)):
        absent = [one for one in named if one not in given]
        notes += [f"{where} names {one!r}, which nobody gave. {did_you_mean(one, given)}" for one in absent]
    if not churn.beyond_us:
        notes.append("[churn] beyond_us names no reason, so all that are given count as such that can be influenced.")
    if churn.competing_reasons:
        ends = kpi_table(ledger, kpis=["competing"])
        number = int(ends.loc[ends["split"] == "all", "number"].sum())
        notes.append(f"{number:,} ends for a competing reason are neither churn nor a stay, and are not counted.")
    return notes


def _said(ledger: Ledger, stated: pd.DataFrame) -> list[str]:
    """Say how many left, of which kinds, what of it can be influenced, and what became more or less frequent."""
    if stated.empty:
        return []
    whole = stated[stated["split"] == "all"]
    people, money = int(whole["customers"].sum()), float(whole["mrr"].sum())
    kinds = [
        f"{percent(whole.loc[whole['reason_kind'] == kind, 'customers'].sum() / people, 0)} {kind}" for kind in KINDS
    ]
    lost = f" with MRR {money:,.0f}" if money else ""
    rows = ledger.periods.rows
    first, last = rows["start"].min(), min(rows["end"].max(), pd.Timestamp(ledger.tables.complete_to))
    told = [f"{people:,} customers left from {first:%Y-%m-%d} to {last:%Y-%m-%d}{lost}: {', '.join(kinds)}."]
    beyond = whole[whole["influence"] == BEYOND_US]
    if len(beyond):
        part = f"{percent(beyond['customers'].sum() / people, 0)} of them"
        part += f" and {percent(beyond['mrr'].sum() / money, 0)} of the MRR" if money else ""
        told.append(f"{part} left for reasons beyond us.")
    return [*told, *_moved(ledger, whole)]


def _moved(ledger: Ledger, whole: pd.DataFrame) -> list[str]:
    """Say which reasons were given more or less often in the newest complete period than before, beyond chance."""
    table = kpi_table(ledger, kpis=["churn_rate"])
    table = table[(table["split"] == "all") & table["complete"].astype(bool) & (table["denominator"] > 0)]
    rates = table.set_index("period_start")["denominator"]
    if len(rates) < 2:
        return []
    newest = rates.index.max()
    changes = {}
    for reason, rows in whole.groupby("reason"):
        counts = rows.groupby("period_start")["customers"].sum().reindex(rates.index).fillna(0)
        sums = [(counts.drop(newest).sum(), rates.drop(newest).sum()), (counts[newest], rates[newest])]
        two = [pd.DataFrame([{"numerator": top, "denominator": under, "spread": None}]) for top, under in sums]
        changes[str(reason)] = total_change(*two)
    sure = holm(np.array([one.p for one in changes.values()])) < LEVEL
    ends = ledger.periods.rows.set_index("start")["end"]
    name = period_name(pd.Timestamp(newest), pd.Timestamp(ends[newest]))
    told = [
        f"{reason} was given {'more' if one.difference > 0 else 'less'} often in {name}: by "
        f"{percent(one.after, 2)} of customers, {percent(one.before, 2)} in the periods before (by chance "
        f"{chance_words(one.p)})."
        for (reason, one), beyond in zip(changes.items(), sure, strict=True)
        if beyond
    ]
    return told or [f"No reason was given more or less often in {name} than before, beyond chance."]


def _heard(heard: pd.DataFrame, days: int) -> list[str]:
    """Say how tickets and scores of leavers differ from others', beyond chance."""
    if heard.empty:
        return []
    whole = heard[(heard["split"] == "all") & heard["auc"].notna()]
    sure = whole[whole["q"] < LEVEL]
    told = []
    for row in sure[sure["signal"] == f"{TICKETS}any"].to_dict("records"):
        told.append(
            f"{percent(row['mean_leavers'])} of leavers had a ticket in the {days} days before, of those who stayed "
            f"{percent(row['mean_others'])} (difference {100 * row['low']:.1f} to {100 * row['high']:.1f} points)."
        )
    scores = sure[~sure["signal"].str.startswith(TICKETS)]
    for row in scores.to_dict("records"):
        told.append(
            f"The last {row['signal'].removeprefix('score: ')} score of leavers was {number(row['mean_leavers'])} on "
            f"average, of those who stayed {number(row['mean_others'])} (difference {row['low']:.2f} to "
            f"{row['high']:.2f})."
        )
    return told
