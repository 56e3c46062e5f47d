"""Whole made-up companies with a known truth, from their tables to alerts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd

from churnrisk.bench.alerts import BY, CONTRACTS, LUMPS, MRR, PLANS, Truth
from churnrisk.flows import alerts as flow
from churnrisk.settings import load_settings
from churnrisk.timeline import add_months

FIRST = date(2023, 1, 1)
#: Months before the data begin in which those who are there at first had started.
OLDER = 30
#: Customers a month who pay more from then on, and how much of their MRR that is.
EXPANDS, MORE = 0.01, 0.25

TOML = """name = "company"
out = "out"

[source]
path = "tables"
observed_from = {first}
complete_to = {complete_to}

[source.tables.subscriptions]
fixed = ["plan", "mrr"]
columns.started_at = "starts"
columns.ended_at = "ends"

[churn]
kind = "contract"
day = "end"
grace_days = 0

[alerts]
replicates = {replicates}
"""


@dataclass(frozen=True)
class Drawn:
    """One company on disk.

    Parameters
    ----------
    file
        Its pipeline.
    months
        Names of the months that are to be judged.
    """

    file: Path
    months: list[str]


def write_company(
    folder: Path, truth: Truth, seed: int, *, plans: Sequence[int] = PLANS, replicates: int = 200
) -> Drawn:
    """Write subscriptions in which customers leave by chance, at the same rate each month unless the truth rises."""
    rng = np.random.default_rng(seed)
    months = truth.known + truth.judged
    starts = [add_months(FIRST, month) for month in range(months + 1)]
    rows = pd.concat(
        [_plan(number, size, truth, starts, rng) for number, size in enumerate(plans)], ignore_index=True
    )
    rows.insert(0, "subscription_id", [f"S{number:07d}" for number in range(len(rows))])
    (folder / "tables").mkdir(parents=True, exist_ok=True)
    rows.to_csv(folder / "tables" / "subscriptions.csv", index=False)
    toml = TOML.format(first=FIRST, complete_to=starts[-1] + timedelta(days=1), replicates=replicates)
    file = folder / "company.toml"
    file.write_text(toml, encoding="utf-8")
    return Drawn(file, [f"{one:%Y-%m}" for one in starts[truth.known : -1]])


def _plan(number: int, size: int, truth: Truth, starts: Sequence[date], rng: np.random.Generator) -> pd.DataFrame:
    """Live through the months of one plan; who leaves is replaced on the next day by somebody new."""
    columns: dict[str, list[np.ndarray]] = {"who": [], "starts": [], "ends": [], "mrr": []}

    def close(at: np.ndarray, ended: np.ndarray) -> None:
        for name, cells in zip(columns, (who[at], begun[at], ended, paid[at]), strict=True):
            columns[name].append(cells)

    who = np.arange(size)
    begun = np.datetime64(starts[0]) - rng.integers(1, 30 * OLDER, size).astype("timedelta64[D]")
    paid = _prices(rng, size)
    for month, (start, end) in enumerate(pairwise(starts)):
        rate = truth.rate * (truth.rise if number == 0 and month >= truth.known else 1.0)
        rate *= truth.december if month % 12 == 11 else 1.0
        there = np.flatnonzero(begun < np.datetime64(start))
        drawn = rng.random(len(there))
        days = rng.integers(0, (end - start).days, len(there)).astype("timedelta64[D]")
        leaves, less = drawn < rate, (drawn >= rate) & (drawn < rate + CONTRACTS)
        more = (drawn >= rate + CONTRACTS) & (drawn < rate + CONTRACTS + EXPANDS)
        for moves, factor in ((less, 1 - BY), (more, 1 + MORE)):
            at, day = there[moves], np.datetime64(start) + days[moves]
            close(at, day)
            begun[at], paid[at] = day, np.round(paid[at] * factor, 2)
        at, day = there[leaves], np.datetime64(start) + days[leaves]
        close(at, day)
        who[at] = who.max() + 1 + np.arange(len(at))
        begun[at], paid[at] = day + np.timedelta64(1, "D"), _prices(rng, len(at))
    close(np.arange(size), np.full(size, np.datetime64("NaT"), dtype="datetime64[D]"))
    rows = pd.DataFrame({name: np.concatenate(cells) for name, cells in columns.items()})
    names = [f"P{number + 1}-{one:06d}" for one in rows.pop("who")]
    rows = rows[rows["starts"] != rows["ends"]]
    return rows.assign(customer_id=[names[one] for one in rows.index], plan=f"plan {number + 1}")


def _prices(rng: np.random.Generator, number: int) -> np.ndarray:
    return np.round(MRR * np.exp(LUMPS * rng.standard_normal(number) - LUMPS**2 / 2), 2)


def judged(company: Drawn) -> pd.DataFrame:
    """Give the alerts of every month of one company that is to be judged."""
    settings = load_settings(company.file)
    result = flow.run(settings, add_months(FIRST, 600), all_history=True, send=False)
    lines = pd.DataFrame(
        result.alerts, columns=["kpi", "split", "value", "period", "direction", "series", "first_raised"]
    )
    return lines[lines["period"].isin(company.months)]
