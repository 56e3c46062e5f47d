"""A past night run again: the same bytes where its tables are as they were, and what differs where they are not."""

import random
import shutil
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from churnrisk.flows import score
from churnrisk.flows.asked import Asked
from churnrisk.flows.night_steps import history_of
from churnrisk.modeling.store import tracking_address
from churnrisk.settings import PipelineSettings, TrackingSettings
from tests.flows.company import NOW

DAY = date(2024, 11, 1)
ASKED = Asked(cutoff=str(DAY))


@dataclass
class Past:
    """A night of the past, in an output of its own, on tables that may change."""

    settings: PipelineSettings
    folder: Path
    data: Path

    def replay(self, **asked):
        return score.run(self.settings, NOW, Asked(cutoff=str(DAY), **asked))

    def table(self, name, change):
        file = self.data / f"{name}.csv"
        change(pd.read_csv(file, dtype=str)).to_csv(file, index=False)


@pytest.fixture
def past(trained, tmp_path):
    data = tmp_path / "data"
    shutil.copytree(trained.company.folder / "data", data)
    settings = trained.company.pipeline("replayed", data=str(data))
    store = TrackingSettings(uri=tracking_address(trained.settings, {}))
    settings = settings.model_copy(update={"out": str(tmp_path / "out"), "tracking": store})
    return Past(settings, score.run(settings, NOW, ASKED).folder, data)


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "run.json"}


def grow(past, seed):
    """Add what happens after the night: use, tickets, new customers, ends of those who were there."""
    chance = random.Random(seed)

    def later():
        return str(datetime(2024, 11, 1) + timedelta(seconds=chance.randint(0, 80 * 86400)))

    def use(rows):
        return pd.concat(
            [rows, pd.DataFrame({"customer_id": ["c001"] * 50, "occurred_at": [later() for _ in range(50)]})]
        )

    def asks(rows):
        more = {"ticket_id": ["new1", "new2"], "customer_id": ["c002", "c900"], "opened_at": [later(), later()]}
        return pd.concat([rows, pd.DataFrame(more)])

    def ends(rows):
        runs = rows.ended_at.isna() & (rows.index % 3 == seed % 3)
        rows.loc[runs, "ended_at"] = [later() for _ in range(runs.sum())]
        new = {"subscription_id": "new", "customer_id": "c900", "started_at": later(), "plan": "pro", "mrr": "12"}
        return pd.concat([rows, pd.DataFrame([new])])

    past.table("usage", use)
    past.table("tickets", asks)
    past.table("subscriptions", ends)


@pytest.mark.parametrize("seed", [0, 1])
def test_a_night_whose_tables_grew_since_is_the_same_night(past, seed):
    before = contents(past.folder)
    grow(past, seed)
    found = past.replay()
    assert (found.repeated, found.differs, found.folder) == (True, [], past.folder)
    again = past.replay(replace=True)
    assert not again.repeated
    assert again.differs == []
    assert contents(again.folder) == before
    assert (past.settings.out_folder / str(DAY)).resolve() == again.folder
    assert not past.folder.exists()


def lose_use(past):
    past.table("usage", lambda rows: rows[~((rows.customer_id == "c000") & (rows.occurred_at < "2024-10-20"))])


def test_a_night_whose_tables_were_changed_says_so_and_moves_nothing(past):
    before, history = contents(past.folder), history_of(past.settings)
    name, rows = history.run_name(DAY), history.scores(DAY)
    lose_use(past)
    found = past.replay()
    assert found.exit_code == 3
    assert [line.split(":")[0] for line in found.differs if "rows fewer" in line] == ["usage"]
    assert "of about 1 customer." in found.differs[0]
    assert "rank" in found.differs[-1]
    assert found.folder != past.folder
    assert contents(past.folder) == before
    assert (past.settings.out_folder / str(DAY)).resolve() == past.folder
    assert history.run_name(DAY) == name
    pd.testing.assert_frame_equal(history.scores(DAY), rows)
    once_more = past.replay()
    assert (once_more.differs, once_more.folder, once_more.repeated) == (found.differs, found.folder, True)


def test_a_night_that_differs_takes_its_place_where_that_is_asked(past):
    lose_use(past)
    found = past.replay(replace=True)
    assert found.exit_code == 0
    assert found.differs
    assert (past.settings.out_folder / str(DAY)).resolve() == found.folder
    assert history_of(past.settings).run_name(DAY) == found.folder.name


def test_a_replay_leaves_latest_on_the_newest_night(past):
    newest = score.run(past.settings, NOW).folder
    past.replay(replace=True)
    assert (past.settings.out_folder / "latest").resolve() == newest
