"""Why a key figure changed between two periods: by each split, and by the kinds of reasons."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from churnrisk.catalog import did_you_mean
from churnrisk.errors import RefusedError, SettingsError
from churnrisk.kpis.explain.mix_rate import Change, Decomposition, decompose, total_change
from churnrisk.kpis.explain.sentences import (
    WORDS,
    Words,
    best_sentence,
    first_sentence,
    kinds_sentence,
    split_sentence,
)
from churnrisk.kpis.holm import holm
from churnrisk.kpis.kpi import KPIS
from churnrisk.kpis.ledger import Ledger
from churnrisk.kpis.periods import Periods
from churnrisk.kpis.scope import scope_in_words
from churnrisk.kpis.table import kpi_table, left_out
from churnrisk.kpis.wording import period_name

#: Key figure of money = the movements that it counts, each with its sign.
MOVES = {
    "gross_revenue_churn": {"churned": 1, "contraction": 1},
    "net_revenue_churn": {"churned": 1, "contraction": 1, "expansion": -1},
    "grr": {"churned": -1, "contraction": -1},
    "drr": {"churned": -1, "contraction": -1, "expansion": 1},
}
#: The kinds of reasons, each with the rate of customers who left for it.
KINDS = {name: f"{name}_churn_rate" for name in ("voluntary", "involuntary", "unknown")}


@dataclass(frozen=True)
class Explained:
    """Why one key figure changed between two periods.

    Parameters
    ----------
    kpi
        The key figure's name.
    before, after
        The two periods by name.
    change
        The change of the whole.
    splits
        It broken down exactly by each split, in the order asked for.
    kinds
        The same by kinds of reasons: ``kind, before, after, effect, low, high, p``; empty where there are none.
    notes
        What a reader must know.
    """

    kpi: str
    before: str
    after: str
    change: Change
    splits: list[Decomposition]
    kinds: pd.DataFrame
    notes: list[str] = field(default_factory=list)

    @property
    def words(self) -> Words:
        """How the key figure is spoken of."""
        return WORDS[self.kpi]

    @property
    def sentences(self) -> list[str]:
        """The change and what it comes from, in words: the whole, the split that explains most, each split, kinds."""
        told = [first_sentence(self.change, self.words, self.before, self.after)]
        told += [best_sentence(self.splits, self.change)]
        ordered = sorted(self.splits, key=lambda one: -one.explained)
        told += [split_sentence(one, self.change, self.words) for one in ordered]
        told += [kinds_sentence(self.kinds, self.change)] if len(self.kinds) else []
        return [line for line in told if line]

    def table(self) -> pd.DataFrame:
        """Give every part of every split in one table, and the kinds of reasons; all in percent and points."""
        lines = [one.parts.assign(split=one.split) for one in self.splits]
        if len(self.kinds):
            shown = {"kind": "value", "before": "rate_before", "after": "rate_after", "effect": "rate_effect"}
            shown |= {"low": "rate_low", "high": "rate_high", "p": "rate_p"}
            lines.append(self.kinds.rename(columns=shown).assign(split="reason_kind"))
        found = pd.concat(lines, ignore_index=True) if lines else pd.DataFrame(columns=["split", "value"])
        parts = ("share_before", "share_after", "rate_before", "rate_after", "rate_effect", "rate_low", "rate_high")
        for name in (*parts, "mix_effect", "mix_low", "mix_high"):
            if name in found:
                found[name] = (100 * found[name].astype("float64")).round(6)
        head = {"kpi": self.kpi, "before": self.before, "after": self.after}
        for name in (name for name in ("rate_p", "mix_p") if name in found):
            found[name] = found[name].astype("float64").round(9)
        found = found.assign(**head)
        return found[[*head, "split", "value", *[name for name in found if name not in (*head, "split", "value")]]]


def explain(ledger: Ledger, kpi: str, before: int, after: int) -> Explained:
    """Say why a key figure changed from one period to another.

    Parameters
    ----------
    kpi
        A rate of ``WORDS``, as churn_rate or gross_revenue_churn.
    before, after
        Rows of the ledger's periods.

    Raises
    ------
    SettingsError
        When there is no such rate to explain.
    RefusedError
        When the tables do not hold it, or there was nobody in one of the periods.
    """
    if kpi not in WORDS:
        raise SettingsError(f"There is no rate named {kpi!r} to explain. {did_you_mean(kpi, WORDS)}")
    if why := left_out(ledger, KPIS[kpi]):
        raise RefusedError(f"The {KPIS[kpi].title} cannot be explained: {why}.")
    chosen = ledger.periods.rows.iloc[[before, after]]
    names = _names(chosen)
    with_kinds = [] if left_out(ledger, KPIS["voluntary_churn_rate"]) else list(KINDS.values())
    wanted = [kpi, "customers_start", *(with_kinds if kpi in ("churn_rate", "crr") else [])]
    table = kpi_table(ledger, kpis=list(dict.fromkeys(wanted)))
    table = table[table["period_start"].isin(chosen["start"])]
    moves = _moves(ledger, kpi, before, after)
    whole = [_parts(table, kpi, "all", start, moves) for start in chosen["start"]]
    empty = [name for name, rows in zip(names, whole, strict=True) if not rows["denominator"].sum() > 0]
    if empty:
        raise RefusedError(f"There is no {KPIS[kpi].title} in {empty[0]}: {KPIS[kpi].empty}. Choose another period.")
    splits = [
        decompose(split, *[_parts(table, kpi, split, start, moves) for start in chosen["start"]])
        for split in ledger.splits
    ]
    uneven = holm(np.array([one.uneven_p for one in splits]))
    splits = [replace(one, uneven_p=float(p)) for one, p in zip(splits, uneven, strict=True)]
    kinds = _kinds(table, kpi, list(chosen["start"])) if with_kinds else pd.DataFrame()
    return Explained(kpi, names[0], names[1], total_change(*whole), splits, kinds, _notes(ledger, chosen, names))


def find_period(periods: Periods, wanted: str) -> int:
    """Find a period by its name (2025-05, 2025-Q2, 2025) or the day it begins on.

    Raises
    ------
    RefusedError
        When there is no such period.

    Examples
    --------
    >>> from datetime import datetime
    >>> from churnrisk.kpis.periods import lay_periods
    >>> find_period(lay_periods("month", datetime(2025, 1, 1), datetime(2025, 6, 1), 0), "2025-03")
    2
    """
    names = _names(periods.rows)
    days = periods.rows["start"].dt.strftime("%Y-%m-%d").tolist()
    for known in (names, days):
        if wanted in known:
            return known.index(wanted)
    raise RefusedError(
        f"There is no period {wanted!r} among those from {names[0]} to {names[-1]}. "
        "Name one of these, or the day that it begins on, as 2025-05-01; both periods of a change have one length."
    )


def _names(rows: pd.DataFrame) -> list[str]:
    return [period_name(start, end) for start, end in zip(rows["start"], rows["end"], strict=True)]


def earlier_than(periods: Periods, place: int) -> int:
    """Give the period that ends where one begins.

    Raises
    ------
    RefusedError
        When it is the first.
    """
    rows = periods.rows
    found = np.flatnonzero((rows["end"] == rows["start"].iloc[place]).to_numpy())
    if not len(found):
        first = period_name(rows["start"].iloc[place], rows["end"].iloc[place])
        raise RefusedError(f"There is no period before {first} to compare with. Name a later one.")
    return int(found[0])


def _moves(ledger: Ledger, kpi: str, before: int, after: int) -> pd.DataFrame:
    """Sum the squares of what each customer moved, by period and splits: how unequal the amounts are."""
    if kpi not in MOVES:
        return pd.DataFrame()
    return ledger.workshop.engine.rows(squares(ledger, list(MOVES[kpi]), [before, after]))


def squares(ledger: Ledger, kinds: Sequence[str], places: Sequence[int]) -> ir.Table:
    """Give ``period_start``, the splits and ``square``: the sum of squared amounts of some kinds of movements."""
    rows = ledger.movements
    rows = rows.filter(rows.kind.isin(list(kinds)))
    when = ledger.periods.table().select("tiling", "period", period_start="start")
    wanted = [pd.Timestamp(ledger.periods.rows["start"].iloc[place]).to_pydatetime() for place in places]
    rows = rows.inner_join(when, ["tiling", "period"])
    rows = rows.filter(rows.period_start.isin(wanted))
    amount = rows.mrr.cast("float64")
    return rows.group_by("period_start", *ledger.splits).aggregate(square=(amount * amount).sum())


def _parts(table: pd.DataFrame, kpi: str, split: str, start: Any, moves: pd.DataFrame) -> pd.DataFrame:
    """Give each part of a split in one period, as :func:`churnrisk.kpis.explain.mix_rate.decompose` takes it."""
    here = table[(table["period_start"] == start) & (table["split"] == split)].set_index("value")
    people = here.loc[here["kpi"] == "customers_start", "number"]
    rows = here[here["kpi"] == kpi][["numerator", "denominator"]].astype("float64")
    rows = rows.assign(customers=people.reindex(rows.index).fillna(0), spread=np.nan)
    if kpi in MOVES:
        mine = moves[moves["period_start"] == start]
        sums = mine.groupby(split)["square"].sum() if split != "all" else pd.Series({"all": mine["square"].sum()})
        rows["spread"] = sums.reindex(rows.index).fillna(0.0)
    return rows.rename_axis("value").reset_index()[["value", "customers", "numerator", "denominator", "spread"]]


def _kinds(table: pd.DataFrame, kpi: str, starts: list[Any]) -> pd.DataFrame:
    """Give the change of each kind's own rate; the kinds add up to the change of the churn rate."""
    if kpi not in ("churn_rate", "crr"):
        return pd.DataFrame()
    sign, lines = (1 if kpi == "churn_rate" else -1), []
    for kind, name in KINDS.items():
        two = [_parts(table, name, "all", start, pd.DataFrame()) for start in starts]
        change = total_change(*two)
        ends = sorted([sign * change.low, sign * change.high])
        line = {"kind": kind, "before": change.before, "after": change.after, "effect": sign * change.difference}
        lines.append(line | {"low": ends[0], "high": ends[1], "p": change.p})
    return pd.DataFrame(lines)


def _notes(ledger: Ledger, chosen: pd.DataFrame, names: Sequence[str]) -> list[str]:
    notes = [scope_in_words(ledger.scope)]
    until = pd.Timestamp(ledger.tables.complete_to)
    for name, end, done in zip(names, chosen["end"], chosen["complete"], strict=True):
        if end > until:
            notes.append(f"{name} is not over: the data end on {until:%Y-%m-%d}, so its rate is of a shorter time.")
        elif not done:
            notes.append(f"{name} is not complete: ends in it can still come, or be taken back.")
    lengths = chosen["months"].tolist()
    if lengths[0] != lengths[1]:
        notes.append("The two periods differ in length, so their rates do, too.")
    return [note for note in notes if note]
