"""Reading a folder of files: CSV, TSV, Parquet and workbooks, each row with its line."""

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from churnrisk.catalog import did_you_mean
from churnrisk.errors import SourceError
from churnrisk.settings.source import FilePart
from churnrisk.sources.engine import Engine
from churnrisk.sources.raw import FILE, LINE, Raw, numbered
from churnrisk.sources.text import TextFile, open_text

TEXT = (".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz", ".txt.gz")
PARQUET = (".parquet", ".pq")
WORKBOOK = (".xlsx", ".xlsm")
KNOWN = TEXT + PARQUET + WORKBOOK


class FileSource:
    """A folder of files.

    Parameters
    ----------
    folder
        From where relative names are read.
    """

    def __init__(self, folder: Path, engine: Engine) -> None:
        self.folder = folder
        self.engine = engine
        self._read: dict[tuple[object, ...], Raw] = {}
        self._kept: list[str] = []

    def named(self, table: str) -> list[Path]:
        """Find the files that bear a table's name."""
        return sorted(path for ending in KNOWN if (path := self.folder / f"{table}{ending}").is_file())

    def find(self, file: str | Sequence[str]) -> list[Path]:
        """Find the files that names and globs mean, in name order.

        Raises
        ------
        SourceError
            When one of them means nothing.
        """
        found: list[Path] = []
        for pattern in [file] if isinstance(file, str) else file:
            paths = self._matching(pattern)
            if not paths:
                raise SourceError(f"there is no file {pattern} in {self.folder}. {self._near(pattern)}")
            found += [path for path in paths if path not in found]
        return sorted(found)

    def read(self, paths: Sequence[Path], part: FilePart) -> Raw:
        """Read files with the same columns as one table."""
        key = (tuple(paths), part.encoding, part.delimiter, part.sheet)
        if key not in self._read:
            pieces = self._pieces(list(paths), part)
            self._read[key] = self._together(pieces)
        return self._read[key]

    def fingerprint(self, paths: Sequence[Path]) -> str:
        """Give the SHA-256 over the files' bytes, in name order."""
        return fingerprint(paths)

    def close(self) -> None:
        """Let go of what was kept while reading, save what a table that is still in its files is joined to."""
        for name in self._kept:
            self.engine.connection.drop_table(name, force=True)
        self._kept.clear()
        self._read.clear()

    def stays(self) -> None:
        """Keep what was read so far until the engine is closed."""
        self._kept.clear()

    def _matching(self, pattern: str) -> list[Path]:
        if not any(mark in pattern for mark in "*?["):
            path = self.folder / Path(pattern).expanduser()
            return [path] if path.is_file() else []
        if Path(pattern).is_absolute():
            anchor = Path(Path(pattern).anchor)
            return [path for path in anchor.glob(str(Path(pattern).relative_to(anchor))) if path.is_file()]
        return [path for path in self.folder.glob(pattern) if path.is_file()]

    def _near(self, pattern: str) -> str:
        if not self.folder.is_dir():
            return "The folder is not there either: look at [source] path."
        names = [path.name for path in self.folder.iterdir() if path.name.lower().endswith(KNOWN)]
        return did_you_mean(pattern, names) if names else "The folder holds no CSV, TSV, Parquet or XLSX file."

    def _pieces(self, paths: list[Path], part: FilePart) -> list[Raw]:
        endings = {_ending(path) for path in paths}
        if endings <= set(PARQUET):
            return [self._parquet(paths)]
        return [self._single(path, part) for path in paths]

    def _single(self, path: Path, part: FilePart) -> Raw:
        ending = _ending(path)
        if ending in PARQUET:
            return self._parquet([path])
        return self._workbook(path, part.sheet) if ending in WORKBOOK else self._text(path, part)

    def _text(self, path: Path, part: FilePart) -> Raw:
        file = open_text(path, part.encoding, part.delimiter)
        columns = numbered(file.header)
        try:
            table = self._keep(_read_text(self.engine, file, columns), f"text_{len(self._read)}_{path.stem}")
        except Exception as fault:
            raise _unreadable(path, file, fault) from fault
        finally:
            if file.path != path:
                file.path.unlink(missing_ok=True)
        placed = table.select(
            *columns.values(), **{LINE: table.rowid() + 2, FILE: ibis.literal(path.name, type=dt.string)}
        )
        return Raw(placed, columns, (path,), delimiter=file.delimiter)

    def _keep(self, expression: ir.Table, name: str) -> ir.Table:
        digest = hashlib.sha256(name.encode()).hexdigest()[:8]
        kept = f"source_{digest}_{len(self._read)}"
        self._kept.append(kept)
        return self.engine.keep(expression, kept)

    def _parquet(self, paths: list[Path]) -> Raw:
        import pyarrow.parquet as pq

        names: list[str] | None = None
        for path in paths:
            try:
                here = pq.read_schema(path).names
            except (OSError, ValueError) as fault:
                told = str(fault).strip().splitlines()[0].rstrip(".")
                raise SourceError(f"{path.name} is not a Parquet file: {told}. Write it again.") from fault
            names = names or here
            _same_columns(paths[0], names, path, here)
        table = self.engine.connection.read_parquet(
            [plainly(path) for path in paths],
            filename="churnrisk_file",
            file_row_number=True,
            hive_partitioning=False,
        )
        columns = numbered(names or [])
        placed = table.select(
            **{columns[name]: table[name] for name in columns},
            **{LINE: table.file_row_number + 1, FILE: table.churnrisk_file.re_extract(r"[^/\\]+$", 0)},
        )
        return Raw(placed, columns, tuple(paths), lazy=True)

    def _workbook(self, path: Path, sheet: str | None) -> Raw:
        from churnrisk.sources.workbook import read_sheet

        rows = read_sheet(path, sheet)
        columns = numbered([str(name) for name in rows.columns])
        rows.columns = list(columns.values())
        table = self._keep(ibis.memtable(rows.assign(**{LINE: range(2, len(rows) + 2)})), str(path))
        return Raw(table.mutate(**{FILE: ibis.literal(path.name, type=dt.string)}), columns, (path,))

    def _together(self, pieces: list[Raw]) -> Raw:
        """Lay files with the same columns over one another."""
        first = pieces[0]
        if len(pieces) == 1:
            return first
        tables = []
        for piece in pieces:
            _same_columns(first.files[0], list(first.columns), piece.files[0], list(piece.columns))
            tables.append(piece.table.select(**_alike(first, piece), line=LINE, file=FILE))
        files = tuple(path for piece in pieces for path in piece.files)
        return Raw(self.engine.union(tables), first.columns, files, first.lazy, first.delimiter)


def plainly(path: Path) -> str:
    """Write a path so that the engine takes its every character as it stands: it would read a star as any name.

    Examples
    --------
    >>> plainly(Path("a*.csv")), plainly(Path("b[1].csv"))
    ('a[*].csv', 'b[[]1].csv')
    """
    return re.sub(r"[*?\[]", r"[\g<0>]", str(path))


def fingerprint(paths: Sequence[Path]) -> str:
    """Give the SHA-256 over files' bytes, in name order.

    Raises
    ------
    SourceError
        When a file went while it was read.
    """
    whole = hashlib.sha256()
    for path in sorted(paths, key=lambda path: path.name):
        try:
            with path.open("rb") as file:
                while piece := file.read(1 << 20):
                    whole.update(piece)
        except OSError as fault:
            raise SourceError(
                f"{path.name} was there when reading began and cannot be read any more: {fault.strerror}. "
                "Put it back and run again."
            ) from fault
    return whole.hexdigest()


def _alike(first: Raw, piece: Raw) -> dict[str, ir.Column]:
    """Give a file's columns under the first file's names; where the types differ, as text."""
    found = {}
    for name, place in first.columns.items():
        column = piece[name]
        found[place] = column if column.type() == first[name].type() else column.cast(first[name].type())
    return found


def _same_columns(first: Path, names: list[str], other: Path, here: list[str]) -> None:
    if set(names) != set(here):
        only = sorted(set(names) ^ set(here))
        raise SourceError(
            f"{other.name} has other columns than {first.name} ({', '.join(only[:5])}). "
            "Give files with different columns as parts: [[source.tables.<table>.parts]]."
        )


def _ending(path: Path) -> str:
    name = path.name.lower()
    for ending in sorted(KNOWN, key=len, reverse=True):
        if name.endswith(ending):
            return ending
    raise SourceError(f"{path.name} is of no kind that can be read. Use CSV, CSV.gz, TSV, Parquet or XLSX.")


def _read_text(engine: Engine, file: TextFile, columns: dict[str, str]) -> ir.Table:
    return engine.connection.read_csv(
        plainly(file.path),
        auto_detect=False,
        columns=dict.fromkeys(columns.values(), "VARCHAR"),
        header=True,
        delim=file.delimiter,
        quote='"',
        escape='"',
    )


def _unreadable(path: Path, file: TextFile, fault: Exception) -> SourceError:
    """Say which line of a text file is broken."""
    line = re.search(r"CSV Error on Line: (\d+)", str(fault))
    counts = re.search(r"Expected Number of Columns: (\d+) Found: (\d+)", str(fault))
    mark = {"\t": "tab"}.get(file.delimiter, file.delimiter)
    if line and counts:
        return SourceError(
            f"{path.name}: line {line[1]} has {counts[2]} columns, and the header has {counts[1]} "
            f"(separated by {mark!r}). Mend the line, or give the delimiter."
        )
    where = f"line {line[1]} " if line else ""
    return SourceError(
        f"{path.name}: {where}cannot be read as text separated by {mark!r}: {str(fault).splitlines()[0]}"
    )
