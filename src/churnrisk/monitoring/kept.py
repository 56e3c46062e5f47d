"""Tables that only grow: a row once written is never changed."""

import os
from pathlib import Path

import pandas as pd

from churnrisk.errors import ModelError

#: What names a night: its cutoff and the run that wrote it.
KEY = ["cutoff", "run"]


def read_kept(path: Path) -> pd.DataFrame:
    """Read what was kept; no rows where nothing was.

    Raises
    ------
    ModelError
        When the file is not what was written.
    """
    if not path.is_file():
        return pd.DataFrame(columns=KEY)
    try:
        return pd.read_parquet(path)
    except (OSError, ValueError) as fault:
        raise ModelError(
            f"{path.name} should hold what was kept of earlier nights, and cannot be read: {fault}. "
            "Put it back from a backup, or remove it: it is then made again from the nights that are still kept."
        ) from fault


def keep(path: Path, fresh: pd.DataFrame) -> pd.DataFrame:
    """Add the rows of nights that are not kept yet, and give all of them; the file is replaced in one step.

    Parameters
    ----------
    fresh
        Rows with cutoff and run; those of a night that is kept are passed over.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "kept.parquet"
    >>> night = pd.DataFrame({"cutoff": ["2025-06-01"], "run": ["a"], "churners": [3]})
    >>> len(keep(path, night)), keep(path, night.assign(churners=4)).churners.tolist()
    (1, [3])
    """
    before = read_kept(path)
    new = fresh[~is_kept(fresh, before)] if len(fresh) else fresh
    if new.empty:
        return before
    together = new.reset_index(drop=True) if before.empty else pd.concat([before, new], ignore_index=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.unfinished")
    together.to_parquet(unfinished, index=False)
    unfinished.replace(path)
    return together


def is_kept(rows: pd.DataFrame, before: pd.DataFrame) -> pd.Series:
    """Say of each row whether its night is kept.

    Examples
    --------
    >>> rows = pd.DataFrame({"cutoff": ["2025-06-01", "2025-07-01"], "run": ["a", "b"]})
    >>> is_kept(rows, rows.head(1)).tolist()
    [True, False]
    """
    known = set(zip(before["cutoff"], before["run"], strict=True))
    return pd.Series([pair in known for pair in zip(rows["cutoff"], rows["run"], strict=True)], index=rows.index)
