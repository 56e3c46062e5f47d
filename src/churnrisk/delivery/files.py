"""A run's folder: written under a temporary name, renamed when whole, then linked to."""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd

from churnrisk.delivery.spreadsheet import safe_texts

#: Columns written with two decimals.
MONEY = ("mrr", "expected_loss")


def write_table(rows: pd.DataFrame, path: Path) -> None:
    r"""Write rows as Parquet or CSV, by the file's ending; the same rows give the same bytes.

    In CSV, text that a spreadsheet would run as a formula gets an apostrophe in front.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "rows.csv"
    >>> write_table(pd.DataFrame({"customer_id": ["a"], "mrr": [12.5]}), path)
    >>> path.read_text()
    'customer_id,mrr\na,12.50\n'
    """
    if path.suffix == ".parquet":
        rows.to_parquet(path, index=False)
        return
    shown = safe_texts(rows)
    for name in MONEY:
        if name in shown.columns:
            shown[name] = [None if pd.isna(value) else f"{value:.2f}" for value in shown[name]]
    shown.to_csv(path, index=False, lineterminator="\n", date_format="%Y-%m-%d")


def write_json(content: dict[str, Any], path: Path) -> None:
    """Write a dictionary as JSON that a person can read."""
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False, default=str) + "\n", encoding="utf-8")


@contextmanager
def whole_folder(folder: Path) -> Iterator[Path]:
    """Give a temporary folder that takes the wanted name only when everything in it was written.

    Examples
    --------
    >>> import tempfile
    >>> wanted = Path(tempfile.mkdtemp()) / "run"
    >>> with whole_folder(wanted) as folder:
    ...     _ = (folder / "a.txt").write_text("whole")
    >>> (wanted / "a.txt").read_text()
    'whole'
    """
    unfinished = folder.with_name(f".{folder.name}.{os.getpid()}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    try:
        yield unfinished
        if folder.exists():
            replaced = folder.with_name(f".{folder.name}.{os.getpid()}.replaced")
            folder.rename(replaced)
            unfinished.rename(folder)
            shutil.rmtree(replaced)
        else:
            unfinished.rename(folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def link(name: Path, target: Path) -> None:
    """Point a link at a folder; an older link is replaced in one step."""
    fresh = name.with_name(f".{name.name}.{os.getpid()}.link")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(os.path.relpath(target, name.parent), target_is_directory=True)
    fresh.replace(name)
