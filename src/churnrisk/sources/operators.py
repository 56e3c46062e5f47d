"""The operators an expression may use: arithmetic, comparison, choice, intervals."""

from collections.abc import Callable

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir
from sqlglot import exp

from churnrisk.sources.builder import FUNCTIONS, STEPS, Builder, allow
from churnrisk.sources.terms import Term, alike, as_number, combine, join


@allow(exp.Column)
def _column(builder: Builder, node: exp.Expression) -> Term:
    return builder.find(node)  # type: ignore[arg-type]


@allow(exp.Literal)
def _literal(builder: Builder, node: exp.Expression) -> Term:
    if node.args["is_string"]:
        return Term(ibis.literal(node.this, type=dt.string), literal=str(node.this))
    number = float(node.this) if any(mark in node.this for mark in ".eE") else int(node.this)
    if isinstance(number, int) and abs(number) >= 2**63:
        number = float(number)
    return Term(ibis.literal(number, type=dt.int64 if isinstance(number, int) else dt.float64), literal=number)


@allow(exp.Boolean)
def _boolean(builder: Builder, node: exp.Expression) -> Term:
    return Term(ibis.literal(bool(node.this)))


@allow(exp.Null)
def _null(builder: Builder, node: exp.Expression) -> Term:
    return Term(ibis.null())


@allow(exp.Paren)
def _paren(builder: Builder, node: exp.Expression) -> Term:
    return builder.term(node.this)


@allow(exp.Neg)
def _negative(builder: Builder, node: exp.Expression) -> Term:
    return combine(lambda value: -value, builder.number(node.this))


@allow(exp.Add, exp.Sub)
def _plus(builder: Builder, node: exp.Expression) -> Term:
    sign = 1 if isinstance(node, exp.Add) else -1
    if isinstance(node.expression, exp.Interval):
        return _moved(builder, node.this, node.expression, sign)
    left, right = builder.term(node.this), builder.term(node.expression)
    if left.kind == right.kind == "time":
        raise builder.place.fault("two times are subtracted. Write date_diff('day', earlier, later).")
    parts = as_number(left, builder.place), as_number(right, builder.place)
    return combine(lambda a, b: a + b if sign > 0 else a - b, *parts)


@allow(exp.DateAdd, exp.DateSub)
def _date_add(builder: Builder, node: exp.Expression) -> Term:
    if not isinstance(node.expression, exp.Interval):
        raise builder.place.fault("date_add needs an interval: date_add(column, INTERVAL 1 DAY).")
    return _moved(builder, node.this, node.expression, 1 if isinstance(node, exp.DateAdd) else -1)


def _moved(builder: Builder, node: exp.Expression, interval: exp.Expression, sign: int) -> Term:
    """Move a time by some days, months, ..."""
    time = builder.time(node)
    unit = builder.unit(interval.args.get("unit"), STEPS)
    amount = interval.this
    if isinstance(amount, exp.Literal):
        try:
            steps = Term(ibis.literal(round(float(amount.this)), type=dt.int64))
        except ValueError:
            raise builder.place.fault(f"{amount.this!r} is not a number of steps.") from None
    else:
        steps = combine(lambda value: value.round().cast(dt.int64), builder.number(amount))
    return combine(lambda start, count: start + (count * sign).as_interval(unit), time, steps)


@allow(exp.Mul)
def _times(builder: Builder, node: exp.Expression) -> Term:
    return combine(
        lambda a, b: a.cast(dt.float64) * b.cast(dt.float64),
        builder.number(node.this),
        builder.number(node.expression),
    )


@allow(exp.Div)
def _divided(builder: Builder, node: exp.Expression) -> Term:
    return combine(
        lambda a, b: a.cast(dt.float64) / b.cast(dt.float64),
        builder.number(node.this),
        builder.number(node.expression),
    )


@allow(exp.IntDiv)
def _whole_division(builder: Builder, node: exp.Expression) -> Term:
    return combine(
        lambda a, b: (a.cast(dt.float64) / b.cast(dt.float64)).floor(),
        builder.number(node.this),
        builder.number(node.expression),
    )


@allow(exp.Mod)
def _rest(builder: Builder, node: exp.Expression) -> Term:
    return combine(lambda a, b: a % b, builder.number(node.this), builder.number(node.expression))


_COMPARISONS: dict[type[exp.Expression], Callable[[ir.Value, ir.Value], ir.Value]] = {
    exp.EQ: lambda a, b: a == b,
    exp.NEQ: lambda a, b: a != b,
    exp.GT: lambda a, b: a > b,
    exp.GTE: lambda a, b: a >= b,
    exp.LT: lambda a, b: a < b,
    exp.LTE: lambda a, b: a <= b,
    exp.NullSafeEQ: lambda a, b: a.identical_to(b),
    exp.NullSafeNEQ: lambda a, b: ~a.identical_to(b),
}


@allow(*_COMPARISONS)
def _compared(builder: Builder, node: exp.Expression) -> Term:
    sides = alike([builder.term(node.this), builder.term(node.expression)], builder.place)
    return combine(_COMPARISONS[type(node)], *sides)


@allow(exp.Between)
def _between(builder: Builder, node: exp.Expression) -> Term:
    parts = [builder.term(part) for part in (node.this, node.args["low"], node.args["high"])]
    return combine(lambda value, low, high: value.between(low, high), *alike(parts, builder.place))


@allow(exp.In)
def _in(builder: Builder, node: exp.Expression) -> Term:
    parts = alike([builder.term(part) for part in (node.this, *node.expressions)], builder.place)
    return combine(lambda value, *others: value.isin(others), *parts)


@allow(exp.And)
def _and(builder: Builder, node: exp.Expression) -> Term:
    return combine(lambda a, b: a & b, builder.holds(node.this), builder.holds(node.expression))


@allow(exp.Or)
def _or(builder: Builder, node: exp.Expression) -> Term:
    return combine(lambda a, b: a | b, builder.holds(node.this), builder.holds(node.expression))


@allow(exp.Not)
def _not(builder: Builder, node: exp.Expression) -> Term:
    return combine(lambda value: ~value, builder.holds(node.this))


@allow(exp.Is)
def _is(builder: Builder, node: exp.Expression) -> Term:
    if isinstance(node.expression, exp.Null):
        return combine(lambda value: value.isnull(), builder.term(node.this))
    return combine(lambda a, b: a.identical_to(b), builder.holds(node.this), builder.holds(node.expression))


@allow(exp.Like, exp.ILike)
def _like(builder: Builder, node: exp.Expression) -> Term:
    pattern = builder.constant(node.expression, "pattern of LIKE")
    nocase = isinstance(node, exp.ILike)
    return combine(lambda value: value.ilike(pattern) if nocase else value.like(pattern), builder.text(node.this))


@allow(exp.Case)
def _case(builder: Builder, node: exp.Expression) -> Term:
    conditions = [
        exp.EQ(this=node.this, expression=branch.this) if node.this is not None else branch.this
        for branch in node.args["ifs"]
    ]
    results = [branch.args["true"] for branch in node.args["ifs"]]
    return _choice(builder, conditions, results, node.args.get("default"))


def _choice(
    builder: Builder, conditions: list[exp.Expression], results: list[exp.Expression], default: exp.Expression | None
) -> Term:
    """Choose by the first condition that holds; only what is chosen can fail."""
    tests = [builder.holds(condition) for condition in conditions]
    values = [builder.term(result) for result in results]
    otherwise = builder.term(default) if default is not None else Term(ibis.null())
    *values, otherwise = alike([*values, otherwise], builder.place)
    chosen = ibis.cases(
        *((test.value, value.value) for test, value in zip(tests, values, strict=True)), else_=otherwise.value
    )
    failed = ibis.cases(
        *((test.value, _any(value)) for test, value in zip(tests, values, strict=True)), else_=_any(otherwise)
    )
    may_fail = any(term.failed for term in (*values, otherwise))
    return Term(chosen, failed=(*join(tests), *((failed,) if may_fail else ())))


def _any(term: Term) -> ir.BooleanValue:
    failed: ir.BooleanValue = ibis.literal(False)
    for condition in term.failed:
        failed = failed | condition
    return failed


def _condition_of_if(builder: Builder, node: exp.Expression) -> Term:
    return _choice(builder, [node.this], [node.args["true"]], node.args.get("false"))


FUNCTIONS[exp.If] = _condition_of_if


@allow(exp.Coalesce)
def _coalesce(builder: Builder, node: exp.Expression) -> Term:
    parts = alike([builder.term(part) for part in (node.this, *node.expressions)], builder.place)
    return combine(ibis.coalesce, *parts)


@allow(exp.Nullif)
def _nullif(builder: Builder, node: exp.Expression) -> Term:
    parts = alike([builder.term(node.this), builder.term(node.expression)], builder.place)
    return combine(lambda a, b: a.nullif(b), *parts)


@allow(exp.Greatest, exp.Least)
def _extreme(builder: Builder, node: exp.Expression) -> Term:
    parts = alike([builder.term(part) for part in (node.this, *node.expressions)], builder.place)
    return combine(ibis.greatest if isinstance(node, exp.Greatest) else ibis.least, *parts)
