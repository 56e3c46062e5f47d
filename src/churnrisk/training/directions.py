"""Which way risk may move with each feature, where the settings want it to move one way only."""

from collections.abc import Iterable

from churnrisk.features.signal import SIGNALS
from churnrisk.settings import PipelineSettings

SIDES = {"high": 1, "low": -1}


def directions(settings: PipelineSettings, columns: Iterable[str]) -> dict[str, int]:
    """Give 1 or -1 for each column whose direction is declared; nothing without ``monotone = true``.

    Examples
    --------
    >>> from churnrisk.settings import ModelSettings
    >>> one_way = PipelineSettings(models=ModelSettings(monotone=True, directions={"tenure": "low"}))
    >>> directions(one_way, ["usage_days_since_last", "tenure", "region"])
    {'usage_days_since_last': 1, 'tenure': -1}
    """
    if not settings.models.monotone:
        return {}
    declared = {name: SIGNALS[name].raises_risk for name in columns if name in SIGNALS}
    declared |= {name: side for name, side in settings.models.directions.items() if name in set(columns)}
    return {name: SIDES[side] for name, side in declared.items() if side is not None}
