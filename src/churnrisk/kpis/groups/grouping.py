"""Groups as plain data: found once, kept as JSON, and the same customers fall into the same groups ever after."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from sklearn.metrics import adjusted_rand_score

from churnrisk.errors import ModelError
from churnrisk.kpis.groups.clustering import Places, centres_of, nearest, one_thread
from churnrisk.kpis.groups.naming import named
from churnrisk.kpis.groups.scaling import Array, Scale, scaled

#: The form of the file; another form is refused.
FORM = 1

Kind = Literal["groups", "sections"]


@dataclass(frozen=True)
class Grouping:
    """Scales, centres and names: all that is needed to say to which group a customer belongs.

    Parameters
    ----------
    kind
        ``groups`` that are parted from each other, or ``sections`` of one cloud, cut because somebody asked for it.
    fitted_at
        The cutoff at which they were found.
    asked
        The signals that were looked at; ``scales`` holds those that count.
    centres
        One line a group, one column a signal, on the signals' scales.
    average
        Where the average customer stood on the scales.
    structure
        How every number of groups was judged, as plain data.
    """

    kind: Kind
    fitted_at: date
    customers: int
    asked: list[str]
    scales: list[Scale]
    centres: Array
    average: Array
    names: list[str]
    structure: list[dict[str, Any]] = field(default_factory=list)

    @property
    def signals(self) -> list[str]:
        """The signals that customers are grouped by."""
        return [scale.name for scale in self.scales]

    def places(self, rows: pd.DataFrame | Mapping[str, Any]) -> Places:
        """Give the place of each row's group."""
        return nearest(scaled(rows, self.scales), self.centres)

    def assigned(self, rows: pd.DataFrame | Mapping[str, Any]) -> list[str]:
        """Give the name of each row's group."""
        return [self.names[place] for place in self.places(rows)]

    def as_plain(self) -> dict[str, Any]:
        """Give everything as plain data."""
        return {
            "form": FORM,
            "kind": self.kind,
            "fitted_at": self.fitted_at.isoformat(),
            "customers": self.customers,
            "asked": self.asked,
            "average": self.average.tolist(),
            "scales": [scale.as_plain() for scale in self.scales],
            "groups": [
                {"name": name, "centre": centre.tolist()}
                for name, centre in zip(self.names, self.centres, strict=True)
            ],
            "structure": self.structure,
        }


def fit_grouping(
    rows: pd.DataFrame,
    scales: Sequence[Scale],
    number: int,
    *,
    kind: Kind,
    day: date,
    seed: int,
    asked: Sequence[str],
) -> Grouping:
    """Find so many groups among all customers, laid on these scales."""
    signals = [scale.name for scale in scales]
    spots = scaled(rows, scales)
    with one_thread():
        centres = centres_of(spots, number, seed)
    average = spots.mean(axis=0).round(9)
    return Grouping(
        kind, day, len(rows), list(asked), list(scales), centres, average, named(centres - average, signals)
    )


def agreement(kept: Grouping, rows: pd.DataFrame, other: Grouping | None = None, *, seed: int = 0) -> float:
    """Say how far a grouping and another agree on customers: 1 wholly, 0 as chance would (adjusted Rand index).

    Parameters
    ----------
    other
        The other one; by default as many groups found anew on these rows, on the same scales.
    """
    if other is None:
        other = fit_grouping(
            rows, kept.scales, len(kept.names), kind=kept.kind, day=kept.fitted_at, seed=seed, asked=kept.asked
        )
    return float(adjusted_rand_score(kept.places(rows), other.places(rows)))


def read_grouping(file: Path) -> Grouping | None:
    """Read kept groups; None where there are none yet.

    Raises
    ------
    ModelError
        When the file holds something else.
    """
    if not file.is_file():
        return None
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
        if told["form"] != FORM:
            raise ValueError(f"form {told['form']}")
        return _from_plain(told)
    except (ValueError, KeyError, TypeError) as fault:
        raise ModelError(
            f"{file} should hold groups of form {FORM}, and cannot be read ({type(fault).__name__}: {fault}). "
            "Find groups anew with --refit."
        ) from fault


def _from_plain(told: Mapping[str, Any]) -> Grouping:
    scales = [Scale(**one) for one in told["scales"]]
    centres = np.asarray([one["centre"] for one in told["groups"]], dtype=np.float64)
    if told["kind"] not in ("groups", "sections"):
        raise ValueError(f"kind {told['kind']!r}")
    if centres.ndim != 2 or not centres.shape[1] == len(scales) == len(told["average"]):
        raise ValueError(f"{len(scales)} scales, and centres of another length")
    return Grouping(
        told["kind"],
        date.fromisoformat(told["fitted_at"]),
        int(told["customers"]),
        list(told["asked"]),
        scales,
        centres,
        np.asarray(told["average"], dtype=np.float64),
        [str(one["name"]) for one in told["groups"]],
        list(told["structure"]),
    )
