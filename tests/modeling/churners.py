"""Small made-up customers for the tests of models: churn rises as logins fall, on plan "free", and with tickets."""

import numpy as np
import pandas as pd


def made_customers(rows: int = 600, seed: int = 0) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Give features with gaps, labels, and the customer of each row (three rows a customer)."""
    random = np.random.default_rng(seed)
    logins = random.poisson(6, rows).astype(float)
    tickets = random.poisson(1, rows).astype(float)
    plan = random.choice(["free", "basic", "pro"], rows).astype(object)
    odds = -0.5 - 0.35 * (logins - 6) + 0.6 * tickets + 0.8 * (plan == "free")
    churned = (random.random(rows) < 1 / (1 + np.exp(-odds))).astype(int)
    logins[random.random(rows) < 0.1] = np.nan
    plan[random.random(rows) < 0.05] = None
    frame = pd.DataFrame({"logins": logins, "tickets": tickets, "plan": plan, "noise": random.normal(size=rows)})
    return frame, churned, np.arange(rows) // 3
