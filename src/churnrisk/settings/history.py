"""How long what was said of customers is kept."""

from pydantic import PositiveInt

from churnrisk.settings.base import Settings


class HistorySettings(Settings):
    """How long nights are kept."""

    keep_days: PositiveInt = 1100
    """Days of scores that are kept; older nights are removed."""
    keep_shares_days: PositiveInt = 40
    """Days for which each signal's share in each score is kept, to say what moved; it takes the most room."""
    keep_runs_days: PositiveInt | None = None
    """Days for which the files of a night are kept; by default for ever."""
