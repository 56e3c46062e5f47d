"""A company of subscribers of a chosen size as Parquet: who came, stayed, changed plan, left and came back."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from churnrisk.timeline import add_months

FIRST_DAY = date(2022, 7, 1)
MONTHS = 36
PLANS = {"basic": 29.0, "plus": 79.0, "pro": 199.0, "business": 499.0}
REGIONS = ("north", "east", "south", "west")
SIZES = ("1-9", "10-49", "50-249", "250+")
REASONS = ("too_expensive", "not_needed", "switched", "missing_features", "payment_failed", "card_expired", "unknown")

#: Days of a life as a customer, of a term agreed for a year, and of a plan kept, on average.
LIFE, YEAR, KEPT = 1100.0, 365, 480.0
#: At most so many rows in one stay.
MOST_ROWS = 8

#: Stands for a row that has no end yet.
RUNS = np.iinfo("int64").min

Column = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Rows:
    """Subscription rows while they are made, times in seconds since the first day.

    Parameters
    ----------
    who
        Number of the customer.
    term
        Number of the row within its stay.
    leaves
        Whether the customer leaves with this row.
    yearly
        Whether the row is a term of a year; others are open until the plan changes.
    """

    who: Column
    term: Column
    start: Column
    stop: Column
    leaves: Column
    yearly: Column


def last_day() -> date:
    """Give the day at which the tables end.

    Examples
    --------
    >>> last_day()
    datetime.date(2025, 7, 1)
    """
    return add_months(FIRST_DAY, MONTHS)


def subscribers(customers: int, folder: Path, *, seed: int = 7) -> Path:
    """Write ``customers.parquet`` and ``subscriptions.parquet``, unless a set of this size and seed is there.

    Two to three rows a customer: terms of a year that are renewed, open rows that end with a change of plan, stays
    that end, customers who come back, gaps of a few days, rows that overlap, trials that pay and trials that do not.

    Returns
    -------
    Path
        The folder of the set.
    """
    target = folder / f"subscribers-{customers}-{seed}"
    done = target / "subscriptions.parquet"
    if done.is_file():
        return target
    target.mkdir(parents=True, exist_ok=True)
    draw = np.random.default_rng(seed)
    end = (last_day() - FIRST_DAY).days * 86400
    came = np.where(
        draw.random(customers) < 0.55,
        draw.integers(-1200 * 86400, 0, customers),
        draw.integers(0, end, customers),
    )
    everyone = np.arange(customers)
    first = _stay(draw, everyone, came, draw.exponential(LIFE, customers), end)
    gone = first.who[first.leaves]
    back = draw.random(len(gone)) < 0.15
    again = first.stop[first.leaves][back] + (20 * 86400 + draw.exponential(90 * 86400, back.sum())).astype("int64")
    second = _stay(
        draw, gone[back][again < end], again[again < end], draw.exponential(LIFE / 2, (again < end).sum()), end
    )
    rows = Rows(
        **{name: np.concatenate([getattr(first, name), getattr(second, name)]) for name in Rows.__annotations__}
    )
    order = np.argsort(rows.start, kind="stable")
    rows = Rows(**{name: getattr(rows, name)[order] for name in Rows.__annotations__})
    pq.write_table(_customers(draw, customers, came), target / "customers.parquet")
    unfinished = target / "subscriptions.unfinished"
    pq.write_table(_subscriptions(draw, rows, customers, end), unfinished)
    unfinished.rename(done)
    return target


def _stay(draw: np.random.Generator, who: Column, came: Column, days: Column, end: int) -> Rows:
    """Cut each customer's stay into rows, with gaps within grace and overlaps here and there."""
    leaves_at = came + (days * 86400).astype("int64") + 86400
    yearly = draw.random(len(who)) < 0.6
    length = np.where(yearly[:, None], YEAR * 86400, (30 + draw.exponential(KEPT, (len(who), MOST_ROWS))) * 86400)
    ends = came[:, None] + np.cumsum(length.astype("int64"), axis=1)
    ends[:, -1] = np.iinfo("int64").max // 4
    starts = np.concatenate([came[:, None], ends[:, :-1]], axis=1)
    there = starts < np.minimum(leaves_at, end)[:, None]
    row, term = np.nonzero(there)
    start, stop, left = starts[there], ends[there], leaves_at[row]
    leaves = (stop >= left) & (left < end)
    stop = np.minimum(stop, left)
    shift = np.zeros(len(start), dtype="int64")
    chance = draw.random(len(start))
    shift[chance < 0.03] = draw.integers(1, 6, (chance < 0.03).sum()) * 86400
    shift[chance > 0.98] = -draw.integers(1, 20, (chance > 0.98).sum()) * 86400
    shift[(term == 0) | (start + shift >= np.minimum(stop, end))] = 0
    return Rows(who[row], term, start + shift, np.where(stop < end, stop, RUNS), leaves, yearly[row])


def _customers(draw: np.random.Generator, customers: int, came: Column) -> pa.Table:
    region = pa.DictionaryArray.from_arrays(draw.integers(0, len(REGIONS), customers).astype("int8"), list(REGIONS))
    size = np.minimum(draw.geometric(0.5, customers) - 1, len(SIZES) - 1).astype("int8")
    return pa.table(
        {
            "customer_id": _ids(np.arange(customers)),
            "signed_up_at": _times(came),
            "region": region.cast(pa.string()),
            "company_size": pa.DictionaryArray.from_arrays(size, list(SIZES)).cast(pa.string()),
        }
    )


def _subscriptions(draw: np.random.Generator, rows: Rows, customers: int, end: int) -> pa.Table:
    number = len(rows.who)
    own = draw.integers(0, len(PLANS), customers)
    plan = (own[rows.who] + (rows.term > 0) * (draw.random(number) < 0.25)) % len(PLANS)
    seats = 1 + draw.geometric(0.35, customers)[rows.who]
    price = np.array(list(PLANS.values()))[plan] * seats * (1 + 0.03 * rows.term)
    trial = (rows.term == 0) & (draw.random(number) < 0.08)
    never = trial & rows.leaves & (draw.random(number) < 0.5)
    stop = np.where(never, np.minimum(rows.start + 14 * 86400, rows.stop), rows.stop)
    notice = np.where(rows.leaves, np.maximum(stop - draw.integers(0, 25, number) * 86400, rows.start), 0)
    why = np.where(rows.leaves, draw.integers(0, len(REASONS), number), 0).astype("int8")

    return _table(
        subscription_id=pa.array(np.char.add("S", rows.who.astype("U9"))),
        customer_id=_ids(rows.who),
        started_at=_times(rows.start),
        ended_at=_times(stop, stop > RUNS),
        cancelled_at=_times(notice, rows.leaves),
        end_reason=pa.DictionaryArray.from_arrays(pa.array(why, mask=~rows.leaves), list(REASONS)).cast(pa.string()),
        plan=pa.DictionaryArray.from_arrays(plan.astype("int8"), list(PLANS)).cast(pa.string()),
        mrr=pa.array(np.round(price, 2)).cast(pa.decimal128(18, 2), safe=False),
        term_ends_at=_times(rows.start + YEAR * 86400, rows.yearly),
        is_trial=pa.array(trial),
        trial_ends_at=_times(rows.start + 14 * 86400, trial & ~never),
    )


def _table(**columns: pa.Array) -> pa.Table:
    return pa.table(columns)


def _ids(numbers: Column) -> pa.Array:
    return pa.array(np.char.add("C", np.char.zfill(numbers.astype("U8"), 8)))


def _times(seconds: Column, there: Column | None = None) -> pa.Array:
    first = np.datetime64(FIRST_DAY, "us")
    return pa.array(
        first + seconds.astype("int64") * np.timedelta64(1_000_000, "us"), mask=None if there is None else ~there
    )
