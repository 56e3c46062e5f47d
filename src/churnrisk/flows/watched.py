"""What stands around a night: the lock, the signs of life, and an alarm when no list was written."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Protocol

from churnrisk.delivery.heartbeat import Beat, alive
from churnrisk.delivery.leftovers import clear_leftovers
from churnrisk.delivery.lock import night_lock
from churnrisk.delivery.log import about, tell
from churnrisk.errors import ChurnRiskError
from churnrisk.modeling.tracking import end_on_sigterm
from churnrisk.settings import PipelineSettings


class Wanted(Protocol):
    """What was asked of a night."""

    cutoff: str
    send: bool
    dry_run: bool


@contextmanager
def watched(settings: PipelineSettings, now: datetime, asked: Wanted) -> Iterator[Beat]:
    """Keep other runs away, clear what killed ones left, and say how this one goes.

    A cutoff that was asked for is a replay, which somebody looks at: it gives no signs of life and raises no alarm.

    Parameters
    ----------
    now
        The clock, in UTC.

    Raises
    ------
    RefusedError
        When another run is at work.
    """
    about(pipeline=settings.name)
    with end_on_sigterm(), alive(settings, now, silent=asked.cutoff != "latest") as beat:
        with night_lock(settings.out_folder, now, hours=settings.nightly.lock_hours):
            beat.start()
            tell("start", cutoff=asked.cutoff)
            for one in clear_leftovers(settings.out_folder):
                tell("cleared", leftover=one)
            try:
                yield beat
            except Exception as fault:
                if asked.send and not asked.dry_run and not beat.silent:
                    _alarm(settings, fault, now)
                raise
        tell("done", exit_code=beat.exit_code)


def _alarm(settings: PipelineSettings, fault: Exception, now: datetime) -> None:
    """Tell of a fault; of one that nobody foresaw its kind alone, for its text can hold anything."""
    from churnrisk.delivery.alarm import send_alarm

    if isinstance(fault, ChurnRiskError):
        send_alarm(settings, str(fault), fault.exit_code, now)
    else:
        send_alarm(settings, f"Unexpected: {type(fault).__name__}. Run again with --debug to see where.", 1, now)
