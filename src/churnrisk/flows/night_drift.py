"""A night held against the training of its model, while its features are at hand."""

import pandas as pd

from churnrisk.modeling.registry import Registry
from churnrisk.monitoring.drift import drift_of
from churnrisk.monitoring.profile import profile_of
from churnrisk.scoring.score import Night
from churnrisk.settings import PipelineSettings


def night_drift(settings: PipelineSettings, version: int, night: Night) -> pd.DataFrame | None:
    """Give how far each signal lies from the training; None for a model that has no profile beside it.

    Parameters
    ----------
    version
        The model that scored the night.
    """
    profile = profile_of(Registry(settings), version)
    return None if profile is None else drift_of(night.features, night.scores, profile)
