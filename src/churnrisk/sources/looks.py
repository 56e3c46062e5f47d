"""Looking at the values of a text column: what could they be, and can they be read in one way only?"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import ibis.expr.types as ir

from churnrisk.errors import SourceError, shown
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


def look(
    engine: Engine,
    column: ir.StringColumn,
    clean: Callable[[ir.StringValue], ir.StringValue],
    formats: Sequence[str] = (),
    kinds: Collection[str] = ("number", "time", "bool"),
) -> Look:
    """Look at all values of a text column at once, each different one once.

    Parameters
    ----------
    clean
        Takes the blanks off a cell, and empties what means 'none'.
    kinds
        What is worth asking: whether the values are numbers, times, truth values.
    """
    cells_seen = column.name("cell").as_table().group_by("cell").agg(rows=lambda table: table.count())
    values = cells_seen.mutate(value=clean(cells_seen.cell)).filter(lambda table: table.value.notnull())
    value = values.value
    shapes: dict[str, ir.Value] = {}
    if "number" in kinds:
        shapes["point"] = value.re_search(cells.POINT) | value.re_search(cells.POINT_GROUPS)
        shapes["comma"] = value.re_search(cells.COMMA) | value.re_search(cells.COMMA_GROUPS)
        shapes["whole"] = value.re_search(cells.WHOLE)
        shapes["padded"] = value.re_search(cells.PADDED)
    if "time" in kinds:
        shapes["time"] = cells.time(value, list(formats))
    if "bool" in kinds:
        shapes["truth"] = cells.boolean(value)
    shaped = values.mutate(**shapes)
    tests, examples = _tests(shaped)
    counted = {name: shaped.rows.sum(where=test).fill_null(0) for name, test in tests.items()}
    row = engine.rows(shaped.agg(filled=shaped.rows.sum().fill_null(0), **counted, **examples)).iloc[0]
    counts = {name: int(row[name]) if name in row else 0 for name in _COUNTS}
    texts = {name: row[name] if name in row and isinstance(row[name], str) else None for name in _EXAMPLES}
    return Look(**counts, **texts)  # type: ignore[arg-type]


_COUNTS = tuple(name for name, type_ in Look.__annotations__.items() if type_ is int)
_EXAMPLES = tuple(name for name in Look.__annotations__ if name not in _COUNTS)


def _tests(shaped: ir.Table) -> tuple[dict[str, ir.BooleanValue], dict[str, ir.Value]]:
    """Turn the shapes of values into what is counted, and into examples of what does not fit."""
    value = shaped.value
    tests: dict[str, ir.BooleanValue] = {}
    examples: dict[str, ir.Value] = {}
    if "point" in shaped.columns:
        both = shaped.point & shaped.comma & (value.contains(".") | value.contains(","))
        tests |= {
            "numbers": shaped.point | shaped.comma,
            "only_point": shaped.point & ~shaped.comma,
            "only_comma": shaped.comma & ~shaped.point,
            "either": both,
            "either_comma": both & value.contains(","),
            "whole": shaped.whole,
            "zeros": shaped.whole & value.contains("."),
            "padded": shaped.padded,
        }
        examples["not_number"] = value.min(where=~(shaped.point | shaped.comma))
        examples["an_either"] = value.min(where=both)
    if "time" in shaped.columns:
        tests["times"] = shaped.time.notnull()
        tests["days"] = shaped.time.notnull() & (shaped.time == shaped.time.truncate("D"))
        examples["not_time"] = value.min(where=shaped.time.isnull())
    if "truth" in shaped.columns:
        tests["bools"] = shaped.truth.notnull()
    return tests, examples


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
        raise SourceError(f"{column} could be read in two ways, for instance {shown(seen.an_either)}. {remedy}")
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


def time_remedy(engine: Engine, text: ir.StringColumn, name: str) -> str:
    """Say how to make a column of dates readable."""
    fitting = propose_formats(engine, text)
    if not fitting:
        return f'Give the pattern: formats.{name} = "%d/%m/%Y" (or several, tried in order).'
    proposals = " or ".join(f'formats.{name} = "{pattern}"' for pattern in fitting[:3])
    which = "Every value fits" if len(fitting) == 1 else "Every value fits, with different meanings,"
    return f"{which} {proposals}. Write down which is meant."
