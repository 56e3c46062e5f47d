"""By which working day a customer should be contacted."""

from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd

from churnrisk.settings import PipelineSettings


def due_days(segments: Sequence[str], settings: PipelineSettings, cutoff: date | None) -> list[date | None]:
    """Give the working day (Monday to Friday) by which each customer is due; empty without a cutoff.

    The list's own day is the first; on a weekend the Monday after it is. Segments beyond ``[team] days`` are due
    with the last of these, and the lowest segment is not due.

    Examples
    --------
    >>> [str(day) for day in due_days(["critical", "high", "low"], PipelineSettings(), date(2025, 7, 4))]
    ['2025-07-04', '2025-07-10', 'None']
    """
    if cutoff is None:
        return [None] * len(segments)
    names, days = settings.segments.names, settings.team.days
    within = {name: days[min(place, len(days) - 1)] for place, name in enumerate(names[:-1])}
    due = {
        name: pd.Timestamp(np.busday_offset(np.datetime64(cutoff), number - 1, roll="forward")).date()
        for name, number in within.items()
    }
    return [due.get(name) for name in segments]
