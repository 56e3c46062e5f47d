"""What every flow begins with: tables read, checked, and set before the workshop."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from churnrisk.settings import PipelineSettings, needs_time
from churnrisk.snapshots.build import Workshop
from churnrisk.sources.engine import Engine
from churnrisk.tables.read import read_tables, write_rejects


@contextmanager
def opened(settings: PipelineSettings, today: date) -> Iterator[Workshop]:
    """Read and check a pipeline's tables; rows set aside are written under the output folder.

    Raises
    ------
    ContractError
        With every fault of every table; nothing is written then.
    RefusedError
        When the source is flat: it has no times.
    """
    needs_time("This", settings.source)
    engine = Engine(settings.engine)
    try:
        tables = read_tables(settings, engine, today)
        write_rejects(tables, settings.out_folder / "rejected")
        yield Workshop(tables, settings, engine)
    finally:
        engine.close()
