"""The sample company's own churn probabilities, which no real company has."""

from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from churnrisk.errors import SourceError
from churnrisk.settings import ChurnSettings
from churnrisk.sources.sample import frailty
from churnrisk.sources.sample.calendar import FIRST, Calendar
from churnrisk.sources.sample.life import Outlook
from churnrisk.timeline import horizon_end

FILE = "truth.parquet"


def is_told(churn: ChurnSettings) -> bool:
    """Say whether there is a truth for a definition of churn: contracts, by the day of notice.

    Examples
    --------
    >>> is_told(ChurnSettings(day="notice")), is_told(ChurnSettings(day="end"))
    (True, False)
    """
    return churn.kind == "contract" and churn.day == "notice"


def churn_probability(
    ahead: Outlook, month: int, calendar: Calendar, churn: ChurnSettings, signal: float
) -> np.ndarray:
    """Give the probability that each customer's churn day lies in the horizon that begins at a month's start.

    The frailty is integrated out given all that happened to the customer before. The churn day is uniform within
    its month, so 30 days of a month of 31 hold 30/31 of its churn. Days beyond the month count as if its
    hazard went on.
    """
    cutoff = calendar.name(month)
    first = churn.lead_days
    last = (horizon_end(cutoff, churn.lead_days, churn.horizon) - cutoff).days
    before, within = (_left_by(day, ahead, month, calendar, signal) for day in (first, last))
    return (within - before) / (1 - before)


def _left_by(day: int, ahead: Outlook, month: int, calendar: Calendar, signal: float) -> np.ndarray:
    """Give the probability that the churn day lies before a day, counted from the month's start."""
    whole = 0
    while calendar.start(month + whole + 1) - calendar.start(month) <= day:
        whole += 1
    part = (day - (calendar.start(month + whole) - calendar.start(month))) / calendar.length(month + whole)
    stays, stays_on = (
        frailty.survival(ahead.belief, ahead.voluntary, signal, months) * np.exp(-months * ahead.involuntary)
        for months in (whole, whole + 1)
    )
    return 1 - ((1 - part) * stays + part * stays_on)


def read_truth(folder: Path) -> pd.DataFrame:
    """Read the true churn probabilities of a sample company: customer_id, cutoff, churn_probability.

    Raises
    ------
    SourceError
        When the folder holds none.

    Examples
    --------
    >>> read_truth(Path("no/such"))
    Traceback (most recent call last):
    ...
    churnrisk.errors.SourceError: There is no truth.parquet in no/such. Write the sample company: churnrisk sample
    """
    file = Path(folder) / FILE
    if not file.is_file():
        raise SourceError(f"There is no {FILE} in {folder}. Write the sample company: churnrisk sample")
    return pd.read_parquet(file)


def cutoff_time(month: int, calendar: Calendar) -> np.datetime64:
    """Give a month's start as an instant.

    Examples
    --------
    >>> str(cutoff_time(1, Calendar(24)))
    '2023-08-01T00:00:00.000000'
    """
    return np.datetime64(FIRST + timedelta(days=int(calendar.start(month))), "us")
