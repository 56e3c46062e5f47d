from dataclasses import dataclass

import pytest

from churnrisk.flows import train
from churnrisk.flows.train import TrainResult
from churnrisk.settings import PipelineSettings
from tests.flows.company import NOW, Company, write_company


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    """The small company's tables; nothing is trained."""
    return write_company(tmp_path_factory.mktemp("small"))


@dataclass(frozen=True)
class Trained:
    """The small company after one training."""

    company: Company
    settings: PipelineSettings
    result: TrainResult


@pytest.fixture(scope="session")
def trained(company: Company) -> Trained:
    """The small company, trained once a session."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        settings = company.pipeline()
        return Trained(company, settings, train.run(settings, NOW))
