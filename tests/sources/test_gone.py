"""Files that go while they are read."""

import pytest

from churnrisk.errors import SourceError
from churnrisk.sources.files import fingerprint


def test_a_file_that_went_while_it_was_read_is_named_with_the_remedy(tmp_path):
    with pytest.raises(SourceError, match=r"company\.duckdb was there when reading began.*Put it back and run again"):
        fingerprint([tmp_path / "company.duckdb"])


def test_a_file_that_is_there_has_a_fingerprint(tmp_path):
    (tmp_path / "a.csv").write_text("a")
    assert fingerprint([tmp_path / "a.csv"]).startswith("ca978112")
