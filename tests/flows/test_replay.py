"""An earlier night again: by which model, and what differs."""

import json
from dataclasses import dataclass, field
from types import SimpleNamespace

import pandas as pd
import pytest

from churnrisk.delivery.files import link
from churnrisk.errors import ChurnRiskError, ModelError, RefusedError
from churnrisk.flows import replay
from churnrisk.flows.replay import compare, model_for, standing_run, table_differences
from churnrisk.modeling.reigns import Reign, champion_tags, history
from churnrisk.settings import PipelineSettings


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


@dataclass
class Versions:
    """A registry of versions by their tags alone: two had their reigns, one waits, one was refused."""

    in_use: int | None = 2
    waits: int | None = 3
    tags: dict[int, dict[str, str]] = field(default_factory=dict)

    def __post_init__(self):
        first = Reign(1, 1, "2025-03-01T02:30:00", "train", "it won", until="2025-05-01T12:00:00")
        second = Reign(2, 2, "2025-05-01T12:00:00", "train", "it won", replaced=1)
        self.tags = {1: champion_tags([first]), 2: champion_tags([second]), 3: {}, 4: {}}

    def release(self, version):
        if version not in self.tags:
            raise ModelError(f"There is no version {version}.")
        return SimpleNamespace(version=version, tags=self.tags[version])

    def champion(self):
        return self.release(self.in_use) if self.in_use else None

    def challenger(self):
        return self.release(self.waits) if self.waits else None

    def reigns(self):
        return history(self.tags)


@pytest.fixture
def pipeline(tmp_path):
    return PipelineSettings(name="small", out="out", file=tmp_path / "small.toml")


@pytest.fixture
def registry(monkeypatch):
    found = Versions()
    monkeypatch.setattr(replay, "Registry", lambda _: found)
    return found


def that_night(pipeline, day, version):
    run = pipeline.out_folder / "runs" / f"{day}-1a2b3c4d"
    run.mkdir(parents=True)
    (run / "run.json").write_text(json.dumps({"cutoff": day, "model_version": version}))
    link(pipeline.out_folder / day, run)


def chosen(*asked, **more):
    release, released, told = model_for(*asked, **more)
    return release.version, released, told


def test_tonight_the_champion_is_used(pipeline, registry):
    assert chosen(pipeline) == (2, True, [])


def test_without_a_champion_nothing_is_used(pipeline, registry):
    registry.in_use = None
    with pytest.raises(RefusedError, match="no champion"):
        model_for(pipeline)
    assert chosen(pipeline, allow_challenger=True) == (3, False, [])
    registry.waits = None
    with pytest.raises(RefusedError, match="no champion"):
        model_for(pipeline, allow_challenger=True)


def test_a_past_night_takes_the_model_that_scored_it_then(pipeline, registry):
    that_night(pipeline, "2025-06-01", "1")
    assert chosen(pipeline, "2025-06-01") == (1, True, [])


@pytest.mark.parametrize(
    ("day", "version"), [("2025-03-01", 1), ("2025-04-30", 1), ("2025-05-01", 2), ("2025-06-01", 2)]
)
def test_where_no_night_was_run_the_champion_at_the_end_of_that_day_is_taken(pipeline, registry, day, version):
    assert chosen(pipeline, day) == (version, True, [])


@pytest.fixture
def fitted_to(monkeypatch):
    def say(day):
        profile = SimpleNamespace(fitted_to=day) if day else None
        monkeypatch.setattr("churnrisk.monitoring.profile.profile_of", lambda *_: profile)

    return say


def test_before_the_first_champion_todays_is_taken_and_what_it_knows_is_said(pipeline, registry, fitted_to):
    fitted_to("2025-02-01")
    version, released, told = chosen(pipeline, "2025-02-15")
    assert (version, released) == (2, True)
    assert told == [
        "There was no champion on 2025-02-15 yet; version 2 is used, which learned from data up to 2025-03-10: "
        "this list is no forecast."
    ]


def test_a_model_that_learned_nothing_later_needs_no_word(pipeline, registry, fitted_to):
    fitted_to("2024-06-01")
    assert chosen(pipeline, "2025-02-15") == (2, True, [])


def test_a_model_of_which_it_is_not_known_may_have_learned_from_later_data(pipeline, registry, fitted_to):
    fitted_to(None)
    assert "may have learned from data later than that" in chosen(pipeline, "2025-02-15")[2][0]


def test_a_version_that_is_named_is_taken_whatever_the_night(pipeline, registry):
    that_night(pipeline, "2025-06-01", "2")
    assert chosen(pipeline, "2025-06-01", 1) == (1, True, [])
    assert chosen(pipeline, version=1) == (1, True, [])


def test_a_version_that_was_never_in_use_takes_leave(pipeline, registry):
    with pytest.raises(RefusedError, match=r"Version 4 was never in use\. Say --allow-challenger"):
        model_for(pipeline, version=4)
    assert chosen(pipeline, version=4, allow_challenger=True) == (4, False, [])


def test_a_night_of_a_model_that_was_not_released_is_replayed_with_leave_alone(pipeline, registry):
    that_night(pipeline, "2025-06-01", "3 (not released)")
    with pytest.raises(RefusedError, match="The night of 2025-06-01 was scored with it"):
        model_for(pipeline, "2025-06-01")
    assert chosen(pipeline, "2025-06-01", allow_challenger=True) == (3, False, [])


def test_an_unknown_version_is_a_fault(pipeline, registry):
    with pytest.raises(ModelError, match="no version 9"):
        model_for(pipeline, version=9)


def test_the_run_that_stands_for_a_cutoff_is_where_its_link_points(pipeline):
    runs = pipeline.out_folder / "runs"
    runs.mkdir(parents=True)
    old = night(runs / "old")
    assert standing_run(pipeline, "2025-06-01") is None
    link(pipeline.out_folder / "2025-06-01", old)
    assert standing_run(pipeline, "latest") is None
    assert standing_run(pipeline, "2025-06-01") == old.resolve()
