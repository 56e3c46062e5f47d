"""Labels of earlier cutoffs as they stood at a later one: what was found out afterwards is not in them."""

from collections.abc import Sequence
from datetime import date

import pandas as pd

from churnrisk.labels.churned import labels
from churnrisk.presence.spells import presence
from churnrisk.snapshots.build import Workshop
from churnrisk.snapshots.spine import spans, spine
from churnrisk.tables.past import past
from churnrisk.timeline import midnight

#: The tables that say who is a customer; activity tables are named by the pipeline.
READ = {"contract": ("subscriptions",), "recorded": ("customers", "churn_events"), "inactivity": ()}


class KnownLabels:
    """Labels as they were known at one cutoff after the other.

    In hindsight a label can differ: a row reached the company's systems late, or who had given notice stayed after
    all.

    Parameters
    ----------
    days
        Every cutoff of which labels will be asked.
    """

    def __init__(self, workshop: Workshop, days: Sequence[date]) -> None:
        self.workshop = workshop
        self.stood = workshop.standing(sorted(days))

    def at(self, day: date, days: Sequence[date]) -> pd.DataFrame:
        """Give ``customer_id, cutoff, churned`` of earlier cutoffs, as known at a day; empty where left out."""
        workshop, churn = self.workshop, self.workshop.settings.churn
        now = spans([day], churn).select("cutoff")
        names = READ[churn.kind] or tuple(churn.activity or {"usage": True})
        contracts = workshop.tables.contracts
        tables = {name: past(workshop.tables[name], contracts[name], now).drop("cutoff") for name in names}
        spells = workshop.engine.keep(presence(tables, churn, midnight(day)), "presence_as_known")
        stood = self.stood.filter(self.stood.cutoff.isin([midnight(one) for one in days]))
        known = labels(spine(stood, workshop.tables.observed_from), spells, spans(list(days), churn))
        return workshop.engine.rows(known.select("customer_id", "cutoff", "churned"))
