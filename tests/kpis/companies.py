"""Companies for tests of key figures: set before a workshop, and made up at random."""

import random
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import pyarrow as pa

from churnrisk.kpis.ledger import Ledger
from churnrisk.kpis.periods import lay_periods
from churnrisk.settings import ChurnSettings, KpiSettings
from churnrisk.snapshots.build import Workshop
from churnrisk.sources.engine import Engine
from tests.kpis.reference import Company
from tests.snapshots.workshops import make_workshop

SPLITS = ("plan", "mrr_band", "region")
FIRST, LAST = datetime(2024, 1, 1), datetime(2024, 7, 20)
REASONS = (None, "price", "moved", "card", "death")
CHURN = {
    "voluntary_reasons": ["price", "moved"],
    "involuntary_reasons": ["card"],
    "competing_reasons": ["death"],
    "early_days": 60,
}


def workshop_of(
    engine: Engine, company: Company, *, observed_from: str = "2024-01-01", **settings: object
) -> Workshop:
    """Set a company before a workshop."""
    rows = {"subscriptions": company.subscriptions}
    if company.surveys:
        rows["surveys"] = company.surveys
    settings.setdefault("kpis", KpiSettings(mrr_bands=list(company.bands)))
    shop = make_workshop(
        engine,
        rows,
        observed_from=observed_from,
        complete_to=company.complete_to.isoformat(),
        churn=company.churn,
        **settings,
    )
    names = [one.name for one in company.customers]
    known: dict[str, list[object]] = {"customer_id": names, "signed_up_at": [FIRST] * len(names)}
    for column in sorted({key for told in company.attributes.values() for key in told}):
        known[column] = [company.attributes.get(name, {}).get(column) for name in names]
    types = {name: pa.timestamp("us") if name == "signed_up_at" else pa.string() for name in known}
    people = pa.table({name: pa.array(values, types[name]) for name, values in known.items()})
    shop.tables.tables["customers"] = engine.connection.create_table("small_customers", people, overwrite=True)
    return shop


def ledger_of(
    engine: Engine, company: Company, unit: str = "month", by: tuple[str, ...] = SPLITS, **settings: object
) -> Ledger:
    """Count a company by periods."""
    shop = workshop_of(engine, company, **settings)
    periods = lay_periods(unit, shop.tables.observed_from, shop.tables.complete_to, company.churn.bridging_days)
    return Ledger(shop, periods, by)


def random_company(seed: int, *, customers: int = 60, until: datetime = LAST, **churn: object) -> Company:
    """Make up customers who come, pay more or less, pause, leave and come back."""
    chance = random.Random(seed)
    settings = ChurnSettings(**CHURN | {"grace_days": chance.choice([0, 3, 7])} | churn)
    names = [f"c{number:03}" for number in range(customers)]
    rows = [row for name in names for row in history(chance, name, settings.grace_days)]
    regions = {name: {"region": chance.choice(["north", "south", "west"])} for name in names[:-3]}
    surveys = [
        {
            "customer_id": chance.choice(names),
            "answered_at": FIRST + timedelta(days=chance.randint(0, 199)),
            "score": chance.randint(0, 10),
            "kind": chance.choice(["nps", "csat"]),
        }
        for _ in range(customers)
    ]
    return Company(rows, until, settings, regions, surveys, bands=(20, 35))


def history(chance: random.Random, name: str, grace_days: int) -> list[dict[str, object]]:
    """Make up one customer's subscription rows."""
    rows: list[dict[str, object]] = []
    when = FIRST + timedelta(days=chance.randint(-150, 180))
    if chance.random() < 0.2:
        rows.append(_row(chance, name, len(rows), when, when + timedelta(days=14)) | {"is_trial": True})
        when += timedelta(days=14)
    for _ in range(chance.choice([1, 1, 2, 3, 5, 8])):
        if when >= LAST:
            break
        end = when + timedelta(days=chance.choice([1, 3, 10, 20, 30, 31, 60, 200]), hours=chance.choice([0, 0, 9]))
        rows.append(_row(chance, name, len(rows), when, end))
        if chance.random() < 0.2:  # a second subscription at the same time, that may end on the same day
            begun = when + timedelta(days=chance.randint(-5, 15))
            until = end if chance.random() < 0.5 else begun + timedelta(days=chance.choice([10, 45]))
            if begun < until:
                rows.append(_row(chance, name, len(rows), begun, until))
        gap = chance.choice([0, 0, 0, 1, grace_days, grace_days, grace_days + 1, 12, 25, 90])
        when = end + timedelta(days=gap)
    if chance.random() < 0.5:
        rows[-1] |= {"ended_at": None, "end_reason": None}
    return rows


def _row(chance: random.Random, name: str, number: int, start: datetime, end: datetime) -> dict[str, object]:
    row: dict[str, object] = {
        "subscription_id": f"{name}-{number}",
        "customer_id": name,
        "started_at": start,
        "ended_at": end,
        "mrr": chance.choice([5, 19.99, 20, 20, 33.33, 50, None]),
        "plan": chance.choice(["basic", "pro", "team", None]),
        "end_reason": chance.choice(REASONS),
        "term_ends_at": chance.choice([None, end, start + timedelta(days=30)]),
        "is_trial": False,
    }
    if chance.random() < 0.3:
        row["cancelled_at"] = end - timedelta(days=chance.choice([0, 2, 10, 40]))
    if chance.random() < 0.15:
        row["trial_ends_at"] = start + timedelta(days=chance.choice([7, 14, 400]))
    return row


def joined(one: Company, *rows: Mapping[str, object], attributes: Mapping[str, Mapping[str, str]]) -> Company:
    """Add customers to a company."""
    return replace(one, subscriptions=[*one.subscriptions, *rows], attributes={**one.attributes, **attributes})
