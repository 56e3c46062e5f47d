"""One list in its forms: CSV and Parquet for programs, a workbook for people."""

import re
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from churnrisk.delivery.files import MONEY, write_table
from churnrisk.delivery.workbook import write_workbook

#: Lists that people read and fill: their CSV shows shares in percent, too.
FOR_PEOPLE = ("today",)
_SHARE = re.compile(r"(\w+_)?probability(_\d+)?")


def write_list(rows: pd.DataFrame, folder: Path, name: str, forms: Iterable[str]) -> int:
    r"""Write one list in its forms, under its name.

    Returns
    -------
    int
        How many texts were too long for a workbook, and were cut there.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> rows = pd.DataFrame({"customer_id": ["a"], "churn_probability": [0.369235], "mrr": [12.5]})
    >>> write_list(rows, folder, "today", ["csv", "xlsx", "parquet"])
    0
    >>> (folder / "today.csv").read_text()
    'customer_id,churn_probability,mrr\na,36.9%,12.50\n'
    """
    cut = 0
    for form in forms:
        path = folder / f"{name}.{form}"
        if form == "xlsx":
            cut = write_workbook(rows, path, percents=shares(rows), money=MONEY, title=name)
        else:
            write_table(in_percent(rows) if form == "csv" and name in FOR_PEOPLE else rows, path)
    return cut


def shares(rows: pd.DataFrame) -> list[str]:
    """Name the columns that hold shares.

    Examples
    --------
    >>> shares(pd.DataFrame(columns=["churn_probability", "previous_probability", "churn_probability_60", "change"]))
    ['churn_probability', 'previous_probability', 'churn_probability_60']
    """
    return [str(name) for name in rows.columns if _SHARE.fullmatch(str(name))]


def in_percent(rows: pd.DataFrame) -> pd.DataFrame:
    """Write shares in percent with one decimal; what is empty stays so.

    Examples
    --------
    >>> in_percent(pd.DataFrame({"churn_probability": [0.25, None]})).churn_probability.tolist()
    ['25.0%', None]
    """
    told = {
        name: pd.Series(
            [None if pd.isna(one) else f"{one:.1%}" for one in rows[name]], index=rows.index, dtype=object
        )
        for name in shares(rows)
    }
    return rows.assign(**told)
