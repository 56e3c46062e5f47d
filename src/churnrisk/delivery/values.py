"""What kind of value each column of a list holds, and its values as a database or a customer system takes them."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pandas as pd

TEXT, NUMBER, WHOLE, MONEY, DAY, INSTANT, TRUTH = "text", "number", "whole", "money", "day", "instant", "truth"

#: Columns whose kind is known, also on a night on which they are empty.
KINDS = {
    **dict.fromkeys(("rank", "horizon_days", "nights_on_list"), WHOLE),
    **dict.fromkeys(("mrr", "expected_loss"), MONEY),
    **dict.fromkeys(("churn_probability", "previous_probability", "change", "best_change_probability"), NUMBER),
    **dict.fromkeys(("score",), NUMBER),
    **dict.fromkeys(("cutoff", "due"), DAY),
    **dict.fromkeys(("last_contact_at",), INSTANT),
    **dict.fromkeys(("new_tonight",), TRUTH),
    **dict.fromkeys(("pipeline", "run", "customer_id", "segment", "status", "action", "owner"), TEXT),
    **dict.fromkeys(("reason_1", "reason_2", "reason_3", "best_change", "change_reason", "model_version"), TEXT),
    **dict.fromkeys(("driver_1", "driver_2", "driver_3"), TEXT),
}


def kind_of(name: str, values: pd.Series) -> str:
    """Say what a column holds: by its name where that is known, else by its values.

    Examples
    --------
    >>> kind_of("mrr", pd.Series([None, None])), kind_of("size", pd.Series([1, 2]))
    ('money', 'whole')
    """
    known = KINDS.get(name)
    if known is not None and (known == TEXT or not _is_text(values)):
        return known
    if pd.api.types.is_bool_dtype(values):
        return TRUTH
    if pd.api.types.is_integer_dtype(values):
        return WHOLE
    if pd.api.types.is_numeric_dtype(values):
        return NUMBER
    if pd.api.types.is_datetime64_any_dtype(values):
        return INSTANT
    return _kind_of_first(values)


def _is_text(values: pd.Series) -> bool:
    return isinstance(_first(values), str)


def _first(values: pd.Series) -> Any:
    return next(iter(values.dropna()), None)


def _kind_of_first(values: pd.Series) -> str:
    first = _first(values)
    kinds = ((bool, TRUTH), (int, WHOLE), (float, NUMBER), (Decimal, MONEY), (datetime, INSTANT), (date, DAY))
    return next((kind for python, kind in kinds if isinstance(first, python)), TEXT)


def plain_values(values: pd.Series, kind: str) -> list[Any]:
    r"""Give a column's values as Python's own, with None where there is none.

    Examples
    --------
    >>> plain_values(pd.Series([1.005, None]), "money"), plain_values(pd.Series(["a\x00b"]), "text")
    ([Decimal('1.00'), None], ['a�b'])
    >>> plain_values(pd.Series(["2025-06-01", None]), "day")
    [datetime.date(2025, 6, 1), None]
    """
    make = _MAKERS[kind]
    empty = values.isna().tolist()
    return [None if none else make(value) for value, none in zip(values.tolist(), empty, strict=True)]


def _instant(value: Any) -> datetime:
    told = pd.Timestamp(value)
    return (told.tz_convert("UTC").tz_localize(None) if told.tz is not None else told).to_pydatetime()


_MAKERS: dict[str, Callable[[Any], Any]] = {
    TEXT: lambda value: str(value).replace("\x00", "\ufffd"),
    NUMBER: float,
    WHOLE: int,
    MONEY: lambda value: round(Decimal(repr(float(value))), 2),
    DAY: lambda value: pd.Timestamp(value).date(),
    INSTANT: _instant,
    TRUTH: bool,
}


def records(rows: pd.DataFrame, *, decimals: bool = True) -> list[dict[str, Any]]:
    """Give rows as dictionaries of Python's own values, in the order of the rows.

    Parameters
    ----------
    decimals
        Give money as decimals; else as numbers, for what knows no decimals.

    Examples
    --------
    >>> records(pd.DataFrame({"customer_id": ["a"], "rank": [1.0], "mrr": [2.5]}))
    [{'customer_id': 'a', 'rank': 1, 'mrr': Decimal('2.50')}]
    """
    names = list(rows.columns)
    kinds = [kind_of(name, rows[name]) for name in names]
    kinds = kinds if decimals else [NUMBER if kind == MONEY else kind for kind in kinds]
    values = [plain_values(rows[name], kind) for name, kind in zip(names, kinds, strict=True)]
    return [dict(zip(names, line, strict=True)) for line in zip(*values, strict=True)]
