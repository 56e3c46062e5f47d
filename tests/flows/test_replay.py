"""An earlier night again: by which model, and what differs."""

import json

import pandas as pd
import pytest

from churnrisk.errors import ChurnRiskError
from churnrisk.flows.replay import compare, table_differences


def prints(**tables):
    rows = [
        {"table": name, "part": part, "rows": rows, "hash": hashed}
        for name, parts in tables.items()
        for part, (rows, hashed) in parts.items()
    ]
    return pd.DataFrame(rows)


USUAL = prints(customers={0: (5, 1), 9: (5, 2)}, usage={0: (50, 3), 9: (40, 4)})


def night(folder, customers="abcd", told=USUAL, **files):
    folder.mkdir()
    rows = pd.DataFrame({"customer_id": list(customers), "rank": range(1, len(customers) + 1)})
    rows.to_parquet(folder / "at_risk.parquet")
    if told is not None:
        told.to_parquet(folder / "fingerprints.parquet")
    (folder / "run.json").write_text(json.dumps({"steps": str(folder)}))
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text)
    return folder


def test_the_same_tables_differ_in_nothing():
    assert table_differences(USUAL, USUAL.iloc[::-1]) == []


@pytest.mark.parametrize(
    ("usage", "told"),
    [
        ({0: (53, 9), 9: (40, 4)}, "usage: 3 rows more, of about 1 customer."),
        ({0: (50, 3), 9: (39, 4)}, "usage: 1 row fewer, of about 1 customer."),
        ({0: (50, 9), 9: (40, 8)}, "usage: as many rows, and other values in them, of about 2 customers."),
        ({0: (50, 3), 9: (40, 4), 7: (1, 1)}, "usage: 1 row more, of about 1 customer."),
        ({0: (50, 3)}, "usage: 40 rows fewer, of about 1 customer."),
        ({part: (2, part + 7) for part in range(256)}, "usage: 422 rows more, of many customers."),
    ],
)
def test_a_table_that_differs_is_named_with_rows_and_customers(usage, told):
    after = prints(customers={0: (5, 1), 9: (5, 2)}, usage=usage)
    assert table_differences(USUAL, after) == [told]


def test_tables_that_came_and_went_are_named():
    after = prints(customers={0: (5, 1), 9: (5, 2)}, tickets={0: (1, 1)})
    assert table_differences(USUAL, after) == ["tickets: was not there then.", "usage: is no longer there."]


def test_the_same_night_is_not_told_to_differ(tmp_path):
    assert compare(night(tmp_path / "old"), night(tmp_path / "new")) == []


def test_ranks_that_moved_are_counted(tmp_path):
    after = prints(customers={0: (5, 1), 9: (5, 2)}, usage={0: (51, 9), 9: (40, 4)})
    assert compare(night(tmp_path / "old"), night(tmp_path / "new", "bacxy", after)) == [
        "usage: 1 row more, of about 1 customer.",
        "Of 4 customers on the list then, 2 have another rank and 1 are not on it now; 2 others are.",
    ]


def test_other_tables_with_the_same_ranks_are_told(tmp_path):
    after = prints(customers={0: (5, 1), 9: (5, 2)}, usage={0: (51, 9), 9: (40, 4)})
    told = compare(night(tmp_path / "old"), night(tmp_path / "new", told=after))
    assert told == ["usage: 1 row more, of about 1 customer.", "No rank moved."]


def test_the_same_tables_with_other_ranks_point_at_model_and_settings(tmp_path):
    told = compare(night(tmp_path / "old"), night(tmp_path / "new", "bacd"))
    assert told[0] == "The tables are as they were then: model, settings or the night before are others."


def test_other_files_are_named_where_ranks_and_tables_are_the_same(tmp_path):
    told = compare(night(tmp_path / "old", today="a"), night(tmp_path / "new", today="b", lost="c"))
    assert told == ["The ranks are as they were then. Other files differ: lost.csv, today.csv."]


def test_without_fingerprints_only_ranks_are_held_against_each_other(tmp_path):
    old, new = night(tmp_path / "old", told=None), night(tmp_path / "new", "bacd")
    assert compare(old, new)[0].startswith("The fingerprints of that night are gone")


def test_a_list_that_cannot_be_read_is_a_fault_with_a_remedy(tmp_path):
    old, new = night(tmp_path / "old"), night(tmp_path / "new")
    (old / "at_risk.parquet").write_bytes(b"PAR1")
    with pytest.raises(ChurnRiskError, match=r"The list in old cannot be read: .* Say --replace"):
        compare(old, new)
