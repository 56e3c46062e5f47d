"""The sample company's customers: who they are, how they stand, and what they have agreed."""

from dataclasses import dataclass, fields

import numpy as np

from churnrisk.sources.sample import frailty, hazard
from churnrisk.sources.sample.calendar import NEVER, NONE, Calendar

SIZES = ("1-9", "10-99", "100+")
PLANS = ("starter", "team", "business")
PRICES = np.array([49.0, 149.0, 449.0])
#: Share of customers that started before the first day of data.
BEFORE_SHARE = 0.55
TRIAL_DAYS = 14

#: How much of a state stays from one month to the next.
STAYS = {"need": 0.95, "satisfaction": 0.95, "ability": 0.95}


@dataclass
class Company:
    """A block of customers; every field holds one value a customer.

    Parameters
    ----------
    number
        Counts customers over all blocks, from 0.
    first_paid, first_service
        Days of the first paid day and, where a trial comes before it, of the trial's first; ``NEVER``: only a trial.
    paid_from, service_from, service_to
        Days of the running (or last) stay.
    leaving
        Whether the running stay's end is agreed or past.
    returns_on
        Day of the next stay, after a churn.
    row_start, term_end
        First day of the running subscription row, and its term's end.
    stay
        Counts a customer's subscriptions, from 0.
    risen_in, downgraded_in, offered_in
        Months of the last price rise, downgrade and accepted offer.
    belief
        Weights of the frailties, given all that has happened to the customer.
    """

    number: np.ndarray
    size: np.ndarray
    yearly: np.ndarray
    level: np.ndarray
    need: np.ndarray
    satisfaction: np.ndarray
    ability: np.ndarray
    frailty: np.ndarray
    belief: np.ndarray
    plan: np.ndarray
    mrr: np.ndarray
    first_paid: np.ndarray
    first_service: np.ndarray
    paid_from: np.ndarray
    service_from: np.ndarray
    service_to: np.ndarray
    leaving: np.ndarray
    returns_on: np.ndarray
    row_start: np.ndarray
    term_end: np.ndarray
    auto_renew: np.ndarray
    renewal_off_at: np.ndarray
    stay: np.ndarray
    risen_in: np.ndarray
    downgraded_in: np.ndarray
    offered_in: np.ndarray
    unsubscribed: np.ndarray

    def __len__(self) -> int:
        return len(self.number)

    def check(self) -> None:
        """Raise if the fields do not hold one value a customer each."""
        uneven = [field.name for field in fields(self) if len(getattr(self, field.name)) != len(self)]
        if uneven:
            raise ValueError(f"each field should hold {len(self)} values; these do not: {', '.join(uneven)}.")

    def at_risk(self, day: int) -> np.ndarray:
        """Mark who is a paying customer at a day's start, and has given no notice."""
        return (self.paid_from < day) & ~self.leaving

    def standing(self, month: int, calendar: Calendar) -> hazard.Standing:
        """Say how customers stand at a month's start."""

        def lately(since: np.ndarray) -> np.ndarray:
            return (since < month) & (since >= month - hazard.LASTING)

        to_term = calendar.month_of(np.minimum(self.term_end, calendar.start(calendar.months + 24))) - month
        return hazard.Standing(
            need=self.need,
            satisfaction=self.satisfaction,
            ability=self.ability,
            yearly=self.yearly,
            months_to_term=np.where(self.yearly, np.clip(to_term, 0, 99), 99),
            renewal_off=self.renewal_off_at != NONE,
            plan=self.plan,
            tenure=np.maximum(calendar.start(month) - self.paid_from, 0) / 30.4,
            price_rise=lately(self.risen_in),
            downgrade=lately(self.downgraded_in),
            offer=lately(self.offered_in),
        )

    def drift(self, rng: np.random.Generator) -> None:
        """Move the latent states on by one month; each stays about standard normal."""
        for name, stays in STAYS.items():
            state = getattr(self, name)
            noise = rng.standard_normal(len(self)) * np.sqrt(1 - stays**2)
            setattr(self, name, np.clip(stays * state + noise, -3, 3))

    def price(self, who: np.ndarray) -> np.ndarray:
        """Give the list price of some customers' plans, to the cent."""
        by_size = np.array([1.0, 1.25, 1.6])[self.size[who]]
        return np.round(PRICES[self.plan[who]] * by_size * np.exp(0.12 * self.level[who]), 2)


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
    size = rng.choice(3, count, p=[0.55, 0.32, 0.13])
    plan = np.clip(size + rng.choice([-1, 0, 1], count, p=[0.15, 0.65, 0.2]), 0, 2)
    paid, service = _starts(count, calendar, rng)
    known = np.maximum(-paid, 0) / 30.4 * hazard.VOLUNTARY_RATE
    belief = frailty.belief(known, signal)
    none, never = np.full(count, NONE), np.full(count, NEVER)
    company = Company(
        number=np.arange(first, first + count),
        size=size,
        yearly=rng.random(count) < np.array([0.22, 0.35, 0.5])[size],
        level=rng.standard_normal(count),
        need=rng.standard_normal(count),
        satisfaction=rng.standard_normal(count),
        ability=rng.standard_normal(count),
        frailty=frailty.draw(belief, rng),
        belief=belief,
        plan=plan,
        mrr=np.zeros(count),
        first_paid=paid,
        first_service=service,
        paid_from=never.copy(),
        service_from=service.copy(),
        service_to=np.where(paid == NEVER, service + TRIAL_DAYS, NEVER),
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
    company.mrr = company.price(np.arange(count))
    _begin_those_from_before(company, calendar)
    company.check()
    return company


def _starts(count: int, calendar: Calendar, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Draw first paid and first service days; a day of month above 28 is moved to the 28th."""
    before = rng.random(count) < BEFORE_SHARE
    back = np.clip(rng.exponential(20, count), 0, 70).astype(int) + 1
    ahead = rng.integers(0, calendar.months, count)
    paid = calendar.start(np.where(before, -back, ahead)) + rng.integers(0, 28, count)
    trial = rng.random(count) < 0.35
    converts = before | (rng.random(count) < 0.8) | ~trial
    service = np.where(trial, paid - TRIAL_DAYS, paid)
    return np.where(converts, paid, NEVER), service


def _begin_those_from_before(company: Company, calendar: Calendar) -> None:
    old = np.flatnonzero(company.first_paid < 0)
    company.paid_from[old] = company.first_paid[old]
    company.row_start[old] = company.first_paid[old]
    yearly = old[company.yearly[old]]
    start_month = calendar.month_of(company.first_paid[yearly])
    day = company.first_paid[yearly] - calendar.start(start_month)
    terms = -start_month // 12
    row_month = start_month + 12 * np.where(calendar.start(start_month + 12 * terms) + day >= 0, terms - 1, terms)
    company.row_start[yearly] = calendar.start(row_month) + day
    company.term_end[yearly] = calendar.start(row_month + 12) + day
