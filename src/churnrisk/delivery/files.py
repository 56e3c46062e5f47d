"""A run's folder: written under a temporary name, renamed when whole, then linked to."""

import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from churnrisk.delivery.leftovers import clear_after, temporary, to_disk
from churnrisk.errors import DeliveryError
from churnrisk.sources.spreadsheet import safe_texts

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
    import duckdb

    table = _printable(safe_texts(rows))
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.from_arrow(table).write_csv(str(path), header=True, overwrite=True)


def _printable(rows: pd.DataFrame) -> pa.Table:
    """Give rows as they stand in a CSV file: money with two decimals, days without an hour, nothing for no text."""
    table = pa.Table.from_pandas(rows, preserve_index=False)
    for place, (name, kind) in enumerate(zip(table.column_names, table.schema.types, strict=True)):
        column = table.column(place)
        if name in MONEY and not pa.types.is_null(kind):
            column = pc.round(column.cast(pa.float64()), 2).cast(pa.decimal128(38, 2))
        elif pa.types.is_timestamp(kind):
            column = column.cast(pa.date32(), safe=False)
        elif pa.types.is_string(kind) or pa.types.is_large_string(kind):
            column = pc.if_else(pc.equal(column, ""), None, column)
        table = table.set_column(place, name, column)
    return table


def write_json(content: dict[str, Any], path: Path) -> None:
    """Write a dictionary as JSON that a person can read."""
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False, default=str) + "\n", encoding="utf-8")


@contextmanager
def whole_folder(folder: Path) -> Iterator[Path]:
    """Give a temporary folder that takes the wanted name only when everything in it was written.

    What reached its name survives a crash of the machine, too: files are handed to the disk before the folder is
    renamed. What killed processes left under the same name is cleared first.

    Examples
    --------
    >>> import tempfile
    >>> wanted = Path(tempfile.mkdtemp()) / "run"
    >>> with whole_folder(wanted) as folder:
    ...     _ = (folder / "a.txt").write_text("whole")
    >>> (wanted / "a.txt").read_text()
    'whole'
    """
    clear_after(folder)
    unfinished = temporary(folder, "unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    try:
        yield unfinished
        to_disk(unfinished)
        if folder.exists():
            replaced = temporary(folder, "replaced")
            folder.rename(replaced)
            unfinished.rename(folder)
            shutil.rmtree(replaced)
        else:
            unfinished.rename(folder)
        to_disk(folder.parent, deep=False)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def fresh_name(folder: Path) -> Path:
    """Give a folder's name, or where that is taken the name with the next number, counted from 2.

    A run that is written again gets a folder of its own; links move to it, and the older one goes last. So at no
    moment do links point at nothing.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp()) / "2025-06-01-1a2b3c4d"
    >>> fresh_name(folder).name
    '2025-06-01-1a2b3c4d'
    >>> folder.mkdir()
    >>> fresh_name(folder).name
    '2025-06-01-1a2b3c4d-2'
    """
    numbers = [number for path in folder.parent.glob(f"{folder.name}*") if (number := number_of(path, folder))]
    return folder.with_name(f"{folder.name}-{max(numbers) + 1}") if numbers else folder


def number_of(path: Path, folder: Path) -> int | None:
    """Say the how-manieth writing of a folder's name a path is; None where it is another name.

    Examples
    --------
    >>> number_of(Path("runs/a-3"), Path("runs/a")), number_of(Path("runs/a"), Path("runs/a"))
    (3, 1)
    >>> number_of(Path("runs/a-b"), Path("runs/a")) is None
    True
    """
    if path.name == folder.name:
        return 1
    ending = path.name.removeprefix(f"{folder.name}-")
    return int(ending) if ending != path.name and ending.isdecimal() else None


def run_name(folder: Path) -> str:
    """Give the name of the run that a folder holds, without the number of its writing.

    Examples
    --------
    >>> run_name(Path("runs/2025-06-01-1a2b3c4d-2")), run_name(Path("runs/1a2b3c4d"))
    ('2025-06-01-1a2b3c4d', '1a2b3c4d')
    """
    return re.sub(r"((?:^|-)[0-9a-f]{8})-\d+$", r"\1", folder.name)


def clear_older(folder: Path) -> None:
    """Remove the other writings of a run, once all links point at this one."""
    first = folder.with_name(run_name(folder))
    for path in sorted(folder.parent.glob(f"{first.name}*")):
        if path != folder and number_of(path, first):
            shutil.rmtree(path, ignore_errors=True)


def link(name: Path, target: Path) -> None:
    """Point a link at a folder; an older link is replaced in one step.

    Raises
    ------
    DeliveryError
        When a folder stands where the link should be.
    """
    if name.is_dir() and not name.is_symlink():
        raise DeliveryError(
            f"{name} should be a link to a run, and is a folder; as copies that follow links make. Move it away."
        )
    fresh = temporary(name, "link")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(os.path.relpath(target, name.parent), target_is_directory=True)
    fresh.replace(name)
