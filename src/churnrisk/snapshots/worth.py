"""What each customer at risk was worth at past cutoffs, as it was known then."""

from collections.abc import Sequence
from datetime import date

import pandas as pd

from churnrisk.presence.standing import AT_RISK
from churnrisk.snapshots.build import Workshop


def worth(workshop: Workshop, days: Sequence[date]) -> pd.DataFrame:
    """Give ``customer_id, cutoff, mrr`` of the customers at risk at some cutoffs; MRR is empty where unknown."""
    frames = []
    for day in days:
        stood = workshop.standing([day])
        rows = stood.filter(stood.state == AT_RISK).select("customer_id", "cutoff", "mrr")
        frames.append(workshop.engine.rows(rows.order_by("customer_id")))
    found = pd.concat(frames, ignore_index=True)
    return found.assign(mrr=found["mrr"].astype("float64"))
