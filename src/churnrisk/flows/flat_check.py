"""The usability report of a flat source: its columns, what each alone knows of churn, and what speaks against it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from churnrisk.delivery.files import write_table
from churnrisk.settings import PipelineSettings
from churnrisk.sources.engine import Engine
from churnrisk.sources.flat import FlatTable, read_flat
from churnrisk.training.screen import ColumnFacts, Screened, screen
from churnrisk.training.suspects import Finding

REJECTED = "flat.parquet"


@dataclass(frozen=True)
class FlatCheckResult:
    """What was found of a flat source.

    Parameters
    ----------
    columns
        Every column of the file, with its type, gaps, AUC alone, and why no model reads it.
    findings
        What someone should know; open ones must be looked at.
    enough
        Whether there is enough to learn from; ``answer`` says it in a sentence.
    """

    pipeline: str
    customers: int
    churners: int
    unlabelled: int
    columns: list[ColumnFacts]
    findings: list[Finding]
    enough: bool
    answer: str

    @property
    def exit_code(self) -> int:
        """0 when one can learn from the file and nothing is open, else 3."""
        return 3 if not self.enough or any(one.is_open for one in self.findings) else 0


def run(settings: PipelineSettings) -> FlatCheckResult:
    """Read a flat source and report on its columns; nothing but rejects is written."""
    with screened(settings) as found:
        enough, answer = enough_to_learn(found, settings)
        return FlatCheckResult(
            pipeline=settings.name,
            customers=len(found.churned),
            churners=int(found.churned.sum()),
            unlabelled=len(found.table.customers) - len(found.churned),
            columns=found.columns,
            findings=found.findings,
            enough=enough,
            answer=answer,
        )


@contextmanager
def screened(settings: PipelineSettings) -> Iterator[Screened]:
    """Read a flat source and screen its columns; rows set aside are written under the output folder."""
    engine = Engine(settings.engine)
    try:
        table = read_flat(settings, engine)
        write_rejects(table, settings)
        yield screen(table, settings)
    finally:
        engine.close()


def write_rejects(table: FlatTable, settings: PipelineSettings) -> None:
    """Write the rows set aside: customer, reason, line, file; an older file goes where there are none."""
    path = settings.out_folder / "rejected" / REJECTED
    path.unlink(missing_ok=True)
    if len(table.rejects):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_table(table.rejects, path)


def enough_to_learn(found: Screened, settings: PipelineSettings) -> tuple[bool, str]:
    """Say whether there are churners enough, and how many there are."""
    need, churners = settings.models.min_churners, int(found.churned.sum())
    if churners < need:
        return (
            False,
            f"Too few churners to learn from: {churners}, and {need} are needed; {need - churners} are missing.",
        )
    return True, f"Enough to learn from: {churners:,} churners among {len(found.churned):,} customers."
