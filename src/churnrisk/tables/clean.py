"""The last step to a clean table: its columns in the contract's types, and when each row became known."""

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from churnrisk.sources.columns import ENGINE_TYPES
from churnrisk.sources.mapping import OURS
from churnrisk.tables.contract import KNOWN_AT, RECORDED_AT, Contract
from churnrisk.tables.draft import Draft

_UNITS = {"day": "D", "week": "W", "month": "M"}
_NEXT = {"day": {"days": 1}, "week": {"weeks": 1}, "month": {"months": 1}}


def clean(rows: ir.Table, draft: Draft) -> ir.Table:
    """Give the good rows of a table under our names, with ``known_at``.

    Parameters
    ----------
    rows
        Good rows, our columns under ``our_`` names.
    """
    contract, grain = draft.contract, draft.source.grain
    there = [name for name in draft.columns if name in contract]
    values: dict[str, ir.Value] = {name: rows[OURS + name] for name in there}
    for column in contract.columns:
        if column.default is None:
            continue
        default = ibis.literal(column.default).cast(ENGINE_TYPES[column.type])
        values[column.name] = values[column.name].fill_null(default) if column.name in values else default
    values.update({name: rows[OURS + name] for name in draft.attributes})
    known = _known(values, contract)
    if grain != "event":
        event = contract.known_from[0]
        over = values[event].truncate(_UNITS[grain]) + ibis.interval(**_NEXT[grain])
        values[event], known = over - ibis.interval(days=1), over - ibis.interval(microseconds=1)
    if draft.source.arrives_after_days:
        known = known + ibis.interval(days=draft.source.arrives_after_days)
    if RECORDED_AT in draft.columns:
        known = ibis.coalesce(rows[OURS + RECORDED_AT], known)
    ordered = {name: values[name] for name in (*contract.names, *draft.attributes) if name in values}
    return rows.select(**ordered, **{KNOWN_AT: known.cast(dt.timestamp)})


def _known(values: dict[str, ir.Value], contract: Contract) -> ir.Value:
    """Give the earliest of the times from which a row is known; where the first is empty, the required time."""
    first, *others = contract.known_from
    required = [values[column.name] for column in contract.columns if column.type == "time" and column.required]
    start = [values[first]] if first in values else []
    if start or required:
        start = [ibis.coalesce(*start, *required[:1])]
    times = [*start, *(values[name] for name in others if name in values)]
    return ibis.least(*times) if times else ibis.null(dt.timestamp)
