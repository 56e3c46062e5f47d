"""What contacting the riskiest customers brings: expected maximum profit, and the share of customers to contact."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import roots_jacobi

from churnrisk.errors import ModelError
from churnrisk.modeling.metrics import Array
from churnrisk.settings import EconomicsSettings

_NODES = 40


@dataclass(frozen=True)
class Campaign:
    """What it brings and costs to contact customers with an offer (Verbraken, Verbeke, Baesens 2013).

    A churner who is contacted stays with the chance to accept: that keeps the value and costs the offer. Somebody who
    would have stayed anyway takes the offer, too. Every contact costs its price.

    Parameters
    ----------
    value_kept
        What a customer who stays is worth.
    cost_of_contact
        What contacting one customer costs.
    cost_of_offer
        What the offer costs for each customer who takes it.
    chance_to_accept
        Share of churners who stay for the offer: one number, or the two parameters of a beta distribution.

    Examples
    --------
    >>> offer = Campaign(value_kept=200, cost_of_contact=1, cost_of_offer=10, chance_to_accept=0.3)
    >>> round(offer.worth_contacting, 4), round(offer.mean_chance, 2)
    (0.1642, 0.3)
    """

    value_kept: float
    cost_of_contact: float
    cost_of_offer: float
    chance_to_accept: float | tuple[float, float]

    @property
    def mean_chance(self) -> float:
        """The mean chance to accept."""
        if isinstance(self.chance_to_accept, tuple):
            return self.chance_to_accept[0] / sum(self.chance_to_accept)
        return self.chance_to_accept

    @property
    def worth_contacting(self) -> float:
        """The churn probability at which contacting a customer brings as much as it costs; above 1 nobody is."""
        gain = self.mean_chance * (self.value_kept - self.cost_of_offer)
        cost = self.cost_of_contact + self.cost_of_offer
        return cost / (gain + self.cost_of_offer) if gain + self.cost_of_offer > 0 else np.inf

    def point(self, churned: Array, churn_probability: Array) -> dict[str, float]:
        """Give both numbers for one model, by the library empulse; by hand where its curve is not defined."""
        if self.value_kept <= self.cost_of_offer or not 0 < churned.sum() < len(churned):
            caught = np.concatenate([[0], np.cumsum(churned[np.argsort(-churn_probability, kind="stable")])])
            found = self.resampled(np.arange(len(churned) + 1)[None, :], caught[None, :])
            return {name: float(value[0]) for name, value in found.items()}
        metric, terms = _metric(self.chance_to_accept)
        terms |= {"clv": self.value_kept, "incentive_cost": self.cost_of_offer, "contact_cost": self.cost_of_contact}
        labels = churned.astype(np.int64)
        return {
            "expected_maximum_profit": float(metric(labels, churn_probability, **terms)),
            "profit_best_share": float(metric.optimal_rate(labels, churn_probability, **terms)),
        }

    def resampled(self, rows: npt.NDArray[np.integer], churners: npt.NDArray[np.integer]) -> dict[str, Array]:
        """Give both numbers on each resample.

        Parameters
        ----------
        rows, churners
            One line a resample: how many rows, and churners, stand in the riskiest part, from none to all.

        Examples
        --------
        >>> offer = Campaign(value_kept=200, cost_of_contact=1, cost_of_offer=10, chance_to_accept=0.5)
        >>> found = offer.resampled(np.array([[0, 1, 4]]), np.array([[0, 1, 1]]))
        >>> found["expected_maximum_profit"].tolist(), found["profit_best_share"].tolist()
        ([23.5], [0.25])
        """
        left = churners.astype(np.float64)
        stay = rows - left
        total = np.maximum(rows[:, -1], 1)
        lost = self.cost_of_contact * left + (self.cost_of_contact + self.cost_of_offer) * stay
        best, share = np.zeros(len(rows)), np.zeros(len(rows))
        each = np.arange(len(rows))
        for chance, weight in zip(*self._chances, strict=True):
            profit = chance * (self.value_kept - self.cost_of_offer) * left - lost
            place = profit.argmax(axis=1)
            best += weight * profit[each, place]
            share += weight * rows[each, place]
        return {"expected_maximum_profit": best / total, "profit_best_share": share / total}

    @cached_property
    def _chances(self) -> tuple[Array, Array]:
        """Chances to accept with their weights: Gauss-Jacobi nodes of the beta distribution, or the one number."""
        if not isinstance(self.chance_to_accept, tuple):
            return np.array([self.chance_to_accept]), np.ones(1)
        accepts, refuses = self.chance_to_accept
        nodes, weights = roots_jacobi(_NODES, refuses - 1, accepts - 1)
        return (nodes + 1) / 2, weights / weights.sum()


def campaign(economics: EconomicsSettings) -> Campaign | None:
    """Read a campaign from the settings; None where they do not give one.

    Examples
    --------
    >>> costs = {"cost_of_contact": 1, "cost_of_offer": 10, "chance_to_accept": 0.3}
    >>> campaign(EconomicsSettings(**costs)), campaign(EconomicsSettings(value_kept=600, **costs)).value_kept
    (None, 600.0)
    """
    value, contact, offer = economics.value_kept, economics.cost_of_contact, economics.cost_of_offer
    if value is None or contact is None or offer is None or economics.chance_to_accept is None:
        return None
    return Campaign(value, contact, offer, economics.chance_to_accept)


def profit_sentence(economics: EconomicsSettings) -> str:
    """Say on what the profit rests, or what to set to see it.

    Examples
    --------
    >>> profit_sentence(EconomicsSettings(value_kept=600, cost_of_contact=1))
    'Profit is not shown: set cost_of_offer, chance_to_accept in [economics].'
    """
    found = campaign(economics)
    if found is None:
        missing = [*economics.missing, *(["value_kept"] if economics.value_kept is None else [])]
        return f"Profit is not shown: set {', '.join(missing)} in [economics]."
    chance = found.chance_to_accept
    accepts = f"{found.mean_chance:.0%}"
    if isinstance(chance, tuple):
        accepts += f" (beta({chance[0]:g}, {chance[1]:g}))"
    return (
        f"Profit per customer: a customer kept is worth {found.value_kept:,.2f}, a contact costs "
        f"{found.cost_of_contact:,.2f}, an offer {found.cost_of_offer:,.2f}; {accepts} of churners accept, and "
        "everybody else who is contacted takes the offer. A contact pays from a churn probability of "
        f"{found.worth_contacting:.1%}."
    )


def _metric(chance: float | tuple[float, float]) -> tuple[Any, dict[str, float]]:
    """Take the metric from the library; its import takes seconds, so it happens here."""
    try:
        from empulse.metrics import empc_score, mpc_score
    except ImportError as missing:
        raise ModelError("Profit needs one more package: pip install empulse") from missing
    if isinstance(chance, tuple):
        return empc_score, {"alpha": chance[0], "beta": chance[1]}
    return mpc_score, {"accept_rate": chance}
