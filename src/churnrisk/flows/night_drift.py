"""A night held against the training of its model, while its features are at hand."""

import pandas as pd

from churnrisk.errors import ModelError
from churnrisk.modeling.registry import Registry
from churnrisk.monitoring.drift import drift_of
from churnrisk.monitoring.profile import profile_of
from churnrisk.scoring.score import Night
from churnrisk.settings import PipelineSettings


def night_drift(settings: PipelineSettings, version: int, night: Night) -> tuple[pd.DataFrame | None, list[str]]:
    """Give how far each signal lies from the training; None for a model that has no profile beside it.

    A profile that cannot be read holds no night up: the list stands without it, and a warning says so.

    Parameters
    ----------
    version
        The model that scored the night.
    """
    try:
        profile = profile_of(Registry(settings), version)
    except ModelError as fault:
        return None, [f"This night was not held against the training: {fault}"]
    return None if profile is None else drift_of(night.features, night.scores, profile), []
