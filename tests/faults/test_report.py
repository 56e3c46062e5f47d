"""What the fault benchmark says of what it found."""

from churnrisk.bench.faults.kills import Killed
from churnrisk.bench.faults.met import Met
from churnrisk.bench.faults.report import Found, as_text
from churnrisk.bench.faults.together import Together

WELL = Killed("after 1.00 s", True)
BROKEN = Killed("before change 3 of 9 (os.rename latest)", True, ["latest: points at nothing"], 1, [".x.link"], ["a"])


def test_all_is_well_where_everything_held():
    assert Found(1.0, 9, [WELL], [Met("disk", 1, 2.0, "full")], Together({0: 1, 4: 9}, 1)).is_well


def test_one_thing_that_did_not_hold_is_enough():
    assert not Found(1.0, 9, [WELL, BROKEN]).is_well
    assert not Found(1.0, 9, [WELL], [Met("disk", 0, 2.0, "", ["half-written: a"])]).is_well
    assert not Found(1.0, 9, [WELL], [], Together({0: 2}, 2, ["2 wrote the list"])).is_well


def test_the_table_counts_what_held_and_names_what_did_not():
    lines = as_text(Found(1.0, 9, [WELL, WELL, BROKEN])).splitlines()
    assert lines[1].split() == ["killed", "at", "work", "3", "2", "2", "2", "2"]
    assert lines[3] == (
        "before change 3 of 9 (os.rename latest): list: latest: points at nothing. next run ended 1. "
        "left behind: .x.link. differs: a"
    )


def test_faults_starts_and_what_was_not_tried_stand_below():
    text = as_text(Found(1.0, 9, [], [Met("disk", 1, 2.0, "")], Together({0: 1, 4: 9}, 1), ["Not tried: mounts."]))
    assert "disk                                                 ended 1 after  2.0 s  as it should" in text
    assert "10 starts at once ended: 1 with 0, 9 with 4; 1 wrote the list; as it should" in text
    assert text.endswith("Not tried: mounts.")
