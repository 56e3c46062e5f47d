"""Event tables of a chosen size as Parquet, made inside DuckDB so that memory stays small."""

import json
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb

from churnrisk.timeline import add_months, month_starts

#: Table = its part of all events.
PARTS = {"usage": 0.75, "engagement": 0.18, "invoices": 0.05, "tickets": 0.02}
EVENTS = ("report", "search", "export", "api", "share", "comment")
FIRST_DAY = date(2024, 1, 1)
MONTHS = 18

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


@dataclass(frozen=True)
class Size:
    """How much is generated.

    Parameters
    ----------
    customers
        Customers that ever start; 95 % of them are there at the end.
    events
        Rows of usage, engagement, invoices and tickets together.
    seed
        The same seed gives the same rows, on any number of threads.

    Examples
    --------
    >>> Size(1_000, 20_000).rows["usage"]
    15000
    """

    customers: int = 100_000
    events: int = 10_000_000
    seed: int = 7

    @property
    def rows(self) -> dict[str, int]:
        """Rows of each event table."""
        return {name: round(self.events * part) for name, part in PARTS.items()}

    @property
    def folder_name(self) -> str:
        """Name of the folder that holds a set of this size."""
        return f"tables-{self.customers}-{self.events}-{self.seed}"


def last_day() -> date:
    """Give the day at which the generated tables end: the cutoff of the night."""
    return add_months(FIRST_DAY, MONTHS)


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


def generate(size: Size, folder: Path) -> Path:
    """Write the tables, unless a set of this size and seed is there already.

    Returns
    -------
    Path
        The folder of the set: ``usage/month=2024-01/part.parquet`` and so on, and one file for each other table.
    """
    target = folder / size.folder_name
    done = target / "size.json"
    if done.is_file():
        return target
    target.mkdir(parents=True, exist_ok=True)
    connection = duckdb.connect(config={"temp_directory": str(target / "scratch"), "memory_limit": "3GB"})
    connection.execute("SET enable_progress_bar = false")
    try:
        _macros(connection, size)
        for name, query in _QUERIES.items():
            if name in size.rows:
                _write_months(connection, name, query, size, target)
            else:
                path = target / f"{name}.parquet"
                connection.execute(
                    f"COPY ({query.format(customers=size.customers, end=last_day())}) TO '{path}' (FORMAT parquet)"
                )
    finally:
        connection.close()
    done.write_text(json.dumps(asdict(size)))
    return target


def _macros(connection: duckdb.DuckDBPyConnection, size: Size) -> None:
    """Define seeded draws: each depends on a row's number alone, so the order of work changes nothing."""
    seed, customers = size.seed, size.customers
    connection.execute(f"CREATE MACRO draw(i, what) AS (hash(i, what, {seed}) % 1000000007) / 1000000007.0")
    connection.execute("CREATE MACRO upto(i, what, n) AS CAST(floor(draw(i, what) * n) AS INTEGER)")
    connection.execute(f"CREATE MACRO happened(t) AS CASE WHEN t < TIMESTAMP '{last_day()}' THEN t END")
    connection.execute("CREATE MACRO name_of(k) AS 'C' || lpad(CAST(k AS VARCHAR), 8, '0')")
    # Of n customers the first 60 % are there from the beginning; the oldest 5 % leave, one after the other.
    connection.execute(f"CREATE MACRO gone_before(m) AS CAST({customers} * 0.05 * m / {MONTHS} AS INTEGER)")
    connection.execute(f"CREATE MACRO begun_by(m) AS CAST({customers} * (0.6 + 0.4 * (m + 1) / {MONTHS}) AS INTEGER)")
    connection.execute(
        "CREATE MACRO present(i, what, m) AS "
        "gone_before(m) + upto(i, what, greatest(begun_by(m) - gone_before(m), 1))"
    )
    connection.execute(
        f"CREATE MACRO first_start(k) AS CASE WHEN k < {customers} * 0.6 "
        f"THEN TIMESTAMP '{FIRST_DAY}' - INTERVAL (upto(k, 'older', 1000)) DAY "
        f"ELSE TIMESTAMP '{FIRST_DAY}' + INTERVAL (CAST(floor((k / {customers} - 0.6) / 0.4 * {MONTHS}) AS INTEGER)) "
        "MONTH END"
    )
    connection.execute(
        f"CREATE MACRO left_at(k) AS CASE WHEN k < {customers} * 0.05 "
        f"THEN TIMESTAMP '{FIRST_DAY}' + INTERVAL (CAST(ceil((k + 1) * {MONTHS} / ({customers} * 0.05)) AS INTEGER)) "
        "MONTH END"
    )
    # The livelier of two drawn customers: some use a product far more than others, month after month.
    connection.execute("CREATE MACRO livelier(a, b) AS CASE WHEN draw(a, 'life') > draw(b, 'life') THEN a ELSE b END")
    # Who is about to leave is hardly drawn any more: there is something to learn from these tables.
    connection.execute("CREATE MACRO fades(k, m) AS k < gone_before(m + 2)")
    connection.execute(
        "CREATE MACRO drawn(a, b, m) AS CASE WHEN fades(a, m) THEN b WHEN fades(b, m) THEN a ELSE livelier(a, b) END"
    )
    connection.execute("CREATE MACRO lively(i, m) AS drawn(present(i, 'one', m), present(i, 'two', m), m)")


def _write_months(connection: duckdb.DuckDBPyConnection, name: str, query: str, size: Size, target: Path) -> None:
    """Write one table month by month, each month in order of time, as event stores keep it."""
    total = size.rows[name]
    for month, start in enumerate(month_starts(FIRST_DAY, last_day() - timedelta(days=1))):
        first, last = total * month // MONTHS, total * (month + 1) // MONTHS
        days = (add_months(start, 1) - start).days
        rows = query.format(first=first, last=last, month=month, start=start, days=days)
        path = target / name / f"month={start:%Y-%m}" / "part.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        connection.execute(f"COPY ({rows}) TO '{path}' (FORMAT parquet)")


_KINDS = "[" + ", ".join(f"'{name}'" for name in EVENTS) + "]"

_QUERIES = {
    "usage": f"""
        SELECT name_of(lively(i // 3, {{month}})) AS customer_id,
            TIMESTAMP '{{start}}' + INTERVAL (upto(i // 3, 'day', {{days}}) * 86400 + upto(i // 3, 'second', 80000)
                + (i % 3) * 300 + upto(i, 'later', 300)) SECOND AS occurred_at,
            {_KINDS}[1 + CAST(floor(pow(draw(i, 'kind'), 2) * {len(EVENTS)}) AS INTEGER)] AS event,
            CAST(1 + upto(i, 'quantity', 20) AS DOUBLE) AS quantity
        FROM range({{first}}, {{last}}) AS numbers(i) ORDER BY occurred_at""",
    "engagement": """
        SELECT name_of(present(i, 'who', {month})) AS customer_id,
            TIMESTAMP '{start}' + INTERVAL (upto(i, 'mailed', {days} * 86400)) SECOND AS occurred_at,
            CASE WHEN draw(i, 'action') < 0.50 THEN 'sent' WHEN draw(i, 'action') < 0.72 THEN 'opened'
                WHEN draw(i, 'action') < 0.78 THEN 'clicked' WHEN draw(i, 'action') < 0.99 THEN 'login'
                ELSE 'unsubscribed' END AS action,
            CASE WHEN draw(i, 'channel') < 0.8 THEN 'mail' ELSE 'app' END AS channel
        FROM range({first}, {last}) AS numbers(i) ORDER BY occurred_at""",
    "invoices": """
        SELECT 'I' || i AS invoice_id, name_of(present(i, 'payer', {month})) AS customer_id,
            issued_at + INTERVAL 14 DAY AS due_at, CAST(10 + upto(i, 'amount', 490) AS DECIMAL(18, 2)) AS amount,
            issued_at,
            CASE WHEN draw(i, 'paid') < 0.97
                THEN happened(issued_at + INTERVAL (CAST(40 * pow(draw(i, 'paid_in'), 2) AS INTEGER)) DAY) END
                AS paid_at,
            CASE WHEN draw(i, 'fails') < 0.03 THEN happened(issued_at + INTERVAL 14 DAY) END AS failed_at
        FROM (SELECT i, TIMESTAMP '{start}' + INTERVAL (upto(i, 'issued', {days})) DAY AS issued_at
            FROM range({first}, {last}) AS numbers(i)) ORDER BY issued_at""",
    "tickets": """
        SELECT 'T' || i AS ticket_id, name_of(present(i, 'asks', {month})) AS customer_id, opened_at,
            resolved_at, ['low', 'medium', 'high', 'critical'][1 + upto(i, 'severity', 4)] AS severity,
            ['billing', 'access', 'speed', 'wrong data', 'other'][1 + upto(i, 'category', 5)] AS category,
            CASE WHEN resolved_at IS NOT NULL AND draw(i, 'answers') < 0.4
                THEN CAST(1 + upto(i, 'satisfaction', 5) AS DOUBLE) END AS satisfaction
        FROM (SELECT i, opened_at, CASE WHEN draw(i, 'resolved') < 0.97
                THEN happened(opened_at + INTERVAL (CAST(600000 * draw(i, 'resolved_in') AS INTEGER)) SECOND) END
                AS resolved_at
            FROM (SELECT i, TIMESTAMP '{start}' + INTERVAL (upto(i, 'opened', {days} * 86400)) SECOND AS opened_at
                FROM range({first}, {last}) AS numbers(i))) ORDER BY opened_at""",
    "customers": """
        SELECT name_of(k) AS customer_id, first_start(k) AS signed_up_at,
            ['north', 'east', 'south', 'west'][1 + upto(k, 'region', 4)] AS region
        FROM range(0, {customers}) AS numbers(k) ORDER BY k""",
    "subscriptions": """
        SELECT 'S' || k AS subscription_id, name_of(k) AS customer_id, started_at,
            CASE WHEN term_ends_at <= stops THEN term_ends_at WHEN leaves THEN stops END AS ended_at,
            CASE WHEN term_ends_at > stops AND leaves THEN stops - INTERVAL 20 DAY END AS cancelled_at,
            CASE WHEN term_ends_at > stops AND leaves THEN 'cancelled' END AS end_reason,
            ['basic', 'plus', 'pro'][1 + (upto(k, 'plan', 3) + upto(k * 8 + term, 'up', 10) // 9) % 3] AS plan,
            CAST(20 + upto(k, 'mrr', 180) + 5 * term AS DECIMAL(18, 2)) AS mrr, term_ends_at,
            draw(k, 'renews') < 0.8 AS auto_renew,
            CASE WHEN draw(k * 8 + term, 'off') < 0.1
                THEN happened(started_at + INTERVAL (upto(k, 'off_in', 300)) DAY) END AS auto_renew_off_at
        FROM (SELECT k, term, stops, leaves, first_start(k) + INTERVAL (term) YEAR AS started_at,
                first_start(k) + INTERVAL (term + 1) YEAR AS term_ends_at
            FROM (SELECT k, coalesce(left_at(k), TIMESTAMP '{end}') AS stops, left_at(k) IS NOT NULL AS leaves
                FROM range(0, {customers}) AS numbers(k)), range(0, 6) AS terms(term))
        WHERE started_at < stops ORDER BY k, started_at""",
    "surveys": """
        SELECT name_of(k) AS customer_id, first_start(k) + INTERVAL (30 + upto(k, 'asked', 500)) DAY AS answered_at,
            CAST(upto(k, 'score', 11) AS DOUBLE) AS score, 'nps' AS kind
        FROM range(0, {customers}, 3) AS numbers(k) WHERE answered_at < TIMESTAMP '{end}' ORDER BY answered_at""",
    "offers": """
        SELECT name_of(k) AS customer_id, offered_at, 'discount' AS measure,
            CASE WHEN draw(k, 'arm') < 0.2 THEN 'held_out' ELSE 'offered' END AS arm,
            CASE WHEN draw(k, 'accepts') < 0.3 THEN happened(offered_at + INTERVAL 3 DAY) END AS accepted_at
        FROM (SELECT k, first_start(k) + INTERVAL (200 + upto(k, 'offered', 300)) DAY AS offered_at
            FROM range(0, {customers}, 20) AS numbers(k)) WHERE offered_at < TIMESTAMP '{end}' ORDER BY offered_at""",
}
