"""The sample's true probabilities stand beside the models only where every row has one."""

import pandas as pd
import pytest

from churnrisk.errors import SourceError
from churnrisk.settings import PipelineSettings, SampleSettings
from churnrisk.training import oracle as room
from churnrisk.training.oracle import oracle

ROWS = pd.DataFrame(
    {"customer_id": ["b", "a"], "cutoff": pd.to_datetime(["2025-01-01"] * 2).astype("datetime64[us]")}
)
TRUTH = pd.DataFrame(
    {"customer_id": ["a", "b"], "cutoff": pd.to_datetime(["2025-01-01"] * 2), "churn_probability": [0.1, 0.2]}
)


@pytest.fixture
def sample(monkeypatch):
    monkeypatch.setattr(room, "read_truth", lambda folder: TRUTH.copy())
    return PipelineSettings(name="sample", sample=SampleSettings())


def test_each_row_gets_its_own_truth_in_the_rows_order(sample):
    assert oracle(sample, ROWS).tolist() == [0.2, 0.1]


def test_one_row_without_truth_means_none(sample):
    assert oracle(sample, ROWS.assign(customer_id=["b", "c"])) is None


def test_a_company_of_ones_own_has_none(sample):
    assert oracle(sample.model_copy(update={"sample": None}), ROWS) is None


def test_a_sample_whose_truth_is_not_told_has_none(sample, monkeypatch):
    def nothing(folder):
        raise SourceError("There is no truth.")

    monkeypatch.setattr(room, "read_truth", nothing)
    assert oracle(sample, ROWS) is None
