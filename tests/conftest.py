"""What tests share: one engine a session, and the public data where it is there."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import hypothesis
import pandas as pd
import pytest

from churnrisk.features.build import Choice, choose, features, rolled_up
from churnrisk.settings import ChurnSettings, EngineSettings, PipelineSettings, SignalSettings
from churnrisk.sources.engine import Engine
from tests.flows_sample import settings_of, small_pipeline
from tests.making import FIXED, make_spine
from tests.workers import ByGroup, begins

ROOT = Path(__file__).parent.parent

hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let what takes longest begin, so that no worker is left with it at the end."""
    items.sort(key=lambda item: begins(item.nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> ByGroup:
    """Keep tests that share costly fixtures on one worker."""
    config.option.loadscopereorder = False
    return ByGroup(config, log)


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


@dataclass(frozen=True)
class TrainedSample:
    """A small sample company after one training."""

    file: Path
    settings: PipelineSettings
    printed: str


def _run(*words: object) -> str:
    command = [sys.executable, "-W", "ignore", "-m", "churnrisk", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=900).stdout


@pytest.fixture(scope="session")
def trained_sample(tmp_path_factory: pytest.TempPathFactory) -> TrainedSample:
    """The small sample company, written and trained once."""
    file = small_pipeline(tmp_path_factory.mktemp("company"), customers=2000)
    _run("sample", file)
    return TrainedSample(file, settings_of(file), _run("train", file))


@pytest.fixture(scope="session")
def night(trained_sample: TrainedSample) -> Path:
    """The newest night of the small sample company, scored on one thread: a link, for it can be written again."""
    _run("score", trained_sample.file, "--threads", 1)
    return trained_sample.settings.out_folder / "latest"


@pytest.fixture(scope="session")
def no_signal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same company where churn is pure chance."""
    file = small_pipeline(tmp_path_factory.mktemp("chance"), customers=1500, signal=0.0)
    _run("sample", file)
    return file
