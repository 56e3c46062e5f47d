"""What the rows of a training looked like, kept beside its model for the nights to come."""

import hashlib
from datetime import datetime
from pathlib import Path

from churnrisk.modeling.beside import lay_beside
from churnrisk.modeling.registry import Registered, Registry
from churnrisk.monitoring.profile import TAG, build_profile
from churnrisk.training.facts import Training, segment_facts


def write_profile(training: Training, folder: Path, now: datetime) -> dict[str, str]:
    """Write the profile of a training into a folder; nothing where there are no cutoffs.

    Returns
    -------
    The tag that holds its digest, for the model version.
    """
    parts, settings = training.parts, training.settings
    if not parts.fit:
        return {}
    learned = [*parts.fit, *parts.calibrate]
    learned += parts.test if training.contest.refitted is not None else []
    profile = build_profile(
        training.snapshots.rows,
        training.contest.released.release.model(),
        pipeline=settings.name,
        trained_at=now,
        learned=learned,
        segments=segment_facts(training),
    )
    path = profile.write(folder)
    return {TAG: hashlib.sha256(path.read_bytes()).hexdigest()}


def lay_profile(registry: Registry, before: Registered, training: Training, folder: Path, now: datetime) -> None:
    """Lay the profile beside a version that was registered before there were any."""
    if TAG not in before.tags and write_profile(training, folder, now):
        lay_beside(registry, before.version, folder / "profile.json", TAG)
