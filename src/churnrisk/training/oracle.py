"""The true probabilities of the sample company, set beside the models; no real company has them."""

import numpy as np
import pandas as pd

from churnrisk.errors import SourceError
from churnrisk.settings import PipelineSettings
from churnrisk.sources.sample import read_truth


def oracle(settings: PipelineSettings, rows: pd.DataFrame) -> np.ndarray | None:
    """Give the true churn probability of each row, for display only; None where nobody knows it.

    Parameters
    ----------
    rows
        ``customer_id`` and ``cutoff``.
    """
    if settings.sample is None:
        return None
    try:
        truth = read_truth(settings.source_path)
    except SourceError:
        return None
    truth["cutoff"] = truth["cutoff"].astype(rows["cutoff"].dtype)
    found = rows.merge(truth, on=["customer_id", "cutoff"], how="left")["churn_probability"]
    return None if found.isna().any() else found.to_numpy()
