"""Who changed group."""

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from churnrisk.kpis.groups.movement import CAME, WENT, movement

ROWS = st.dictionaries(
    st.tuples(st.sampled_from("abcdef"), st.integers(1, 4)), st.sampled_from(["heavy use", "light use"]), min_size=1
)


@settings(max_examples=25)
@given(ROWS)
def test_everyone_present_at_a_cutoff_is_counted_once(found):
    history = pd.DataFrame(
        [(*key, group) for key, group in found.items()], columns=["customer_id", "cutoff", "group"]
    )
    moves = movement(history)
    for _, row in moves.changes.iterrows():
        pair = moves.table[moves.table["to_cutoff"] == row["to_cutoff"]]
        before = pair.loc[pair["from_group"] != CAME, "customers"].sum()
        after = pair.loc[pair["to_group"] != WENT, "customers"].sum()
        assert before == (history["cutoff"] == row["from_cutoff"]).sum()
        assert after == (history["cutoff"] == row["to_cutoff"]).sum()
        assert 0 <= row["changed"] <= row["customers"]


def test_one_cutoff_has_no_movement():
    moves = movement(pd.DataFrame({"customer_id": ["a"], "cutoff": [1], "group": ["heavy use"]}))
    assert moves.changed_share is None
    assert moves.table.empty


def test_who_stays_did_not_change():
    rows = [("a", 1, "heavy use"), ("a", 2, "heavy use"), ("b", 1, "light use")]
    moves = movement(pd.DataFrame(rows, columns=["customer_id", "cutoff", "group"]))
    assert moves.changed_share == 0
    assert moves.changes["customers"].tolist() == [1]
