"""Work in child processes: what it took, and what happens when it fails."""

import pytest

from churnrisk.bench.generate import Size, generate
from churnrisk.bench.measure import in_a_child
from churnrisk.errors import EngineError


def test_a_child_tells_what_it_took(tmp_path):
    taken = in_a_child({"work": "floor", "folder": str(generate(Size(200, 2_000), tmp_path))})
    assert 0 < taken.cpu_seconds < 20
    assert 10 < taken.peak_mib < 2_000
    assert taken.made > 0


def test_a_child_that_fails_is_told_with_its_reason(tmp_path):
    with pytest.raises(EngineError, match="'floor' did not finish"):
        in_a_child({"work": "floor", "folder": str(tmp_path / "nothing")})
