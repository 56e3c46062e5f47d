"""An earlier night run again: by the model that was in use then, and held against what it said then."""

import math
from datetime import date, timedelta
from pathlib import Path

import pandas as pd

from churnrisk.delivery.manifests import MANIFEST, manifest_of
from churnrisk.errors import ChurnRiskError, RefusedError
from churnrisk.flows.night_files import PRINTS
from churnrisk.modeling.registry import Registered, Registry
from churnrisk.modeling.reigns import read_reigns, reigning
from churnrisk.settings import PipelineSettings
from churnrisk.snapshots.fingerprint import PARTS
from churnrisk.timeline import DAY, midnight, parse_day

LATEST = "latest"


def model_for(
    settings: PipelineSettings, cutoff: str = LATEST, version: int | None = None, allow_challenger: bool = False
) -> tuple[Registered, bool, list[str]]:
    """Find the model for a night: the one named, the one of that night, or the champion.

    For the newest cutoff the champion is used. For a day that is named it is the model of the night that was run for
    it; where none was, the champion at the end of that day; where there was none yet, today's.

    Parameters
    ----------
    cutoff
        A day, or ``latest``.
    version
        Use this version, whatever was in use.
    allow_challenger
        Take a model that was never in use, too.

    Returns
    -------
    tuple
        The model, whether it was ever released, and what someone should know of the choice.

    Raises
    ------
    RefusedError
        When there is no champion, or the model was never in use and that was not allowed.
    """
    registry = Registry(settings)
    if version is not None:
        return _named(registry, version, allow_challenger)
    if cutoff == LATEST:
        return *_in_use(registry, settings, allow_challenger), []
    day = parse_day(cutoff, what="cutoff")
    if (found := _of_that_night(settings, day)) is not None:
        return _named(registry, found, allow_challenger, f"The night of {day} was scored with it. ")
    reign = reigning(registry.reigns(), midnight(day + DAY).isoformat())
    if reign is not None:
        return registry.release(reign.version), True, []
    release, released = _in_use(registry, settings, allow_challenger)
    return release, released, _knows_later(registry, release, settings, day)


def model_in_use(settings: PipelineSettings, allow_challenger: bool) -> tuple[Registered, bool]:
    """Find the champion; with leave, the challenger where there is none."""
    return _in_use(Registry(settings), settings, allow_challenger)


def _in_use(registry: Registry, settings: PipelineSettings, allow_challenger: bool) -> tuple[Registered, bool]:
    champion = registry.champion()
    if champion is not None:
        return champion, True
    challenger = registry.challenger() if allow_challenger else None
    if challenger is not None:
        return challenger, False
    raise RefusedError(
        f"There is no champion for the pipeline {settings.name!r}: no model has passed the gate. "
        f"Train one: churnrisk train {settings.file.name}. If training said why it refused, mend that first."
    )


def _named(
    registry: Registry, version: int, allow_challenger: bool, why: str = ""
) -> tuple[Registered, bool, list[str]]:
    release = registry.release(version)
    released = bool(read_reigns(version, release.tags))
    if not released and not allow_challenger:
        raise RefusedError(
            f"Version {version} was never in use. {why}Say --allow-challenger to score with it all the same; "
            "every row is then marked as not released."
        )
    return release, released, []


def _of_that_night(settings: PipelineSettings, day: date) -> int | None:
    """Name the version of the night whose list stands for a cutoff."""
    told = manifest_of(settings.out_folder / str(day)) or {}
    number = str(told.get("model_version", "")).split(" ")[0]
    return int(number) if number.isdecimal() else None


def _knows_later(registry: Registry, release: Registered, settings: PipelineSettings, day: date) -> list[str]:
    from churnrisk.monitoring.profile import profile_of

    no_champion = f"There was no champion on {day} yet; version {release.version} is used"
    profile = profile_of(registry, release.version)
    if profile is None:
        return [f"{no_champion}, which may have learned from data later than that."]
    learned = date.fromisoformat(profile.fitted_to) + timedelta(days=settings.churn.embargo_days)
    if learned <= day:
        return []
    return [f"{no_champion}, which learned from data up to {learned}: this list is no forecast."]


def standing_run(settings: PipelineSettings, cutoff: str) -> Path | None:
    """Give the run whose list stands for a cutoff that was asked for; None where there is none, or for latest."""
    if cutoff == LATEST:
        return None
    link = settings.out_folder / str(parse_day(cutoff, what="cutoff"))
    return link.resolve() if manifest_of(link) is not None else None


def compare(old_folder: Path, new_folder: Path) -> list[str]:
    """Say how a night that was run again differs from what it said then; nothing where it is the same.

    Returns
    -------
    list of str
        Sentences: which tables differ by how many rows, and how many ranks moved.
    """
    moved = _ranks(_list_of(old_folder), _list_of(new_folder))
    old, new = _prints_of(old_folder), _prints_of(new_folder)
    if old is None or new is None:
        tables = []
        why = ["The fingerprints of that night are gone, so that its tables cannot be held against these."]
    else:
        tables = table_differences(old, new)
        why = tables or ["The tables are as they were then: model, settings or the night before are others."]
    if moved:
        return [*why, *moved]
    if tables:
        return [*tables, "No rank moved."]
    files = _other_files(old_folder, new_folder)
    return [f"The ranks are as they were then. Other files differ: {', '.join(files)}."] if files else []


def _other_files(old_folder: Path, new_folder: Path) -> list[str]:
    """Name the files that do not hold the same bytes in both; the manifest tells durations, too."""
    names = {path.name for folder in (old_folder, new_folder) for path in folder.iterdir()} - {MANIFEST}
    return sorted(name for name in names if _bytes(old_folder / name) != _bytes(new_folder / name))


def _bytes(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def table_differences(old: pd.DataFrame, new: pd.DataFrame) -> list[str]:
    """Say which tables differ, by how many rows, and of about how many customers.

    Parameters
    ----------
    old, new
        What :func:`churnrisk.snapshots.fingerprint.fingerprints` gave.

    Examples
    --------
    >>> old = pd.DataFrame({"table": ["usage"] * 2, "part": [0, 7], "rows": [20, 10], "hash": [5, 6]})
    >>> table_differences(old, old.assign(rows=[20, 12], hash=[5, 8]))
    ['usage: 2 rows more, of about 1 customer.']
    >>> table_differences(old, old)
    []
    """
    told = []
    for name in sorted({*old["table"], *new["table"]}):
        before, after = old[old["table"] == name], new[new["table"] == name]
        if before.empty or after.empty:
            told.append(f"{name}: {'was not' if before.empty else 'is no longer'} there{' then' * before.empty}.")
            continue
        before, after = (one.set_index("part")[["rows", "hash"]] for one in (before, after))
        parts = before.index.union(after.index)
        before, after = before.reindex(parts, fill_value=0), after.reindex(parts, fill_value=0)
        changed = parts[(before != after).any(axis=1)]
        if not changed.empty:
            rows = int(after["rows"].sum() - before["rows"].sum())
            told.append(f"{name}: {_rows(rows)}, of {_customers(len(changed))}.")
    return told


def _rows(more: int) -> str:
    if more == 0:
        return "as many rows, and other values in them"
    return f"{abs(more):,} {'row' if abs(more) == 1 else 'rows'} {'more' if more > 0 else 'fewer'}"


def _customers(parts: int) -> str:
    """Estimate how many customers fell into so many parts."""
    if parts == PARTS:
        return "many customers"
    about = round(math.log1p(-parts / PARTS) / math.log1p(-1 / PARTS))
    return f"about {about:,} {'customer' if about == 1 else 'customers'}"


def _ranks(old: pd.DataFrame, new: pd.DataFrame) -> list[str]:
    both = old.merge(new, on="customer_id", how="outer", suffixes=("", "_after"))
    there, here = both["rank"].notna(), both["rank_after"].notna()
    moved = int((there & here & (both["rank"] != both["rank_after"])).sum())
    gone, came = int((there & ~here).sum()), int((~there & here).sum())
    if not (moved or gone or came):
        return []
    return [
        f"Of {len(old):,} customers on the list then, {moved:,} have another rank and {gone:,} are not on it now; "
        f"{came:,} others are."
    ]


def _list_of(folder: Path) -> pd.DataFrame:
    try:
        return pd.read_parquet(folder / "at_risk.parquet", columns=["customer_id", "rank"])
    except (OSError, ValueError) as fault:
        raise ChurnRiskError(
            f"The list in {folder.name} cannot be read: {fault}. Say --replace to write that night again."
        ) from fault


def _prints_of(folder: Path) -> pd.DataFrame | None:
    try:
        return pd.read_parquet(folder / PRINTS)
    except (OSError, ValueError):
        return None
