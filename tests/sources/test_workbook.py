"""Workbooks: what is damaged is told as such, wherever its reader stumbles."""

import zipfile

import pandas as pd
import pytest

from churnrisk.errors import SourceError
from churnrisk.sources.workbook import read_sheet


@pytest.fixture
def workbook(tmp_path):
    path = tmp_path / "customers.xlsx"
    pd.DataFrame({"customer_id": ["007", "008"]}).to_excel(path, index=False)
    return path


def test_a_sheet_is_read(workbook):
    assert read_sheet(workbook, None)["customer_id"].tolist() == ["007", "008"]


def test_one_whose_packed_bytes_were_changed_is_refused(workbook):
    content = bytearray(workbook.read_bytes())
    with zipfile.ZipFile(workbook) as book:
        member = book.getinfo("[Content_Types].xml")
    begin = member.header_offset + 30 + len(member.filename)
    content[begin : begin + 8] = b"\xff" * 8
    workbook.write_bytes(bytes(content))
    with pytest.raises(SourceError, match=r"customers.xlsx cannot be read as a workbook: a part is damaged. Save it"):
        read_sheet(workbook, None)


def test_one_cut_short_is_refused(workbook):
    workbook.write_bytes(workbook.read_bytes()[:400])
    with pytest.raises(SourceError, match=r"cannot be read as a workbook: File is not a zip file. Save it again"):
        read_sheet(workbook, None)


def test_a_sheet_that_is_not_there_is_named(workbook):
    with pytest.raises(SourceError, match="'Kunden'"):
        read_sheet(workbook, "Kunden")
