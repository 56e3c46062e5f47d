"""Plain sentences for columns that no signal is registered for: those of a flat file, and attributes."""

from typing import Any

import numpy as np
import pandas as pd

from churnrisk.modeling.columns import NUMBER, column_type
from churnrisk.modeling.released.churn_model import number_words

#: A column's spread down to which its numbers are written with so many decimals.
DECIMALS = ((10.0, ""), (0.1, "2"), (0.0, "4"))


def plain_cards(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Give a card for each column, as data that JSON can carry: "Contract is monthly", "tenure is 2 (median 29)".

    Such a sentence says only how a customer stands; it is told where the column raises the customer's risk.

    Parameters
    ----------
    rows
        The rows that fitted the model.

    Examples
    --------
    >>> cards = plain_cards(pd.DataFrame({"tenure": [2.0, 29.0, 40.0], "Contract": ["a", "b", "b"]}))
    >>> [card["parts"] for card in cards]
    [['tenure is ', ['tenure', ''], ' (median 29)'], ['Contract is ', ['Contract', '']]]
    """
    return [_card(str(name), rows[name]) for name in rows.columns]


def _card(name: str, column: pd.Series) -> dict[str, Any]:
    parts: list[Any] = [f"{name} is ", [name, ""]]
    if column_type(column) == NUMBER:
        known = column.dropna().to_numpy(dtype=np.float64)
        spec = _decimals(known)
        middle = number_words(np.array([np.median(known)]), spec)[0] if len(known) else ""
        parts = [f"{name} is ", [name, spec], *([f" (median {middle})"] if middle else [])]
    return {
        "name": name,
        "group": name,
        "unit": "",
        "raises_risk": None,
        "below": None,
        "above": None,
        "parts": parts,
        "plain": True,
    }


def _decimals(known: np.ndarray) -> str:
    """Say how numbers of a column are written."""
    if not len(known) or np.array_equal(known, np.floor(known)):
        return ""
    spread = float(np.ptp(known))
    return next(spec for least, spec in DECIMALS if spread >= least)
