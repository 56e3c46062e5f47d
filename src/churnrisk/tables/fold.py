"""Several rows of one thing: lines folded into one, the same row twice, and keys that contradict themselves."""

import json
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from churnrisk.catalog import did_you_mean
from churnrisk.errors import ContractError, shown
from churnrisk.sources.engine import Engine
from churnrisk.sources.mapping import OURS
from churnrisk.sources.raw import FILE, LINE
from churnrisk.tables.draft import Draft


@dataclass(frozen=True)
class Folded:
    """A table after folding.

    Parameters
    ----------
    rows
        What is left.
    findings
        What was folded, in sentences.
    changed
        Whether any row went into another one.
    """

    rows: ir.Table
    findings: tuple[str, ...] = ()
    changed: bool = False


def fold(rows: ir.Table, draft: Draft, engine: Engine) -> Folded:
    """Fold the good rows of a table as its settings and its key ask.

    Raises
    ------
    ContractError
        When one key stands in rows with different content.
    """
    name, source = draft.contract.name, draft.source
    findings: list[str] = []
    before = rows
    if source.one_row_per:
        _known(draft, source.one_row_per, "one_row_per")
        rows = engine.keep(_one_row_per(rows, draft), f"folded_{name}")
    if source.unique:
        _known(draft, source.unique, "unique")
        rows = engine.keep(_first_of(rows, source.unique), f"unique_{name}")
    key = [column for column in draft.contract.key if column in draft.columns]
    double = _double_keys(rows, key, engine, name) if key else 0
    if double:
        _refuse_contradictions(rows, key, draft, engine)
        rows = engine.keep(_first_of(rows, key), f"once_{name}")
        which = "1 key stands" if double == 1 else f"{double:,} keys stand"
        findings.append(f"{which} in several rows that are alike; one of them was kept.")
    return Folded(rows, tuple(findings), changed=rows is not before)


def _known(draft: Draft, names: list[str], setting: str) -> None:
    for name in names:
        if name not in draft.columns:
            raise ContractError(f"{setting}: there is no column {name!r}. {did_you_mean(name, draft.columns)}")


def _one_row_per(rows: ir.Table, draft: Draft) -> ir.Table:
    """Sum amounts, take the first time and the first text."""
    keys = [OURS + name for name in draft.source.one_row_per]
    order = [rows[FILE], rows[LINE]]
    values: dict[str, ir.Scalar] = {}
    for name in (*draft.columns, *draft.attributes):
        place = OURS + name
        if place in keys:
            continue
        type_ = draft.contract[name].type if name in draft.contract and name in draft.columns else None
        if type_ in ("number", "money"):
            values[place] = rows[place].sum().cast(rows[place].type())
        elif rows[place].type().is_timestamp():
            values[place] = rows[place].min()
        else:
            values[place] = rows[place].first(order_by=[*order, rows[place]])
    values[FILE], values[LINE] = rows[FILE].min(), rows[LINE].min()
    return rows.group_by(keys).agg(**values)


def _first_of(rows: ir.Table, names: list[str]) -> ir.Table:
    """Keep the first row of those that are alike in some columns."""
    rest = [rows[name] for name in rows.columns if name.startswith(OURS)]
    window = ibis.window(group_by=[rows[OURS + name] for name in names], order_by=[rows[FILE], rows[LINE], *rest])
    numbered = rows.mutate(place_among_alike=ibis.row_number().over(window))
    return numbered.filter(numbered.place_among_alike == 0).drop("place_among_alike")


def _double_keys(rows: ir.Table, key: list[str], engine: Engine, name: str) -> int:
    counted = rows.group_by([OURS + column for column in key]).agg(rows=lambda table: table.count())
    double = engine.keep(counted.filter(counted.rows > 1), f"double_{name}")
    return _number(engine, double)


def _number(engine: Engine, rows: ir.Table) -> int:
    return int(engine.rows(rows.agg(rows=rows.count()))["rows"].tolist()[0])


def _refuse_contradictions(rows: ir.Table, key: list[str], draft: Draft, engine: Engine) -> None:
    double = engine.connection.table(f"double_{draft.contract.name}")
    keys = [OURS + column for column in key]
    content = [column for column in rows.columns if column.startswith(OURS)]
    several = rows.semi_join(double, keys).select(content).distinct()
    several = several.group_by(keys).agg(contents=lambda table: table.count())
    several = several.filter(several.contents > 1).order_by(keys)
    found = engine.rows(several.limit(1))
    if found.empty:
        return
    count = _number(engine, several)
    first = ", ".join(shown(found[name].iloc[0]) for name in keys)
    what = " + ".join(key)
    raise ContractError(
        f"{what}: {count:,} {'key stands' if count == 1 else 'keys stand'} in several rows with different content, "
        f"first {first}. Mend them, or fold the lines of one id: one_row_per = {json.dumps(key)}."
    )
