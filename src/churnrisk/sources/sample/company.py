"""The sample company's customers: who they are, how they stand, and what they have agreed."""

from dataclasses import dataclass, fields

import numpy as np

from churnrisk.sources.sample import hazard
from churnrisk.sources.sample.calendar import NONE, Calendar

SIZES = ("1-9", "10-99", "100+")
PLANS = ("starter", "team", "business")
PRICES = np.array([49.0, 149.0, 449.0])
TRIAL_DAYS = 14

#: How much of a state stays from one month to the next.
STAYS = {"need": 0.985, "satisfaction": 0.99, "ability": 0.99}
#: What satisfaction regains each month, on average as much as slow answers and price rises take.
REGAINED = 0.011


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

    def drift(self, rng: np.random.Generator, *, regained: float = REGAINED) -> None:
        """Move the latent states on by one month; each stays about standard normal."""
        for name, stays in STAYS.items():
            state = getattr(self, name)
            noise = rng.standard_normal(len(self)) * np.sqrt(1 - stays**2)
            setattr(self, name, np.clip(stays * state + noise, -3, 3))
        self.satisfaction += regained

    def price(self, who: np.ndarray) -> np.ndarray:
        """Give the list price of some customers' plans, to the cent."""
        by_size = np.array([1.0, 1.25, 1.6])[self.size[who]]
        return np.round(PRICES[self.plan[who]] * by_size * np.exp(0.12 * self.level[who]), 2)
