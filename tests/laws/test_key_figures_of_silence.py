"""The laws of key figures where silence is churn: customers by their activity, MRR by what they bought."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property

import pytest
from hypothesis import given

from churnrisk.kpis.ledger import Ledger
from churnrisk.kpis.periods import lay_periods
from churnrisk.settings import ChurnSettings, SignalSettings
from tests.kpis.reference import ALL, COUNTS, MONEY, Company, Customer, Spell, Stay, counted
from tests.laws.test_key_figures import HISTORIES, broken_bridges, cells, few
from tests.snapshots.workshops import make_workshop

FAR = datetime(2200, 1, 1)
COMPLETE = datetime(2024, 9, 10)
SILENT, VALUE_DAYS = 40, 120


@dataclass(frozen=True)
class Buyer(Customer):
    """A customer by activity: a spell ends when silence has lasted long enough."""

    bought: Mapping[datetime, Decimal] = field(default_factory=dict)
    begun: datetime = FAR

    def mrr(self, instant: datetime) -> Decimal:
        """Give the mean monthly amount of the days before; of younger customers over 90 days at least."""
        if not self.present(instant):
            return Decimal(0)
        age = (instant - self.begun).days
        days = max(min(age, VALUE_DAYS), 90)
        recent = [paid for day, paid in self.bought.items() if 1 <= (instant - day).days <= VALUE_DAYS]
        return max(round(sum(recent, Decimal(0)) / days * 365 / 12, 2), Decimal(0))


@dataclass(frozen=True)
class Shop(Company):
    """A company that knows its customers by what they buy."""

    @cached_property
    def customers(self) -> list[Customer]:
        days: dict[str, dict[datetime, list[Mapping[str, object]]]] = {}
        for row in self.subscriptions:
            days.setdefault(row["customer_id"], {}).setdefault(_day(row["occurred_at"]), []).append(row)
        return [self._buyer(name, own) for name, own in sorted(days.items())]

    def _buyer(self, name: str, own: Mapping[datetime, list[Mapping[str, object]]]) -> Buyer:
        active = sorted(day for day, rows in own.items() if any(row["quantity"] > 0 for row in rows))
        bought = {day: sum((Decimal(str(row["amount"])) for row in rows), Decimal(0)) for day, rows in own.items()}
        spells: list[list[datetime]] = []
        for day in active:
            if spells and (day - spells[-1][-1]).days < SILENT:
                spells[-1].append(day)
            else:
                spells.append([day])
        stays = tuple(Stay(name, one[0], *[_silent(one[-1])] * 2, None, Decimal(0), None, None) for one in spells)
        return Buyer(name, stays, tuple(Spell((one,)) for one in stays), {}, bought, min(active, default=FAR))


def _day(when: datetime) -> datetime:
    return datetime(when.year, when.month, when.day)


def _silent(last: datetime) -> datetime:
    end = last + timedelta(days=SILENT)
    return end if end <= COMPLETE else FAR


def random_shop(seed: int) -> Shop:
    """Make up buyers with pauses of every length around the silence that is churn, and returned goods."""
    chance = random.Random(seed)
    rows = []
    for number in range(60):
        when = datetime(2024, 1, 1) + timedelta(days=chance.randint(0, 200))
        for _ in range(chance.choice([1, 2, 4, 9])):
            if when < COMPLETE:
                back = chance.random() < 0.15
                amount = round(chance.uniform(-30, 0) if back else chance.uniform(5, 90), 2)
                row = {"customer_id": f"c{number:02}", "occurred_at": when, "amount": amount}
                rows.append(row | {"quantity": -1 if back else 1})
            when += timedelta(days=chance.choice([0, 3, 20, 39, 40, 41, 70]), hours=chance.choice([0, 7, 22]))
    return Shop(rows, COMPLETE, churn=CHURN)


CHURN = ChurnSettings(
    kind="inactivity", inactive_days=SILENT, horizon=SILENT, activity={"usage": "quantity > 0"}, early_days=60
)


@few(2)
@given(seed=HISTORIES["seed"])
def test_every_cell_of_buyers_is_what_brute_force_counts(engine, seed):
    company = random_shop(seed)
    signals = SignalSettings(include=["usage_count_28d"], value_days=VALUE_DAYS)
    shop = make_workshop(engine, {"usage": company.subscriptions}, complete_to=str(COMPLETE), churn=CHURN)
    shop.settings = shop.settings.model_copy(update={"signals": signals})
    periods = lay_periods("month", shop.tables.observed_from, shop.tables.complete_to, 0)
    found = cells(engine, Ledger(shop, periods))
    assert len(found) == 9
    for (split, start, end), parts in found.items():
        wanted = counted(company, start, end, split).get(ALL, {})
        assert broken_bridges(parts) == []
        assert {name: parts[ALL][name] for name in COUNTS} == {name: wanted.get(name, 0) for name in COUNTS}, start
        for name in MONEY:  # a half cent may round either way, for each customer
            assert float(parts[ALL][name]) == pytest.approx(float(wanted.get(name, 0)), abs=0.05), (start, name)
