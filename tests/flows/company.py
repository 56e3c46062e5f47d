"""A made-up company small enough to train in seconds: who uses little leaves soon."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from churnrisk.settings import PipelineSettings, load_settings

FIRST, LAST = datetime(2024, 1, 1), datetime(2025, 1, 1)
TODAY = date(2025, 1, 1)
NOW = datetime(2025, 1, 1, 2, 30)

TOML = """name = "{name}"
out = "out"
cards = "cards"

[source]
path = "{data}"
observed_from = 2024-01-01

{tables}
[churn]
horizon = 30
{churn}
[signals]
include = ["usage_count_28d", "usage_days_since_last", "support_tickets_84d", "contract_tenure_days"]

[list]
display = ["plan"]

[models]
names = ["logistic"]
bootstrap = 50
min_churners = {need}
{models}
"""


@dataclass(frozen=True)
class Company:
    """A folder with the company's tables, and TOMLs that read them."""

    folder: Path

    def pipeline(
        self, file: str = "company", *, name: str = "company", data: str = "data", **parts: str
    ) -> PipelineSettings:
        """Write a TOML and read it; ``tables``, ``churn`` and ``models`` are lines to put into it."""
        path = self.folder / f"{file}.toml"
        told = {"tables": "", "churn": "", "models": "", "need": "50", **parts}
        path.write_text(TOML.format(name=name, data=data, **told), encoding="utf-8")
        return load_settings(path)


def elsewhere(settings: PipelineSettings, folder: Path) -> PipelineSettings:
    """Give the same pipeline and store with an output folder of its own, where no night was before."""
    store = settings.out_folder.parent / "mlflow" / "mlflow.db"
    tracking = settings.tracking.model_copy(update={"uri": f"sqlite:///{store}"})
    return settings.model_copy(update={"out": str(folder), "tracking": tracking})


def write_company(folder: Path, *, customers: int = 240, seed: int = 0) -> Company:
    """Write subscriptions, usage and tickets of a year."""
    random = np.random.default_rng(seed)
    subscriptions, usage, tickets = [], [], []
    for number in range(customers):
        customer, fading = f"c{number:03}", number % 2 == 1
        start = FIRST + timedelta(days=int(random.integers(0, 200)))
        stays = int(random.exponential(130 if fading else 2500)) + 20
        end = start + timedelta(days=stays) if start + timedelta(days=stays) < LAST else None
        row = (f"s{number}", customer, start, end, "free" if fading else "pro", 10 + number % 7)
        subscriptions.append(row)
        last = min(end or LAST, LAST)
        usage += [(customer, day) for day in _events(random, start, last, 0.08 if fading else 0.3)]
        tickets += [(f"t{customer}{day:%m%d%H%M%S}", customer, day) for day in _events(random, start, last, 0.01)]
    data = folder / "data"
    data.mkdir(parents=True)
    columns = ["subscription_id", "customer_id", "started_at", "ended_at", "plan", "mrr"]
    pd.DataFrame(subscriptions, columns=columns).to_csv(data / "subscriptions.csv", index=False)
    pd.DataFrame(usage, columns=["customer_id", "occurred_at"]).to_csv(data / "usage.csv", index=False)
    columns = ["ticket_id", "customer_id", "opened_at"]
    pd.DataFrame(tickets, columns=columns).to_csv(data / "tickets.csv", index=False)
    return Company(folder)


def _events(random: np.random.Generator, start: datetime, last: datetime, a_day: float) -> list[datetime]:
    span = (last - start).total_seconds()
    number = random.poisson(a_day * span / 86400)
    return [start + timedelta(seconds=int(second)) for second in sorted(random.uniform(0, span - 1, number))]
