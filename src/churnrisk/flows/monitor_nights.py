"""The nights that monitoring looks at: where each one's scores and drift lie, and a line of each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pandas as pd

from churnrisk.history.store import History
from churnrisk.kpis.lists import lists_in
from churnrisk.monitoring.drift import FILE
from churnrisk.monitoring.kept import is_kept, read_kept
from churnrisk.settings import PipelineSettings


@dataclass(frozen=True)
class SeenNight:
    """One night that was scored.

    Parameters
    ----------
    run
        The run that wrote it.
    read
        Reads everyone of that night.
    drift
        Where its drift was written; None where the run's folder is gone.
    """

    cutoff: date
    run: str
    read: Callable[[], pd.DataFrame] = field(repr=False)
    drift: Path | None = None

    @property
    def key(self) -> dict[str, str]:
        """What names it in tables."""
        return {"cutoff": str(self.cutoff), "run": self.run}

    def scores(self) -> pd.DataFrame:
        """Give who was scored that night."""
        rows = self.read()
        return rows[rows["churn_probability"].notna()].reset_index(drop=True)


def nights_of(settings: PipelineSettings) -> list[SeenNight]:
    """Find every night that is kept in the history or in a run's folder, the oldest first."""
    history, lists = History(settings.out_folder / "history"), lists_in(settings.out_folder)
    found: dict[date, SeenNight] = {}
    for day, folder in lists.items():
        found[day] = SeenNight(day, folder.resolve().name, _reader(folder / "scores.parquet"), folder / FILE)
    for day in history.nights():
        run = history.run_name(day) or (found[day].run if day in found else "")
        drift = found[day].drift if day in found else None
        found[day] = SeenNight(day, run, _kept(history, day), drift)
    return [found[day] for day in sorted(found)]


def _reader(path: Path) -> Callable[[], pd.DataFrame]:
    return lambda: pd.read_parquet(path)


def _kept(history: History, day: date) -> Callable[[], pd.DataFrame]:
    return lambda: history.scores(day)


def version_of(model_version: object) -> int | None:
    """Read the number of a model version as rows tell it.

    Examples
    --------
    >>> version_of("3"), version_of("3 (not released)"), version_of(None)
    (3, 3, None)
    """
    first = str(model_version).split(" ")[0]
    return int(first) if first.isdigit() else None


def night_rows(nights: Sequence[SeenNight], kept: Path, settings: PipelineSettings) -> pd.DataFrame:
    """Give a line of each night that is not kept yet: model, customers, probabilities, customers by segment."""
    fresh = _fresh(nights, kept)
    return pd.DataFrame([{**one.key, **_line(one.scores(), settings.segments.names)} for one in fresh])


def _line(scores: pd.DataFrame, segments: Sequence[str]) -> dict[str, object]:
    chance = scores["churn_probability"]
    sizes = scores["segment"].value_counts()
    versions = scores["model_version"].dropna().unique()
    return {
        "model": version_of(versions[0]) if len(versions) else None,
        "customers": len(scores),
        "mean_probability": round(float(chance.mean()), 6) if len(scores) else None,
        **{f"probability_{share}": round(float(chance.quantile(share / 100)), 6) for share in (10, 50, 90, 99)},
        **{f"customers_{name}": int(sizes.get(name, 0)) for name in segments},
    }


def drift_rows(nights: Sequence[SeenNight], kept: Path) -> pd.DataFrame:
    """Read the drift of each night that is not kept yet, where it was written."""
    parts = []
    for one in _fresh(nights, kept):
        if one.drift is not None and one.drift.is_file():
            parts.append(pd.read_parquet(one.drift).assign(**one.key))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["cutoff", "run"])


def _fresh(nights: Sequence[SeenNight], kept: Path) -> list[SeenNight]:
    before = read_kept(kept)
    known = is_kept(pd.DataFrame([one.key for one in nights]), before)
    return [one for one, is_known in zip(nights, known, strict=True) if not is_known]
