"""The least that any way must do: one plain DuckDB pass over the event tables."""

from pathlib import Path

import duckdb

from churnrisk.bench.generate import pattern

#: Table = its time and what is summed.
_READS = {
    "usage": ("occurred_at", "sum(quantity)"),
    "engagement": ("occurred_at", "sum(length(action))"),
    "invoices": ("due_at", "sum(amount)"),
    "tickets": ("opened_at", "sum(satisfaction)"),
}


def plain_pass(folder: Path) -> int:
    """Group each event table by customer: count, latest time and a sum.

    Returns
    -------
    int
        Rows made, over all tables.
    """
    connection = duckdb.connect()
    connection.execute("SET enable_progress_bar = false")
    made = 0
    try:
        for name, (when, total) in _READS.items():
            connection.execute(
                f"CREATE TEMP TABLE {name} AS SELECT customer_id, count(*) AS n, max({when}) AS latest, "
                f"{total} AS total FROM read_parquet('{pattern(folder, name)}') GROUP BY customer_id"
            )
            made += connection.execute(f"SELECT count(*) FROM {name}").fetchall()[0][0]
    finally:
        connection.close()
    return made
