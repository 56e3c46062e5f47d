"""Cuts an attribute into groups: texts as they are, numbers and dates at their quartiles."""

import numpy as np
import numpy.typing as npt
import pandas as pd

MOST_GROUPS = 12
FEW_VALUES = 6
NOT_GIVEN, ANY_OTHER = "not given", "any other"


def groups_of(values: pd.Series) -> tuple[list[str], npt.NDArray[np.int64]]:
    """Give the names of the groups in order, and the place of each row's group among them.

    Numbers of few values are taken as they are. Beyond twelve texts the rarest are one group.

    Examples
    --------
    >>> groups_of(pd.Series(["south", "north", None, "south"]))[0]
    ['north', 'south', 'not given']
    >>> names, codes = groups_of(pd.Series(range(18, 98)))
    >>> names, codes[[0, 79]].tolist()
    (['18 to 37', '38 to 57', '58 to 77', '78 to 97'], [0, 3])
    """
    values = values.reset_index(drop=True)
    if isinstance(values.dtype, pd.CategoricalDtype):
        values = values.astype(object)
    kind = pd.api.types.infer_dtype(values, skipna=True)
    is_number = kind in ("integer", "floating", "mixed-integer-float", "decimal")
    is_date = kind in ("datetime64", "datetime", "date")
    if (is_number or is_date) and values.nunique() > FEW_VALUES:
        names, codes = _bands(pd.to_datetime(values) if is_date else values.astype("float64"))
    else:
        names, codes = _texts(values, is_number)
    if (codes < 0).any():
        names = [*names, NOT_GIVEN]
        codes = np.where(codes < 0, len(names) - 1, codes)
    return names, codes.astype(np.int64)


def _texts(values: pd.Series, is_number: bool) -> tuple[list[str], npt.NDArray[np.int64]]:
    """Take each value as a group, the rarest together where there are many."""
    words = values.map((lambda value: f"{value:g}") if is_number else str, na_action="ignore").astype(object)
    counts = words.value_counts()
    if len(counts) > MOST_GROUPS:
        kept = set(counts.sort_index().sort_values(ascending=False, kind="stable").index[: MOST_GROUPS - 1])
        words = words.map(lambda word: word if word in kept else ANY_OTHER, na_action="ignore")
    names = sorted(words.dropna().unique(), key=lambda word: (word == ANY_OTHER, word))
    return [str(name) for name in names], words.map({name: at for at, name in enumerate(names)}).fillna(-1).to_numpy()


def _bands(values: pd.Series) -> tuple[list[str], npt.NDArray[np.int64]]:
    """Cut at the quartiles and name each band by its least and greatest value."""
    cut = pd.qcut(values, 4, duplicates="drop", labels=False)
    edges = values.groupby(cut).agg(["min", "max"])
    names = [f"{_written(low)} to {_written(high)}" for low, high in edges.itertuples(index=False)]
    places = {code: at for at, code in enumerate(edges.index)}
    return names, cut.map(places).fillna(-1).to_numpy()


def _written(value: float | pd.Timestamp) -> str:
    return f"{value:%Y-%m-%d}" if isinstance(value, pd.Timestamp) else f"{value:.6g}"
