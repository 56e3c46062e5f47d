"""What a night with nobody watching refuses, and how it says that it is alive."""

from typing import Annotated

from pydantic import Field, PositiveFloat, PositiveInt

from churnrisk.settings.base import Settings, Share


class NightlySettings(Settings):
    """Bounds beyond which no list is written, the lock, and the signs of life."""

    max_age_days: dict[str, PositiveInt] = {}
    """Table = how many days old its newest row may be, against the clock; a table not named may be of any age."""
    max_shrink: Share = 0.1
    """Share of its rows that a table may have lost against the last night."""
    max_growth: PositiveFloat = 1.0
    """Share by which a table may have grown against the last night; 1 is twice as many rows."""
    max_without_features: Share = 0.2
    """Share of the customers at risk that may have no row in any table of events."""
    max_model_age_days: PositiveInt | None = 400
    """Days since its training after which a model is not used any more."""
    lock_hours: Annotated[float, Field(gt=0)] = 12
    """After how many hours a lock of another machine is taken for a leftover."""
    ping: str | None = None
    """Name of the environment variable that holds an address to call when a night is done, or has failed."""
