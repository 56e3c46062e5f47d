"""When drift is an alarm, and when a model should be trained again."""

from typing import Annotated

from pydantic import Field, PositiveInt, model_validator

from churnrisk.settings.base import Settings, Share


class MonitorSettings(Settings):
    """What counts as drift, and what asks for a new training."""

    false_alarm_rate: Annotated[Share, Field(gt=0)] = 0.01
    """Chance that a night without any drift is told to have some, over all signals together."""
    least_psi: Annotated[float, Field(ge=0)] = 0.1
    """Drift below this is not told, however certain it is."""
    sure_psi: Annotated[float, Field(gt=0)] = 1.0
    """Drift above this is told even where the cutoffs of the training differed as much."""
    least_new_share: Share = 0.01
    """Levels that the training had not seen are told where they have this share of the customers."""
    drift_nights: PositiveInt = 3
    """A new training is asked for when so many of the last nights have an alarm."""
    of_nights: PositiveInt = 5
    """How many nights these are."""
    judged_nights: PositiveInt = 6
    """The verdict stands on the newest so many nights whose outcome is known, each about a horizon after the last."""
    retrain_after_days: PositiveInt = 180
    """Age of the model at which a new training is asked for."""

    @model_validator(mode="after")
    def _some_of_several(self) -> "MonitorSettings":
        if self.sure_psi < self.least_psi:
            raise ValueError(f"sure_psi ({self.sure_psi:g}) cannot be below least_psi ({self.least_psi:g}). Set one")
        if self.drift_nights > self.of_nights:
            raise ValueError(
                f"drift_nights ({self.drift_nights}) cannot be above of_nights ({self.of_nights}). Set one of them"
            )
        return self
