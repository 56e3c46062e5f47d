import pytest

from churnrisk.delivery.lists import run_of
from churnrisk.errors import DeliveryError
from tests.delivery.nights import CUTOFF, write_night


def test_every_list_carries_the_name_of_its_night(tmp_path):
    run = run_of(write_night(tmp_path))
    for listed in ("today", "at_risk", "scores"):
        rows = run.rows(listed)
        assert list(rows.columns[:3]) == ["pipeline", "run", "cutoff"]
        assert set(rows["run"]) == {"2025-06-01-aaaa1111"}
        assert set(rows["cutoff"]) == {CUTOFF}


def test_today_is_the_part_of_the_list_that_is_for_today(tmp_path):
    assert run_of(write_night(tmp_path)).rows("today")["customer_id"].tolist() == ["c00", "c01"]


def test_scores_hold_everybody_and_reasons_only_for_those_on_the_list(tmp_path):
    rows = run_of(write_night(tmp_path)).rows("scores")
    assert len(rows) == 6
    assert rows["reason_1"].notna().tolist() == [True] * 4 + [False] * 2
    assert not [name for name in rows.columns if name.endswith(("_x", "_y"))]


def test_a_flat_source_has_no_cutoff(tmp_path):
    run = run_of(write_night(tmp_path, cutoff=None))
    assert run.cutoff is None
    assert "cutoff" not in run.rows("at_risk").columns


def test_a_link_leads_to_the_run_itself(tmp_path):
    folder = write_night(tmp_path)
    (tmp_path / "latest").symlink_to(folder)
    assert run_of(tmp_path / "latest").name == folder.name


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"pipeline": "a", "cutoff": "soon"}'])
def test_a_folder_without_a_whole_run_is_refused(tmp_path, content):
    (tmp_path / "run.json").write_text(content, encoding="utf-8")
    with pytest.raises(DeliveryError, match="no night"):
        run_of(tmp_path)


def test_a_list_that_is_missing_is_named(tmp_path):
    folder = write_night(tmp_path)
    (folder / "scores.parquet").unlink()
    with pytest.raises(DeliveryError, match=r"no scores\.parquet"):
        run_of(folder).rows("scores")
