"""One block of the sample company from its first month to its last, told table by table."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from churnrisk.settings import ChurnSettings, SampleSettings
from churnrisk.sources.sample import columns, tables
from churnrisk.sources.sample.calendar import Calendar
from churnrisk.sources.sample.company import Company
from churnrisk.sources.sample.found import found
from churnrisk.sources.sample.life import Life, Outlook, outlook
from churnrisk.sources.sample.rows import Rows
from churnrisk.sources.sample.truth import churn_probability, cutoff_time, is_told

#: The tables that grow month by month.
MONTHLY = {
    "usage": tables.usage,
    "engagement": tables.engagement,
    "invoices": tables.invoices,
    "tickets": tables.tickets,
    "surveys": tables.surveys,
    "offers": tables.offers,
}


def simulate(
    first: int, count: int, settings: SampleSettings, churn: ChurnSettings
) -> Iterator[tuple[str, dict[str, np.ndarray] | pa.Table]]:
    """Live through all months with one block of customers, and give its tables piece by piece.

    Parameters
    ----------
    first
        Number of the block's first customer; with the seed it decides every draw.
    count
        Customers in the block.
    """
    calendar = Calendar(settings.months)
    rng = np.random.default_rng([settings.seed, first])
    company = found(first, count, calendar, settings.signal, rng)
    yield "customers", columns.customers(company, calendar.end, rng)
    life = Life(company, settings, calendar, rng, Rows())
    life.rows.earlier_terms(company, calendar)
    life.rows.trials(company, calendar.end)
    for month in range(settings.months):
        ahead = outlook(company, month, calendar, settings.signal)
        if is_told(churn):
            yield "truth", _truth(company, ahead, month, calendar, churn, settings.signal)
        life.leave(month, ahead)
        life.change(month)
        life.start(month)
        company.drift(rng)
        view = tables.Month.of(company, month, calendar, rng)
        for name, show in MONTHLY.items():
            yield name, show(view)
    if is_told(churn):
        ahead = outlook(company, settings.months, calendar, settings.signal)
        yield "truth", _truth(company, ahead, settings.months, calendar, churn, settings.signal)
    life.end()
    yield "subscriptions", columns.subscriptions(life.rows.columns())


def _truth(
    company: Company, ahead: Outlook, month: int, calendar: Calendar, churn: ChurnSettings, signal: float
) -> pa.Table:
    probability = churn_probability(ahead, month, calendar, churn, signal)
    cutoff = pa.array(np.full(len(ahead.who), cutoff_time(month, calendar)))
    drawn = [columns.ids("C", company.number[ahead.who]), cutoff, pa.array(probability)]
    return pa.table(drawn, schema=columns.SCHEMAS["truth"])
