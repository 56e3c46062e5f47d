"""Small ranked lists, as a night would hand them over."""

from collections.abc import Sequence

import pandas as pd

from churnrisk.settings import ListSettings, PipelineSettings, TeamSettings

NONE = pd.DataFrame({"customer_id": pd.Series(dtype="object")})


def make_list(customers: Sequence[str], segment: str = "critical", **columns: object) -> pd.DataFrame:
    """Give a list with these customers, the first ranked first."""
    count = len(customers)
    rows = pd.DataFrame({"rank": range(1, count + 1), "customer_id": pd.Series(list(customers), dtype="object")})
    told = {"segment": segment, "churn_probability": 0.25, "mrr": 10.0, "expected_loss": 30.0}
    told |= {"reason_1": "Only 1 login", "reason_2": None, "reason_3": None, "action": "call", **columns}
    return rows.assign(**told)


def make_settings(*, display: Sequence[str] = (), **team: object) -> PipelineSettings:
    """Give a pipeline whose team is told so."""
    return PipelineSettings(name="small", team=TeamSettings(**team), list=ListSettings(display=list(display)))
