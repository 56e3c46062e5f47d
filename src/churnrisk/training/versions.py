"""Registered versions side by side: what the gate said of each, and who made it champion."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pandas as pd

from churnrisk.modeling.registry import Registry
from churnrisk.training.contest import Contest
from churnrisk.training.facts import NOBODY

RELEASED = "released"


def version_tags(contest: Contest) -> dict[str, str]:
    """Give what a registered version says of itself: its model, its log loss, and the gate's verdict.

    The gate judged the best candidate; what is registered is that one, unless it was fitted once more.
    """
    loss = contest.judged[contest.best.name]["log_loss"].value
    return {
        "model": contest.best.name,
        "log_loss": "" if loss is None else f"{loss:.6f}",
        "verdict": contest.verdict.code,
        "verdict_sentence": contest.verdict.sentence,
    }


def trained_tag(now: datetime) -> dict[str, str]:
    """Give the tag that says when a version was trained, or last came out of a training as it was.

    Examples
    --------
    >>> trained_tag(datetime(2025, 6, 1, 2, 30))
    {'trained_at': '2025-06-01T02:30:00'}
    """
    return {"trained_at": now.isoformat(timespec="seconds")}


def against_gate(tags: Mapping[str, str]) -> str:
    """Say what the gate had said of a version that it refused; empty where it was released.

    Examples
    --------
    >>> against_gate({"verdict": "released", "verdict_sentence": "It may be used."})
    ''
    >>> against_gate({"verdict": "calibration_refused", "verdict_sentence": "Its probabilities are not true."})
    'Its probabilities are not true.'
    """
    verdict = tags.get("verdict", RELEASED)
    return "" if verdict == RELEASED else tags.get("verdict_sentence") or verdict


def night_warning(version: int, tags: Mapping[str, str]) -> str:
    """Say on a night's list that its model was promoted against the gate; empty where it was not.

    Examples
    --------
    >>> tags = {"against_gate": "It is worse.", "promoted_by": "anna", "champion_from": "2025-06-01T09:00:00"}
    >>> night_warning(3, {**tags, "promoted_why": "the old one is broken"})[:58]
    'Model version 3 was promoted by hand against the gate, by '
    >>> night_warning(2, {"promoted_by": "train"})
    ''
    """
    refused = tags.get("against_gate")
    if not refused:
        return ""
    return (
        f"Model version {version} was promoted by hand against the gate, by {tags.get('promoted_by')} on "
        f"{tags.get('champion_from', '')[:10]} ({tags.get('promoted_why')}). The gate had said: {refused}"
    )


def in_use(registry: Registry) -> str:
    """Say which version is in use, since when and why; for the model card."""
    reigns = registry.reigns()
    return reigns[-1].sentence if reigns else NOBODY


def version_table(registry: Registry) -> pd.DataFrame:
    """Lay all versions out, the newest first, with every time that each was champion."""
    reigns = registry.reigns()
    lines: list[dict[str, Any]] = []
    for version, tags in sorted(registry.versions().items(), reverse=True):
        mine = [one for one in reigns if one.version == version]
        last = mine[-1] if mine else None
        lines.append(
            {
                "version": version,
                "alias": tags["alias"],
                "model": tags.get("model", ""),
                "verdict": tags.get("verdict", ""),
                "log_loss": float(tags["log_loss"]) if tags.get("log_loss") else None,
                "champion": ", ".join(f"{one.since[:10]} to {(one.until or 'now')[:10]}" for one in mine),
                "by": last.who if last else tags.get("challenger_by", ""),
                "why": last.why if last else tags.get("challenger_why", ""),
            }
        )
    return pd.DataFrame(lines)
