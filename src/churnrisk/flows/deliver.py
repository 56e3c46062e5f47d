"""A night's lists handed over once more, or what would be sent where."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from churnrisk.delivery.lists import run_of
from churnrisk.delivery.lock import night_lock
from churnrisk.delivery.places import hand_over, places_of
from churnrisk.settings import PipelineSettings
from churnrisk.timeline import parse_day


@dataclass(frozen=True)
class DeliverResult:
    """What became of a night's lists.

    Parameters
    ----------
    folder
        The run's folder.
    said
        A sentence a place, or a line each of what would be sent.
    places
        How many places there are.
    set_aside
        Rows that a place refused while it took the others.
    """

    folder: Path
    said: list[str]
    places: int
    set_aside: int = 0

    @property
    def exit_code(self) -> int:
        """3 where a place refused some of the rows, else 0."""
        return 3 if self.set_aside else 0


def run(
    settings: PipelineSettings, now: datetime, *, cutoff: str = "latest", dry_run: bool = False, again: bool = False
) -> DeliverResult:
    """Hand over the lists of a night that was written before.

    Parameters
    ----------
    cutoff
        The night's day, or ``latest``.
    dry_run
        Say what would be sent, and send nothing.
    again
        Send also what was sent before.

    Raises
    ------
    DeliveryError
        When there is no such night, or a place did not take its lists.
    RefusedError
        When another run has the lock.
    """
    name = cutoff if cutoff == "latest" else str(parse_day(cutoff, what="cutoff"))
    night = run_of(settings.out_folder / name)
    places = len(places_of(settings))
    if dry_run:
        return DeliverResult(night.folder, hand_over(settings, night.folder, dry_run=True, again=again).said, places)
    with night_lock(settings.out_folder, now, hours=settings.nightly.lock_hours):
        found = hand_over(settings, night.folder, again=again)
    return DeliverResult(night.folder, found.said, places, found.set_aside)
