from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from churnrisk.sources.engine import Engine
from tests.tables.company import SUBSCRIPTIONS, USAGE, Company


@pytest.fixture
def company(tmp_path: Path, engine: Engine) -> Company:
    """Two subscriptions and two events, all in order."""
    made = Company(tmp_path, engine)
    made.write("subscriptions.csv", SUBSCRIPTIONS)
    made.write("usage.csv", USAGE)
    return made


@pytest.fixture
def usage_of(company: Company) -> Callable[..., pd.DataFrame]:
    """Give the usage rows that come of one file and some lines of TOML."""

    def read(content: str | bytes | pd.DataFrame, toml: str = "", name: str = "events.csv") -> pd.DataFrame:
        company.write(name, content)
        return company.rows("usage", f'[source.tables.usage]\nfile = "{name}"\n{toml}')

    return read
