"""Why customers leave: the hazard at a month's start, from latent states and what is agreed."""

from dataclasses import dataclass

import numpy as np

#: Average monthly rates; with signal 0 they hold for everyone at every time.
VOLUNTARY_RATE = 0.0205
INVOLUNTARY_RATE = 0.0055
#: They make the average with signal 1 equal to the rates above.
VOLUNTARY_CENTRE = -0.95
INVOLUNTARY_CENTRE = -0.6
#: Months for which a price rise, a downgrade and an accepted offer work on.
LASTING = 3


@dataclass(frozen=True)
class Standing:
    """How each customer stands at a month's start: one value a customer in every field.

    Parameters
    ----------
    need, satisfaction, ability
        Latent states, about standard normal.
    months_to_term
        Months until the term's end, 0 in its own month; 99 where there is no term.
    tenure
        Months since the first paid day.
    renewal_off
        Whether automatic renewal was switched off.
    price_rise, downgrade, offer
        Whether one happened in the last three months (an offer: was accepted).
    """

    need: np.ndarray
    satisfaction: np.ndarray
    ability: np.ndarray
    yearly: np.ndarray
    months_to_term: np.ndarray
    renewal_off: np.ndarray
    plan: np.ndarray
    tenure: np.ndarray
    price_rise: np.ndarray
    downgrade: np.ndarray
    offer: np.ndarray


def voluntary(at: Standing, calendar_month: int, signal: float) -> np.ndarray:
    """Give each customer's hazard to give notice within the month, for a frailty of 1.

    Two interactions (low satisfaction near a term's end; a price rise for who needs little) and one threshold
    (who hardly needs the product any more).
    """
    near = at.months_to_term <= 2
    score = VOLUNTARY_CENTRE - 0.72 * at.need + 0.5 * (at.need < -1.2) - 0.55 * at.satisfaction
    score += _term(at, near) + np.array([0.3, 0.0, -0.35])[at.plan]
    score += at.price_rise * (0.4 + 0.5 * (at.need < 0)) + 0.4 * at.downgrade
    score += 0.6 * np.exp(-at.tenure / 5) - 0.7 * at.offer
    score += 0.05 * np.cos(2 * np.pi * (calendar_month - 1) / 12)
    return np.exp(np.log(VOLUNTARY_RATE) + signal * score)


def _term(at: Standing, near: np.ndarray) -> np.ndarray:
    by_month = np.array([0.9, 1.4, 0.6])[np.minimum(at.months_to_term, 2)]
    closeness = np.where(near, by_month + 0.9 * at.renewal_off - 0.35 * at.satisfaction, -1.0)
    return np.where(at.yearly, closeness, 0.0)


def involuntary(at: Standing, signal: float) -> np.ndarray:
    """Give each customer's hazard that payment fails for good within the month."""
    score = INVOLUNTARY_CENTRE - 1.15 * at.ability + np.where(at.yearly, -1.5, 0.35)
    return np.exp(np.log(INVOLUNTARY_RATE) + signal * score)
