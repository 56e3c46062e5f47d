"""Reigns survive their tags, order themselves, and say what to go back to."""

from hypothesis import given
from hypothesis import strategies as st

from churnrisk.modeling.reigns import (
    LONGEST,
    TAG,
    Reign,
    as_tag,
    champion_tags,
    ended_tags,
    history,
    one_before,
    read_reigns,
    reigning,
)


def reign(number, version, how="gate", since=None, until=None):
    return Reign(version, number, since or f"2025-06-{number:02}T00:00:00", "anna", "because", until=until, how=how)


def test_reigns_are_read_as_they_were_written():
    told = [reign(1, 4, until="2025-06-05T00:00:00"), reign(7, 4, how="hand")]
    assert read_reigns(4, {TAG: as_tag(told)}) == told


def test_a_long_reason_is_cut_so_that_a_tag_holds_it():
    told = Reign(1, 1, "2025-06-01", "anna", "x" * 9_000)
    assert len(read_reigns(1, {TAG: as_tag([told])})[0].why) == LONGEST


def test_a_store_that_kept_only_the_last_reign_gives_that_one():
    tags = {
        "champion_from": "2025-06-01",
        "champion_until": "2025-07-01",
        "promoted_by": "train",
        "promoted_why": "it won",
        "replaced": "none",
    }
    (found,) = read_reigns(3, tags)
    assert (found.since, found.until, found.who, found.replaced) == ("2025-06-01", "2025-07-01", "train", None)


def test_a_version_that_never_reigned_has_no_reign():
    assert read_reigns(3, {"verdict": "released"}) == []


def test_two_reigns_of_one_version_stand_apart_in_order():
    told = {1: {TAG: as_tag([reign(1, 1), reign(3, 1)])}, 2: {TAG: as_tag([reign(2, 2)])}}
    found = history(told)
    assert [one.version for one in found] == [1, 2, 1]
    assert [one.until for one in found] == ["2025-06-02T00:00:00", "2025-06-03T00:00:00", None]


def test_reigns_that_began_in_the_same_second_keep_their_order():
    told = {2: {TAG: as_tag([reign(1, 2, since="2025-06-01")])}, 1: {TAG: as_tag([reign(2, 1, since="2025-06-01")])}}
    assert [one.version for one in history(told)] == [2, 1]


def test_who_reigned_at_an_instant():
    found = history({1: {TAG: as_tag([reign(1, 1), reign(3, 1)])}, 2: {TAG: as_tag([reign(2, 2)])}})
    assert reigning(found, "2025-05-31T00:00:00") is None
    assert reigning(found, "2025-06-01T00:00:00").version == 1
    assert reigning(found, "2025-06-02T23:59:59").version == 2
    assert reigning(found, "2026-01-01T00:00:00").number == 3


def test_the_last_reign_stands_in_tags_of_its_own():
    tags = champion_tags([reign(1, 5, until="2025-06-02"), reign(4, 5, how="rollback")])
    assert (tags["promoted_how"], tags["replaced"], tags["champion_until"]) == ("rollback", "none", None)
    assert tags["against_gate"] is None
    assert len(read_reigns(5, tags)) == 2


def test_ending_closes_the_last_reign_only():
    tags = ended_tags([reign(1, 5, until="2025-06-02"), reign(4, 5)], "2025-06-09", by=6)
    assert [one.until for one in read_reigns(5, tags)] == ["2025-06-02", "2025-06-09"]
    assert tags["replaced_by"] == "6"


def test_going_back_undoes_a_promotion_by_hand_too():
    told = [reign(1, 1), reign(2, 2), reign(3, 1, how="hand")]
    assert one_before(told) == 2
    assert one_before([*told, reign(4, 2, how="rollback")]) == 1
    assert one_before([*told, reign(4, 2, how="rollback"), reign(5, 1, how="rollback")]) is None


@given(st.lists(st.sampled_from(["new", "back"]), max_size=12))
def test_going_back_as_often_as_possible_ends_at_the_first_champion(moves):
    told = [reign(1, 1)]
    for move in moves:
        target = one_before(told)
        if move == "back" and target is not None:
            told.append(reign(len(told) + 1, target, how="rollback"))
        else:
            told.append(reign(len(told) + 1, len(told) + 1))
    while (target := one_before(told)) is not None:
        assert target != told[-1].version
        told.append(reign(len(told) + 1, target, how="rollback"))
    assert told[-1].version == 1
