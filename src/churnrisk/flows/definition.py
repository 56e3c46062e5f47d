"""A model serves only the definition of churn that it was trained for."""

from collections.abc import Mapping
from typing import Any

from churnrisk.errors import RefusedError
from churnrisk.monitoring.refusals import InUse, other_definition
from churnrisk.settings import PipelineSettings


def refuse_other_definition(trained_for: Mapping[str, Any] | None, settings: PipelineSettings, version: int) -> None:
    """Refuse a version that was trained for another definition of churn than the TOML gives.

    Parameters
    ----------
    trained_for
        The definition in the released model; None where it holds none, and a flat source says itself what churn is.

    Raises
    ------
    RefusedError
        With each difference.
    """
    for one in other_definition(InUse(version, churn=trained_for), settings):
        raise RefusedError(f"{one.message}. {one.remedy}.")
