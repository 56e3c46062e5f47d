"""What was known before a cutoff, as a few numbers: two sets of tables that tell a night the same have the same.

The numbers hold within one version of the engine, whose hash they are made of.
"""

import hashlib
from dataclasses import replace
from datetime import date

import ibis
import ibis.expr.types as ir
import pandas as pd

from churnrisk.snapshots.build import Workshop
from churnrisk.snapshots.spine import spans
from churnrisk.tables.contract import KNOWN_AT, Contract
from churnrisk.tables.past import past

#: Customers are parted by a hash of their name, so that a difference tells how many of them it touches.
PARTS = 256
#: Tables whose overwritten columns stand in lists, to show who a customer is.
SHOWN = ("customers", "subscriptions")
#: Bits of each row's hash that are let go, so that sums over billions of rows stay whole numbers.
SPARED_BITS = 24
COLUMNS = ["table", "part", "rows", "hash", "newest"]


def fingerprints(workshop: Workshop, cutoff: date) -> pd.DataFrame:
    """Count and hash the rows of every table that were known before a cutoff, part by part.

    What was filled in later is blanked, and the order of rows is of no account. Overwritten columns count where a
    list shows them.

    Returns
    -------
    DataFrame
        ``table``, ``part`` (0 to 255, by a hash of the customer), ``rows``, ``hash``, and when the ``newest`` row
        became known; a table of which nothing was known has one line with 0 rows.
    """
    at = spans([cutoff], workshop.settings.churn).select("cutoff")
    found = [_of_table(workshop, name, at) for name in sorted(workshop.tables)]
    return pd.concat(found, ignore_index=True)[COLUMNS]


def total(prints: pd.DataFrame) -> dict[str, dict[str, object]]:
    """Draw the parts of each table together: its rows, one fingerprint, and the day of its newest row.

    Examples
    --------
    >>> prints = pd.DataFrame({"table": ["usage"] * 2, "part": [0, 7], "rows": [2, 1], "hash": [11, -5]})
    >>> total(prints.assign(newest=pd.to_datetime(["2025-06-01", "2025-06-02"])))
    {'usage': {'rows': 3, 'fingerprint': '35a20d215623ad23', 'newest': '2025-06-02'}}
    """
    return {
        str(name): {
            "rows": int(parts["rows"].sum()),
            "fingerprint": _digest(parts),
            "newest": None if parts["newest"].isna().all() else f"{parts['newest'].max():%Y-%m-%d}",
        }
        for name, parts in prints.groupby("table", sort=True)
    }


def _digest(parts: pd.DataFrame) -> str:
    lines = parts.sort_values("part")[["part", "rows", "hash"]].itertuples(index=False)
    told = "\n".join(f"{line.part} {line.rows} {line.hash}" for line in lines)
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def _of_table(workshop: Workshop, name: str, at: ir.Table) -> pd.DataFrame:
    table, contract = workshop.tables[name], workshop.tables.contracts[name]
    seen = past(table, _shown(contract), at)
    columns = sorted(column for column in table.columns if column in seen.columns)
    row = ibis.struct({column: seen[column] for column in columns}).hash()
    parted = seen.group_by(part=seen.customer_id.hash() & (PARTS - 1))
    asked = {"rows": seen.count(), "hash": (row >> SPARED_BITS).sum(), "newest": seen[KNOWN_AT].max()}
    found = workshop.engine.rows(parted.aggregate(**asked))
    if found.empty:
        found = pd.DataFrame({"part": [0], "rows": [0], "hash": [0], "newest": [pd.NaT]})
    found = found.astype({"part": "int16", "rows": "int64", "hash": "int64", "newest": "datetime64[us]"})
    return found.sort_values("part", ignore_index=True).assign(table=name)


def _shown(contract: Contract) -> Contract:
    """Keep the overwritten columns where a list shows them."""
    return replace(contract, no_history=()) if contract.name in SHOWN else contract
