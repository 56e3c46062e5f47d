from datetime import date
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from churnrisk.features.build import Choice
from churnrisk.features.signal import SIGNALS
from churnrisk.modeling.select import Rows
from churnrisk.settings import ModelSettings, PipelineSettings
from churnrisk.snapshots.build import Snapshots
from churnrisk.snapshots.plan import rows_of
from churnrisk.snapshots.split import Split
from churnrisk.tables.report import TableReport
from churnrisk.training.contest import hold_contest
from churnrisk.training.facts import Training

COLUMNS = ["usage_count_28d", "usage_days_since_last", "support_tickets_28d"]
PARTS = Split([date(2025, 1, 1), date(2025, 2, 1)], [date(2025, 4, 1)], [date(2025, 6, 1)], [])


def made_snapshots(customers: int = 900, seed: int = 0) -> Snapshots:
    """Make customers who leave as their use falls, at four cutoffs."""
    random = np.random.default_rng(seed)
    frames = []
    for day in [*PARTS.fit, *PARTS.calibrate, *PARTS.test]:
        used = random.poisson(6, customers).astype(float)
        chance = 1 / (1 + np.exp(0.5 + 0.5 * (used - 4)))
        rows = {
            "customer_id": [f"c{number:04}" for number in range(customers)],
            "cutoff": pd.Timestamp(day),
            "churned": (random.random(customers) < chance).astype(int),
            "usage_count_28d": used,
            "usage_days_since_last": random.poisson(5, customers) + 1.0,
            "support_tickets_28d": random.poisson(1, customers).astype(float),
        }
        frames.append(pd.DataFrame(rows))
    return Snapshots(pd.concat(frames, ignore_index=True), COLUMNS)


def pipeline(folder) -> PipelineSettings:
    models = ModelSettings(bootstrap=50, names=["logistic", "tree"])
    return PipelineSettings(name="small", out="out", cards="cards", models=models, file=folder / "small.toml")


def contest_of(settings, snapshots, parts=PARTS, **more):
    columns = snapshots.columns
    fit, later = (Rows.of(rows_of(snapshots, days), columns) for days in (parts.fit, parts.calibrate))
    return hold_contest(fit, later, rows_of(snapshots, parts.test), columns, settings, **{"churners": 500, **more})


@pytest.fixture(scope="session")
def training(tmp_path_factory) -> Training:
    """One training on made customers, nothing written yet."""
    settings = pipeline(tmp_path_factory.mktemp("training"))
    snapshots = made_snapshots()
    tables = SimpleNamespace(reports=[TableReport("usage", files=("usage.csv",), rows_used=9, fingerprint="f" * 64)])
    choice = Choice([SIGNALS[name] for name in COLUMNS])
    return Training(settings, tables, choice, PARTS, snapshots, contest_of(settings, snapshots))
