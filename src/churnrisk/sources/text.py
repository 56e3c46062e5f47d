"""What a text file is made of: its encoding, its separator, its header; found by looking, or refused."""

import codecs
import csv
import gzip
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from churnrisk.errors import SourceError

CHUNK = 1 << 20
SAMPLE_LINES = 200
#: A header of more columns, without a row, is a whole file whose lines do not end.
MANY_COLUMNS = 500
DELIMITERS = (",", ";", "\t", "|")
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


@dataclass(frozen=True)
class TextFile:
    """A text file that can be read without guessing.

    Parameters
    ----------
    path
        The file, or a copy of it in UTF-8.
    delimiter
        What separates its columns.
    header
        Names of its columns, in order.
    """

    path: Path
    delimiter: str
    header: list[str]


def open_text(path: Path, encoding: str | None, delimiter: str | None) -> TextFile:
    """Look into a text file; one that is not UTF-8 is copied as UTF-8 while it is read.

    Raises
    ------
    SourceError
        When it is not the encoding it should be, or holds nothing.
    """
    encoding = encoding or _encoding(path)
    readable = path
    if _normal(encoding) in ("utf-8", "utf-8-sig"):
        _check(path, encoding)
    else:
        readable = _copy(path, encoding)
    lines = _first_lines(readable)
    if not lines:
        raise SourceError(f"{path.name} is empty. Put its rows back, or take it out of the TOML.")
    delimiter = delimiter or find_delimiter(lines)
    try:
        header = header_of(lines, delimiter)
    except SourceError as fault:
        raise SourceError(f"{path.name}: {fault}") from fault
    if len(lines) == 1 and len(header) > MANY_COLUMNS:
        raise SourceError(
            f"{path.name} is one line of {len(header):,} cells, with no rows. "
            "Save it with the line ends of this system."
        )
    return TextFile(readable, delimiter, header)


def find_delimiter(lines: list[str]) -> str:
    """Find what separates the columns: the mark that splits the header into most parts, and the rows into as many.

    Examples
    --------
    >>> find_delimiter(["id;amount", "1;2,50", "2;3,75"])
    ';'
    >>> find_delimiter(["customer_id", "1"])
    ','
    """

    def fits(mark: str) -> tuple[float, int]:
        try:
            rows = [row for row in csv.reader(lines, delimiter=mark) if row]
        except csv.Error:
            return (-1.0, 0)
        width = len(rows[0])
        # The last line of the sample may break off inside quotes.
        whole = rows[1:-1] or rows[1:]
        alike = sum(len(row) == width for row in whole) / len(whole) if whole else 1.0
        return (alike, width) if width > 1 else (-1.0, 0)

    return max(DELIMITERS, key=fits)


def header_of(lines: list[str], delimiter: str) -> list[str]:
    """Give the names in a header; empty and repeated ones get a number.

    Examples
    --------
    >>> header_of(['id, Unit Price ,,id'], ",")
    ['id', 'Unit Price', 'column_3', 'id_2']
    """
    names: list[str] = []
    for index, cell in enumerate(_cells(lines, delimiter), start=1):
        name = cell.strip() or f"column_{index}"
        count = 2
        while name in names:
            name = f"{cell.strip()}_{count}"
            count += 1
        names.append(name)
    return names


def _cells(lines: list[str], delimiter: str) -> list[str]:
    """Split the first row, which may go over several lines."""
    try:
        return next(csv.reader(lines, delimiter=delimiter))
    except csv.Error as fault:
        raise SourceError(
            f"its first row cannot be split into names: {_WORDS.get(str(fault)[:8], fault)}."
        ) from fault


#: What the reader of text files finds, in other words.
_WORDS = {
    "new-line": "a carriage return stands in it. Save the file with the line ends of this system",
    "field la": "a name in it is longer than 131,072 characters. Look for a quote that is never closed",
}


def stream(path: Path) -> BinaryIO:
    """Open a file for its bytes, unpacked."""
    return gzip.open(path) if path.suffix == ".gz" else path.open("rb")  # type: ignore[return-value]


def _normal(encoding: str) -> str:
    try:
        return codecs.lookup(encoding).name
    except LookupError:
        raise SourceError(
            f'There is no encoding {encoding!r}. Use a name such as "utf-8", "latin-1", "cp1252" or "utf-16".'
        ) from None


def _encoding(path: Path) -> str:
    with _readable(path), stream(path) as file:
        start = file.read(4096)
    for mark, name in _MARKS:
        if start.startswith(mark):
            return name
    if start[1::2].count(0) > len(start) // 4:
        return "utf-16-le"
    return "utf-16-be" if start[::2].count(0) > len(start) // 4 else "utf-8"


class _readable:  # noqa: N801  used as a statement
    """Turn a file that cannot be unpacked or opened into a fault."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, fault: BaseException | None, trace: object) -> None:
        if isinstance(fault, OSError | EOFError):
            raise SourceError(f"{self.path.name} cannot be read: {fault}. Write it again.") from fault


def _decoded(path: Path, encoding: str) -> Iterator[str]:
    """Decode a file piece by piece, strictly."""
    decoder = codecs.getincrementaldecoder(encoding)(errors="strict")
    place = 0
    with _readable(path), stream(path) as file:
        while True:
            piece = file.read(CHUNK)
            try:
                yield decoder.decode(piece, final=not piece)
            except UnicodeDecodeError as fault:
                remedy = 'Save it as UTF-8, or name its encoding: encoding = "latin-1" (or "cp1252").'
                raise SourceError(
                    f"{path.name} is not {encoding}: see byte {place + fault.start:,}. {remedy}"
                ) from None
            if not piece:
                return
            place += len(piece)


def _check(path: Path, encoding: str) -> None:
    for piece in _decoded(path, encoding):
        if "\x00" in piece:
            raise SourceError(f"{path.name} holds zero bytes: it is no text file, or its encoding is another.")


def _copy(path: Path, encoding: str) -> Path:
    with tempfile.NamedTemporaryFile("wb", prefix="churnrisk-", suffix=".csv", delete=False) as copy:
        for piece in _decoded(path, encoding):
            copy.write(piece.encode("utf-8"))
    return Path(copy.name)


def _first_lines(path: Path) -> list[str]:
    lines: list[str] = []
    with _readable(path), stream(path) as file:
        for line in file:
            text = line.decode("utf-8-sig" if not lines else "utf-8", errors="replace").rstrip("\r\n")
            if text.strip():
                lines.append(text + "\n")
            if len(lines) >= SAMPLE_LINES:
                break
    return lines
