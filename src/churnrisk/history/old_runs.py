"""Files of nights that are older than they are kept."""

import os
import re
import shutil
from datetime import date, timedelta
from pathlib import Path

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def prune_runs(out_folder: Path, cutoff: date, keep_days: int | None) -> list[str]:
    """Remove the runs whose cutoff is older than is kept, and first the links to them; gives their names.

    What ``latest`` points at stays, however old it is.

    Parameters
    ----------
    out_folder
        The pipeline's folder.
    keep_days
        ``[history] keep_runs_days``; None keeps all.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> (folder / "runs" / "2025-01-01-1a2b3c4d").mkdir(parents=True)
    >>> prune_runs(folder, date(2025, 3, 1), 30)
    ['2025-01-01-1a2b3c4d']
    """
    if keep_days is None:
        return []
    oldest, newest = cutoff - timedelta(days=keep_days), (out_folder / "latest").resolve()
    gone = []
    for link in sorted(out_folder.glob("????-??-??")):
        if link.is_symlink() and _is_older(link.name, oldest) and link.resolve() != newest:
            link.unlink()
    for run in sorted((out_folder / "runs").glob("????-??-??-*")):
        if _is_older(run.name, oldest) and run.resolve() != newest:
            aside = run.with_name(f".{run.name}.{os.getpid()}.replaced")
            run.rename(aside)
            shutil.rmtree(aside)
            gone.append(run.name)
    return gone


def _is_older(name: str, oldest: date) -> bool:
    """Say whether a name begins with a day before the oldest that is kept."""
    found = _DAY.match(name)
    try:
        return found is not None and date.fromisoformat(found[0]) < oldest
    except ValueError:
        return False
