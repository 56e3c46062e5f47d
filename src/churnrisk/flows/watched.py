"""What stands around a night: the lock, the signs of life, and an alarm when no list was written."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Protocol

from churnrisk.delivery.heartbeat import Beat, alive
from churnrisk.delivery.leftovers import clear_leftovers, own_scratch
from churnrisk.delivery.lock import night_lock
from churnrisk.delivery.log import about, tell
from churnrisk.errors import ChurnRiskError
from churnrisk.flows.plain_faults import plain_faults
from churnrisk.modeling.tracking import end_on_sigterm
from churnrisk.settings import PipelineSettings


class Wanted(Protocol):
    """What was asked of a night."""

    @property
    def cutoff(self) -> str:
        """A day, or ``latest``."""

    @property
    def send(self) -> bool:
        """Whether anything may be sent."""

    @property
    def dry_run(self) -> bool:
        """Whether it is only shown what would be sent."""


class Ended(Protocol):
    """How a night went."""

    @property
    def folder(self) -> Path:
        """The run's folder."""

    @property
    def counts(self) -> dict[str, int]:
        """Customers in each list."""

    @property
    def warnings(self) -> list[str]:
        """What someone should know of it."""

    @property
    def repeated(self) -> bool:
        """Whether it had been written before."""

    @property
    def exit_code(self) -> int:
        """0, or 3 with findings."""


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
    lock = night_lock(settings.out_folder, now, hours=settings.nightly.lock_hours)
    silent = asked.cutoff != "latest"
    with plain_faults(settings), end_on_sigterm(), alive(settings, now, silent=silent) as beat, lock, own_scratch():
        beat.start()
        tell("start", cutoff=asked.cutoff)
        for one in clear_leftovers(settings.out_folder):
            tell("cleared", leftover=one)
        try:
            with plain_faults(settings):
                yield beat
        except Exception as fault:
            if asked.send and not asked.dry_run and not beat.silent:
                _alarm(settings, fault, now)
            raise


def ended(beat: Beat, result: Ended) -> None:
    """Write down how a run ended: its name and counts, and each of its warnings."""
    for warning in result.warnings:
        tell("warning", warning, level=logging.WARNING)
    beat.run, beat.exit_code = result.folder.name, result.exit_code
    beat.message = f"{result.counts['scored']} customers scored, {result.counts['at_risk']} on the list"
    beat.message += "; written before" if result.repeated else ""
    tell("done", beat.message, exit_code=result.exit_code, repeated=result.repeated, **result.counts)


def _alarm(settings: PipelineSettings, fault: Exception, now: datetime) -> None:
    """Tell of a fault; of one that nobody foresaw its kind alone, for its text can hold anything."""
    from churnrisk.delivery.alarm import send_alarm

    if isinstance(fault, ChurnRiskError):
        send_alarm(settings, str(fault), fault.exit_code, now)
    else:
        send_alarm(settings, f"Unexpected: {type(fault).__name__}. Run again with --debug to see where.", 1, now)
