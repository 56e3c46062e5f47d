"""When a night is refused: everything that speaks against it at once, each with its remedy and how to allow it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from churnrisk.catalog import Catalog
from churnrisk.errors import RefusedError
from churnrisk.modeling.reigns import read_reigns
from churnrisk.monitoring.bounds import (
    Finding,
    expired,
    other_schema,
    shrunk_or_grown,
    stale,
    told_age,
    without_features,
)
from churnrisk.settings import PipelineSettings

#: Code = for what a night is refused.
CODES: Catalog[str] = Catalog("refusal")
CODES.update(
    stale="a table's newest row is too old for the clock",
    shrunk="a table lost rows since the last night",
    grown="a table grew more since the last night than its distance explains",
    schema="tables or columns are gone, or of another type",
    without_features="too many customers at risk have no row in any table of events",
    no_champion="no model has passed the gate",
    definition="the model was trained for another definition of churn",
    expired="the model was trained too long ago",
)


class NightRefusedError(RefusedError):
    """A night for which no list is written.

    Parameters
    ----------
    codes
        For what it was refused.
    """

    def __init__(self, message: str, codes: Sequence[str]) -> None:
        super().__init__(message)
        self.codes = tuple(codes)


@dataclass(frozen=True)
class Found:
    """What was found about a night's tables and model.

    Parameters
    ----------
    against
        What speaks against making a list.
    told
        What someone should know all the same.
    """

    against: list[Finding] = field(default_factory=list)
    told: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class InUse:
    """What of a model decides whether it may still be used.

    Parameters
    ----------
    trained
        The day of its training; None where that was not written down.
    churn
        The definition of churn that it was trained for; None where it holds none.
    """

    version: int
    trained: date | None = None
    churn: Mapping[str, Any] | None = None


def findings(
    settings: PipelineSettings,
    now: datetime,
    cutoff: date,
    inputs: Sequence[Mapping[str, Any]],
    earlier: Sequence[Mapping[str, Any]],
    model: InUse,
    *,
    replay: bool = False,
) -> Found:
    """Hold a night's tables against the clock and the last night, and its model against its age and definition.

    Parameters
    ----------
    now
        The clock, in UTC.
    inputs
        What each table held (:func:`churnrisk.monitoring.inputs.inputs_of`).
    earlier
        The manifests of earlier nights, the oldest first. A replay is held against nights of earlier cutoffs only, a
        new night against the newest: tables that lost rows may lie at the same cutoff, or before it.
    replay
        The cutoff was asked for: tables are as old as they are, and the model is as old as it was at the cutoff.
    """
    bounds = settings.nightly
    found, told = other_definition(model, settings), []
    day = cutoff if replay else now.date()
    found += expired(model.version, model.trained, day, bounds.max_model_age_days, settings.file.name)
    if not replay:
        found += stale(inputs, bounds.max_age_days, now.date())
        told += [] if bounds.max_age_days else told_age(inputs, now.date())
    before = _last_comparable(earlier, cutoff if replay else None)
    if before is not None:
        found += shrunk_or_grown(inputs, before, cutoff, bounds.max_shrink, bounds.max_growth)
        changed, new = other_schema(inputs, before)
        found, told = found + changed, told + new
    return Found(found, told)


def _last_comparable(earlier: Iterable[Mapping[str, Any]], cutoff: date | None) -> Mapping[str, Any] | None:
    """Give the newest night that says what its tables held, of those before a cutoff where one is given."""
    nights = [one for one in earlier if one.get("inputs") and (cutoff is None or str(one["cutoff"]) < str(cutoff))]
    return max(nights, key=lambda one: str(one["cutoff"]), default=None)


def other_definition(model: InUse, settings: PipelineSettings) -> list[Finding]:
    """Find that a model was trained for another definition of churn than the TOML gives."""
    different = settings.churn.differences(dict(model.churn)) if model.churn and settings.flat is None else {}
    if not different:
        return []
    shown = ", ".join(f"{name} was {was!r} and is {now!r}" for name, (was, now) in different.items())
    message = f"Model version {model.version} was trained for another definition of churn: {shown}"
    return [Finding("definition", message, f"Train again: churnrisk train {settings.file.name}, or set [churn] back")]


def too_few_features(without: int | None, at_risk: int, settings: PipelineSettings) -> list[Finding]:
    """Find that too many customers at risk have no event; silent where there are no tables of events."""
    return [] if without is None else without_features(without, at_risk, settings.nightly.max_without_features)


def refuse(found: Sequence[Finding], allow: frozenset[str] = frozenset()) -> list[str]:
    """Refuse a night for everything that was found and is not allowed, in one line.

    Parameters
    ----------
    allow
        Codes that are overridden.

    Returns
    -------
    A warning for each finding that is allowed.

    Raises
    ------
    NightRefusedError
        With every finding that is not allowed, its remedy, and how to allow it.
    UnknownNameError
        When a code is not known.

    Examples
    --------
    >>> old = Finding("stale", "usage is 9 days old", "Load it anew")
    >>> refuse([old], frozenset({"stale"}))
    ['Allowed (stale): usage is 9 days old.']
    >>> refuse([old])
    Traceback (most recent call last):
    ...
    churnrisk.monitoring.refusals.NightRefusedError: No list was written (stale): usage is 9 days old. Load it anew. \
To score all the same: --allow stale.
    """
    must_be_codes(allow)
    against = [one for one in found if one.code not in allow]
    if against:
        codes = list(dict.fromkeys(one.code for one in against))
        told = " ".join(f"{one.message}. {one.remedy}." for one in against)
        flags = " ".join(f"--allow {code}" for code in codes)
        raise NightRefusedError(
            f"No list was written ({', '.join(codes)}): {told} To score all the same: {flags}.", codes
        )
    return [f"Allowed ({one.code}): {one.message}." for one in found]


def must_be_codes(allow: Iterable[str]) -> None:
    """Refuse a code that there is not, with the right one.

    Raises
    ------
    UnknownNameError
        When a code is not known.

    Examples
    --------
    >>> must_be_codes(["stael"])
    Traceback (most recent call last):
    ...
    churnrisk.errors.UnknownNameError: There is no refusal named 'stael'. Did you mean 'stale'?
    """
    for code in allow:
        CODES[code]


def trained_on(version: int, tags: Mapping[str, str]) -> date | None:
    """Read from a version's tags when it was trained; where they do not say, when it first was in use or waited.

    Examples
    --------
    >>> trained_on(1, {"trained_at": "2025-06-01T02:30:00"})
    datetime.date(2025, 6, 1)
    >>> trained_on(1, {}) is None
    True
    """
    told = tags.get("trained_at")
    if told is None:
        moments = [one.since for one in read_reigns(version, tags)] + [tags.get("challenger_from", "")]
        told = min(filter(None, moments), default=None)
    return date.fromisoformat(told[:10]) if told else None
