"""What a kept customer is worth, where the settings leave it to the tables."""

from datetime import date

from churnrisk.settings import PipelineSettings
from churnrisk.snapshots.build import Workshop
from churnrisk.snapshots.worth import worth


def with_value_kept(settings: PipelineSettings, workshop: Workshop, day: date) -> PipelineSettings:
    """Fill in what a kept customer is worth: mean MRR at a cutoff × months at stake.

    Settings that give a value, or lack a cost without which there is no profit, stay as they are; so do those of
    tables without MRR.

    Parameters
    ----------
    day
        The newest cutoff that teaches or calibrates: no test cutoff has a say in the bounds of segments.
    """
    economics = settings.economics
    if economics.value_kept is not None or economics.missing:
        return settings
    mean = worth(workshop, [day])["mrr"].mean()
    if not mean * economics.months_at_stake > 0:
        return settings
    value = round(float(mean) * economics.months_at_stake, 2)
    return settings.model_copy(update={"economics": economics.model_copy(update={"value_kept": value})})
