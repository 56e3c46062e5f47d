"""Signals of feedback."""

from tests.making import make_table


def answered(*rows):
    return {"surveys": make_table("surveys", [{"customer_id": "a", **row} for row in rows])}


def test_the_last_score_and_its_change_against_those_of_its_kind(describe):
    rows = answered(
        {"answered_at": "2024-06-01", "score": 9},
        {"answered_at": "2024-09-01", "score": 7},
        {"answered_at": "2024-10-01", "score": 1, "kind": "csat"},
        {"answered_at": "2025-01-01", "score": 4},
    )
    found = describe(rows, ["feedback_score_last", "feedback_score_change"])
    assert (found.feedback_score_last, found.feedback_score_change) == (4, -4)


def test_one_score_has_no_change(describe):
    found = describe(answered({"answered_at": "2025-01-01", "score": 4}), ["feedback_score_change"])
    assert found.isna().feedback_score_change


def test_an_offer_held_out_is_no_offer(describe):
    rows = [
        {"customer_id": "a", "offered_at": "2025-01-01", "measure": "call", "arm": arm}
        for arm in ("offered", "held_out")
    ]
    assert describe({"offers": make_table("offers", rows)}, ["feedback_offers_182d"]).feedback_offers_182d == 1
