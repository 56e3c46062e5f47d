"""Where one segment ends and the next begins: by shares, given probabilities, the team's capacity, or profit."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from churnrisk.modeling.profit import campaign
from churnrisk.modeling.released.churn_model import DECIMALS
from churnrisk.settings import PipelineSettings

_STEP = 10.0**-DECIMALS


@dataclass(frozen=True)
class Cut:
    """What a `RiskSegmenter` cuts by, and why.

    Parameters
    ----------
    shares, bounds
        Riskiest shares of the calibration rows, or fixed probabilities: one of the two.
    sentence
        What sets the bounds.
    """

    shares: list[float] | None
    bounds: list[float] | None
    sentence: str


def cut(settings: PipelineSettings, chances: npt.ArrayLike, list_size: float) -> Cut:
    """Choose the bounds of segments as a pipeline asks for.

    Parameters
    ----------
    chances
        Calibrated probabilities of the calibration rows.
    list_size
        How many customers one list holds: the rows of one calibration cutoff.

    Examples
    --------
    >>> asked = PipelineSettings(segments={"names": ["call", "wait"], "capacity": [50]})
    >>> cut(asked, [0.1, 0.2], 1000).shares
    [0.05]
    """
    chosen = settings.segments
    if chosen.by == "bounds":
        return Cut(None, list(chosen.bounds), "The bounds are given in the settings.")
    if chosen.by == "capacity":
        return _by_capacity(settings.reached, list_size)
    found = np.asarray(chances, dtype=np.float64)
    return _by_profit(settings, found) if chosen.by == "profit" else _by_shares(chosen.shares)


def _by_shares(shares: Sequence[float], before: str = "") -> Cut:
    parts = ", ".join(f"{100 * share:g} %" for share in shares)
    said = f"The bounds are the probabilities that the riskiest {parts} of the calibration rows reach."
    return Cut(list(shares), None, f"{before} {said}".strip())


def _by_capacity(reached: Sequence[int], list_size: float) -> Cut:
    """Turn numbers of customers into shares of a list; the last segment keeps at least one customer."""
    most = [list_size - (len(reached) - place) for place in range(len(reached))]
    shares = [min(wanted, free) / list_size for wanted, free in zip(reached, most, strict=True)]
    parts = ", ".join(f"{number:,}" for number in reached)
    said = f"The team reaches {parts} customers of a list of about {list_size:,.0f}: the segments hold these."
    if reached[-1] > most[-1]:
        said += " That is the whole list; who is reached first still matters."
    return Cut(shares, None, said)


def _by_profit(settings: PipelineSettings, chances: np.ndarray) -> Cut:
    """Set the last bound where a contact pays, and divide the customers above it in the proportions of the shares."""
    shares = settings.segments.shares
    offer = campaign(settings.economics)
    if offer is None:
        return _by_shares(
            shares, "By profit, but what a kept customer is worth is not known: set economics.value_kept."
        )
    pays = (
        round(float(np.ceil(offer.worth_contacting / _STEP) * _STEP), DECIMALS) if offer.worth_contacting < 1 else 1.0
    )
    contacted = float((chances >= pays).mean()) if pays < 1 else 0.0
    if not 0 < contacted < 1:
        who = "nobody" if contacted == 0 else "everybody"
        return _by_shares(
            shares, f"A contact pays from {offer.worth_contacting:.1%}: for {who}, so it parts nothing."
        )
    falling = -np.sort(-chances)
    bounds = [pays]
    for share in reversed(shares[:-1]):
        place = max(0, int(np.ceil(share / shares[-1] * contacted * len(falling))) - 1)
        bounds.insert(0, round(max(float(falling[place]), bounds[0] + _STEP), DECIMALS))
    return Cut(
        None,
        bounds,
        f"A contact pays from a churn probability of {offer.worth_contacting:.1%} ({contacted:.1%} of the "
        f"calibration rows): below it lies {settings.segments.names[-1]}, and the segments above divide the rest.",
    )
