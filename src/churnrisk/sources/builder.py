"""How an expression is built part by part, and the one list of what it may hold."""

import re
from collections.abc import Callable

from sqlglot import exp

from churnrisk.sources.terms import Place, Term, as_bool, as_number, as_text, as_time

Find = Callable[[exp.Column], Term]
Make = Callable[["Builder", exp.Expression], Term]

STEPS = {
    "SECOND": "s",
    "MINUTE": "m",
    "HOUR": "h",
    "DAY": "D",
    "WEEK": "W",
    "MONTH": "M",
    "QUARTER": "Q",
    "YEAR": "Y",
}

FUNCTIONS: dict[type[exp.Expression], Make | None] = {}


class Builder:
    """Turns a parsed expression into one of the engine's, part by part."""

    def __init__(self, find: Find, place: Place) -> None:
        self.find = find
        self.place = place

    def term(self, node: exp.Expression | None) -> Term:
        """Build one part; a sign with nothing behind it has none."""
        if node is None:
            raise self.place.fault("something is missing in it.")
        make = FUNCTIONS.get(type(node))
        if make is None:
            raise self.place.fault(f"{node.sql(dialect='duckdb')} cannot stand there.")
        return make(self, node)

    def number(self, node: exp.Expression) -> Term:
        """Build a part that must be a number."""
        return as_number(self.term(node), self.place)

    def text(self, node: exp.Expression) -> Term:
        """Build a part that is used as text."""
        return as_text(self.term(node))

    def time(self, node: exp.Expression) -> Term:
        """Build a part that must be a time."""
        return as_time(self.term(node), self.place)

    def holds(self, node: exp.Expression) -> Term:
        """Build a part that must be a condition."""
        return as_bool(self.term(node), self.place)

    def unit(self, node: exp.Expression | None, known: dict[str, str]) -> str:
        """Take the name of a unit of time, singular or plural."""
        name = (node.name if node is not None else "").upper()
        name = name if name in known else name.removesuffix("S")
        if name not in known:
            raise self.place.fault(f"there is no unit {name.lower()!r}. Known: {', '.join(known).lower()}.")
        return known[name]

    def whole(self, node: exp.Expression | None, what: str, least: int = 0) -> int:
        """Take a whole number that must be written out."""
        text = self.constant(node, what)
        if not text.isdigit() or int(text) < least:
            raise self.place.fault(f"the {what} must be a whole number from {least} on, and is {text}.")
        return int(text)

    def pattern(self, node: exp.Expression | None, what: str) -> str:
        """Take a regular expression that must be written out."""
        text = self.constant(node, what)
        try:
            re.compile(text)
        except re.error as fault:
            raise self.place.fault(f"the {what} cannot be read: {fault}.") from None
        return text

    def constant(self, node: exp.Expression | None, what: str) -> str:
        """Take a value that must be written out, not computed."""
        if not isinstance(node, exp.Literal):
            raise self.place.fault(f"the {what} must be written out.")
        return str(node.this)


def build(tree: exp.Expression, find: Find, place: Place) -> Term:
    """Turn a parsed expression into one of the engine's."""
    return Builder(find, place).term(tree)


def allow(*kinds: type[exp.Expression]) -> Callable[[Make], Make]:
    """Register how one kind of part is built."""

    def register(make: Make) -> Make:
        for kind in kinds:
            FUNCTIONS[kind] = make
        return make

    return register


#: Parts that only stand inside others.
for _inner in (exp.Identifier, exp.Var, exp.DataType, exp.DataTypeParam, exp.Interval, exp.If):
    FUNCTIONS[_inner] = None
