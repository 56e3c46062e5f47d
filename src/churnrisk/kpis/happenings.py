"""Counts of what happens to customers besides coming and going: early churn, terms, surveys."""

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir

from churnrisk.kpis.movements import NEW_BAND, NO_VALUE
from churnrisk.kpis.runs import tiled

if TYPE_CHECKING:
    from churnrisk.kpis.ledger import Ledger


#: Splits whose value can change from one boundary to the next; columns of customers stay as they are.
MOVING = ("plan", "mrr_band", "segment", "group")


def early_counts(ledger: "Ledger") -> ir.Table:
    """Count first starts whose early days have passed, and those of them who left within these days.

    A start counts under the split value at the end of its period; of who is gone by then, at the first start.
    """
    churn, periods = ledger.settings.churn, ledger.periods
    days = ibis.interval(days=churn.early_days)
    rows = ledger.bare_firsts(periods.rows["start"].min().to_pydatetime())
    limit = ledger.tables.complete_to - timedelta(days=churn.bridging_days)
    early = (rows.churned_at < rows.started_at + days).fill_null(False)
    rows = rows.mutate(early=early)
    rows = rows.filter((rows.started_at + days <= limit) & ~(rows.early & rows.competing))
    rows = tiled(rows, periods)
    rows = rows.mutate(period=periods.boundary(rows.started_at, rows.tiling))
    rows = rows.filter((rows.period >= 0) & (rows.period < periods.last_boundary(rows.tiling)))
    rows = ledger.with_attributes(rows)
    rows = rows.select("customer_id", "tiling", "period", "early", "plan", *_attributes(ledger.cut_by))
    begun = {name: rows[name] for name in ledger.cut_by if name != "mrr_band"}
    renamed = rows.rename({f"begun_{name}": name for name in begun}).drop(*_unsplit(rows, ledger))
    told = valued(renamed, ledger, 1, ledger.cut_by)
    values = {
        name: ibis.literal(NEW_BAND) if name == "mrr_band" else ibis.coalesce(told[name], told[f"begun_{name}"])
        for name in ledger.cut_by
    }
    told = told.select("tiling", "period", "early", **values)
    return told.group_by("tiling", "period", *ledger.cut_by).aggregate(
        early_starts=told.count(), early_churned=told.early.sum()
    )


def _attributes(splits: Sequence[str]) -> list[str]:
    return [name for name in splits if name not in ("plan", "mrr_band")]


def _unsplit(rows: ir.Table, ledger: "Ledger") -> list[str]:
    """Name the columns of first starts that no split asks for."""
    return [name for name in ("plan",) if name in rows.columns and name not in ledger.cut_by]


def passing_counts(ledger: "Ledger") -> ir.Table:
    """Count who first started in a period and left in it for good or past its end, by the kind of the last reason.

    They are at neither end of the period, so no bridge holds them; one convention has them in its churn rate.
    """
    periods, firsts, runs = ledger.periods, ledger.firsts, ledger.every_run
    rows = tiled(firsts.filter(firsts.churned_at.notnull()), periods).drop("competing")
    rows = rows.mutate(period=periods.boundary(rows.started_at, rows.tiling))
    within = (rows.period >= 0) & (rows.period < periods.last_boundary(rows.tiling))
    rows = rows.filter(within & (periods.boundary(rows.churned_at, rows.tiling) == rows.period))
    there = [rows.customer_id == runs.customer_id, rows.tiling == runs.tiling]
    rows = rows.anti_join(runs, [*there, rows.period + 1 >= runs["first"], rows.period + 1 <= runs["last"]])
    rows = rows.inner_join(ledger.ends, ["customer_id", "tiling", "period"])
    rows = rows.filter(~rows.competing.fill_null(False))
    values = {name: ibis.literal(NEW_BAND) if name == "mrr_band" else rows[name] for name in ledger.cut_by}
    kind = rows.reason_kind.fill_null("unknown")
    told = rows.select("tiling", "period", kind=kind, **values)
    return told.group_by("tiling", "period", *ledger.cut_by).aggregate(
        **{f"passed_{name}": (told.kind == name).sum() for name in ("voluntary", "involuntary", "unknown")}
    )


def term_counts(ledger: "Ledger") -> ir.Table | None:
    """Count terms that ended and those that were renewed; None where terms are not known one by one."""
    if not ledger.has_terms:
        return None
    periods = ledger.periods
    rows = tiled(ledger.terms, periods)
    rows = rows.mutate(period=periods.boundary(rows.term_ends_at, rows.tiling))
    told = _at_start_or_end(rows.select("customer_id", "tiling", "period", "renewed"), ledger, "due_terms")
    return told.group_by("tiling", "period", *ledger.cut_by).aggregate(
        terms_due=told.count(), terms_renewed=told.renewed.sum()
    )


def survey_counts(ledger: "Ledger") -> list[ir.Table]:
    """Count answers to surveys; empty where none are given."""
    if "surveys" not in ledger.tables:
        return []
    periods, surveys = ledger.periods, ledger.tables["surveys"]
    kind = surveys.kind.lower() if "kind" in surveys.columns else ibis.literal("nps")
    rows = surveys.select("customer_id", "answered_at", "score", kind=ibis.coalesce(kind, "nps"))
    rows = tiled(rows, periods)
    rows = rows.mutate(period=periods.boundary(rows.answered_at, rows.tiling))
    told = _at_start_or_end(rows.select("customer_id", "tiling", "period", "score", "kind"), ledger, "answers")
    nps, csat = told.kind == "nps", told.kind == "csat"
    return [
        told.group_by("tiling", "period", *ledger.cut_by).aggregate(
            nps_answers=nps.sum(),
            promoters=(nps & (told.score >= 9)).sum(),
            detractors=(nps & (told.score <= 6)).sum(),
            csat_answers=csat.sum(),
            csat_sum=told.score.cast("float64").sum(where=csat),
        )
    ]


def _at_start_or_end(rows: ir.Table, ledger: "Ledger", what: str) -> ir.Table:
    """Put the splits beside rows of customers and periods: at the start, else at the end, else none.

    What a column of customers says holds also for who was there at neither.
    """
    rows = rows.filter((rows.period >= 0) & (rows.period < ledger.periods.last_boundary(rows.tiling)))
    moving = [name for name in ledger.cut_by if name in MOVING]
    if not moving:
        return ledger.with_attributes(rows)
    here = ledger.keep(valued(rows, ledger, 0, moving), what)
    there = here[moving[0]].notnull()
    later = valued(here.filter(~there).drop(*moving), ledger, 1, moving)
    values = {
        name: ibis.ifelse(later[name].notnull(), NEW_BAND, ibis.null("string")) if name == "mrr_band" else later[name]
        for name in moving
    }
    values = {name: ibis.coalesce(value, NO_VALUE) for name, value in values.items()}
    both = ibis.union(here.filter(there), later.mutate(**values).select(*here.columns), distinct=False)
    return ledger.with_attributes(both)


def valued(rows: ir.Table, ledger: "Ledger", ahead: int, splits: Sequence[str]) -> ir.Table:
    """Put splits at a period's start (ahead 0) or end (1) beside rows; empty for who was not present then."""
    if not splits:
        return rows
    runs = ledger.every_run.select(
        who="customer_id", of="tiling", lowest="first", highest="last", **{name: name for name in splits}
    )
    joined = rows.left_join(
        runs,
        [
            rows.customer_id == runs.who,
            rows.tiling == runs.of,
            rows.period + ahead >= runs.lowest,
            rows.period + ahead <= runs.highest,
        ],
    )
    return joined.drop("who", "of", "lowest", "highest")
