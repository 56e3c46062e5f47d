"""Whether customers fall into groups at all, and into how many.

Two things are asked of so many groups. **Stability**: do two halves of the customers, each by itself, find the same
ones (adjusted Rand index over all customers)? **Valleys**: do fewer customers stand between two groups than inside
each of them? Stability alone is not enough: one long cloud is cut in two at the same place again and again, though
nothing parts the halves. Both are set beside what the same numbers give on structureless data: a normal cloud with
the same covariance, and an even box of the same extent.
"""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from sklearn.metrics import adjusted_rand_score

from churnrisk.kpis.groups.clustering import Places, centres_of, nearest, one_thread
from churnrisk.kpis.groups.scaling import Array
from churnrisk.settings.kpis import GroupSettings

#: With fewer customers nothing can be said.
FEWEST = 200

#: At most so many customers are drawn to judge by; the groups themselves are found on all.
DRAWN = 4000

#: How often the customers are halved, and how often structureless data are.
HALVINGS, STRUCTURELESS_HALVINGS = 10, 2

#: How many structureless clouds of each kind are drawn.
CLOUDS = 5

#: Density between two groups must lie below that inside the thinner one by this share of it.
VALLEY = 0.25

#: Where density is read along the line between two centres, which stand at -0.5 and 0.5.
LINE = np.linspace(-1, 1, 81)


@dataclass(frozen=True)
class Structure:
    """How groups stand, for each number of them.

    Parameters
    ----------
    table
        One row a number: ``groups, stability, structureless_stability, valley, structureless_valley, smallest,
        passes, why_not``.
    groups
        The largest number that passes; 0 where none does.
    """

    table: pd.DataFrame
    groups: int


def structure(rows: Array, settings: GroupSettings) -> Structure:
    """Judge every number of groups from two to ``settings.most``.

    Parameters
    ----------
    rows
        Customers on their scales, whole numbers spread out.
    """
    if len(rows) < FEWEST:
        return Structure(pd.DataFrame(columns=["groups", "stability", "passes", "why_not"]), 0)
    random = np.random.default_rng(settings.seed)
    drawn = rows[np.sort(random.permutation(len(rows))[:DRAWN])]
    clouds = [make(drawn, random) for make in (normal_cloud, even_box) for _ in range(CLOUDS)]
    with one_thread():
        lines = [_judged(drawn, clouds, number, settings, random) for number in range(2, settings.most + 1)]
    table = pd.DataFrame(lines)
    passing = table.loc[table["passes"], "groups"].tolist()
    return Structure(table, max(passing, default=0))


def _judged(
    rows: Array, clouds: list[Array], number: int, settings: GroupSettings, random: np.random.Generator
) -> dict[str, object]:
    stability, valley = halved(rows, number, HALVINGS, random)
    beside = [halved(cloud, number, STRUCTURELESS_HALVINGS, random) for cloud in clouds]
    chance, deepest = float(np.mean([one[0] for one in beside])), max(one[1] for one in beside)
    centres = centres_of(rows, number, settings.seed)
    smallest = float(np.bincount(nearest(rows, centres), minlength=number).min() / len(rows))
    reasons = {
        "two halves find different ones": stability < settings.stability,
        "structureless data are as stable": stability <= chance,
        "nothing parts two of them": valley < max(VALLEY, deepest),
        "one of them is too small": smallest < settings.smallest,
    }
    why_not = "; ".join(reason for reason, holds in reasons.items() if holds)
    return {
        "groups": number,
        "stability": round(stability, 4),
        "structureless_stability": round(chance, 4),
        "valley": round(valley, 4),
        "structureless_valley": round(float(deepest), 4),
        "smallest": round(smallest, 4),
        "passes": not why_not,
        "why_not": why_not,
    }


def halved(rows: Array, number: int, times: int, random: np.random.Generator) -> tuple[float, float]:
    """Find groups in two halves, many times: how well they agree, and the shallowest valley between two of them.

    Each half's valleys are read on the customers of the other, which had no part in finding it.
    """
    agreement, depth = [], []
    for _ in range(times):
        order = random.permutation(len(rows))
        halves = order[: len(rows) // 2], order[len(rows) // 2 :]
        seeds = [int(one) for one in random.integers(2**31, size=2)]
        centres = [centres_of(rows[half], number, seed, starts=3) for half, seed in zip(halves, seeds, strict=True)]
        places = [nearest(rows, one) for one in centres]
        agreement.append(adjusted_rand_score(*places))
        depth += [
            shallowest_valley(rows[half], place[half], one)
            for half, place, one in zip(reversed(halves), places, centres, strict=True)
        ]
    return float(np.mean(agreement)), float(np.mean(depth))


def shallowest_valley(rows: Array, places: Places, centres: Array) -> float:
    """Give how far density falls between the two groups that are parted least, as a share of the thinner one's.

    1 means that nobody stands between any two groups, 0 that nothing parts two of them.

    Examples
    --------
    >>> apart = np.concatenate([np.linspace(-1, 1, 40), np.linspace(9, 11, 40)])[:, None]
    >>> centres = np.array([[0.0], [10.0]])
    >>> round(shallowest_valley(apart, nearest(apart, centres), centres), 2)
    1.0
    >>> even = np.linspace(-5, 15, 400)[:, None]
    >>> round(shallowest_valley(even, nearest(even, centres), centres), 1)
    0.0
    """
    found = 1.0
    for one, other in combinations(range(len(centres)), 2):
        way = centres[other] - centres[one]
        both = rows[(places == one) | (places == other)]
        found = min(found, _valley((both - (centres[one] + centres[other]) / 2) @ way / (way @ way)))
    return found


def _valley(along: Array) -> float:
    """Give how far density falls along the line between two centres."""
    near, far = along[along < 0], along[along >= 0]
    fewer = min(len(near), len(far))
    if fewer < 8:
        return 0.0
    breadth = max(1.06 * min(near.std(), far.std()) * fewer**-0.2, 0.03)
    density = np.exp(-0.5 * ((LINE[:, None] - along[None, :]) / breadth) ** 2).sum(axis=1)
    middle = len(LINE) // 2
    left, right = int(density[:middle].argmax()), middle + 1 + int(density[middle + 1 :].argmax())
    return float(1 - density[left : right + 1].min() / min(density[left], density[right]))


def normal_cloud(rows: Array, random: np.random.Generator) -> Array:
    """Draw a normal cloud with the same mean and covariance."""
    covariance = np.atleast_2d(np.cov(rows.T))
    return random.multivariate_normal(rows.mean(axis=0), covariance, len(rows), method="eigh")


def even_box(rows: Array, random: np.random.Generator) -> Array:
    """Draw an even box that lies as the rows do and holds all but the last hundredth on each side."""
    middle = rows.mean(axis=0)
    directions = np.linalg.svd(rows - middle, full_matrices=False)[2]
    low, high = np.quantile((rows - middle) @ directions.T, [0.01, 0.99], axis=0)
    return random.uniform(low, high, rows.shape) @ directions + middle
