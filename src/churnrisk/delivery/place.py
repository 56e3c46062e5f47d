"""What a place is: what it takes, how the outbox knows it, and how one night is handed over to it."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from churnrisk.delivery.lists import Run
from churnrisk.delivery.outbox import Outbox
from churnrisk.settings import PipelineSettings
from churnrisk.settings.base import Settings

#: Settings of a place that do not change what it is.
NOT_THE_PLACE = {
    *("attempts", "timeout_seconds", "wait_minutes", "rows_a_message", "rows_a_job", "rows_a_batch"),
    *("secret_from", "key_from", "token_from", "password_from", "add_columns"),
}


@dataclass(frozen=True)
class Sending:
    """What became of one night at every place.

    Parameters
    ----------
    said
        A sentence for each place.
    set_aside
        Rows that a place refused while it took the others.
    """

    said: list[str] = field(default_factory=list)
    set_aside: int = 0


@dataclass(frozen=True)
class Errand:
    """One night on its way to one place.

    Parameters
    ----------
    where
        The place by which the outbox knows it.
    outbox
        What was sent already.
    folder
        Where rows that a place refused are written.
    """

    run: Run
    settings: PipelineSettings
    where: str
    outbox: Outbox
    folder: Path


@dataclass(frozen=True)
class Place:
    """Somewhere lists go.

    Parameters
    ----------
    name
        Its section in ``[delivery]``.
    told
        What it is, in words and without secrets.
    lists
        Which lists it takes.
    takes_older
        Whether a night may be sent after a later one: it must not overwrite what that said.
    hand_over
        Sends one night and says how it went.
    """

    name: str
    told: str
    lists: tuple[str, ...]
    takes_older: bool
    settings: Settings
    hand_over: Callable[[Errand], Sending]

    @property
    def where(self) -> str:
        """The key of the outbox: the place, and in short what it is."""
        text = self.settings.model_dump_json(exclude=NOT_THE_PLACE)
        return f"{self.name} {hashlib.sha256(text.encode()).hexdigest()[:8]}"
