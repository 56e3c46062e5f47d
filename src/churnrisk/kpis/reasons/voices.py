"""What customers said before they left or stayed: tickets by category, and scores they gave, known at the cutoff."""

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir
import pandas as pd

from churnrisk.snapshots.build import Workshop
from churnrisk.tables.past import past

#: At most so many categories of tickets, the most frequent first.
MOST_CATEGORIES = 20
#: The columns begin with this.
TICKETS, SCORE = "tickets: ", "score: "


def with_voices(
    rows: pd.DataFrame, workshop: Workshop, tickets_days: int
) -> tuple[pd.DataFrame, list[str], list[str]]:
    """Put tickets and scores beside customers at cutoffs, as known then.

    Parameters
    ----------
    rows
        ``customer_id, cutoff``.
    tickets_days
        Tickets of so many days before the cutoff count.

    Returns
    -------
    The rows with columns such as ``tickets: billing`` (1 where there was one) and ``score: nps`` (the last given);
    the names of these columns; and what is left out, each with the reason.
    """
    tables, contracts = workshop.tables, workshop.tables.contracts
    spine = workshop.engine.frame(rows[["customer_id", "cutoff"]])
    found, names, left_out = rows, [], []
    if "tickets" in tables:
        seen = past(tables["tickets"], contracts["tickets"], spine)
        recent = seen.filter(seen.opened_days_ago <= tickets_days)
        if "category" not in tables["tickets"].columns:
            left_out.append("Ticket categories: tickets has no column category.")
        elif "category" not in seen.columns:
            left_out.append(
                "Ticket categories: they may have been overwritten since; if they never change, say "
                'fixed = ["category"] under [source.tables.tickets].'
            )
        found, added = _with_tickets(found, recent, workshop)
        names += added
        if "satisfaction" in seen.columns and "resolved_at" in seen.columns:
            rated = seen.filter(seen.satisfaction.notnull())
            last = rated.group_by("customer_id", "cutoff").aggregate(
                last=rated.satisfaction.argmax(rated.resolved_at)
            )
            found = _beside(found, workshop.engine.rows(last), {"last": f"{SCORE}ticket satisfaction"})
            names.append(f"{SCORE}ticket satisfaction")
    else:
        left_out.append("Tickets: there is no table tickets.")
    if "surveys" in tables:
        seen = past(tables["surveys"], contracts["surveys"], spine)
        found, added = _with_scores(found, seen, workshop)
        names += added
    else:
        left_out.append("Survey scores: there is no table surveys.")
    return found, names, left_out


def _with_tickets(rows: pd.DataFrame, recent: ir.Table, workshop: Workshop) -> tuple[pd.DataFrame, list[str]]:
    keys = ["customer_id", "cutoff"]
    category = recent.category if "category" in recent.columns else ibis.null("string")
    told = workshop.engine.rows(recent.select(*keys, category=category.cast("string")).distinct())
    columns = {f"{TICKETS}any": told[keys].drop_duplicates()}
    counts = told["category"].value_counts()
    for name in sorted(counts.index[:MOST_CATEGORIES]):
        columns[f"{TICKETS}{name}"] = told.loc[told["category"] == name, keys]
    for column, who in columns.items():
        rows = _beside(rows, who.assign(there=1.0), {"there": column})
        rows[column] = rows[column].fillna(0.0)
    return rows, list(columns)


def _with_scores(rows: pd.DataFrame, seen: ir.Table, workshop: Workshop) -> tuple[pd.DataFrame, list[str]]:
    kind = seen.kind.cast("string") if "kind" in seen.columns else ibis.literal("survey")
    seen = seen.mutate(of=kind)
    last = seen.group_by("customer_id", "cutoff", "of").aggregate(last=seen.score.argmax(seen.answered_at))
    told = workshop.engine.rows(last)
    names = []
    for name in sorted(told["of"].dropna().unique()):
        rows = _beside(rows, told.loc[told["of"] == name], {"last": f"{SCORE}{name}"})
        names.append(f"{SCORE}{name}")
    return rows, names


def _beside(rows: pd.DataFrame, more: pd.DataFrame, named: Mapping[str, str]) -> pd.DataFrame:
    keys = ["customer_id", "cutoff"]
    more = more.assign(cutoff=more["cutoff"].astype("datetime64[us]"))[[*keys, *named]].rename(columns=dict(named))
    return rows.merge(more, on=keys, how="left")
