"""Made-up companies of two hundred customers: who uses little leaves soon. Each model is taught by more."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

FIRST, LAST = datetime(2024, 1, 1), datetime(2025, 1, 1)
NOW = datetime(2025, 1, 1, 2, 30)
CUSTOMERS, TAUGHT = 200, 420

Frames = dict[str, pd.DataFrame]

MODELS = """
[models]
names = ["logistic"]
bootstrap = 40
min_churners = 30
stability = false
[engine]
threads = 1
"""


@dataclass(frozen=True)
class Kind:
    """One way in which a company keeps its tables.

    Parameters
    ----------
    model
        Kinds with the same word share a name and a trained model.
    form
        The ending of its files, or ``duckdb``.
    own
        Makes the company's own tables out of ours.
    toml
        All but name, output and models.
    """

    name: str
    model: str
    form: str
    tables: tuple[str, ...]
    toml: str
    own: Callable[[Frames], Frames] = field(default=lambda frames: frames, repr=False)

    def text(self, out: str, data: str = "data") -> str:
        """Give the TOML of this company."""
        return f'name = "{self.model}"\nout = "{out}"\ncards = "cards"\n{self.toml.replace("DATA", data)}{MODELS}'


def made(customers: int, seed: int) -> Frames:
    """Make every table of a company's year."""
    random = np.random.default_rng(seed)
    rows: dict[str, list[tuple]] = {name: [] for name in COLUMNS}
    for number in range(customers):
        _one(random, number, rows)
    frames = {name: pd.DataFrame(rows[name], columns=columns) for name, columns in COLUMNS.items()}
    for frame in frames.values():
        for name in frame.columns:
            if name.endswith("_at"):
                frame[name] = pd.to_datetime(frame[name]).astype("datetime64[us]")
    return frames


COLUMNS = {
    "customers": ["customer_id", "signed_up_at", "name", "region"],
    "subscriptions": [
        *("subscription_id", "customer_id", "started_at", "ended_at", "cancelled_at", "end_reason"),
        *("plan", "mrr", "is_trial"),
    ],
    "usage": ["customer_id", "occurred_at", "event", "quantity", "amount"],
    "invoices": ["invoice_id", "customer_id", "due_at", "amount", "issued_at", "paid_at"],
    "tickets": ["ticket_id", "customer_id", "opened_at", "resolved_at", "severity", "satisfaction"],
    "surveys": ["customer_id", "answered_at", "score", "kind"],
    "offers": ["customer_id", "offered_at", "measure", "cost", "arm"],
    "churn_events": ["customer_id", "churned_at", "reason", "returned_at"],
}


def _one(random: np.random.Generator, number: int, rows: dict[str, list[tuple]]) -> None:
    customer, fading = str(20001 + number), number % 2 == 1
    start = FIRST + timedelta(days=int(random.integers(0, 200)))
    gone = start + timedelta(days=int(random.exponential(130 if fading else 2500)) + 20)
    end = gone if gone < LAST else None
    notice = end - timedelta(days=int(random.integers(0, 20))) if end else None
    if end is None and number % 25 == 0:
        notice, end = LAST - timedelta(days=3), LAST + timedelta(days=20)
    name = f"{('Ada', 'Bo', 'Çelik', 'Dörte', '=Eve')[number % 5]} {number}"
    rows["customers"].append((customer, start, name, ("north", "south", "east")[number % 3]))
    plan, mrr = ("free", 10.0) if fading else ("pro", 20.5 + number % 7)
    reason = ("not_needed", "payment_failed", None)[number % 3] if end else None
    trial = number % 40 == 7
    shown = (f"S{number}", customer, start, None if trial else end, None if trial else notice)
    rows["subscriptions"].append((*shown, reason, plan, mrr, trial))
    last = min(end or LAST, LAST)
    a_day = 0.05 if fading else 0.2
    events = _events(random, start, last, a_day)
    rows["usage"] += [(customer, day, ("view", "edit")[i % 2], 1.0 + i % 3, 5.0 + i) for i, day in enumerate(events)]
    dues = [start + timedelta(days=30 * month) for month in range(13) if start + timedelta(days=30 * month) < last]
    late = timedelta(days=12 if fading else 1)
    for month, due in enumerate(dues):
        paid = due + late if due + late < LAST else None
        rows["invoices"].append((f"I{number}-{month}", customer, due, mrr, due - timedelta(days=5), paid))
    for day in _events(random, start, last, 0.02 if fading else 0.002):
        resolved = day + timedelta(days=2) if day + timedelta(days=2) < LAST else None
        score = float(random.integers(1, 6)) if resolved else None
        rows["tickets"].append((f"T{len(rows['tickets'])}-{number}", customer, day, resolved, "low", score))
    for day in _events(random, start, last, 0.012):
        rows["surveys"].append((customer, day, float(random.integers(0, 6) + (0 if fading else 5)), "nps"))
    if number % 9 == 0 and start + timedelta(days=90) < last:
        rows["offers"].append((customer, start + timedelta(days=90), "call", 12.0, "offered"))
    if end is not None and end < LAST:
        back = end + timedelta(days=30) if number % 11 == 3 and end + timedelta(days=30) < LAST else None
        rows["churn_events"].append((customer, end, reason, back))


def _events(random: np.random.Generator, start: datetime, last: datetime, a_day: float) -> list[datetime]:
    span = max((last - start).total_seconds(), 2)
    number = random.poisson(a_day * span / 86400)
    return [start + timedelta(seconds=int(second)) for second in sorted(random.uniform(0, span - 1, number))]


def _german(frames: Frames) -> Frames:
    """Give tables as an old shop system would write them: other names, decimal commas, dates the other way round."""
    subscriptions, tickets = frames["subscriptions"], frames["tickets"]
    contracts = pd.DataFrame(
        {
            "Vertrag": subscriptions.subscription_id,
            "KdNr": subscriptions.customer_id + ".0",
            "Beginn": subscriptions.started_at.dt.strftime("%d.%m.%Y"),
            "Ende": subscriptions.ended_at.dt.strftime("%d.%m.%Y").fillna("01.01.2075"),
            "Tarif Nr": np.where(subscriptions.plan == "pro", "2", "1"),
            "Preis": subscriptions.mrr.mul(12).map(lambda price: f"{price:.2f}".replace(".", ",")),
            "Status": "aktiv",
        }
    )
    tariffs = pd.DataFrame({"Nr": ["1", "2", "3"], "Tarif": ["free", "pro", "max"], "Monate": [12, 12, 6]})
    calls = pd.DataFrame(
        {
            "Nummer": tickets.ticket_id,
            "Vertrag": "S" + (tickets.customer_id.astype(int) - 20001).astype(str),
            "Wann": tickets.opened_at.dt.strftime("%d.%m.%Y %H:%M"),
        }
    )
    use = frames["usage"]
    days = pd.DataFrame(
        {"Kunde": use.customer_id, "Tag": use.occurred_at.dt.strftime("%Y-%m-%d"), "Menge": use.quantity.astype(int)}
    )
    return {"Vertraege": contracts, "Tarife": tariffs, "Anrufe": calls, "Nutzung": days}


def _flat(frames: Frames) -> Frames:
    """Give one row a customer, with who left."""
    subscriptions, use = frames["subscriptions"], frames["usage"]
    rows = subscriptions[["customer_id", "plan", "mrr"]].assign(
        events=subscriptions.customer_id.map(use.groupby("customer_id").size()).fillna(0).astype(int),
        months=(subscriptions.started_at - FIRST).dt.days // 30,
        calls=(np.arange(len(subscriptions)) * 7919 % 5) * 0.25
        + 2.0 * (subscriptions.ended_at.notna() & (np.arange(len(subscriptions)) % 3 > 0)),
        Churn=np.where(subscriptions.ended_at.notna(), "Yes", "No"),
    )
    return {"people": rows}


_CHURN = '\n[churn]\nhorizon = 30\nday = "notice"\ninvoluntary_reasons = ["payment_failed"]\n'
_SIGNALS = '[signals]\ninclude = ["usage_count_28d", "usage_days_since_last", "support_tickets_84d", "TENURE"]\n'
_CONTRACT = (
    '[source]\npath = "DATA"\nobserved_from = 2024-01-01\n[source.tables.customers]\nfixed = ["region"]\n'
    + _CHURN
    + _SIGNALS.replace("TENURE", "contract_tenure_days")
    + '[list]\ndisplay = ["name", "region"]\n'
)
_MAPPED = """
[source]
path = "DATA"
observed_from = 2024-01-01
[source.tables.subscriptions]
file = "Vertraege.csv"
columns.subscription_id = "Vertrag"
columns.customer_id = "KdNr"
columns.started_at = "Beginn"
columns.ended_at = "Ende"
columns.plan = "Tarif"
derive.mrr = 'Preis / Monate'
lookup = [{ file = "Tarife.csv", on = { "Tarif Nr" = "Nr" } }]
where = "Status <> 'storniert'"
formats = ["%d.%m.%Y"]
none.ended_at = "01.01.2075"
[source.tables.tickets]
file = "Anr*.csv"
columns = { ticket_id = "Nummer", subscription_id = "Vertrag", opened_at = "Wann" }
formats.opened_at = "%d.%m.%Y %H:%M"
[source.tables.usage]
file = "Nutzung.csv"
columns = { customer_id = "Kunde", occurred_at = "Tag", quantity = "Menge" }
[churn]
horizon = 30
[signals]
include = ["usage_count_28d", "usage_days_since_last", "support_tickets_84d", "contract_tenure_days"]
[list]
display = ["plan"]
"""
_SILENCE = """
[source]
path = "DATA"
observed_from = 2024-01-01
[churn]
kind = "inactivity"
inactive_days = 60
horizon = 60
activity = { usage = "quantity > 0" }
[signals]
include = ["usage_count_28d", "usage_days_since_last", "usage_amount_84d"]
"""
_RECORDED = """
[source]
path = "DATA"
observed_from = 2024-01-01
[source.tables.customers]
fixed = ["region"]
[churn]
kind = "recorded"
horizon = 30
[signals]
include = ["usage_count_28d", "usage_days_since_last", "feedback_score_last"]
[list]
display = ["name"]
"""
_FLAT = """
[source]
kind = "flat"
path = "DATA"
file = "people.csv"
customer_id = "customer_id"
label = "Churn"
mrr = "mrr"
[list]
display = ["plan"]
"""

KINDS = {
    kind.name: kind
    for kind in (
        Kind("csv", "contract", "csv", ("customers", "subscriptions", "usage", "tickets"), _CONTRACT),
        Kind(
            "parquet",
            "contract",
            "parquet",
            ("customers", "subscriptions", "usage", "tickets", "invoices", "offers"),
            _CONTRACT,
        ),
        Kind("workbook", "contract", "xlsx", ("customers", "subscriptions", "tickets"), _CONTRACT),
        Kind(
            "database",
            "contract",
            "duckdb",
            ("customers", "subscriptions", "usage", "tickets"),
            _CONTRACT.replace('path = "DATA"', 'kind = "duckdb"\npath = "DATA/company.duckdb"'),
        ),
        Kind("mapped", "mapped", "csv", ("subscriptions", "usage", "tickets"), _MAPPED, _german),
        Kind("silence", "silence", "csv", ("usage",), _SILENCE),
        Kind("recorded", "recorded", "csv", ("customers", "churn_events", "usage", "surveys"), _RECORDED),
        Kind("flat", "flat", "csv", ("subscriptions", "usage"), _FLAT, _flat),
    )
}


def own_tables(kind: Kind, customers: int = CUSTOMERS, seed: int = 1) -> Frames:
    """Give the tables that a company keeps, under the names of its files."""
    frames = made(customers, seed)
    return kind.own({name: frames[name] for name in kind.tables})


def write(frames: Frames, kind: Kind, folder: Path) -> None:
    """Write a company's tables in its form."""
    folder.mkdir(parents=True, exist_ok=True)
    if kind.form == "duckdb":
        with duckdb.connect(str(folder / "company.duckdb")) as connection:
            for name, frame in frames.items():
                connection.register("given", frame)
                connection.execute(f'CREATE TABLE "{name}" AS SELECT * FROM given')
                connection.unregister("given")
        return
    for name, frame in frames.items():
        path = folder / f"{name}.{kind.form}"
        if kind.form == "parquet":
            frame.to_parquet(path, index=False)
        elif kind.form == "xlsx":
            frame.to_excel(path, index=False)
        else:
            frame.to_csv(path, index=False, sep=";" if kind.name == "mapped" else ",")
