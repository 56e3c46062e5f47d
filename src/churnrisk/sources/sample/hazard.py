"""Why customers leave: the hazard at a month's start, from latent states and what is agreed."""

from dataclasses import dataclass

import numpy as np

#: Average monthly rate, and the involuntary part of it; with signal 0 both hold for everyone at every time.
RATE = 0.025
INVOLUNTARY_SHARE = 0.22
#: They make the averages with signal 1 equal to those above.
RATE_CENTRE = -0.3
SHARE_CENTRE = -0.3
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


@dataclass(frozen=True)
class Hazards:
    """Each customer's hazards within one month, the voluntary one for a frailty of 1."""

    voluntary: np.ndarray
    involuntary: np.ndarray


def hazards(at: Standing, calendar_month: int, signal: float) -> Hazards:
    """Give each customer's hazards to leave within the month.

    Parameters
    ----------
    calendar_month
        1 to 12, for the season.
    signal
        1: all of it; 0: the average rate for everyone.
    """
    total = np.exp(np.log(RATE) + signal * _score(at, calendar_month))
    odds = np.log(INVOLUNTARY_SHARE / (1 - INVOLUNTARY_SHARE)) + signal * (SHARE_CENTRE - 1.1 * _ability(at))
    involuntary = total / (1 + np.exp(-odds))
    return Hazards(total - involuntary, involuntary)


def _score(at: Standing, calendar_month: int) -> np.ndarray:
    """Add up what moves the hazard's logarithm.

    Two interactions (low satisfaction near a term's end; a price rise for who needs little) and one threshold
    (who hardly needs the product any more).
    """
    score = RATE_CENTRE - 0.82 * at.need + 0.4 * (at.need < -1.2) - 0.75 * at.satisfaction - 0.8 * _ability(at)
    score += _term(at) + np.array([0.75, 0.0, -0.75])[at.plan]
    score += at.price_rise * (0.5 + 0.5 * (at.need < 0)) + 0.4 * at.downgrade
    score += 0.6 * np.exp(-at.tenure / 10) - 0.7 * at.offer
    return score + 0.03 * np.cos(2 * np.pi * (calendar_month - 1) / 12)


def _term(at: Standing) -> np.ndarray:
    """Who pays yearly leaves seldom far from the term's end, and often near it."""
    near = np.exp(-at.months_to_term / 2.5)
    closeness = -1.1 + near * (2.6 - 0.4 * at.satisfaction) + 0.8 * at.renewal_off
    return np.where(at.yearly, closeness, 0.0)


def _ability(at: Standing) -> np.ndarray:
    """Who has paid a year ahead cannot fail to pay each month."""
    return np.where(at.yearly, 0.4, at.ability)
