"""Founding a block of customers: those of the first day, already long settled, and those still to come."""

import numpy as np

from churnrisk.sources.sample import frailty, hazard
from churnrisk.sources.sample.calendar import NEVER, NONE, Calendar
from churnrisk.sources.sample.company import PRICES, STAYS, TRIAL_DAYS, Company

#: Share of customers that started before the first day of data.
BEFORE_SHARE = 0.55
#: Months lived through before the first day, so that it shows a company long settled.
SETTLING = 72


def found(first: int, count: int, calendar: Calendar, signal: float, rng: np.random.Generator) -> Company:
    """Draw a block of customers, those from before the first day already in their stays.

    Parameters
    ----------
    first
        Number of the block's first customer.
    count
        Customers in the block.

    Examples
    --------
    >>> company = found(0, 1000, Calendar(24), 1.0, np.random.default_rng(1))
    >>> bool(500 < (company.paid_from < 0).sum() < 600)
    True
    """
    company = _newcomers(first, count, rng)
    before = rng.random(count) < BEFORE_SHARE
    _settle(company, np.flatnonzero(before), calendar, signal, rng)
    _plan_starts(company, np.flatnonzero(~before), calendar, rng)
    trial = rng.random(count) < 0.35
    converts = before | ~trial | (rng.random(count) < 0.8)
    company.first_service = np.where(trial, company.first_paid - TRIAL_DAYS, company.first_paid)
    company.service_from = company.first_service.copy()
    company.service_to = np.where(converts, NEVER, company.first_paid)
    company.first_paid = np.where(converts, company.first_paid, NEVER)
    company.mrr = company.price(np.arange(count))
    company.check()
    return company


def _newcomers(first: int, count: int, rng: np.random.Generator) -> Company:
    size = rng.choice(3, count, p=[0.55, 0.32, 0.13])
    none, never = np.full(count, NONE), np.full(count, NEVER)
    return Company(
        number=np.arange(first, first + count),
        size=size,
        yearly=rng.random(count) < np.array([0.22, 0.35, 0.5])[size],
        level=rng.standard_normal(count),
        need=rng.standard_normal(count),
        satisfaction=rng.standard_normal(count),
        ability=rng.standard_normal(count),
        frailty=frailty.draw(frailty.even(count), rng),
        belief=frailty.even(count),
        plan=np.clip(size + rng.choice([-1, 0, 1], count, p=[0.15, 0.65, 0.2]), 0, len(PRICES) - 1),
        mrr=np.zeros(count),
        first_paid=never.copy(),
        first_service=never.copy(),
        paid_from=never.copy(),
        service_from=never.copy(),
        service_to=never.copy(),
        leaving=np.zeros(count, bool),
        returns_on=never.copy(),
        row_start=none.copy(),
        term_end=never.copy(),
        auto_renew=np.ones(count, bool),
        renewal_off_at=none.copy(),
        stay=np.zeros(count, int),
        risen_in=none.copy(),
        downgraded_in=none.copy(),
        offered_in=none.copy(),
        unsubscribed=np.zeros(count, bool),
    )


def _settle(company: Company, old: np.ndarray, calendar: Calendar, signal: float, rng: np.random.Generator) -> None:
    """Let the customers of the first day live through the months before it; new ones replace who leaves."""
    start = -rng.integers(1, SETTLING + 1, len(old))
    day = rng.integers(0, 28, len(old))
    for month in range(-SETTLING, 0):
        here = start < month
        who = old[here]
        company.paid_from[old] = calendar.start(start) + day
        company.term_end[who] = _term_end(company.paid_from[who], month, calendar)
        ahead = hazard.hazards(company.standing(month, calendar), calendar.name(month).month, signal)
        stays_unseen = np.exp(-(company.frailty[who] ** signal) * ahead.voluntary[who] - ahead.involuntary[who])
        gone = rng.random(len(who)) > stays_unseen
        company.belief[who] = frailty.updated(
            company.belief[who], ahead.voluntary[who], signal, np.zeros(len(who), bool)
        )
        start[np.flatnonzero(here)[gone]] = month
        _replace(company, who[gone], rng)
        company.drift(rng, regained=0)
    company.first_paid[old] = company.paid_from[old] = calendar.start(start) + day
    _begin_rows(company, old, calendar)


def _replace(company: Company, who: np.ndarray, rng: np.random.Generator) -> None:
    fresh = _newcomers(0, len(who), rng)
    for name in (*STAYS, "size", "yearly", "level", "frailty", "belief", "plan"):
        getattr(company, name)[who] = getattr(fresh, name)


def _term_end(paid_from: np.ndarray, month: int, calendar: Calendar) -> np.ndarray:
    """Give the end of the yearly term that runs at a month's start."""
    first = calendar.month_of(paid_from)
    day = paid_from - calendar.start(first)
    terms = (month - 1 - first) // 12 + 1
    return calendar.start(first + 12 * terms) + day


def _begin_rows(company: Company, old: np.ndarray, calendar: Calendar) -> None:
    company.row_start[old] = company.paid_from[old]
    company.term_end[:] = NEVER
    yearly = old[company.yearly[old]]
    company.term_end[yearly] = _term_end(company.paid_from[yearly], 0, calendar)
    ends_in = calendar.month_of(company.term_end[yearly])
    day = company.term_end[yearly] - calendar.start(ends_in)
    company.row_start[yearly] = calendar.start(ends_in - 12) + day


def _plan_starts(company: Company, who: np.ndarray, calendar: Calendar, rng: np.random.Generator) -> None:
    """Draw first paid days after the first day, on days 1 to 28 of their months."""
    month = rng.integers(0, calendar.months, len(who))
    company.first_paid[who] = calendar.start(month) + rng.integers(0, 28, len(who))
