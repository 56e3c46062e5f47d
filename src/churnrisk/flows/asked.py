"""What is asked of a night, and what it answers."""

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pandas as pd

from churnrisk.flows.replay import LATEST


@dataclass(frozen=True)
class Asked:
    """What was asked of a night.

    Parameters
    ----------
    cutoff
        A day, or ``latest``: the midnight after the newest event in the tables.
    model
        A version to score with, in place of the champion of that night.
    allow_challenger
        Score with a model that was not released, and mark every row so.
    replace
        Write again what was written before.
    allow
        Codes of refusals to override.
    send
        Hand the lists to the places of ``[delivery]``.
    dry_run
        Say what would be handed over, and hand nothing over.
    """

    cutoff: str = LATEST
    model: int | None = None
    allow_challenger: bool = False
    replace: bool = False
    allow: frozenset[str] = frozenset()
    send: bool = True
    dry_run: bool = False


@dataclass(frozen=True)
class ScoreResult:
    """What a night wrote.

    Parameters
    ----------
    folder
        The run's folder.
    counts
        Customers in each list.
    segments
        Customers, mean probability and money at stake in each segment.
    first
        The first ten rows of the list.
    warnings
        What someone should know of this night.
    repeated
        Whether the same night had been written before, and was left as it is.
    differs
        A replay that gave something else than the night had: in which tables, and how many ranks moved.
    replaced
        Whether the list that stood before was replaced by this one.
    sent
        Where the lists were handed over, in words.
    """

    folder: Path
    cutoff: date | None
    model_version: str
    counts: dict[str, int]
    segments: pd.DataFrame
    first: pd.DataFrame
    warnings: list[str] = field(default_factory=list)
    repeated: bool = False
    differs: list[str] = field(default_factory=list)
    replaced: bool = False
    sent: list[str] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """3 where a replay gave another list than the night had, and that one still stands; else 0."""
        return 3 if self.differs and not self.replaced else 0
