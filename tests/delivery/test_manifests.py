"""The nights that came before, as they told of themselves."""

import json
from datetime import date

import pytest

from churnrisk.delivery.files import link
from churnrisk.delivery.manifests import manifest_of, manifests


@pytest.fixture
def out(tmp_path):
    for day in ("2025-06-02", "2025-06-01", "2025-06-03"):
        run = tmp_path / "runs" / f"{day}-1a2b3c4d"
        run.mkdir(parents=True)
        (run / "run.json").write_text(json.dumps({"cutoff": day}))
        link(tmp_path / day, run)
    link(tmp_path / "latest", tmp_path / "runs" / "2025-06-03-1a2b3c4d")
    (tmp_path / "kpis").mkdir()
    return tmp_path


def test_nights_come_oldest_first_and_each_once(out):
    assert [one["cutoff"] for one in manifests(out)] == ["2025-06-01", "2025-06-02", "2025-06-03"]


def test_only_nights_of_earlier_cutoffs_where_that_is_asked(out):
    assert [one["cutoff"] for one in manifests(out, before=date(2025, 6, 2))] == ["2025-06-01"]


def test_a_run_that_no_link_points_at_is_no_night(out):
    (out / "2025-06-02").unlink()
    assert [one["cutoff"] for one in manifests(out)] == ["2025-06-01", "2025-06-03"]


@pytest.mark.parametrize("content", ["", "{", "[]", "null"])
def test_a_manifest_that_cannot_be_read_is_passed_over(out, content):
    (out / "runs" / "2025-06-02-1a2b3c4d" / "run.json").write_text(content)
    assert [one["cutoff"] for one in manifests(out)] == ["2025-06-01", "2025-06-03"]
    assert manifest_of(out / "2025-06-02") is None


def test_a_link_that_points_at_nothing_is_passed_over(out):
    (out / "2025-06-02").unlink()
    (out / "2025-06-02").symlink_to("runs/gone")
    assert len(manifests(out)) == 2


def test_before_the_first_night_there_are_none(tmp_path):
    assert manifests(tmp_path / "nothing") == []
