"""The label of a flat source: which of its two values says that a customer left."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from churnrisk.errors import SourceError
from churnrisk.settings.source import Scalar
from churnrisk.sources.cells import FALSE, TRUE


def read_label(
    texts: pd.Series, name: str, churned_value: Scalar | None = None, *, both: bool = True
) -> npt.NDArray[np.float64]:
    """Give 1 where a customer left, 0 where one stayed, and NaN where the label is empty.

    Parameters
    ----------
    texts
        The label as it stands in the file.
    name
        The label's column, for the words of a fault.
    churned_value
        The value of those who left; None where it can be told: yes/no, true/false, 1/0.
    both
        Whether both who left and who stayed must be there, as they must to learn.

    Raises
    ------
    SourceError
        When there are not two values, or nobody can tell which of them means left.

    Examples
    --------
    >>> read_label(pd.Series(["Yes", "no", None]), "Churn").tolist()
    [1.0, 0.0, nan]
    >>> read_label(pd.Series(["gone", "here"]), "Status", "gone").tolist()
    [1.0, 0.0]
    """
    values = texts.astype(object).map(lambda text: str(text).strip(), na_action="ignore")
    values = values.where(values.notna() & (values != ""), None)
    counts = values.value_counts().sort_index()
    if len(counts) > 2 or (both and len(counts) < 2):
        raise SourceError(_not_two(counts, name))
    left = _left(list(counts.index), name, churned_value, _shown(counts), both)
    return np.where(values.isna(), np.nan, values.isin(left).astype(np.float64))


def _left(values: list[str], name: str, churned_value: Scalar | None, shown: str, both: bool) -> list[str]:
    """Find the values that mean left."""
    if churned_value is None:
        known = [value for value in values if value.lower() in TRUE]
        unknown = [value for value in values if value.lower() not in (*TRUE, *FALSE)]
        if unknown or (both and len(known) != 1):
            choices = " or ".join(f'churned_value = "{value}"' for value in values)
            raise SourceError(f"{name} holds {shown}, and nothing says which means left. Say it: {choices}.")
        return known
    wanted = _as_text(churned_value)
    found = [value for value in values if value == wanted] or [
        value for value in values if value.lower() == wanted.lower() or _number(value) == _number(wanted) is not None
    ]
    if not found and values and both:
        raise SourceError(
            f"churned_value is {churned_value!r}, and {name} holds no such value: it holds {shown}. "
            "Name one of these."
        )
    return found


def _not_two(counts: pd.Series, name: str) -> str:
    if counts.empty:
        return f"{name} is empty in every row. A label says of each customer who left: name another column."
    if len(counts) == 1:
        return (
            f"{name} should hold two values, one for who left and one for who stayed, and holds one: "
            f"{_shown(counts)}. Name another column, or give the rows of the others, too."
        )
    return (
        f"{name} should hold two values and holds {len(counts)}: {_shown(counts)}. Leave rows out with where, or "
        f"make a label: derive.left = \"CASE WHEN {_quoted(name)} = '{counts.index[0]}' THEN 1 ELSE 0 END\" and "
        'label = "left".'
    )


def _shown(counts: pd.Series) -> str:
    first = [f"{value!r} ({rows:,})" for value, rows in counts.head(5).items()]
    more = len(counts) - len(first)
    return ", ".join(first) + (f" and {more} more" if more else "")


def _quoted(name: str) -> str:
    return name if name.isidentifier() else f'"{name}"'


def _as_text(value: Scalar) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
