"""A small flat file for tests: one row a customer, a label, and the columns that real files have."""

from pathlib import Path

import numpy as np
import pandas as pd

from churnrisk.settings import PipelineSettings, load_settings


def made_rows(customers: int = 600, seed: int = 0) -> pd.DataFrame:
    """Make customers who leave early, on monthly plans; some have no spend."""
    random = np.random.default_rng(seed)
    tenure = random.integers(1, 60, customers)
    plan = random.choice(["monthly", "yearly"], customers)
    pays = random.choice(["card", "cheque"], customers)
    chance = 1 / (1 + np.exp(2.0 + 0.08 * (tenure - 20) + 2.5 * (plan == "yearly") - 3.0 * (pays == "cheque")))
    spend = np.round(random.gamma(4, 15, customers), 2)
    return pd.DataFrame(
        {
            "CustomerID": [f"c{number:04}" for number in range(customers)],
            "plan": plan,
            "pays": pays,
            "tenure": tenure,
            "spend": np.where(np.arange(customers) % 97 == 5, " ", spend.astype(str)),
            "Churn": np.where(random.random(customers) < chance, "Yes", "No"),
        }
    )


def written(
    rows: pd.DataFrame, folder: Path, *, source: str = "", more: str = "", name: str = "flat"
) -> PipelineSettings:
    """Write rows as CSV with a TOML beside them, and read its settings."""
    folder.mkdir(parents=True, exist_ok=True)
    rows.to_csv(folder / "customers.csv", index=False)
    told = f"""out = "out"
cards = "cards"
[source]
kind = "flat"
file = "customers.csv"
customer_id = "CustomerID"
label = "Churn"
{source}
[models]
names = ["tree"]
bootstrap = 60
min_churners = 50
stability = false
{more}
"""
    file = folder / f"{name}.toml"
    file.write_text(told, encoding="utf-8")
    return load_settings(file)
