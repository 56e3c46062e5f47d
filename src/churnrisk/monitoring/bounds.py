"""The bounds of a night, one function each: tables and models within them are silent."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

#: Growth is allowed anew for each so many days since the last night.
GROWTH_DAYS = 30
#: Fewer rows than these, more or less, are a small table's ordinary life.
FEW_ROWS = 20
#: Where no age is set for any table, a newest event older than this is told.
TOLD_AGE_DAYS = 3
#: How that is begun.
AGE = "The newest event in the tables is "


@dataclass(frozen=True)
class Finding:
    """Something for which a night is refused.

    Parameters
    ----------
    code
        By which it can be allowed.
    message
        What was expected, and what came.
    remedy
        What to do.
    """

    code: str
    message: str
    remedy: str


def stale(inputs: Sequence[Mapping[str, Any]], max_age_days: Mapping[str, int], today: date) -> list[Finding]:
    """Find tables whose newest row is too old for the clock.

    Parameters
    ----------
    inputs
        A line a table, with ``table`` and ``newest``.

    Examples
    --------
    >>> inputs = [{"table": "usage", "newest": "2025-06-01"}]
    >>> stale(inputs, {"usage": 2}, date(2025, 6, 3))
    []
    >>> stale(inputs, {"usage": 2}, date(2025, 6, 4))[0].message
    'usage should be at most 2 days old, and its newest row is of 2025-06-01, 3 days ago'
    """
    newest = {str(one["table"]): _day(one.get("newest")) for one in inputs}
    found = []
    for table, most in max_age_days.items():
        last = newest.get(table)
        if last is None:
            came = "there is no such table" if table not in newest else "it has no row from before the cutoff"
        elif (today - last).days > most:
            came = f"its newest row is of {last}, {_days((today - last).days)} ago"
        else:
            continue
        remedy = f"Load {table} anew, or set another [nightly] max_age_days"
        found.append(Finding("stale", f"{table} should be at most {_days(most)} old, and {came}", remedy))
    return found


def told_age(inputs: Sequence[Mapping[str, Any]], today: date) -> list[str]:
    """Say that the newest event of all tables is old; silent for as long as a long weekend.

    Examples
    --------
    >>> told_age([{"table": "usage", "newest": "2025-06-01"}], date(2025, 6, 4))
    []
    >>> told_age([{"table": "usage", "newest": "2025-06-01"}], date(2025, 6, 9))[0][:57]
    'The newest event in the tables is of 2025-06-01, 8 days a'
    """
    days = [day for day in (_day(one.get("newest")) for one in inputs) if day is not None]
    age = (today - max(days)).days if days else 0
    if age <= TOLD_AGE_DAYS:
        return []
    return [
        f"{AGE}of {max(days)}, {age} days ago. If they should be fresh each night, set "
        "[nightly] max_age_days: such a night is then refused."
    ]


def shrunk_or_grown(
    inputs: Sequence[Mapping[str, Any]],
    before: Mapping[str, Any],
    cutoff: date,
    max_shrink: float,
    max_growth: float,
) -> list[Finding]:
    """Find tables that lost or gained more rows since an earlier night than its distance explains.

    Parameters
    ----------
    before
        The manifest of the earlier night: ``cutoff`` and ``inputs``.

    Examples
    --------
    >>> before = {"cutoff": "2025-06-01", "inputs": [{"table": "usage", "rows": 1000}]}
    >>> shrunk_or_grown([{"table": "usage", "rows": 950}], before, date(2025, 6, 2), 0.1, 1.0)
    []
    >>> shrunk_or_grown([{"table": "usage", "rows": 850}], before, date(2025, 6, 2), 0.1, 1.0)[0].code
    'shrunk'
    >>> shrunk_or_grown([{"table": "usage", "rows": 2850}], before, date(2025, 6, 8), 0.1, 1.0)[0].code
    'grown'
    """
    rows_before = {str(one["table"]): one.get("rows") for one in before["inputs"]}
    night = str(before["cutoff"])
    allowed = max_growth * max(1.0, (cutoff - date.fromisoformat(night)).days / GROWTH_DAYS)
    found = []
    for one in inputs:
        was, now = rows_before.get(str(one["table"])), int(one["rows"])
        if not was or (now and abs(now - was) < FEW_ROWS):
            continue
        since = f"{one['table']} had {was:,} rows on the night of {night} and has {now:,}"
        if now < was * (1 - max_shrink):
            message = f"{since}: at most {max_shrink:.0%} of them may be gone"
            found.append(Finding("shrunk", message, f"Load {one['table']} whole, or raise [nightly] max_shrink"))
        elif now > was * (1 + allowed):
            message = f"{since}: it may grow by at most {allowed:.0%}"
            remedy = f"See whether {one['table']} was loaded twice, or raise [nightly] max_growth"
            found.append(Finding("grown", message, remedy))
    return found


def other_schema(inputs: Sequence[Mapping[str, Any]], before: Mapping[str, Any]) -> tuple[list[Finding], list[str]]:
    """Find tables and columns that are gone or of another type, and say which are new.

    Returns
    -------
    Findings, and sentences about what is new: it changes nothing and is only told.

    Examples
    --------
    >>> before = {"cutoff": "2025-06-01", "inputs": [{"table": "usage", "columns": {"event": "text"}}]}
    >>> found, new = other_schema([{"table": "usage", "columns": {"quantity": "number"}}], before)
    >>> found[0].message, new
    ('usage.event is gone since the night of 2025-06-01', ['New in these tables: usage.quantity.'])
    """
    was = {str(one["table"]): one["columns"] for one in before["inputs"] if one.get("columns")}
    now = {str(one["table"]): one.get("columns") or {} for one in inputs}
    gone, other, new = [], [], []
    for table, columns in was.items():
        if table not in now:
            gone.append(f"the table {table}")
            continue
        gone += [f"{table}.{name}" for name in columns if name not in now[table]]
        new += [f"{table}.{name}" for name in now[table] if name not in columns]
        both = [name for name in columns if name in now[table] and now[table][name] != columns[name]]
        other += [f"{table}.{name} was {columns[name]} and is {now[table][name]}" for name in both]
    new += [f"the table {table}" for table in now if was and table not in was]
    since = f"since the night of {before['cutoff']}"
    parts = [f"{', '.join(gone)} {_are(gone)} gone {since}"] if gone else []
    parts += [f"{', '.join(other)} {since}"] if other else []
    remedy = "Bring them back, or map their new names in [source.tables]"
    found = [Finding("schema", "; ".join(parts), remedy)] if parts else []
    return found, [f"New in these tables: {', '.join(new)}."] if new else []


def without_features(without: int, at_risk: int, most: float) -> list[Finding]:
    """Find that too many customers at risk have no event at all.

    Examples
    --------
    >>> without_features(1, 10, 0.2)
    []
    >>> without_features(3, 10, 0.2)[0].message
    '3 of 10 customers at risk (30%) have no row in any table of events: at most 20% may'
    """
    if not at_risk or without <= most * at_risk:
        return []
    message = (
        f"{without:,} of {at_risk:,} customers at risk ({without / at_risk:.0%}) have no row in any table of events"
    )
    remedy = (
        "Look whether a table lacks rows or names customers in another way, or raise [nightly] max_without_features"
    )
    return [Finding("without_features", f"{message}: at most {most:.0%} may", remedy)]


def expired(version: int, trained: date | None, day: date, most: int | None, file: str) -> list[Finding]:
    """Find a model whose training is too long ago; one of which the day is not known is not judged.

    Examples
    --------
    >>> expired(3, date(2025, 1, 1), date(2025, 6, 1), 400, "sample.toml")
    []
    >>> expired(3, date(2024, 1, 1), date(2025, 6, 1), 400, "sample.toml")[0].message
    'Model version 3 was trained on 2024-01-01, 517 days before; it may be used for 400 days'
    """
    age = 0 if trained is None else (day - trained).days
    if most is None or age <= most:
        return []
    message = (
        f"Model version {version} was trained on {trained}, {_days(age)} before; it may be used for {_days(most)}"
    )
    return [Finding("expired", message, f"Train again: churnrisk train {file}, or set [nightly] max_model_age_days")]


def _day(told: object) -> date | None:
    return None if told is None else date.fromisoformat(str(told)[:10])


def _days(number: int) -> str:
    return "1 day" if number == 1 else f"{number} days"


def _are(names: Iterable[str]) -> str:
    return "is" if len(list(names)) == 1 else "are"
