"""The functions an expression may use: casts, dates, rounding, text."""

from collections.abc import Callable

import ibis.expr.datatypes as dt
import ibis.expr.types as ir
from sqlglot import exp

from churnrisk.sources import cells
from churnrisk.sources.builder import STEPS, Builder, allow
from churnrisk.sources.terms import Term, as_bool, as_number, as_text, as_time, combine

_NUMBERS = (exp.DataType.Type.DOUBLE, exp.DataType.Type.FLOAT, exp.DataType.Type.DECIMAL)
_WHOLES = (
    exp.DataType.Type.INT,
    exp.DataType.Type.BIGINT,
    exp.DataType.Type.SMALLINT,
    exp.DataType.Type.TINYINT,
)
_TIMES = (exp.DataType.Type.TIMESTAMP, exp.DataType.Type.TIMESTAMPNTZ, exp.DataType.Type.DATETIME)
_TEXTS = (exp.DataType.Type.VARCHAR, exp.DataType.Type.TEXT, exp.DataType.Type.CHAR)


@allow(exp.Cast, exp.TryCast)
def _cast(builder: Builder, node: exp.Expression) -> Term:
    term = builder.term(node.this)
    kind = node.args["to"].this
    if kind in _TEXTS:
        return as_text(term)
    if kind == exp.DataType.Type.BOOLEAN:
        return as_bool(term, builder.place) if term.kind in ("bool", "number") else _read(node, term, cells.boolean)
    if kind == exp.DataType.Type.DATE or kind in _TIMES:
        read = _read(node, term, cells.time) if term.kind == "text" else as_time(term, builder.place)
        return combine(lambda value: value.truncate("D"), read) if kind == exp.DataType.Type.DATE else read
    if kind in _NUMBERS or kind in _WHOLES:
        read = _read(node, term, cells.number) if term.kind == "text" else as_number(term, builder.place)
        if kind in _WHOLES:
            return combine(lambda value: value.cast(dt.float64).round().cast(dt.int64), read)
        return combine(lambda value: value.cast(dt.float64), read)
    raise builder.place.fault(
        f"CAST to {node.args['to'].sql(dialect='duckdb')} is not allowed. "
        "Use DOUBLE, INTEGER, VARCHAR, DATE, TIMESTAMP or BOOLEAN."
    )


def _read(node: exp.Expression, term: Term, reading: Callable[[ir.StringValue], ir.Value]) -> Term:
    """Read text as something else; where CAST cannot, the row fails, where TRY_CAST cannot, the value is empty."""
    text = cells.filled(term.value)
    value = reading(text)
    if isinstance(node, exp.TryCast):
        return Term(value, failed=term.failed)
    return Term(value, failed=(*term.failed, text.notnull() & value.isnull()))


@allow(exp.StrToTime)
def _strptime(builder: Builder, node: exp.Expression) -> Term:
    pattern = builder.constant(node.args["format"], "pattern of strptime")
    if not cells.is_format(pattern):
        raise builder.place.fault(f"{pattern!r} is not a pattern of strptime such as '%d/%m/%Y'.")
    return _read(node, builder.text(node.this), lambda text: cells.time(text, [pattern]))


@allow(exp.TimestampTrunc, exp.DateTrunc)
def _trunc(builder: Builder, node: exp.Expression) -> Term:
    unit = node.args["unit"]
    step = builder.unit(unit, STEPS)
    return combine(lambda value: value.truncate(step), builder.time(node.this))


_PARTS = {
    "YEAR": "year",
    "QUARTER": "quarter",
    "MONTH": "month",
    "DAY": "day",
    "HOUR": "hour",
    "MINUTE": "minute",
    "SECOND": "second",
    "WEEK": "week_of_year",
    "DOY": "day_of_year",
    "DOW": "day_of_week",
    "EPOCH": "epoch_seconds",
}


def _part_of(time: Term, part: str) -> Term:
    if part == "day_of_week":  # Sunday = 0, as DuckDB counts
        return combine(lambda value: (value.day_of_week.index() + 1) % 7, time)
    return combine(lambda value: getattr(value, part)().cast(dt.int64), time)


@allow(exp.Extract)
def _extract(builder: Builder, node: exp.Expression) -> Term:
    return _part_of(builder.time(node.expression), builder.unit(node.this, _PARTS))


_NAMED_PARTS: dict[type[exp.Expression], str] = {
    exp.Year: "YEAR",
    exp.Quarter: "QUARTER",
    exp.Month: "MONTH",
    exp.Day: "DAY",
    exp.DayOfMonth: "DAY",
    exp.Hour: "HOUR",
    exp.Minute: "MINUTE",
    exp.Second: "SECOND",
    exp.Week: "WEEK",
    exp.WeekOfYear: "WEEK",
    exp.DayOfYear: "DOY",
    exp.DayOfWeek: "DOW",
}


@allow(*_NAMED_PARTS)
def _named_part(builder: Builder, node: exp.Expression) -> Term:
    return _part_of(builder.time(node.this), _PARTS[_NAMED_PARTS[type(node)]])


@allow(exp.DateDiff)
def _date_diff(builder: Builder, node: exp.Expression) -> Term:
    unit = builder.unit(node.args.get("unit"), {name: name.lower() for name in STEPS})
    later, earlier = builder.time(node.this), builder.time(node.expression)
    return combine(lambda a, b: a.delta(b, unit=unit), later, earlier)


_ROUNDINGS: dict[type[exp.Expression], Callable[[ir.Value], ir.Value]] = {
    exp.Abs: lambda value: value.abs(),
    exp.Floor: lambda value: value.floor(),
    exp.Ceil: lambda value: value.ceil(),
}


@allow(*_ROUNDINGS)
def _rounding(builder: Builder, node: exp.Expression) -> Term:
    return combine(_ROUNDINGS[type(node)], builder.number(node.this))


@allow(exp.Round)
def _round(builder: Builder, node: exp.Expression) -> Term:
    digits = node.args.get("decimals")
    places = builder.whole(digits, "number of decimals") if digits is not None else 0
    return combine(lambda value: value.cast(dt.float64).round(places), builder.number(node.this))


_WORDS: dict[type[exp.Expression], Callable[[ir.Value], ir.Value]] = {
    exp.Lower: lambda value: value.lower(),
    exp.Upper: lambda value: value.upper(),
    exp.Length: lambda value: value.length(),
}


@allow(*_WORDS)
def _word(builder: Builder, node: exp.Expression) -> Term:
    return combine(_WORDS[type(node)], builder.text(node.this))


@allow(exp.Trim)
def _trim(builder: Builder, node: exp.Expression) -> Term:
    if node.args.get("expression") is not None:
        raise builder.place.fault("trim takes one value, and removes the blanks around it. Use replace for others.")
    sides = {"LEADING": "lstrip", "TRAILING": "rstrip"}
    method = sides.get(str(node.args.get("position") or "").upper(), "strip")
    return combine(lambda value: getattr(value, method)(), builder.text(node.this))


@allow(exp.Substring)
def _substring(builder: Builder, node: exp.Expression) -> Term:
    start = builder.whole(node.args.get("start"), "start of substr", 1)
    length = node.args.get("length")
    if length is None:
        return combine(lambda value: value.substr(start - 1), builder.text(node.this))
    count = builder.whole(length, "length of substr")
    return combine(lambda value: value.substr(start - 1, count), builder.text(node.this))


@allow(exp.Left, exp.Right)
def _edge(builder: Builder, node: exp.Expression) -> Term:
    count = builder.whole(node.expression, "number of characters")
    method = "left" if isinstance(node, exp.Left) else "right"
    return combine(lambda value: getattr(value, method)(count), builder.text(node.this))


@allow(exp.Replace)
def _replace(builder: Builder, node: exp.Expression) -> Term:
    parts = [builder.text(part) for part in (node.this, node.expression, node.args["replacement"])]
    return combine(lambda value, old, new: value.replace(old, new), *parts)


@allow(exp.Concat, exp.DPipe)
def _concat(builder: Builder, node: exp.Expression) -> Term:
    nodes = node.expressions if isinstance(node, exp.Concat) else [node.this, node.expression]
    parts = [builder.text(part) for part in nodes]
    if isinstance(node, exp.Concat):
        parts = [combine(lambda value: value.fill_null(""), part) for part in parts]
    return combine(lambda first, *others: first.concat(*others) if others else first, *parts)


@allow(exp.SplitPart)
def _split_part(builder: Builder, node: exp.Expression) -> Term:
    mark = builder.constant(node.args["delimiter"], "mark of split_part")
    index = builder.whole(node.args["part_index"], "number of the part", 1)
    return combine(lambda value: value.split(mark)[index - 1], builder.text(node.this))


@allow(exp.StartsWith)
def _starts_with(builder: Builder, node: exp.Expression) -> Term:
    return combine(
        lambda value, start: value.startswith(start), builder.text(node.this), builder.text(node.expression)
    )


@allow(exp.RegexpExtract)
def _regexp_extract(builder: Builder, node: exp.Expression) -> Term:
    pattern = builder.pattern(node.expression, "pattern of regexp_extract")
    group = node.args.get("group")
    index = builder.whole(group, "group of regexp_extract") if group is not None else 0
    return combine(lambda value: value.re_extract(pattern, index), builder.text(node.this))


@allow(exp.RegexpLike)
def _regexp_like(builder: Builder, node: exp.Expression) -> Term:
    pattern = builder.pattern(node.expression, "pattern of regexp_matches")
    return combine(lambda value: value.re_search(pattern), builder.text(node.this))
