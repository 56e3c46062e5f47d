import numpy as np
import pandas as pd
import pytest

from churnrisk.monitoring.verdict import renew
from churnrisk.settings import GateSettings


def nights(chance_that_came=None, *, customers=4_000, seed=0):
    """Two nights of the same customers; they leave as promised, unless another chance is given."""
    random = np.random.default_rng(seed)
    p = random.beta(1, 9, customers)
    came = p if chance_that_came is None else chance_that_came(p)
    parts = []
    for cutoff in ("2025-05-01", "2025-06-01"):
        rows = {"customer_id": [f"c{one}" for one in range(customers)], "cutoff": cutoff, "churn_probability": p}
        left = (random.random(customers) < came).astype(float)
        parts.append(pd.DataFrame(rows).assign(churned=left, segment=np.where(p > 0.2, "high", "low")))
    return pd.concat(parts, ignore_index=True)


def verdict(rows, **asked):
    return renew(rows, GateSettings(), **{"base_rate": 0.1, "min_churners": 100, **asked})


def failed(found):
    return [one.name for one in found.checks if not one.passed]


def test_a_model_whose_promises_come_true_holds():
    for seed in range(5):
        found = verdict(nights(seed=seed))
        assert found.code == "holds", found.sentence
        assert "2 nights" in found.sentence


def test_a_model_that_promises_too_much_lies_under_the_gate_and_contact_is_named():
    found = verdict(nights(lambda p: p * 0.6))
    assert found.code == "under_the_gate"
    assert "observed / expected" in failed(found)
    assert "contact that works lowers observed churn" in found.sentence


def test_a_model_that_promises_too_little_lies_under_the_gate_without_that_excuse():
    found = verdict(nights(lambda p: np.minimum(p * 1.6, 1)))
    assert found.code == "under_the_gate"
    assert "contact" not in found.sentence


def test_a_model_that_no_longer_orders_customers_lies_under_the_gate():
    found = verdict(nights(lambda p: np.full(len(p), 0.1)))
    assert {"better than the base rate", "orders customers", "calibration slope"} <= set(failed(found))


def test_too_few_churners_decide_nothing():
    found = verdict(nights(customers=100), min_churners=1_000)
    assert (found.code, found.checks) == ("not_known", ())
    assert "1,000 are needed" in found.sentence


@pytest.mark.parametrize("rows", [0, 1])
def test_one_class_decides_nothing(rows):
    assert verdict(nights().assign(churned=float(rows)), min_churners=1).code == "not_known"


def test_the_verdict_is_plain_data():
    assert {"code", "sentence", "checks"} == set(verdict(nights()).as_dict())
