"""The small company, trained, and a process that forks its nights."""

import pytest

from churnrisk.bench.faults.launcher import Launcher
from churnrisk.bench.faults.scene import Scene, set_scene
from tests.flows.company import write_company


@pytest.fixture(scope="session")
def launcher(tmp_path_factory):
    with Launcher(tmp_path_factory.mktemp("launched")) as started:
        yield started


@pytest.fixture(scope="session")
def scene(tmp_path_factory, launcher) -> Scene:
    """The night before, and an undisturbed night to hold others against."""
    settings = write_company(tmp_path_factory.mktemp("faults")).pipeline()
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        trained = launcher.run("train", settings.file)
        assert trained.code == 0, trained.said
        return set_scene(settings.file, launcher)
