"""A made-up training and its nights: customers with two numbers and a text."""

from datetime import date, datetime

import numpy as np
import pandas as pd

from churnrisk.monitoring.profile import Profile, build_profile

CUTOFFS = [date(2025, month, 1) for month in range(1, 7)]
COLUMNS = {"logins": "number", "score": "number", "plan": "text"}


class Model:
    """Scores by the number of logins, as a released model would."""

    def __init__(self):
        self.types = dict(COLUMNS)
        self.data = {"columns": [{"name": name, "type": kind, "feature": True} for name, kind in COLUMNS.items()]}

    def score(self, frame, reasons=True):
        chance = 1 / (1 + np.exp(1 + 0.3 * frame["logins"].fillna(3.0)))
        segment = np.where(chance > 0.2, "high", "low")
        return pd.DataFrame({"churn_probability": chance.round(6), "segment": segment}, index=frame.index)


def made_night(customers=2_000, seed=0, cutoff=CUTOFFS[-1]):
    random = np.random.default_rng(seed)
    rows = {
        "customer_id": [f"c{number:06}" for number in range(customers)],
        "cutoff": pd.Timestamp(cutoff),
        "churned": (random.random(customers) < 0.1).astype(int),
        "logins": random.poisson(4, customers).astype(float),
        "score": np.where(random.random(customers) < 0.2, np.nan, random.normal(size=customers)),
        "plan": random.choice(["free", "pro", "team"], customers, p=[0.5, 0.3, 0.2]),
    }
    return pd.DataFrame(rows)


def made_profile(customers=2_000) -> Profile:
    rows = [made_night(customers, seed, day) for seed, day in enumerate(CUTOFFS, start=1)]
    return build_profile(
        pd.concat(rows, ignore_index=True),
        Model(),
        pipeline="made",
        trained_at=datetime(2025, 7, 1, 2, 30),
        learned=CUTOFFS[:4],
        segments=[{"name": "high", "customers": 10, "expected": 0.2, "observed": None}],
    )


def scored(frame):
    return Model().score(frame, reasons=False)
