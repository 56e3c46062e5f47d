"""A model serves only the definition of churn that it was trained for."""

from collections.abc import Mapping
from typing import Any

from churnrisk.errors import RefusedError
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
    different = settings.churn.differences(dict(trained_for)) if trained_for and settings.flat is None else {}
    if different:
        shown = ", ".join(f"{name} was {was!r} and is {now!r}" for name, (was, now) in different.items())
        raise RefusedError(
            f"Model version {version} was trained for another definition of churn: {shown}. "
            f"Train again: churnrisk train {settings.file.name}, or set [churn] back."
        )
