"""Why a rate changed: the change between two periods split exactly into mix and rate, part by part.

The way is Kitagawa's symmetric one (1955): a part's rate effect is its mean share times the change of its rate; its
mix effect is the change of its share times how far its mean rate lies above the mean of the two whole rates. All
effects add up to the change; there is no interaction left over.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import special

from churnrisk.kpis.holm import holm

Array = npt.NDArray[Any]

#: A part with fewer customers than this in one of the two periods is too small to be spoken of.
SMALL = 30
#: How often chance alone may make something count as beyond chance.
LEVEL = 0.05
#: Half the width of a 95 % interval, in standard errors.
Z = 1.959963984540054


@dataclass(frozen=True)
class Change:
    """The change of one rate between two periods, as shares of 1.

    Parameters
    ----------
    before, after
        The two rates.
    low, high
        The 95 % interval of the change.
    p
        How often chance alone would change the rate by at least so much.
    """

    before: float
    after: float
    low: float
    high: float
    p: float

    @property
    def difference(self) -> float:
        """The later rate less the earlier one."""
        return self.after - self.before

    @property
    def beyond_chance(self) -> bool:
        """Whether chance alone would move the rate so much less than 1 time in 20."""
        return self.p < LEVEL


@dataclass(frozen=True)
class Decomposition:
    """A change broken down exactly by one split.

    Parameters
    ----------
    split
        What the parts are parts of, as plan.
    parts
        One row a part, the largest effects first: ``value, customers_before, customers_after, share_before,
        share_after, rate_before, rate_after``, then for ``rate`` and ``mix`` the ``_effect`` with ``_low, _high, _p``
        and ``_beyond_chance``; ``small``. Effects add up to the change.
    whole
        The same for all parts together: ``rate_effect, rate_low, rate_high, mix_effect, mix_low, mix_high``.
    uneven_p
        How often chance alone would let the parts' rates change so differently from one another.
    """

    split: str
    parts: pd.DataFrame
    whole: dict[str, float]
    uneven_p: float

    @property
    def explained(self) -> float:
        """How much of the change lies in mix, or in parts that did not move as the others did.

        What happens to all parts alike is explained by no split; what chance makes so is not counted.
        """
        mix = abs(self.whole["mix_effect"]) if self.whole["mix_low"] * self.whole["mix_high"] > 0 else 0.0
        if not self.uneven_p < LEVEL:
            return mix
        weight = (self.parts["share_before"] + self.parts["share_after"]) / 2
        alike = weight * self.whole["rate_effect"] / max(float(weight.sum()), 1e-12)
        return mix + float((self.parts["rate_effect"] - alike).abs().sum()) / 2


def effects(counts: Sequence[Array]) -> dict[str, Array]:
    """Split a change into each part's rate and mix effect; any numbers will do, fractions stay exact.

    Parameters
    ----------
    counts
        Numerators and denominators of the earlier period, then of the later: one number a part in each.

    Returns
    -------
    Shares and rates of both periods, ``rate_effect`` and ``mix_effect``. A part that is empty in one period has no
    rate there and takes that of the other: its effect is all mix. What stands over a denominator of 0 (a customer
    who paid nothing and pays more now) counts as rate.

    Examples
    --------
    >>> found = effects([np.array([10, 2]), np.array([400, 600]), np.array([20, 1]), np.array([500, 500])])
    >>> found["rate_effect"].round(6).tolist(), found["mix_effect"].round(6).tolist()
    ([0.00675, -0.000733], [0.0016, 0.001383])
    >>> round(float(found["rate_effect"].sum() + found["mix_effect"].sum()), 6), 21 / 1000 - 12 / 1000
    (0.009, 0.009000000000000001)
    """
    top_0, under_0, top_1, under_1 = counts
    whole_0, whole_1 = under_0.sum(), under_1.sum()
    share_0, share_1 = under_0 / whole_0, under_1 / whole_1
    empty_0, empty_1 = under_0 == 0, under_1 == 0
    one = under_0 - under_0 + 1
    rate_0 = np.where(empty_0, 0, top_0) / np.where(empty_0, one, under_0)
    rate_1 = np.where(empty_1, 0, top_1) / np.where(empty_1, one, under_1)
    rate_0, rate_1 = np.where(empty_0, rate_1, rate_0), np.where(empty_1, rate_0, rate_1)
    stray = np.where(empty_1, top_1, 0) / whole_1 - np.where(empty_0, top_0, 0) / whole_0
    middle = (top_0.sum() / whole_0 + top_1.sum() / whole_1) / 2
    return {
        "share_before": share_0,
        "share_after": share_1,
        "rate_before": rate_0,
        "rate_after": rate_1,
        "rate_effect": (share_0 + share_1) / 2 * (rate_1 - rate_0) + stray,
        "mix_effect": (share_1 - share_0) * ((rate_0 + rate_1) / 2 - middle),
    }


def total_change(before: pd.DataFrame, after: pd.DataFrame) -> Change:
    """Give the change of a whole rate with its interval, and how often chance alone would do that.

    Parameters
    ----------
    before, after
        One row a part: ``numerator, denominator, spread`` (the variance of the numerator; empty where the numerator
        counts customers: then it is binomial).

    Examples
    --------
    >>> rows = [{"numerator": left, "denominator": 1000, "spread": None} for left in (20, 40)]
    >>> found = total_change(pd.DataFrame(rows[:1]), pd.DataFrame(rows[1:]))
    >>> round(found.difference, 6), round(found.p, 3)
    (0.02, 0.009)
    """
    tops = [float(rows["numerator"].sum()) for rows in (before, after)]
    unders = [float(rows["denominator"].sum()) for rows in (before, after)]
    rates = [top / under for top, under in zip(tops, unders, strict=True)]
    variances = [float(_whole_variance(rows)) for rows in (before, after)]
    error = float(np.sqrt(sum(variances)))
    difference = rates[1] - rates[0]
    if before["spread"].isna().all() and after["spread"].isna().all():
        p = _two_counts(round(tops[0]), round(unders[0]), round(tops[1]), round(unders[1]))
    else:
        p = float(2 * special.ndtr(-abs(difference) / error)) if error else 1.0
    return Change(rates[0], rates[1], difference - Z * error, difference + Z * error, p)


def decompose(split: str, before: pd.DataFrame, after: pd.DataFrame) -> Decomposition:
    """Split the change of a rate between two periods exactly into mix and rate, by the parts of one split.

    Who was there is counted, not estimated: shares are taken as they are, and the intervals speak of chance in who
    left. Whether an effect is beyond chance is judged with all effects of the split in mind (Holm).

    Parameters
    ----------
    before, after
        One row a part: ``value, customers, numerator, denominator, spread`` (see :func:`total_change`).

    Examples
    --------
    >>> columns = ["value", "customers", "numerator", "denominator", "spread"]
    >>> before = pd.DataFrame([["basic", 4000, 120, 4000, None], ["pro", 6000, 60, 6000, None]], columns=columns)
    >>> after = pd.DataFrame([["basic", 5000, 220, 5000, None], ["pro", 5000, 50, 5000, None]], columns=columns)
    >>> found = decompose("plan", before, after).parts.round(4)
    >>> found[["value", "rate_effect", "mix_effect", "rate_beyond_chance"]].to_dict("records")[0]
    {'value': 'basic', 'rate_effect': 0.0063, 'mix_effect': 0.0014, 'rate_beyond_chance': True}
    """
    both = before.merge(after, on="value", how="outer", suffixes=("_before", "_after"))
    for name in ("customers", "numerator", "denominator"):
        for when in ("before", "after"):
            both[f"{name}_{when}"] = both[f"{name}_{when}"].astype("float64").fillna(0.0)
    used = both[["numerator_before", "denominator_before", "numerator_after", "denominator_after"]]
    both = both[(used != 0).any(axis=1)].reset_index(drop=True)
    columns = [both[name].to_numpy(dtype=np.float64) for name in used.columns]
    found = pd.DataFrame(effects(columns))
    noise = np.column_stack([_variance(both, when) for when in ("before", "after")])
    parts = pd.concat([both[["value", "customers_before", "customers_after"]], found], axis=1)
    parts = parts.astype({"customers_before": "int64", "customers_after": "int64"})
    parts["small"] = parts[["customers_before", "customers_after"]].min(axis=1) < SMALL
    whole = _with_intervals(parts, noise)
    uneven = _uneven_p(parts, noise)
    for when in ("before", "after"):
        parts.loc[both[f"denominator_{when}"] == 0, f"rate_{when}"] = np.nan
    largest = parts[["rate_effect", "mix_effect"]].abs().max(axis=1)
    order = pd.DataFrame({"largest": -largest, "value": parts["value"].astype(str)}).sort_values(["largest", "value"])
    return Decomposition(split, parts.loc[order.index].reset_index(drop=True), whole, uneven)


def _with_intervals(parts: pd.DataFrame, noise: Array) -> dict[str, float]:
    """Add intervals and chance to the effects of each part, and give those of all parts together.

    Every effect is linear in the parts' rates once shares are given: its error is that of a weighted sum.
    """
    shares = parts[["share_before", "share_after"]].to_numpy()
    weight, moved, count = shares.mean(axis=1), shares[:, 1] - shares[:, 0], len(parts)
    ones = np.eye(count)
    by_rate = np.stack([np.diag(-weight), np.diag(weight)], axis=2)
    by_mix = moved[:, None, None] * (ones[:, :, None] - shares[None, :, :]) / 2
    whole: dict[str, float] = {}
    for kind, weights in (("rate", by_rate), ("mix", by_mix)):
        effect = parts[f"{kind}_effect"].to_numpy()
        error = np.sqrt((weights**2 * noise).sum(axis=(1, 2)))
        parts[f"{kind}_low"], parts[f"{kind}_high"] = effect - Z * error, effect + Z * error
        parts[f"{kind}_p"] = _chance(effect, error)
        total, off = float(effect.sum()), float(np.sqrt((weights.sum(axis=0) ** 2 * noise).sum()))
        whole |= {f"{kind}_effect": total, f"{kind}_low": total - Z * off, f"{kind}_high": total + Z * off}
    judged = np.concatenate([parts[f"{kind}_p"].where(~parts["small"], 1.0) for kind in ("rate", "mix")])
    beyond = holm(judged) < LEVEL
    parts["rate_beyond_chance"], parts["mix_beyond_chance"] = beyond[:count], beyond[count:]
    return whole


def _chance(effect: Array, error: Array) -> Array:
    score = np.divide(np.abs(effect), error, out=np.zeros_like(effect), where=error > 0)
    return np.asarray(2 * special.ndtr(-score))


def _uneven_p(parts: pd.DataFrame, noise: Array) -> float:
    """Say how often chance alone would let the rates of the parts that are large enough change so differently."""
    large = (~parts["small"] & (noise.sum(axis=1) > 0)).to_numpy()
    if large.sum() < 2:
        return 1.0
    moved = (parts["rate_after"] - parts["rate_before"]).to_numpy()[large]
    trust = 1 / noise.sum(axis=1)[large]
    common = (trust * moved).sum() / trust.sum()
    return float(special.chdtrc(large.sum() - 1, (trust * (moved - common) ** 2).sum()))


def _variance(both: pd.DataFrame, when: str) -> Array:
    """Give the variance of each part's rate in one period; 0 where the part is empty."""
    top, under, spread = (
        both[f"{name}_{when}"].to_numpy(dtype=np.float64, na_value=np.nan)
        for name in ("numerator", "denominator", "spread")
    )
    shrunk = np.clip((top + 0.5) / (under + 1), 0, 1)
    binomial = np.divide(shrunk * (1 - shrunk), under, out=np.zeros_like(under), where=under > 0)
    given = np.divide(spread, under**2, out=np.zeros_like(under), where=under > 0)
    return np.where(np.isnan(spread), binomial, given)


def _whole_variance(rows: pd.DataFrame) -> float:
    """Give the variance of the whole rate."""
    top, under = float(rows["numerator"].sum()), float(rows["denominator"].sum())
    if rows["spread"].notna().any():
        return float(rows["spread"].astype("float64").sum()) / under**2
    shrunk = (top + 0.5) / (under + 1)
    return shrunk * (1 - shrunk) / under


def _two_counts(left_0: int, all_0: int, left_1: int, all_1: int) -> float:
    """Compare two counts: given how many left in both periods, how often would chance share them out so unevenly.

    Examples
    --------
    >>> round(_two_counts(5, 100, 5, 100), 4), round(_two_counts(0, 50, 8, 50), 4)
    (1.0, 0.0029)
    """
    gone = left_0 + left_1
    could = np.arange(max(0, gone - all_0), min(gone, all_1) + 1)
    ways = _log_ways(all_1, could) + _log_ways(all_0, gone - could) - _log_ways(all_0 + all_1, np.array(gone))
    chance = np.exp(ways)
    chance /= chance.sum()
    at = float(chance[could == left_1].sum()) / 2
    tails = float(chance[could < left_1].sum()) + at, float(chance[could > left_1].sum()) + at
    return min(1.0, 2 * min(tails))


def _log_ways(size: int, taken: Array) -> Array:
    """Give the logarithm of how many ways there are to take some of so many."""
    return np.asarray(special.gammaln(size + 1) - special.gammaln(taken + 1) - special.gammaln(size - taken + 1))
