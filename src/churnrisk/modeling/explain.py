"""What a fitted model says of each signal: the curve to draw, and how much it moves customers."""

from typing import Any

import numpy as np
import pandas as pd

from churnrisk.modeling.logistic import PlainDataClassifier
from churnrisk.modeling.released import churn_model


def effect_curves(plain: dict[str, Any]) -> pd.DataFrame:
    """Give the effects of an additive model as a table to draw from; a tree has none.

    Returns
    -------
    One row a point: column, at (a number, a text, or "missing"), log_odds (against the mean).

    Examples
    --------
    >>> part = {"column": "logins", "knots": [0.0, 9.0], "values": [0.5, -0.5], "missing": 0.0}
    >>> effect_curves({"kind": "additive", "effects": [part]})["at"].tolist()
    [0.0, 9.0, 'missing']
    """
    points = []
    for part in plain.get("effects", []):
        if "levels" in part:
            own = [*part["levels"].items(), ("any other", part["other"])]
        else:
            own = list(zip(part["knots"], part["values"], strict=True))
        points += [(part["column"], at, value) for at, value in [*own, ("missing", part["missing"])]]
    return pd.DataFrame(points, columns=["column", "at", "log_odds"])


def signal_strengths(model: PlainDataClassifier, rows: pd.DataFrame) -> pd.DataFrame:
    """Rank the columns by how far they move customers: the mean size of their shares over some rows.

    Returns
    -------
    One row a column: column, mean_share (absolute, in log-odds), moved (share of rows it moves at all).
    """
    split = np.abs(model.explain(rows))
    names = churn_model.feature_names(model.to_plain())
    table = pd.DataFrame({"column": names, "mean_share": split.mean(axis=0), "moved": (split > 1e-9).mean(axis=0)})
    return table.sort_values(["mean_share", "column"], ascending=[False, True], ignore_index=True)
