"""What speaks against a column before anything is trained on it: each finding with its evidence."""

import difflib
import hashlib
import math
import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from churnrisk.modeling.alone import as_numbers

#: A column that alone gives a higher AUC than this, out of fold, has seen the answer.
LEAK = 0.98
#: Above this it is worth a look.
STRONG = 0.95
DISTINCT = 0.95
FEW_LEVELS = 50
LEAST_ROWS = 10
SURE = 0.95
CHANCE = 1e-6
ALIKE_NAMES = 0.85
MOSTLY_NUMBERS = 0.95

_NUMBERS_AS_IDS = {"id", "ids", "no", "nr", "num", "number", "key", "index", "idx", "uuid", "guid", "row", "account"}
#: Words that many columns carry and that say nothing of who left.
_ORDINARY = {
    "account", "class", "client", "code", "column", "customer", "data", "date", "day", "days", "each", "field",
    "flag", "from", "group", "last", "label", "level", "member", "month", "months", "name", "next", "number",
    "outcome", "state", "status", "subscriber", "target", "this", "time", "type", "user", "value", "week", "year",
}  # fmt: skip
_CHURN = ("churn", "attrit")


@dataclass(frozen=True)
class Finding:
    """One thing that someone should know before training.

    Parameters
    ----------
    code
        What sort of thing: label_leak, named_like_label, filled_for_churners, id_like, constant, duplicate, time, ...
    column
        The column it speaks of; empty where it speaks of rows.
    sentence
        What was found, the evidence, and what to do.
    is_open
        Whether someone must still look at it; ``exclude`` and ``allow`` settle it.
    """

    code: str
    column: str
    sentence: str
    is_open: bool = False


def is_constant(column: pd.Series) -> bool:
    """Say whether every row has the same, or nothing.

    Examples
    --------
    >>> is_constant(pd.Series([1, 1])), is_constant(pd.Series([1, None]))
    (True, False)
    """
    return column.nunique(dropna=False) <= 1


def is_id_like(name: str, column: pd.Series) -> bool:
    """Say whether a column names rows rather than describing them.

    Texts do where nearly every row has one of its own; whole numbers where, besides, the name says so, they never
    fall from row to row, or none is left out between the first and the last.

    Examples
    --------
    >>> numbers = pd.Series(range(50), dtype=float)
    >>> is_id_like("row", numbers), is_id_like("spend", numbers * 7 % 53), is_id_like("mail", numbers.astype(str))
    (True, False, True)
    """
    known = column.dropna()
    if len(known) < 2 * LEAST_ROWS:
        return False
    values = as_numbers(known)
    if values is None:
        return known.nunique() >= DISTINCT * len(known)
    whole = np.array_equal(values, np.floor(values))
    if not whole or known.nunique() < DISTINCT * len(known):
        return False
    counts_on = (np.diff(values) >= 0).all() or values.max() - values.min() == known.nunique() - 1
    return bool(counts_on) or bool(set(_words(name)) & _NUMBERS_AS_IDS)


def is_named_like(name: str, label: str) -> bool:
    """Say whether a column bears the label's name, a word of it, or speaks of churn.

    Examples
    --------
    >>> [is_named_like(name, "Churn Label") for name in ("ChurnReason", "churn_score", "TotalCharges", "price label")]
    [True, True, False, False]
    """
    words = [word for word in _words(label) if word not in _ORDINARY and len(word) > 2]
    own = _words(name)
    if any(
        one == word or (min(len(one), len(word)) > 3 and (one.startswith(word) or word.startswith(one)))
        for one in own
        for word in words
    ):
        return True
    if any(one.startswith(stem) for one in own for stem in _CHURN):
        return True
    return difflib.SequenceMatcher(None, "".join(own), "".join(_words(label))).ratio() >= ALIKE_NAMES


def filled_for_churners(column: pd.Series, churned: npt.ArrayLike) -> str | None:
    """Say that a column is filled, or has another value than the usual one, for churners only; None where it is not.

    Examples
    --------
    >>> left = np.repeat([0, 1], [60, 40])
    >>> filled_for_churners(pd.Series([None] * 70 + ["price"] * 30), left)
    'it is filled in 30 rows, 30 of them churners (100 %; 40 % of all rows are)'
    >>> filled_for_churners(pd.Series(["a", "b"] * 50), left)
    """
    labels = np.asarray(churned, dtype=np.float64)
    empty = column.isna().to_numpy()
    usual = column.value_counts(dropna=True)
    common = (column == usual.index[0]).to_numpy() if len(usual) else empty
    shown = f"another value than {_plain(usual.index[0])}" if len(usual) else ""
    for rows, said in ((~empty, "it is filled"), (~common & ~empty, f"it has {shown}"), (empty, "it is empty")):
        if 0 < rows.sum() < len(labels) and _only_churners(labels[rows], float(labels.mean())):
            left = int(labels[rows].sum())
            return (
                f"{said} in {int(rows.sum()):,} rows, {left:,} of them churners "
                f"({left / rows.sum():.0%}; {labels.mean():.0%} of all rows are)".replace("%", " %")
            )
    return None


def _plain(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else f"{value!s:.40}"


def _only_churners(labels: np.ndarray, base: float) -> bool:
    """Say whether nearly all of these rows churned, more surely than chance allows."""
    return len(labels) >= LEAST_ROWS and labels.mean() >= SURE and len(labels) * math.log(base) < math.log(CHANCE)


class Said:
    """What columns have said so far, to find one that says it again: equal in every row, or level for level.

    Examples
    --------
    >>> rows = pd.DataFrame({"senior": [0, 1, 0, None] * 30, "is_senior": ["no", "yes", "no", None] * 30})
    >>> said = Said()
    >>> said.add("senior", rows["senior"])
    >>> said.before(rows["is_senior"])
    'senior'
    """

    def __init__(self) -> None:
        self._by: dict[bytes, str] = {}

    def add(self, name: str, column: pd.Series) -> None:
        """Remember what a column says."""
        for sign in _signs(column):
            self._by.setdefault(sign, name)

    def before(self, column: pd.Series) -> str | None:
        """Name the earlier column that says the same."""
        return next((self._by[sign] for sign in _signs(column) if sign in self._by), None)


def _signs(column: pd.Series) -> list[bytes]:
    """Give what names a column by its values, and by its levels in the order in which they come."""
    values = pd.util.hash_pandas_object(column, index=False).to_numpy()
    codes = _codes(column)
    signs = [hashlib.sha256(str(column.dtype).encode() + values.tobytes()).digest()]
    return signs if codes is None else [*signs, hashlib.sha256(b"levels" + codes.tobytes()).digest()]


def mostly_numbers(column: pd.Series) -> str | None:
    """Say that nearly all values of a text are numbers, and what the others are; None where they are not.

    Examples
    --------
    >>> mostly_numbers(pd.Series(["1.5"] * 99 + ["n/a"]))
    "99 of its 100 values are numbers, and 'n/a' is not"
    """
    if as_numbers(column) is not None:
        return None
    known = column.dropna().astype(str)
    read = pd.to_numeric(known.str.replace(",", "", regex=False), errors="coerce")
    if not MOSTLY_NUMBERS * len(known) <= read.notna().sum() < len(known) or known.nunique() < LEAST_ROWS / 5:
        return None
    odd = known[read.isna()].iloc[0]
    return f"{int(read.notna().sum()):,} of its {len(known):,} values are numbers, and {odd!r} is not"


def _codes(column: pd.Series) -> np.ndarray | None:
    """Number the levels in the order in which they come; None where there are many."""
    codes, levels = pd.factorize(column, use_na_sentinel=False)
    return codes if 1 < len(levels) <= min(FEW_LEVELS, len(column) / LEAST_ROWS) else None


def _words(name: str) -> list[str]:
    """Cut a name into its words.

    Examples
    --------
    >>> _words("ChurnScore_v2"), _words("customerID")
    (['churn', 'score', 'v', '2'], ['customer', 'id'])
    """
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Za-z])(?=[0-9])", " ", name)
    return [word.lower() for word in re.split(r"[^0-9A-Za-zÀ-ÿ]+", apart) if word]
