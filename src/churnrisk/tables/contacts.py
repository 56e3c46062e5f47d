"""Contacts that the team told of, laid beside the company's own offers."""

import hashlib
from dataclasses import replace

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from churnrisk.sources.columns import ENGINE_TYPES
from churnrisk.sources.engine import Engine
from churnrisk.tables.contract import KNOWN_AT
from churnrisk.tables.contracts import CONTRACTS
from churnrisk.tables.count import Counts
from churnrisk.tables.customers import seen_in
from churnrisk.tables.feedback import Feedback
from churnrisk.tables.finish import Finished
from churnrisk.tables.report import TableReport

#: What a contact says of itself; an offer of the company's may say more.
TOLD = ("customer_id", "offered_at", "measure", "arm", "accepted_at")
_TYPES = {**{name: ENGINE_TYPES[CONTRACTS["offers"][name].type] for name in TOLD}, KNOWN_AT: dt.timestamp}


def with_contacts(offers: Finished | None, found: Feedback, engine: Engine) -> Finished:
    """Add contacts to the offers; without a table of offers the contacts alone make one, though it be empty.

    What the company's own table told of its first and last day stays: contacts are newer than the data, and must not
    move the newest cutoff.
    """
    contract = offers.contract if offers else CONTRACTS["offers"].told(delayed=False)
    own = offers.table if offers else None
    added = engine.keep(_contacts(found), "feedback")
    table = _together(own, added, contract.names)
    report = _report(offers, found, tuple(name for name in table.columns if name != KNOWN_AT))
    rejects = (*(offers.rejects if offers else ()), *([_aside(found, engine)] if len(found.aside) else []))
    if offers:
        return replace(offers, table=table, report=report, rejects=rejects)
    seen = seen_in(table, "offered_at", "offers", engine)
    return Finished(table, contract, report, Counts(found.read, found.read, len(found.aside)), seen, rejects)


def _contacts(found: Feedback) -> ir.Table:
    rows = found.contacts[["customer_id", "offered_at", "measure", "accepted_at"]]
    schema = {"customer_id": "string", "offered_at": "timestamp", "measure": "string", "accepted_at": "timestamp"}
    table = ibis.memtable(rows, schema=schema)
    return table.mutate(arm=ibis.literal("offered"), **{KNOWN_AT: table.offered_at})


def _together(own: ir.Table | None, added: ir.Table, names: list[str]) -> ir.Table:
    """Lay contacts under the offers, with every column of both."""
    if own is None:
        told = {name: added[name].cast(_TYPES[name]) for name in (*names, KNOWN_AT) if name in added.columns}
        return added.select(**told)
    ours = [name for name in names if name in own.columns or name in TOLD]
    further = [name for name in own.columns if name not in (*ours, KNOWN_AT)]
    types = {name: own[name].type() if name in own.columns else _TYPES[name] for name in (*ours, *further, KNOWN_AT)}
    parts = [
        part.select(
            **{
                name: (part[name] if name in part.columns else ibis.null(type_)).cast(type_)
                for name, type_ in types.items()
            }
        )
        for part in (own, added)
    ]
    return ibis.union(*parts, distinct=False)


def _report(offers: Finished | None, found: Feedback, columns: tuple[str, ...]) -> TableReport:
    """Account for every row of both; a list that cannot be read as a whole is a finding, and no row."""
    before = offers.report if offers else TableReport("offers")
    days = found.contacts["offered_at"]
    rows = found.aside[found.aside["line"] > 0]
    set_aside = dict(before.set_aside)
    for reason, number in rows["reason"].value_counts().items():
        set_aside[str(reason)] = set_aside.get(str(reason), 0) + int(number)
    return replace(
        before,
        files=(*before.files, *(path.name for path in found.files)),
        rows_read=before.rows_read + found.read,
        rows_used=before.rows_used + len(found.contacts),
        left_out=before.left_out + found.left_out,
        folded=before.folded + found.folded,
        set_aside=set_aside,
        findings=(*before.findings, *found.findings),
        first_at=before.first_at or (days.min().to_pydatetime() if len(days) else None),
        last_at=before.last_at or (days.max().to_pydatetime() if len(days) else None),
        fingerprint=hashlib.sha256(f"{before.fingerprint} {found.fingerprint}".encode()).hexdigest(),
        columns=columns,
    )


def _aside(found: Feedback, engine: Engine) -> ir.Table:
    types = dict.fromkeys(found.aside.columns, "string") | {"line": "int64"}
    return engine.keep(ibis.memtable(found.aside, schema=types), "rejected_offers_feedback")
