from datetime import date

import pandas as pd
import pytest

from churnrisk.history.store import History

FIRST, SECOND, THIRD = date(2025, 6, 30), date(2025, 7, 1), date(2025, 7, 2)


@pytest.fixture
def history(tmp_path) -> History:
    """A history without nights."""
    return History(tmp_path / "history")


def scored(chances, *, version="1", segments=None):
    """Everyone scored: customer = probability; above 0.2 is high."""
    rows = pd.DataFrame({"customer_id": pd.Series(list(chances), dtype="str"), "churn_probability": chances.values()})
    rows["churn_probability"] = rows["churn_probability"].astype("float64")
    rows["segment"] = ["high" if chance > 0.2 else "low" for chance in chances.values()]
    rows["mrr"], rows["expected_loss"], rows["model_version"] = 10.0, 12.0, version
    return rows.sort_values("customer_id", ignore_index=True)


def listed(scores):
    """Tonight's list of them."""
    rows = scores[scores["segment"] == "high"].sort_values("churn_probability", ascending=False, ignore_index=True)
    rows.insert(0, "rank", range(1, len(rows) + 1))
    return rows


def split(customers, **signals):
    """Shares of the log-odds: a list of one value a customer for each signal."""
    rows = pd.DataFrame({"customer_id": pd.Series(list(customers), dtype="str"), **signals})
    return rows.sort_values("customer_id", ignore_index=True)
