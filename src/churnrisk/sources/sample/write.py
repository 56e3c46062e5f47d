"""Writing the sample company's tables, piece by piece, so that any size fits into memory."""

import os
import shutil
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pyarrow as pa
import pyarrow.csv as csv
import pyarrow.parquet as pq

from churnrisk.settings import ChurnSettings, SampleSettings
from churnrisk.sources.sample import columns, dirty, truth
from churnrisk.sources.sample.simulate import simulate

#: Customers that are simulated at a time; each block has a seed of its own.
BLOCK = 20_000
FileFormat = Literal["parquet", "csv"]


@dataclass(frozen=True)
class SampleReport:
    """What was written.

    Parameters
    ----------
    rows
        Table = number of rows, dirty ones included.
    """

    folder: Path
    rows: dict[str, int]


class _Writer:
    """One table's file, open for more rows."""

    def __init__(self, name: str, folder: Path, file_format: FileFormat) -> None:
        self.name = name
        self.rows = 0
        self._file = folder / f"{name}.{file_format}"
        self._out: pq.ParquetWriter | csv.CSVWriter
        schema = columns.SCHEMAS[name]
        if file_format == "parquet":
            self._out = pq.ParquetWriter(self._file, schema, compression="zstd", store_schema=False)
        else:
            schema = columns.whole_seconds(schema)
            self._out = csv.CSVWriter(self._file, schema)
        self._schema = schema

    def add(self, piece: pa.Table) -> None:
        if self.rows == 0 and len(piece):
            piece = dirty.soiled(self.name, piece)
        self.rows += len(piece)
        if len(piece):
            self._out.write(piece.cast(self._schema))

    def close(self) -> None:
        self._out.close()
        line = dirty.bad_line(self.name, columns.SCHEMAS[self.name].names)
        if self._file.suffix == ".csv" and line:
            with self._file.open("a", encoding="utf-8") as lines:
                lines.write(line)
            self.rows += 1


def write_sample(
    folder: Path, settings: SampleSettings, churn: ChurnSettings, *, file_format: FileFormat | None = None
) -> SampleReport:
    """Write the sample company's tables into a folder, and its true churn probabilities beside them.

    The files appear together when all are whole; older ones of the same names are replaced. The truth is
    always Parquet, and is only told where churn is a contract's notice.

    Parameters
    ----------
    file_format
        By default the settings' own.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     small = SampleSettings(customers=50, months=6)
    ...     report = write_sample(Path(folder), small, ChurnSettings(day="notice"))
    ...     sorted(report.rows)[:3], len(list(Path(folder).iterdir()))
    (['customers', 'engagement', 'invoices'], 9)
    """
    file_format = file_format or settings.format
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix=".unfinished-", dir=folder))
    try:
        rows = _write(unfinished, settings, churn, file_format)
        _replace(folder, unfinished)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return SampleReport(folder, rows)


def _write(folder: Path, settings: SampleSettings, churn: ChurnSettings, file_format: FileFormat) -> dict[str, int]:
    names = [name for name in columns.SCHEMAS if name != "truth" or truth.is_told(churn)]
    with ExitStack() as stack:
        writers = {name: _Writer(name, folder, "parquet" if name == "truth" else file_format) for name in names}
        for writer in writers.values():
            stack.callback(writer.close)
        for first in range(0, settings.customers, BLOCK):
            count = min(BLOCK, settings.customers - first)
            for name, piece in simulate(first, count, settings, churn):
                if isinstance(piece, dict):
                    piece = columns.table(name, piece, first_id=writers[name].rows)
                writers[name].add(piece)
    return {name: writer.rows for name, writer in writers.items()}


def _replace(folder: Path, unfinished: Path) -> None:
    """Put finished files in the place of older ones, of either format."""
    for name in columns.SCHEMAS:
        for old in (folder / f"{name}.parquet", folder / f"{name}.csv"):
            new = unfinished / old.name
            if new.exists():
                os.replace(new, old)
            else:
                old.unlink(missing_ok=True)
