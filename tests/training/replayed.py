"""Made customers at eight monthly cutoffs, and settings to replay them with."""

from datetime import date

import numpy as np
import pandas as pd

from churnrisk.settings import ModelSettings, PipelineSettings
from churnrisk.snapshots.build import Snapshots
from churnrisk.timeline import add_months

DAYS = [add_months(date(2024, 1, 1), month) for month in range(8)]
COLUMNS = ["usage_count_28d", "support_tickets_28d"]


def settings(folder=None, **more) -> PipelineSettings:
    models = {"names": ["logistic"], "bootstrap": 40, "min_churners": 20, **more.pop("models", {})}
    file = {} if folder is None else {"file": folder / "small.toml", "out": "out", "cards": "cards"}
    return PipelineSettings(name="small", models=ModelSettings(**models), **file, **more)


def snapshots(customers: int = 300, seed: int = 0) -> Snapshots:
    """Make customers who leave as their use falls."""
    random = np.random.default_rng(seed)
    frames = []
    for day in DAYS:
        used = random.poisson(6, customers).astype(float)
        chance = 1 / (1 + np.exp(1.5 + 0.7 * (used - 4)))
        frames.append(
            pd.DataFrame(
                {
                    "customer_id": [f"c{number:04}" for number in range(customers)],
                    "cutoff": pd.Timestamp(day),
                    "churned": (random.random(customers) < chance).astype(int),
                    "usage_count_28d": used,
                    "support_tickets_28d": random.poisson(1, customers).astype(float),
                }
            )
        )
    return Snapshots(pd.concat(frames, ignore_index=True), COLUMNS)


def worth(made: Snapshots) -> pd.DataFrame:
    """Give every customer an MRR that has nothing to do with churn."""
    rows = made.rows[["customer_id", "cutoff"]]
    return rows.assign(mrr=10.0 + rows["customer_id"].str[1:].astype(int) % 7)
