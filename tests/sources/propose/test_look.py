"""Values tell what a column can be."""

import pytest

from churnrisk.errors import SourceError
from churnrisk.sources.files import FileSource
from churnrisk.sources.propose.look import look_at_column, look_at_folder


@pytest.mark.parametrize(
    ("values", "kinds"),
    [
        (["1,50", "12,00"], {"text", "number"}),
        (["1.234,50", "12,00"], {"text", "number"}),
        (["yes", "no"], {"text", "bool"}),
        (["2024-01-31"], {"text", "time"}),
        (["31.01.2024", ""], {"text", "time"}),
        (["1706659200", "1706745600"], {"text", "number", "time"}),
        (["Pro", "Basic"], {"text"}),
        (["", None], set()),
    ],
)
def test_kinds_of_text(values, kinds):
    assert look_at_column("a", values, "text").kinds == kinds


def test_words_for_nothing_are_told_apart_from_dates():
    seen = look_at_column("end", ["2024-01-31", "NULL", "NULL", "2024-03-01"], "text")
    assert seen.nones == ("NULL",)
    assert "time" in seen.kinds
    assert seen.filled == 0.5


def test_a_far_end_means_none():
    assert look_at_column("end", ["31.12.9999", "31.01.2024"], "text").nones == ("31.12.9999",)
    assert look_at_column("end", ["2024-01-31"], "text").nones == ()


def test_words_for_nothing_in_plain_text_are_left_alone():
    assert look_at_column("plan", ["none", "Pro"], "text").nones == ()


def test_decimal_marks_are_counted():
    seen = look_at_column("price", ["1,50", "1.234"], "text")
    assert (seen.commas, seen.points, seen.either) == (1, 0, "1.234")


def test_ids_are_compared_without_their_zeros():
    assert look_at_column("id", [17850.0, 12346.0], "number").values == {"17850", "12346"}
    assert look_at_column("id", ["17850.0"], "text").values == {"17850"}


def test_a_day_above_12_anywhere_in_a_large_file_tells_the_format(tmp_path, engine):
    days = ["01/02/2024"] * 6000
    days[4001] = "25/02/2024"
    (tmp_path / "a.csv").write_text("day,id\n" + "".join(f"{day},{n}\n" for n, day in enumerate(days)))
    (found,), unread = look_at_folder(FileSource(tmp_path, engine))
    assert found.columns["day"].dates.formats == ("%d/%m/%Y",)
    assert found.rows == 6000
    assert not unread


def test_a_file_that_is_not_utf8_is_read_in_the_encoding_it_seems_to_have(tmp_path, engine):
    (tmp_path / "a.csv").write_bytes("Ort;n\nKöln;1\n".encode("latin-1"))
    (tmp_path / "b.csv").write_bytes("Preis;n\n5 €;1\n".encode("cp1252"))
    found, _ = look_at_folder(FileSource(tmp_path, engine))
    assert [one.encoding for one in found] == ["latin-1", "cp1252"]


def test_a_broken_file_is_told_and_the_others_are_looked_at(tmp_path, engine):
    (tmp_path / "a.csv").write_text("id,b\n1,2,3\n")
    (tmp_path / "b.csv").write_text("id,b\n1,2\n")
    (tmp_path / "notes.md").write_text("nothing")
    found, unread = look_at_folder(FileSource(tmp_path, engine))
    assert [one.label for one in found] == ["b.csv"]
    assert "line 2" in unread["a.csv"]


def test_a_folder_without_files_is_refused(tmp_path, engine):
    with pytest.raises(SourceError, match="holds no CSV"):
        look_at_folder(FileSource(tmp_path, engine))
    with pytest.raises(SourceError, match="There is no folder"):
        look_at_folder(FileSource(tmp_path / "none", engine))
