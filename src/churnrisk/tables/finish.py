"""One table after it was read: its rows counted, folded, cleaned, and what cannot be right set aside."""

from dataclasses import dataclass, replace
from datetime import date

import ibis.expr.types as ir
import pandas as pd

from churnrisk.sources.engine import Engine
from churnrisk.sources.mapping import KEPT, REASON
from churnrisk.tables.clean import clean
from churnrisk.tables.contract import KNOWN_AT, RECORDED_AT, Contract
from churnrisk.tables.count import Counts, count
from churnrisk.tables.customers import seen_in
from churnrisk.tables.draft import Draft, rejected
from churnrisk.tables.findings import ordinary, unsettled
from churnrisk.tables.fold import fold
from churnrisk.tables.report import TableReport
from churnrisk.tables.validate import count_faults


@dataclass(frozen=True)
class Finished:
    """A table that was read.

    Parameters
    ----------
    table
        Its clean rows.
    seen
        Who stands in it: customer_id, first_at, rows.
    rejects
        Rows set aside, one table a part of the source.
    """

    table: ir.Table
    contract: Contract
    report: TableReport
    counts: Counts
    seen: ir.Table
    rejects: tuple[ir.Table, ...] = ()


def finish(draft: Draft, rows: ir.Table, engine: Engine, today: date, max_rejected: float) -> Finished | list[str]:
    """Make the clean table, or say why there is none."""
    counts = count(draft, rows, engine, today)
    rejects = _rejects(draft, counts, engine)
    reasons = _reasons(rejects, engine)
    where = next((part.where for part in (draft.source, *draft.source.parts) if part.where), None)
    faults = count_faults(counts, where, max_rejected, reasons)
    if faults:
        return faults
    good = rows if counts.good == counts.read else rows.filter(rows[KEPT] & rows[REASON].isnull())
    folded = fold(good, draft, engine)
    contract = _told(draft)
    table = clean(folded.rows, draft)
    seen = seen_in(table, _first_time(contract, table), contract.name, engine)
    used = int(engine.rows(seen.agg(rows=seen.rows.sum().fill_null(0)))["rows"].tolist()[0])
    names = [name for name in (*draft.columns, *draft.attributes) if name in table.columns]
    report = TableReport(
        contract.name,
        files=tuple(path.name for path in draft.files),
        rows_read=counts.read,
        rows_used=used,
        left_out=counts.read - counts.kept,
        folded=counts.good - used,
        set_aside={str(row.reason): int(str(row.rows)) for row in reasons.itertuples()},
        findings=(*ordinary(draft, counts), *folded.findings, *unsettled(table, contract, engine)),
        first_at=min((counts.first[name] for name in contract.known_from if name in counts.first), default=None),
        last_at=max((counts.last[name] for name in contract.known_from if name in counts.last), default=None),
        missing={name: counts.empty[name] / counts.good if counts.good else 0.0 for name in names},
        columns=tuple(name for name in table.columns if name != KNOWN_AT),
    )
    return Finished(table, contract, report, counts, seen, rejects)


_GRAIN_DAYS = {"event": 1, "day": 1, "week": 7, "month": 31}


def _told(draft: Draft) -> Contract:
    """Give the contract as the TOML refines it; the company's further columns have no history unless it says so."""
    source = draft.source
    further = [name for name in draft.attributes if name not in source.fixed]
    return draft.contract.told(
        fixed=source.fixed,
        overwritten=[*source.overwritten, *(name for name in further if name not in source.overwritten)],
        arrives_after_days=source.arrives_after_days,
        delayed=RECORDED_AT in draft.columns or source.grain != "event",
        grain_days=_GRAIN_DAYS[source.grain],
    )


def _first_time(contract: Contract, table: ir.Table) -> str:
    return contract.known_from[0] if contract.known_from[0] in table.columns else KNOWN_AT


def _rejects(draft: Draft, counts: Counts, engine: Engine) -> tuple[ir.Table, ...]:
    if not counts.set_aside:
        return ()
    return tuple(
        engine.keep(rejected(piece), f"rejected_{draft.contract.name}_{index}")
        for index, piece in enumerate(draft.pieces)
    )


def _reasons(rejects: tuple[ir.Table, ...], engine: Engine) -> pd.DataFrame:
    """Count rows by reason, with the first line; the most frequent first."""
    if not rejects:
        return pd.DataFrame({"reason": [], "rows": [], "line": []})
    together = engine.union([part.select("reason", "line") for part in rejects])
    counted = together.group_by("reason").agg(rows=together.count(), line=together.line.min())
    return engine.rows(counted.order_by([counted.rows.desc(), counted.reason]))


def with_added(report: TableReport, added: int, used: int) -> TableReport:
    """Note customers that were taken from the other tables."""
    if not added:
        return report
    which = "1 customer stands" if added == 1 else f"{added:,} customers stand"
    finding = f"customer_id: {which} in other tables and not here; they were added."
    findings = report.findings if not report.files else (*report.findings, finding)
    return replace(report, rows_added=added, rows_used=used, findings=findings)
