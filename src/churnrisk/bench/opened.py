"""Generated tables opened as the tables room would hand them over: clean columns, with ``known_at``."""

from datetime import datetime
from pathlib import Path

import ibis
import ibis.expr.types as ir

from churnrisk.bench.generate import FILES, FIRST_DAY, last_day, pattern
from churnrisk.sources.engine import Engine
from churnrisk.tables.contract import KNOWN_AT, Contract
from churnrisk.tables.contracts import CONTRACTS
from churnrisk.timeline import midnight


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
