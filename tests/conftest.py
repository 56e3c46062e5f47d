"""What tests share: one engine a session, and the public data where it is there."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest

from churnrisk.features.build import Choice, choose, features, rolled_up
from churnrisk.settings import ChurnSettings, EngineSettings, SignalSettings
from churnrisk.sources.engine import Engine
from tests.making import FIXED, make_spine

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """One DuckDB for the session, on one thread."""
    opened = Engine(EngineSettings(threads=1), scratch=tmp_path_factory.mktemp("scratch"))
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of the public data sets; without it the test is left out."""
    folder = Path(os.environ.get("CHURNRISK_REAL_DATA", ROOT.parent / "shared" / "data"))
    if not (folder / "online_retail.csv.gz").is_file():
        pytest.skip("the public data sets are not here; name their folder in CHURNRISK_REAL_DATA")
    return folder


@pytest.fixture
def describe(engine: Engine) -> Callable[..., pd.Series]:
    """Give one customer's features at one cutoff from hand-made tables."""

    def run(tables, signals, *, cutoff="2025-01-15", started_at="2024-01-01", contracts=FIXED, kinds=()):
        asked = SignalSettings(include=list(signals))
        chosen = choose(tables, contracts, asked, kinds)
        assert not set(signals) - set(chosen.columns), chosen.off
        chosen = Choice([one for one in chosen.on if one.name in signals])
        rolled = rolled_up(tables, contracts, chosen, kinds)
        spine = make_spine([("a", cutoff)], started_at)
        return engine.rows(features(tables, contracts, rolled, spine, chosen, ChurnSettings())).iloc[0]

    return run
