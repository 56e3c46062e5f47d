"""Laws of key figures on random histories: each count is that of brute force, and parts add up to the whole."""

import hashlib
import os
import subprocess
import sys
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from churnrisk.kpis.table import kpi_table
from churnrisk.settings import EngineSettings, KpiSettings
from churnrisk.sources.engine import Engine
from tests.kpis.companies import FIRST, joined, ledger_of, random_company
from tests.kpis.reference import ALL, COUNTS, MONEY, counted
from tests.kpis.reference_rates import lifetime_months, rates, wilson

ROOT = Path(__file__).parents[2]
NUMBERS = (*COUNTS, *MONEY)
COMING = ("new", "reactivated")
LEAVING = ("churned", "competing")
HISTORIES = {
    "seed": st.integers(0, 1_000_000),
    "day": st.sampled_from(["end", "notice"]),
    "trials": st.sampled_from(["exclude", "include"]),
}


def few(examples):
    quiet = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
    phases = (Phase.explicit, Phase.generate)  # a smaller seed is no simpler company
    return settings(max_examples=examples, derandomize=True, phases=phases, suppress_health_check=quiet)


def cells(engine, ledger):
    """Give every count: (split, start, end) = value = name = number."""
    found = {}
    for split in (ALL, *ledger.splits):
        rows = engine.rows(ledger.counted(None if split == ALL else split))
        for row in rows.to_dict("records"):
            key = (split, row["start"].to_pydatetime(), row["end"].to_pydatetime())
            found.setdefault(key, {})[row["value"]] = {name: row[name] for name in NUMBERS}
    return found


def expected(company, found):
    """Count the same cells by brute force; a part that holds nobody is 0 throughout."""
    told = {key: counted(company, key[1], key[2], key[0]) for key in found}
    none = dict.fromkeys(NUMBERS, 0)
    assert all(set(parts) <= set(found[key]) for key, parts in told.items())
    return {key: {value: none | told[key].get(value, {}) for value in parts} for key, parts in found.items()}


def differing(found, wanted):
    """List cells that are not the same: (split, start, value, name, found, wanted)."""
    return [
        (key[0], str(key[1].date()), value, name, part[name], wanted[key][value][name])
        for key, parts in found.items()
        for value, part in parts.items()
        for name in NUMBERS
        if part[name] != wanted[key][value][name]
    ]


def broken_bridges(parts):
    """List the parts in which a bridge does not hold, or reasons do not add up to the churned."""
    return [
        value
        for value, one in parts.items()
        if one["customers_start"] + one["new"] + one["reactivated"] - one["churned"] - one["competing"]
        != one["customers_end"]
        or one["voluntary"] + one["involuntary"] + one["unknown"] != one["churned"]
        or one["mrr_start"]
        + one["new_mrr"]
        + one["reactivation_mrr"]
        + one["expansion_mrr"]
        - one["contraction_mrr"]
        - one["churned_mrr"]
        - one["competing_mrr"]
        != one["mrr_end"]
    ]


@few(4)
@given(**HISTORIES, unit=st.sampled_from(["month", "month", "quarter", "days:30"]))
def test_every_cell_is_what_brute_force_counts_and_every_bridge_holds(engine, seed, day, trials, unit):
    company = random_company(seed, day=day, trials=trials)
    found = cells(engine, ledger_of(engine, company, unit))
    assert differing(found, expected(company, found)) == []
    assert [broken_bridges(parts) for parts in found.values() if broken_bridges(parts)] == []
    for (split, start, end), parts in found.items():
        whole = found[ALL, start, end][ALL]
        assert {name: sum(one[name] for one in parts.values()) for name in NUMBERS} == whole, split


@few(1)
@given(**HISTORIES)
def test_rolling_days_are_what_brute_force_counts(engine, seed, day, trials):
    company = random_company(seed, customers=25, day=day, trials=trials)
    found = cells(engine, ledger_of(engine, company, "rolling:30d", ("plan",)))
    assert len(found) == 2 * 172
    assert differing(found, expected(company, found)) == []


@pytest.mark.parametrize("convention", ["standard", "new_in_denominator"])
@few(1)
@given(**HISTORIES)
def test_rates_are_the_shares_of_the_counts_and_two_by_two_make_a_hundred(engine, seed, day, trials, convention):
    company = random_company(seed, day=day, trials=trials)
    by = KpiSettings(mrr_bands=list(company.bands), convention=convention)
    table = kpi_table(ledger_of(engine, company, by=("plan", "region"), kpis=by))
    table = table.assign(kpi=table.kpi.str.lower())
    for (split, start, end), rows in table.groupby(["split", "period_start", "period_end"]):
        wanted = counted(company, start.to_pydatetime(), end.to_pydatetime(), split)
        for value, part in rows.groupby("value"):
            number = part.set_index("kpi").number
            told = rates(wanted[value], with_new=convention != "standard") if value in wanted else {}
            for name, rate in told.items():
                assert (rate is None) == pd.isna(number[name.lower()]), (split, start, value, name)
                assert rate is None or number[name.lower()] == pytest.approx(
                    rate, abs=0.006 if name == "ARPA" else 1e-6
                )
            if told and told["churn_rate"] is not None:
                assert number["crr"] + number["churn_rate"] == pytest.approx(100, abs=2e-6)
                reasons = number[["voluntary_churn_rate", "involuntary_churn_rate", "unknown_churn_rate"]]
                assert reasons.sum() == pytest.approx(number["churn_rate"], abs=3e-6)
            if told and told["DRR"] is not None:
                assert number["drr"] + number["net_revenue_churn"] == pytest.approx(100, abs=2e-6)
                assert number["grr"] + number["gross_revenue_churn"] == pytest.approx(100, abs=2e-6)


def test_intervals_and_lifetimes_follow_from_the_rates(engine):
    table = kpi_table(ledger_of(engine, random_company(11), by=()))
    whole = table[table.split == "all"]
    for row in whole[(whole.kpi == "churn_rate") & whole.number.notna()].itertuples():
        low, high = wilson(int(row.numerator), int(row.denominator))
        assert (row.low, row.high) == (pytest.approx(low, abs=1e-5), pytest.approx(high, abs=1e-5))
        life = whole[(whole.kpi == "lifetime_months") & (whole.period_start == row.period_start)].number.iloc[0]
        if row.complete and row.number > 0:
            assert life == pytest.approx(lifetime_months(row.number, 1), abs=1e-4)


@few(1)
@given(**HISTORIES)
def test_net_changes_of_months_add_up_to_the_years_and_flows_are_more(engine, seed, day, trials):
    company = random_company(seed, until=datetime(2025, 1, 20), day=day, trials=trials)
    month, quarter, year = (net_changes(engine, company, unit) for unit in ("month", "quarter", "year"))
    for name in ("customers", "mrr"):
        assert sum(one[name] for one in month.values()) == year[FIRST][name]
        for start, change in quarter.items():
            months = (month[datetime(2024, start.month + more, 1)][name] for more in range(3))
            assert sum(months) == change[name]
    assert sum(one["churned"] for one in month.values()) > year[FIRST]["churned"]


def net_changes(engine, company, unit):
    """Give the net changes of each period of 2024, and its churned."""
    found = {}
    for (_, start, end), parts in cells(engine, ledger_of(engine, company, unit, ())).items():
        one = parts[ALL]
        paid = one["new_mrr"] + one["reactivation_mrr"] + one["expansion_mrr"]
        paid -= one["contraction_mrr"] + one["churned_mrr"] + one["competing_mrr"]
        come = sum(one[name] for name in COMING) - sum(one[name] for name in LEAVING)
        if end <= datetime(2025, 1, 1):
            found[start] = {"customers": come, "mrr": paid, "churned": one["churned"]}
    return found


@few(1)
@given(**HISTORIES)
def test_a_further_customer_changes_only_its_own_cells(engine, seed, day, trials):
    company = random_company(seed, customers=40, day=day, trials=trials)
    guest = random_company(seed + 1, customers=4, day=day, trials=trials, grace_days=company.churn.grace_days)
    rows = [
        {**row, "customer_id": "guest", "subscription_id": f"g{row['subscription_id']}"}
        for row in guest.subscriptions
    ]
    attributes = {"guest": {"region": "east"}}
    both = joined(company, *rows, attributes=attributes)
    alone = joined(
        company.__class__((), company.complete_to, company.churn, {}, (), company.bands), *rows, attributes=attributes
    )
    before = cells(engine, ledger_of(engine, company))
    after = cells(engine, ledger_of(engine, both))
    none = dict.fromkeys(NUMBERS, 0)
    for key, parts in after.items():
        own = counted(alone, key[1], key[2], key[0])
        for value, part in parts.items():
            here, further = before[key].get(value, none), own.get(value, none)
            assert part == {name: here[name] + further.get(name, 0) for name in NUMBERS}, (key, value)


def digest():
    """Give the table of key figures of one company as one number."""
    opened = Engine(EngineSettings(threads=1))
    table = kpi_table(ledger_of(opened, random_company(4, customers=40), by=("plan",)))
    opened.close()
    return hashlib.sha256(table.to_csv(index=False).encode()).hexdigest()


@pytest.mark.parametrize("zone", ["America/St_Johns"])
def test_the_time_zone_of_the_machine_changes_nothing(zone):
    code = "from tests.laws.test_key_figures import digest; print(digest())"
    command = [sys.executable, "-W", "ignore", "-c", code]
    there = subprocess.run(
        command, capture_output=True, text=True, check=True, cwd=ROOT, env={**os.environ, "TZ": zone}
    )
    assert there.stdout.strip() == digest()


def test_brute_force_itself_gives_the_worked_example():
    part = {**dict.fromkeys(COUNTS, 0), **dict.fromkeys(MONEY, Decimal(0))}
    part |= {"customers_start": 500, "new": 100, "churned": 150, "customers_end": 450}
    assert rates(part)["CRR"] == 70.0
    assert rates(part)["churn_rate"] == 30.0
