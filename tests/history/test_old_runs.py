"""Files of nights go by age: links first, never what latest points at."""

from datetime import date

import pytest

from churnrisk.delivery.files import link
from churnrisk.history.old_runs import prune_runs

DAYS = ("2025-05-01", "2025-06-01", "2025-06-30")


@pytest.fixture
def folder(tmp_path):
    """Three nights with links; latest is the last."""
    for day in DAYS:
        run = tmp_path / "runs" / f"{day}-1a2b3c4d"
        run.mkdir(parents=True)
        (run / "run.json").write_text("{}")
        link(tmp_path / day, run)
        link(tmp_path / "latest", run)
    (tmp_path / "runs" / "notes").mkdir()
    return tmp_path


def names(folder):
    return sorted(path.name for path in [*folder.glob("2*"), *(folder / "runs").iterdir()])


def test_by_default_all_are_kept(folder):
    before = names(folder)
    assert prune_runs(folder, date(2030, 1, 1), None) == []
    assert names(folder) == before


@pytest.mark.parametrize(("keep", "gone"), [(61, 0), (60, 1), (30, 1), (29, 2)])
def test_older_runs_go_with_their_links(folder, keep, gone):
    assert prune_runs(folder, date(2025, 7, 1), keep) == [f"{day}-1a2b3c4d" for day in DAYS[:gone]]
    assert names(folder) == sorted([*DAYS[gone:], *[f"{day}-1a2b3c4d" for day in DAYS[gone:]], "notes"])


def test_what_latest_points_at_stays(folder):
    assert len(prune_runs(folder, date(2030, 1, 1), 1)) == 2
    assert (folder / "latest" / "run.json").is_file()
    assert (folder / DAYS[-1] / "run.json").is_file()


def test_a_replay_of_an_earlier_night_removes_nothing_later(folder):
    assert prune_runs(folder, date(2025, 5, 2), 30) == []


def test_a_flat_source_has_runs_without_a_day(folder):
    (folder / "runs" / "df9367db").mkdir()
    prune_runs(folder, date(2030, 1, 1), 1)
    assert (folder / "runs" / "df9367db").is_dir()
