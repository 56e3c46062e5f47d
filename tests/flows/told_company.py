"""The small company, where everybody who left gave one of three reasons, and tickets have a category."""

from pathlib import Path

import numpy as np
import pandas as pd

from tests.flows.company import Company, write_company

#: Which reasons are of which kind, and which a company cannot influence.
CHURN = """voluntary_reasons = ["too_expensive", "moved_abroad"]
involuntary_reasons = ["payment_failed"]
beyond_us = ["moved_abroad"]
[reasons]
least_customers = 10
cutoffs = 4
"""


def write_told_company(folder: Path) -> Company:
    """Write the company's tables, with reasons and categories."""
    company = write_company(folder, customers=360)
    path = company.folder / "data" / "subscriptions.csv"
    rows = pd.read_csv(path)
    said = np.array(["too_expensive", "moved_abroad", "payment_failed"])[np.arange(len(rows)) % 7 % 3]
    rows.assign(end_reason=np.where(rows["ended_at"].notna(), said, None)).to_csv(path, index=False)
    path = company.folder / "data" / "tickets.csv"
    tickets = pd.read_csv(path)
    tickets.assign(category=np.where(np.arange(len(tickets)) % 2, "bug", "billing")).to_csv(path, index=False)
    return company
