"""What the rows of a training looked like: the reference that nights are held against, stored beside the model."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from churnrisk.errors import ModelError
from churnrisk.modeling.beside import read_beside
from churnrisk.modeling.columns import NUMBER, TEXT
from churnrisk.modeling.registry import Registry
from churnrisk.modeling.released.churn_model import ReleasedModel
from churnrisk.monitoring.bins import Bins
from churnrisk.monitoring.psi import between, moderated

FILE = "profile.json"
#: The tag of a model version that holds the profile's digest.
TAG = "profile_sha256"
FORMAT = 1
#: The newest so many cutoffs of a training are the reference: a year, so that every season is in it.
CUTOFFS = 12
#: What the model says of customers, held against the profile like a signal.
SAID = {"churn_probability": NUMBER, "segment": TEXT}


@dataclass(frozen=True)
class Reference:
    """One column as it was in the training.

    Parameters
    ----------
    counts
        Customers in each bin, over all reference cutoffs.
    customers
        How many different customers these are.
    between
        The PSI that this column makes between cutoffs beyond chance.
    comparisons
        How many comparisons of cutoffs say so; 0 where there was one cutoff only.
    """

    name: str
    bins: Bins
    counts: tuple[int, ...]
    customers: int
    between: float = 0.0
    comparisons: int = 0


@dataclass(frozen=True)
class Profile:
    """Everything of a training that later nights are held against.

    Parameters
    ----------
    trained_at
        The instant of the training, as text.
    cutoffs
        The cutoffs whose rows the columns describe.
    fitted_to
        The newest cutoff that fitted or calibrated the model; lists up to it were no forecasts.
    churn_rate
        Share of the labelled customers of all cutoffs that churned.
    segments
        Each segment with customers, expected and observed churn on the test cutoffs.
    """

    pipeline: str
    trained_at: str
    cutoffs: tuple[str, ...]
    fitted_to: str
    churn_rate: float
    columns: tuple[Reference, ...]
    segments: tuple[Mapping[str, Any], ...] = ()

    @property
    def content(self) -> bytes:
        """The bytes of profile.json."""
        plain = vars(self) | {"columns": [_plain(one) for one in self.columns]}
        return json.dumps({"format": FORMAT, **plain}, ensure_ascii=False, allow_nan=False, indent=1).encode() + b"\n"

    @property
    def trained_on(self) -> date:
        """The day of the training."""
        return datetime.fromisoformat(self.trained_at).date()

    def write(self, folder: Path) -> Path:
        """Write profile.json into a folder and give its path."""
        path = folder / FILE
        path.write_bytes(self.content)
        return path


def read_profile(content: bytes) -> Profile:
    """Read a profile from its bytes.

    Raises
    ------
    ModelError
        When they are of a form that this version does not know.
    """
    plain = json.loads(content)
    if plain.pop("format") != FORMAT:
        raise ModelError(f"{FILE} was written by another version of churnrisk. Train again.")
    columns = [
        Reference(**{**one, "bins": Bins.from_plain(one["bins"]), "counts": tuple(one["counts"])})
        for one in plain["columns"]
    ]
    several = {"columns": tuple(columns), "cutoffs": tuple(plain["cutoffs"]), "segments": tuple(plain["segments"])}
    return Profile(**{**plain, **several})


def profile_of(registry: Registry, version: int) -> Profile | None:
    """Give the profile that lies beside a registered version; None where it was trained before there were any."""
    content = read_beside(registry, version, FILE, TAG)
    return None if content is None else read_profile(content)


def build_profile(
    rows: pd.DataFrame,
    model: ReleasedModel,
    *,
    pipeline: str,
    trained_at: datetime,
    learned: Sequence[date],
    segments: Sequence[Mapping[str, Any]] = (),
) -> Profile:
    """Describe the rows of a training, column by column.

    Parameters
    ----------
    rows
        The snapshot's rows of all labelled cutoffs: customer_id, cutoff, churned and the features.
    model
        The released model; its inputs are described, and what it says.
    learned
        The cutoffs that fitted or calibrated it. What it says is described on the others, and on the newest of
        these where there is only one other.
    """
    newest = np.sort(rows["cutoff"].unique())[-CUTOFFS:]
    recent = rows[rows["cutoff"].isin(newest)]
    inputs = {one["name"]: one["type"] for one in model.data["columns"] if one["feature"]}
    fitted_to = max(learned)
    unseen = recent[recent["cutoff"] > pd.Timestamp(fitted_to)]
    judged = unseen if unseen["cutoff"].nunique() > 1 else recent[recent["cutoff"].isin(newest[-2:])]
    said = judged[["customer_id", "cutoff"]].join(_said(judged, model))
    signals = _references(recent, inputs)
    alike = float(np.mean([one.between for one in signals])) if signals else 0.0
    columns = [*_drawn_together(signals, alike), *_drawn_together(_references(said, SAID), alike)]
    return Profile(
        pipeline=pipeline,
        trained_at=trained_at.isoformat(timespec="seconds"),
        cutoffs=tuple(str(pd.Timestamp(day).date()) for day in newest),
        fitted_to=str(fitted_to),
        churn_rate=float(rows["churned"].mean()),
        columns=tuple(columns),
        segments=tuple(dict(one) for one in segments),
    )


def _said(rows: pd.DataFrame, model: ReleasedModel) -> pd.DataFrame:
    gone = {name: np.nan if kind == NUMBER else None for name, kind in model.types.items() if name not in rows}
    return model.score(rows.assign(**gone), reasons=False)[list(SAID)]


def _references(rows: pd.DataFrame, kinds: Mapping[str, str]) -> list[Reference]:
    """Count each column at each cutoff, and how far the cutoffs lie apart."""
    parts = [part for _, part in rows.groupby("cutoff", sort=True)]
    seen: set[str] = set()
    before = []
    for part in parts:
        before.append(len(seen))
        seen.update(part["customer_id"])
    sizes = [len(part) for part in parts]
    found = []
    for name, kind in kinds.items():
        bins = Bins.of(rows[name], kind)
        counts = [bins.count(part[name]).counts for part in parts]
        apart = between(counts, sizes, before)
        total = tuple(int(each) for each in np.sum(counts, axis=0))
        found.append(Reference(name, bins, total, len(seen), apart, len(parts) - 1))
    return found


def _drawn_together(references: Sequence[Reference], alike: float) -> list[Reference]:
    """Draw what each column does between cutoffs towards what signals do on average."""
    drawn = []
    for one in references:
        apart, worth = moderated(one.between, one.comparisons, alike)
        drawn.append(replace(one, between=round(apart, 9), comparisons=worth))
    return drawn


def _plain(one: Reference) -> dict[str, Any]:
    return {**vars(one), "bins": one.bins.to_plain(), "counts": list(one.counts)}
