"""What stands in the cells of a text file, read as numbers, times and truth values; what does not fit is empty."""

import re
from datetime import datetime

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

POINT = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$"
POINT_GROUPS = r"^[+-]?[1-9][0-9]{0,2}(,[0-9]{3})+(\.[0-9]*)?$"
COMMA = r"^[+-]?([0-9]+,?[0-9]*|,[0-9]+)([eE][+-]?[0-9]+)?$"
COMMA_GROUPS = r"^[+-]?[1-9][0-9]{0,2}(\.[0-9]{3})+(,[0-9]*)?$"
WHOLE = r"^[+-]?[0-9]+(\.0+)?$"
PADDED = r"^[+-]?0[0-9]"
TRAILING_ZEROS = r"\.0+$"
_YEAR = r"(1[89]|[2-9][0-9])[0-9]{2}"
_CLOCK = r"[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.,][0-9]+)?)?"
#: A day, a month, or a day without marks between its parts.
DAY = rf"^({_YEAR}-[0-9]{{2}}(-[0-9]{{2}})?|(19|20)[0-9]{{6}})$"
NAIVE = rf"^{_YEAR}-[0-9]{{2}}-[0-9]{{2}}{_CLOCK}$"
ZONED = rf"^{_YEAR}-[0-9]{{2}}-[0-9]{{2}}{_CLOCK} ?([Zz]|[+-][0-9]{{2}}(:?[0-9]{{2}})?)$"
TRUE = ("true", "t", "yes", "y", "1", "1.0")
FALSE = ("false", "f", "no", "n", "0", "0.0")
EARLIEST = 1800
#: What may stand around a value and is no part of it; the last two are what web pages and editors leave.
BLANKS = " \t\n\r\v\f\u00a0\ufeff"
#: Patterns that strptime does not know: seconds or milliseconds since 1970.
EPOCHS = {"epoch": "s", "epoch_ms": "ms"}


@ibis.udf.scalar.builtin(name="try_strptime")
def _by_format(text: str, pattern: str) -> dt.timestamp:
    """Read a time by a pattern; empty where it does not fit."""


@ibis.udf.scalar.builtin(name="try_strptime")
def _by_zoned_format(text: str, pattern: str) -> dt.Timestamp("UTC"):  # type: ignore[valid-type]
    """Read a time with its offset by a pattern; empty where it does not fit."""


@ibis.udf.scalar.builtin(name="trim")
def _without_around(text: str, marks: str) -> dt.string:
    """Take marks off both ends."""


@ibis.udf.scalar.builtin(name="timezone")
def _from_zone(zone: str, time: dt.timestamp) -> dt.Timestamp("UTC"):  # type: ignore[valid-type]
    """Give the instant at which the clocks of a zone show a time."""


def is_format(pattern: str) -> bool:
    """Tell whether a pattern of strptime can be understood.

    Examples
    --------
    >>> is_format("%d/%m/%Y"), is_format("dd/mm/yyyy"), is_format("%Q")
    (True, False, False)
    """
    if pattern in EPOCHS:
        return True
    rest = re.sub(r"%-?[aAbBdjHIkmMpSfgyYzZnG%]", "", pattern)
    return "%" in pattern and "%" not in rest


def filled(text: ir.StringValue) -> ir.StringValue:
    r"""Give the cell without the blanks around it, those that do not break included; empty where nothing is left.

    Examples
    --------
    >>> filled(ibis.literal("\u00a017850 ")).execute()
    '17850'
    """
    return _without_around(text, BLANKS).nullif("")


def digits(text: ir.StringValue, decimal: str = ".") -> ir.StringValue:
    """Write a number the plain way (``1,234.5`` or ``1.234,5`` = ``1234.5``); empty where it is none.

    Parameters
    ----------
    decimal
        The decimal mark; the other mark may then separate groups of three.

    Examples
    --------
    >>> [digits(ibis.literal("1.234,5"), ",").execute(), digits(ibis.literal("1,234.5")).execute()]
    ['1234.5', '1234.5']
    """
    if decimal == ",":
        plain, groups = COMMA, COMMA_GROUPS
        written = text.replace(".", "").replace(",", ".")
    else:
        plain, groups = POINT, POINT_GROUPS
        written = text.replace(",", "")
    return (text.re_search(plain) | text.re_search(groups)).ifelse(written, ibis.null(dt.string))


def number(text: ir.StringValue, decimal: str = ".") -> ir.FloatingValue:
    """Read a number; empty where it is none."""
    return digits(text, decimal).try_cast("float64")


def money(text: ir.StringValue, decimal: str = ".") -> ir.DecimalValue:
    """Read an amount, rounded to cents; empty where it is none."""
    return digits(text, decimal).try_cast("decimal(18, 2)")


def boolean(text: ir.StringValue) -> ir.BooleanValue:
    """Read true/false, yes/no, t/f, y/n, 1/0; empty where it is none of these.

    Examples
    --------
    >>> bool(boolean(ibis.literal("Yes")).execute())
    True
    """
    lower = text.lower()
    return ibis.cases((lower.isin(TRUE), True), (lower.isin(FALSE), False))


def whole_text(text: ir.StringValue) -> ir.StringValue:
    """Write ``17850.0`` as ``17850``."""
    return text.re_replace(TRAILING_ZEROS, "")


def time(text: ir.StringValue, formats: list[str] | None = None, zone: str | None = None) -> ir.TimestampValue:
    """Read a time as UTC: by the given formats in turn, then as ISO 8601; empty where nothing fits.

    Parameters
    ----------
    formats
        Patterns of strptime.
    zone
        The zone of times that carry none; empty: UTC. A date without a time of day is its midnight all the same.

    Examples
    --------
    >>> str(time(ibis.literal("31/01/2025"), ["%d/%m/%Y"]).execute())
    '2025-01-31 00:00:00'
    >>> str(time(ibis.literal("2025-01-31T10:00:00+02:00")).execute())
    '2025-01-31 08:00:00'
    """
    readings = [_formatted(text, pattern, zone) for pattern in formats or []]
    return ibis.coalesce(*readings, iso(text, zone)) if readings else iso(text, zone)


def iso(text: ir.StringValue, zone: str | None = None) -> ir.TimestampValue:
    """Read ISO 8601: a month, a day, or a time with or without its offset; empty where it is none."""
    day = text.re_replace("^([0-9]{4})-?([0-9]{2})$", r"\1-\2-01").re_replace(
        "^([0-9]{4})([0-9]{2})([0-9]{2})$", r"\1-\2-\3"
    )
    written = text.replace(",", ".")
    return ibis.cases(
        (text.re_search(DAY), day.try_cast(dt.timestamp)),
        (text.re_search(NAIVE), local(written.try_cast(dt.timestamp), zone)),
        (text.re_search(ZONED), naive_utc(written.upper().try_cast(dt.Timestamp("UTC")))),
    )


def _formatted(text: ir.StringValue, pattern: str, zone: str | None) -> ir.TimestampValue:
    if pattern in EPOCHS:
        return number(text).round().cast(dt.int64).as_timestamp(EPOCHS[pattern])
    if "%z" in pattern:
        return naive_utc(_by_zoned_format(text, pattern))
    value = _by_format(text, pattern)
    # %Y reads 15 as the year 15.
    value = (value >= datetime(EARLIEST, 1, 1)).ifelse(value, ibis.null(dt.timestamp))
    return local(value, zone) if re.search("%-?[HITcXs]", pattern) else value


def local(value: ir.TimestampValue, zone: str | None) -> ir.TimestampValue:
    """Turn the clock of a zone into UTC."""
    return value if zone in (None, "UTC") else naive_utc(_from_zone(zone, value))


def naive_utc(value: ir.TimestampValue) -> ir.TimestampValue:
    """Drop the zone mark of an instant; the engine's own zone is UTC."""
    return value.cast(dt.timestamp)
