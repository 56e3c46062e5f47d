"""When drift is an alarm, and when a model should be trained again."""

from typing import Annotated

from pydantic import Field, PositiveInt

from churnrisk.settings.base import Settings, Share


class MonitorSettings(Settings):
    """What counts as drift, and what asks for a new training."""

    false_alarm_rate: Annotated[Share, Field(gt=0)] = 0.01
    """Chance that a night without any drift is told to have some, over all signals together."""
    least_psi: Annotated[float, Field(ge=0)] = 0.1
    """Drift below this is not told, however certain it is."""
    retrain_after_days: PositiveInt = 180
    """Age of the model at which a new training is asked for."""
