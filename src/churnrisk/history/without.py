"""Files without one customer: each is read, its rows are taken out, and it is replaced in one step."""

import csv
import io
import json
import os
import re
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from churnrisk.sources.spreadsheet import as_written

ID = "customer_id"
#: What stands where a customer was named inside a text.
FORGOTTEN = "forgotten"
#: Endings of the files that can be read and written again.
KINDS = (".parquet", ".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".json", ".jsonl")
#: Rows of our own workbooks; those that people saved have numbers, and are read by openpyxl.
_OUR_ROW = re.compile(rb"<row>.*?</row>", re.S)
_SHEET = "xl/worksheets/sheet1.xml"


class Customer:
    """One customer, as files may write the id.

    Parameters
    ----------
    customer_id
        The id, as our lists have it.

    Examples
    --------
    >>> one = Customer("17850")
    >>> one.is_named(" 17850.0"), one.is_named("178500"), one.is_named(17850.0)
    (True, False, True)
    """

    def __init__(self, customer_id: str) -> None:
        self.id = customer_id
        worded = any(letter.isalpha() for letter in customer_id)  # a number inside a text may be any number
        self.in_text = re.compile(rf"(?<!\w){re.escape(customer_id)}(?!\w)") if worded else None

    def is_named(self, cell: object) -> bool:
        """Say whether a cell holds the id and nothing else."""
        if cell is None or isinstance(cell, bool):
            return False
        if isinstance(cell, float) and cell.is_integer():
            return str(int(cell)) == self.id
        text = str(cell)
        return text == self.id or self.id in (as_written(text.strip()), re.sub(r"\.0+$", "", text.strip()))

    def is_in(self, content: bytes) -> bool:
        """Say whether bytes name the customer, as a word of its own."""
        word = rb"(?<![0-9A-Za-z_])%s(?![0-9A-Za-z_])" % re.escape(self.id.encode())
        return re.search(word, content) is not None

    def may_stand_in(self, content: bytes) -> bool:
        """Say whether bytes can name the customer at all."""
        return any(self.id.encode(encoding, "ignore") in content for encoding in ("utf-8", "utf-16-le", "cp1252"))


def take_out(path: Path, customer: Customer, *, anywhere: bool = False) -> int:
    """Take a customer's rows out of one file, and give their number; a file without them stays untouched.

    Parameters
    ----------
    anywhere
        A row goes where any of its texts is the id, also without a column ``customer_id``: rows as a company wrote
        them.
    """
    ending = path.suffix.lower()
    if ending == ".parquet":
        return _parquet(path, customer, anywhere)
    if ending in (".xlsx", ".xlsm"):
        return _workbook(path, customer)
    if ending in KINDS and customer.may_stand_in(path.read_bytes()):
        return {".json": _json, ".jsonl": _json_lines}.get(ending, _csv)(path, customer, anywhere)
    return 0


def replace(path: Path, content: bytes) -> None:
    """Put new content in the place of a file, in one step."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}.unfinished")
    fresh.write_bytes(content)
    fresh.replace(path)


def _parquet(path: Path, customer: Customer, anywhere: bool) -> int:
    file = pq.ParquetFile(path)
    texts = [name for name, kind in zip(file.schema_arrow.names, file.schema_arrow.types, strict=True) if _text(kind)]
    names = texts if anywhere else [name for name in texts if name == ID]
    if not names:
        return 0
    asked = file.read(columns=names)
    gone = pd.Series(False, index=range(asked.num_rows))
    for name in names:
        cells = asked[name].cast(pa.string())
        near = pc.match_substring(cells, customer.id).fill_null(False).to_numpy()
        for row in near.nonzero()[0].tolist():
            gone[row] |= customer.is_named(cells[row].as_py())
    if not gone.any():
        return 0
    fresh = path.with_name(f".{path.name}.{os.getpid()}.unfinished")
    pq.write_table(file.read().filter(pa.array(~gone.to_numpy())), fresh)
    fresh.replace(path)
    return int(gone.sum())


def _text(kind: pa.DataType) -> bool:
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    return pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)


def _csv(path: Path, customer: Customer, anywhere: bool) -> int:
    """Take records out of a text file; all other bytes stay as they are."""
    content = path.read_bytes()
    wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    text, encoding = _decoded(content, "utf-16" if wide else None)
    kept, gone, place = [], 0, -1
    for number, (raw, cells) in enumerate(_records(text)):
        if number == 0:
            place = _place(cells)
        named = cells if anywhere else cells[place : place + 1] if place >= 0 else []
        if number and any(customer.is_named(cell) for cell in named):
            gone += 1
        else:
            kept.append(raw)
    if gone:
        replace(path, "".join(kept).encode(encoding))
    return gone


def _place(header: Iterable[object]) -> int:
    """Find the column of the id, as spreadsheets may have renamed it; -1 where there is none."""
    names = [re.sub(r"[\s_]+", "_", str(name).strip("\ufeff ").lower()) for name in header]
    return names.index(ID) if ID in names else -1


def _decoded(content: bytes, encoding: str | None) -> tuple[str, str]:
    for one in [encoding] if encoding else ["utf-8", "cp1252", "latin-1"]:
        try:
            return content.decode(one), one
        except UnicodeDecodeError:
            continue
    return content.decode("latin-1"), "latin-1"


def _records(text: str) -> Iterator[tuple[str, list[str]]]:
    """Give each record as it stands in the file, and its cells."""
    lines = list(io.StringIO(text, newline=""))
    head = lines[0] if lines else ""
    mark = max(",;\t|", key=head.count)
    reader, before = csv.reader(lines, delimiter=mark), 0
    for cells in reader:
        yield "".join(lines[before : reader.line_num]), cells
        before = reader.line_num


def _workbook(path: Path, customer: Customer) -> int:
    with zipfile.ZipFile(path) as book:
        parts = {one.filename: book.read(one) for one in book.infolist()}
    written = escape(customer.id).encode()
    if not any(written in content for content in parts.values()):
        return 0
    if b"<row>" not in parts.get(_SHEET, b""):
        return _saved_workbook(path, customer)
    gone = 0

    def without(row: re.Match[bytes]) -> bytes:
        nonlocal gone
        named = re.search(rb">'?%s</t>" % re.escape(written), row[0])
        gone += named is not None
        return b"" if named else row[0]

    parts[_SHEET] = _OUR_ROW.sub(without, parts[_SHEET])
    if gone:
        fresh = path.with_name(f".{path.name}.{os.getpid()}.unfinished")
        with zipfile.ZipFile(path) as old, zipfile.ZipFile(fresh, "w", zipfile.ZIP_DEFLATED) as book:
            for one in old.infolist():
                book.writestr(one, parts[one.filename])
        fresh.replace(path)
    return gone


def _saved_workbook(path: Path, customer: Customer) -> int:
    """Take rows out of a workbook that a person saved."""
    import openpyxl

    book = openpyxl.load_workbook(path, keep_vba=path.suffix.lower() == ".xlsm")
    gone = 0
    for sheet in book.worksheets:
        cells = list(sheet.iter_rows(values_only=True))
        place = _place(cells[0]) if cells else -1
        rows = [number for number, row in enumerate(cells, start=1) if place >= 0 and customer.is_named(row[place])]
        for number in reversed(rows):
            sheet.delete_rows(number)
        gone += len(rows)
    if gone:
        fresh = path.with_name(f".{path.name}.{os.getpid()}.unfinished")
        book.save(fresh)
        fresh.replace(path)
    return gone


def _json(path: Path, customer: Customer, _: bool) -> int:
    plain, gone = _pruned(json.loads(path.read_bytes()), customer)
    if gone:
        replace(path, (json.dumps(plain, indent=2, ensure_ascii=False) + "\n").encode())
    return gone


def _json_lines(path: Path, customer: Customer, _: bool) -> int:
    kept, gone = [], 0
    for line in path.read_text(encoding="utf-8").splitlines(keepends=True):
        plain, found = _pruned(json.loads(line), customer) if line.strip() else (line, 0)
        gone += found
        kept.append(line if not found else json.dumps(plain, ensure_ascii=False) + "\n" if plain else "")
    if gone:
        replace(path, "".join(kept).encode())
    return gone


def _pruned(plain: Any, customer: Customer) -> tuple[Any, int]:
    """Take whatever is the customer's out of JSON; inside a sentence the id is put out of sight."""
    if isinstance(plain, dict):
        if isinstance(plain.get(ID), str) and customer.is_named(plain[ID]):
            return None, 1
        parts = {key: _pruned(value, customer) for key, value in plain.items() if key != customer.id}
        kept = {key: value for key, (value, _) in parts.items()}
        return kept, sum(found for _, found in parts.values()) + len(plain) - len(parts)
    if isinstance(plain, list):
        pruned = [_pruned(one, customer) for one in plain if one != customer.id]
        rest = [value for value, number in pruned if value is not None or not number]
        return rest, sum(number for _, number in pruned) + len(plain) - len(pruned)
    if isinstance(plain, str) and plain == customer.id:
        return FORGOTTEN, 1
    if isinstance(plain, str) and customer.in_text is not None:
        return customer.in_text.subn(FORGOTTEN, plain)
    return plain, 0
