"""Looking at the values of a text column: what could they be, and can they be read in one way only?"""

from collections.abc import Sequence
from dataclasses import dataclass

import ibis.expr.types as ir

from churnrisk.errors import SourceError
from churnrisk.sources import cells
from churnrisk.sources.engine import Engine

#: A column may be read one way although this share of its values fits only the other: those are set aside.
ODD_ONES = 0.05
PROPOSED_FORMATS = (
    "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y/%m/%d", "%d/%m/%y", "%m/%d/%y",
    "%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M", "%d/%m/%Y %H:%M:%S", "%m/%d/%Y %H:%M:%S", "%d.%m.%Y %H:%M",
    "%d.%m.%Y %H:%M:%S", "%m/%d/%y %H:%M", "%d/%m/%y %H:%M", "%m/%d/%Y %I:%M:%S %p", "%d-%b-%Y", "%d %b %Y",
    "%b %d, %Y", "%d %B %Y", "%B %d, %Y", "%Y/%m/%d %H:%M:%S", "%Y.%m.%d", "%a %b %d %H:%M:%S %Y",
)  # fmt: skip


@dataclass(frozen=True)
class Look:
    """How many values of a text column fit what.

    Parameters
    ----------
    filled
        Values that are not empty.
    numbers
        Those that are numbers with one decimal mark or the other.
    only_point, only_comma
        Those that are numbers only if the decimal mark is a point, only if it is a comma.
    either
        Those that are different numbers by the one and by the other: ``1,234``.
    either_comma
        Those of them with a comma.
    whole, zeros, padded
        Whole numbers; whole numbers written with ``.0``; numbers that begin with a needless 0.
    times, days
        Times by ISO 8601 or the given formats; those at midnight.
    bools
        Truth values.
    """

    filled: int
    numbers: int
    only_point: int
    only_comma: int
    either: int
    either_comma: int
    whole: int
    zeros: int
    padded: int
    times: int
    days: int
    bools: int
    not_number: str | None
    not_time: str | None
    an_either: str | None

    @property
    def reads_as(self) -> str:
        """What every value looks like: number, time or text."""
        if not self.filled:
            return "text"
        if self.numbers == self.filled:
            return "number"
        return "time" if self.times == self.filled else "text"


def look(engine: Engine, text: ir.StringColumn, formats: Sequence[str] = ()) -> Look:
    """Look at all values of a text column at once."""
    values = text.name("value").as_table().filter(lambda table: table.value.notnull())
    values = values.group_by("value").agg(rows=lambda table: table.count())
    value = values.value
    point = value.re_search(cells.POINT) | value.re_search(cells.POINT_GROUPS)
    comma = value.re_search(cells.COMMA) | value.re_search(cells.COMMA_GROUPS)
    marked = value.contains(".") | value.contains(",")
    time = cells.time(value, list(formats))
    tests = {
        "numbers": point | comma,
        "only_point": point & ~comma,
        "only_comma": comma & ~point,
        "either": point & comma & marked,
        "either_comma": point & comma & value.contains(","),
        "whole": value.re_search(cells.WHOLE),
        "zeros": value.re_search(cells.WHOLE) & value.contains("."),
        "padded": value.re_search(cells.PADDED),
        "times": time.notnull(),
        "days": time.notnull() & (time == time.truncate("D")),
        "bools": cells.boolean(value).notnull(),
    }
    counted = {name: values.rows.sum(where=test).fill_null(0) for name, test in tests.items()}
    examples = {
        "not_number": value.min(where=~(point | comma)),
        "not_time": value.min(where=time.isnull()),
        "an_either": value.min(where=tests["either"]),
    }
    row = engine.rows(values.agg(filled=values.rows.sum().fill_null(0), **counted, **examples)).iloc[0]
    counts = {name: int(row[name]) for name in ("filled", *counted)}
    return Look(**counts, **{name: row[name] if isinstance(row[name], str) else None for name in examples})  # type: ignore[arg-type]


def decimal_mark(seen: Look, column: str, delimiter: str | None) -> str:
    """Tell the decimal mark of a column, or refuse if it could be read wrongly.

    Raises
    ------
    SourceError
        When the values fit both marks, and mean different numbers by each.
    """
    remedy = 'Say which mark is meant: decimal = "." or decimal = ",".'
    odd = min(seen.only_point, seen.only_comma)
    if seen.only_point and seen.only_comma and odd > ODD_ONES * seen.filled:
        raise SourceError(f"{column} holds numbers with a decimal point and numbers with a decimal comma. {remedy}")
    if seen.only_comma > seen.only_point:
        return ","
    if seen.only_point:
        return "."
    # 1.234 is a plain number, unless commas may be decimal marks in such a file.
    if seen.either_comma or (seen.either and delimiter == ";"):
        raise SourceError(f"{column} could be read in two ways, for instance {seen.an_either!r}. {remedy}")
    return "."


def propose_formats(engine: Engine, text: ir.StringColumn) -> list[str]:
    """List the date formats that fit every value of a text column."""
    values = text.name("value").as_table().filter(lambda table: table.value.notnull()).distinct()
    fits = {
        f"f{index}": cells.time(values.value, [pattern]).notnull().all().fill_null(False)
        for index, pattern in enumerate(PROPOSED_FORMATS)
    }
    row = engine.rows(values.agg(**fits)).iloc[0]
    return [pattern for index, pattern in enumerate(PROPOSED_FORMATS) if bool(row[f"f{index}"])]


def time_remedy(engine: Engine, text: ir.StringColumn, seen: Look, name: str) -> str:
    """Say how to make a column of dates readable."""
    fitting = propose_formats(engine, text)
    if not fitting:
        return f'Give the pattern: formats.{name} = "%d/%m/%Y" (or several, tried in order).'
    proposals = " or ".join(f'formats.{name} = "{pattern}"' for pattern in fitting[:3])
    which = "Every value fits" if len(fitting) == 1 else "Every value fits, with different meanings,"
    return f"{which} {proposals}. Write down which is meant."
