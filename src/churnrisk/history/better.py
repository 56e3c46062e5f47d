"""Who got better: customers of the list before whose probability fell, or who left the list and stayed."""

import numpy as np
import pandas as pd

from churnrisk.history.places import Places

#: How many are told.
MOST = 50
BETTER_COLUMNS = (
    "customer_id",
    "previous_probability",
    "churn_probability",
    "change",
    "change_reason",
    "previous_segment",
    "segment",
    "mrr",
)


def points(probability: pd.Series, previous: pd.Series) -> np.ndarray:
    """Give how far probabilities moved, in points of percent with two decimals.

    Examples
    --------
    >>> points(pd.Series([0.25, 0.1]), pd.Series([0.2, None])).tolist()
    [5.0, nan]
    """
    step = 100 * (probability.to_numpy(dtype=np.float64) - previous.to_numpy(dtype=np.float64))
    return np.round(step, 2) + 0.0


def better_of(
    scores: pd.DataFrame, before: pd.DataFrame, listed: pd.Series, tonight: Places | None = None
) -> pd.DataFrame:
    """Find who of the list before got better, those who fell furthest first; ties fall by ``customer_id``.

    Who is no longer scored (left, or gave notice) did not get better and is left out.

    Parameters
    ----------
    scores
        Everyone scored tonight.
    before
        Everyone scored the night before, as the history keeps it.
    listed
        Customers on tonight's list.
    tonight
        Places in ``scores``, where they are known already.

    Examples
    --------
    >>> before = pd.DataFrame(
    ...     {"customer_id": ["a"], "churn_probability": [0.5], "segment": ["high"], "on_list": [True]}
    ... )
    >>> scores = pd.DataFrame({"customer_id": ["a"], "churn_probability": [0.1], "segment": ["low"]})
    >>> better_of(scores, before, pd.Series([], dtype="str"))[["customer_id", "change", "segment"]].values.tolist()
    [['a', -40.0, 'low']]
    """
    stood = before[before["on_list"].fillna(False).astype(bool)]
    place = (tonight or Places(scores["customer_id"])).of(stood["customer_id"])
    stood = stood[place >= 0]
    rows = scores.take(place[place >= 0]).reset_index(drop=True)
    rows = rows.assign(
        previous_probability=stood["churn_probability"].to_numpy(), previous_segment=stood["segment"].to_numpy()
    )
    rows["change"] = points(rows["churn_probability"], rows["previous_probability"])
    off = Places(listed).of(rows["customer_id"]) < 0
    rows = rows[(rows["change"] < 0) | off]
    rows = rows.sort_values(["change", "customer_id"], kind="stable").head(MOST).reset_index(drop=True)
    return rows.assign(change_reason="").reindex(columns=list(BETTER_COLUMNS))
