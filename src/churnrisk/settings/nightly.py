"""What a night with nobody watching refuses, and how it says that it is alive."""

from typing import Annotated

from pydantic import Field, PositiveFloat, PositiveInt

from churnrisk.settings.base import Settings, Share
from churnrisk.settings.source import TableName


class NightlySettings(Settings):
    """Bounds beyond which no list is written, the lock, and the signs of life."""

    max_age_days: dict[TableName, PositiveInt] = {}
    """By table, how many days old its newest row may be, by the clock; a table not named may be of any age."""
    max_shrink: Share = 0.1
    """Share of its rows that a table may have lost since the last night."""
    max_growth: PositiveFloat = 1.0
    """Share by which a table may have grown since the last night, or in each 30 days since; 1 is twice the rows."""
    max_without_features: Share = 0.2
    """Share of the customers at risk that may have no row in any table of events."""
    max_model_age_days: PositiveInt | None = 400
    """Days after its training for which a model is used; needs a new training then."""
    lock_hours: Annotated[float, Field(gt=0)] = 12
    """After how many hours a lock of another machine is taken for a leftover."""
    ping: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")] | None = None
    """Name of the environment variable with an address to call when a night starts, is done, or failed."""
