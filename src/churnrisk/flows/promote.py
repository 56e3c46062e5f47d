"""Choosing a model by hand: promote a version, let one wait, go back, or look at all of them."""

import getpass
import json
from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from churnrisk.errors import ModelError, RefusedError, SettingsError
from churnrisk.flows.definition import refuse_other_definition
from churnrisk.modeling.card import renew_card
from churnrisk.modeling.registry import CHALLENGER, CHAMPION, Registry
from churnrisk.modeling.reigns import one_before
from churnrisk.settings import PipelineSettings
from churnrisk.training.versions import against_gate, in_use, version_table


@dataclass(frozen=True)
class PromoteResult:
    """What was changed, and every version as it stands now.

    Parameters
    ----------
    sentence
        What was done, or that nothing was changed.
    versions
        One row a version: alias, model, verdict, log loss, since when, by whom, why.
    """

    sentence: str
    versions: pd.DataFrame


def run(
    settings: PipelineSettings,
    now: datetime,
    *,
    version: int | None = None,
    alias: str = CHAMPION,
    rollback: bool = False,
    who: str | None = None,
    why: str | None = None,
) -> PromoteResult:
    """Change by hand which model is in use or waits; without a version and without going back, list them all.

    Parameters
    ----------
    version
        The version to promote.
    alias
        ``champion`` (in use) or ``challenger`` (waiting).
    rollback
        Put back the champion before the one in use.
    who
        By default the login name.
    why
        The reason, for those who come later.
    """
    registry = Registry(settings)
    if version is None and not rollback:
        return PromoteResult("", version_table(registry))
    if not (why or "").strip():
        raise SettingsError("A change by hand needs its reason, and none was given. Add one: --why TEXT")
    person, reason = who or _login(), str(why).strip()
    if rollback:
        told = _back(registry, settings, person, reason, now)
    elif alias == CHALLENGER:
        told = _wait(registry, int(version or 0), person, reason, now)
    else:
        told = _promote(registry, settings, int(version or 0), person, reason, now)
    renew_card(settings.card_folder, {"in_use": in_use(registry)})
    return PromoteResult(told, version_table(registry))


def _promote(registry: Registry, settings: PipelineSettings, version: int, who: str, why: str, now: datetime) -> str:
    before = registry.champion()
    if before is not None and before.version == version:
        return f"Version {version} is the champion already; nothing was changed."
    release = registry.release(version)
    refuse_other_definition(json.loads(release.model).get("churn"), settings, version)
    refused = against_gate(release.tags)
    registry.promote(version, who=who, why=why, when=now, how="hand", against_gate=refused)
    told = f"Version {version} is the champion now, promoted by hand by {who}"
    told += f"; version {before.version} was before." if before else "; there was none before."
    return f"{told} {_warning(refused)}".strip()


def _back(registry: Registry, settings: PipelineSettings, who: str, why: str, now: datetime) -> str:
    champion = registry.champion()
    if champion is None:
        raise RefusedError(
            f"There is no champion for the pipeline {settings.name!r}, so there is none to go back from. "
            f"Look at the versions: churnrisk promote {settings.file.name}"
        )
    target = one_before(registry.reigns())
    if target is None:
        raise RefusedError(
            f"There is no version to go back to: before version {champion.version} no other was champion. "
            f"Name one to promote: churnrisk promote {settings.file.name} --version N --why TEXT"
        )
    refused = against_gate(registry.release(target).tags)
    registry.promote(target, who=who, why=why, when=now, how="rollback", against_gate=refused)
    told = f"Version {target} is the champion again; version {champion.version} was put back by {who}."
    return f"{told} {_warning(refused)}".strip()


def _wait(registry: Registry, version: int, who: str, why: str, now: datetime) -> str:
    registry.let_wait(version, who=who, why=why, when=now)
    return f"Version {version} is the challenger now, chosen by hand by {who}."


def _warning(refused: str) -> str:
    if not refused:
        return ""
    return f"The gate had refused it: {refused} Every night's list will say so."


def _login() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError) as fault:
        raise ModelError("There is no login name here to write down. Say who promotes: --who NAME") from fault
