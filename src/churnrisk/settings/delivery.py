"""Where lists go."""

from churnrisk.settings.base import Settings


class DeliverySettings(Settings):
    """Where the lists of a night go, beside the run's own folder."""
