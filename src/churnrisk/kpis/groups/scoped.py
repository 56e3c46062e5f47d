"""The part of the company that groups look at."""

from collections.abc import Sequence
from datetime import date

import ibis
import ibis.expr.types as ir
import pandas as pd

from churnrisk.kpis.ledger import Ledger, splits_of
from churnrisk.kpis.periods import lay_periods
from churnrisk.kpis.scope import refuse_nobody
from churnrisk.snapshots.build import Workshop
from churnrisk.timeline import midnight


def in_scope(workshop: Workshop, days: Sequence[date]) -> ir.Table:
    """Give ``customer_id`` and ``cutoff`` of those within ``[scope]`` at the start of each cutoff's month.

    As with key figures, what a customer is within a month is what it was at the month's start.

    Raises
    ------
    SettingsError
        When the scope names what does not exist, or keeps nobody.
    """
    churn, tables = workshop.settings.churn, workshop.tables
    first = min(days).replace(day=1)
    months = lay_periods("month", midnight(first), max(tables.complete_to, midnight(first)), churn.bridging_days)
    ledger = Ledger(workshop, months)
    refuse_nobody(ledger.every_run, ledger.scope, splits_of(workshop), workshop.engine)
    passed = [(day.year - first.year) * 12 + day.month - first.month for day in days]
    cutoffs = pd.to_datetime([midnight(day) for day in days]).astype("datetime64[us]")
    at = ibis.memtable(pd.DataFrame({"cutoff": cutoffs, "number": passed}))
    runs = ledger.runs
    held = runs.inner_join(at, [runs["first"] <= at.number, runs["last"] >= at.number])
    return held.select("customer_id", "cutoff").distinct()
