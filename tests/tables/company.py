"""A small folder of files and the TOML that reads them, for tests."""

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pandas as pd

from churnrisk.errors import ContractError
from churnrisk.settings import load_settings
from churnrisk.sources.engine import Engine
from churnrisk.tables.read import Tables, read_tables

TODAY = date(2025, 6, 1)
SUBSCRIPTIONS = (
    "subscription_id,customer_id,started_at,ended_at,mrr\ns1,a,2025-01-01,,10.00\ns2,b,2025-02-01,2025-03-01,20\n"
)
USAGE = "customer_id,occurred_at,event\na,2025-01-05T10:00:00,login\nb,2025-02-03 08:30,login\n"


@dataclass
class Company:
    """A folder with ``pipeline.toml`` and the company's files."""

    folder: Path
    engine: Engine
    toml: str = ""
    head: str = ""
    files: dict[str, str] = field(default_factory=dict)

    def write(self, name: str, content: str | bytes | pd.DataFrame) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            path.write_bytes(content)
        elif isinstance(content, str):
            path.write_text(content, encoding="utf-8")
        elif name.endswith(".xlsx"):
            content.to_excel(path, index=False)
        else:
            content.to_parquet(path, index=False)
        return path

    def read(self, toml: str = "", source: str = "", churn: str = "", today: date = TODAY) -> Tables:
        text = f"[source]\n{source}\n{toml}\n[churn]\n{churn}\n"
        self.write("pipeline.toml", text)
        return read_tables(load_settings(self.folder / "pipeline.toml"), self.engine, today)

    def rows(self, table: str, toml: str = "", **more: str) -> pd.DataFrame:
        tables = self.read(toml, **more)
        found = tables.engine.rows(tables[table])
        return found.sort_values(list(found.columns[:2])).reset_index(drop=True)

    def faults(self, toml: str = "", **more: str) -> str:
        try:
            self.read(toml, **more)
        except ContractError as fault:
            return str(fault)
        return ""
