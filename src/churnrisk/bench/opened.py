"""Generated tables opened as the tables room would hand them over: clean columns, with ``known_at``."""

from datetime import date, datetime
from pathlib import Path

import ibis
import ibis.expr.types as ir

from churnrisk.bench.generate import FIRST_DAY, last_day
from churnrisk.sources.engine import Engine
from churnrisk.tables.contract import KNOWN_AT, Contract
from churnrisk.tables.contracts import CONTRACTS
from churnrisk.timeline import add_months, midnight

#: Every table that is generated, and whether it lies in months.
FILES = {
    "customers": False,
    "subscriptions": False,
    "usage": True,
    "invoices": True,
    "tickets": True,
    "engagement": True,
    "surveys": False,
    "offers": False,
}


class OpenedTables(dict[str, ir.Table]):
    """Tables as views of their Parquet files, with what is known about them.

    Parameters
    ----------
    folder
        What :func:`churnrisk.bench.generate.generate` gave.
    """

    contracts: dict[str, Contract]
    observed_from: datetime
    complete_to: datetime

    def __init__(self, folder: Path, engine: Engine) -> None:
        super().__init__()
        for name in FILES:
            read = engine.connection.read_parquet(pattern(folder, name), hive_partitioning=False)
            known = ibis.coalesce(*[read[column] for column in CONTRACTS[name].known_from])
            self[name] = read.mutate(**{KNOWN_AT: known})
        self.contracts = {
            name: one.told(fixed=one.no_history, delayed=False) for name, one in CONTRACTS.items() if name in self
        }
        self.observed_from, self.complete_to = midnight(FIRST_DAY), midnight(last_day())


def pattern(folder: Path, name: str) -> str:
    """Give the files of one table, as a path with wildcards.

    Examples
    --------
    >>> pattern(Path("t"), "usage"), pattern(Path("t"), "surveys")
    ('t/usage/*/part.parquet', 't/surveys.parquet')
    """
    return str(folder / name / "*" / "part.parquet") if FILES[name] else str(folder / f"{name}.parquet")


def newest_cutoffs(number: int) -> list[date]:
    """List the newest month starts up to the end of the tables, oldest first.

    Examples
    --------
    >>> [str(day) for day in newest_cutoffs(2)]
    ['2025-06-01', '2025-07-01']
    """
    return [add_months(last_day(), -back) for back in reversed(range(number))]
