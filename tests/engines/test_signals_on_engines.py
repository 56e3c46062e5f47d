"""One definition of a signal, the same rows on every engine."""

import random

import ibis
import pandas as pd
import pytest
from ibis.common.exceptions import OperationNotDefinedError

from churnrisk.features.build import Choice, choose, features, rolled_up
from churnrisk.features.signal import SIGNALS
from churnrisk.settings import ChurnSettings, SignalSettings
from churnrisk.tables.contracts import CONTRACTS
from tests.laws.test_no_feature_sees_the_future import CONTRACTS_USED, CUTOFF, KINDS, World
from tests.making import make_spine, make_table

NEEDS_A_WINDOW = {one.name for one in SIGNALS.values() if any(need.startswith("previous_") for need in one.needs)}


@pytest.fixture(scope="module")
def tables():
    chance = random.Random(3)
    rows = {name: [] for name in CONTRACTS if name != "churn_events"}
    for index in range(30):
        world = World(chance, f"c{index:02d}")
        for name, kept in rows.items():
            kept.extend(
                world.row(name, number) for number in range(1 if name == "customers" else chance.randint(0, 8))
            )
    return {name: make_table(name, kept) for name, kept in rows.items()}


def described(connection, tables, names):
    chosen = choose(tables, CONTRACTS_USED, SignalSettings(), KINDS)
    chosen = Choice([one for one in chosen.on if one.name in names])
    spine = make_spine([(f"c{index:02d}", CUTOFF.isoformat()) for index in range(30)], "2024-06-01")
    rolled = rolled_up(tables, CONTRACTS_USED, chosen, KINDS)
    found = connection.to_pandas(features(tables, CONTRACTS_USED, rolled, spine, chosen, ChurnSettings()))
    return found.sort_values("customer_id").reset_index(drop=True)


@pytest.mark.parametrize("table", sorted({one.table for one in SIGNALS.values()}))
def test_signals_are_the_same_on_polars_as_on_duckdb(tables, table):
    names = {one.name for one in SIGNALS.values() if one.table == table} - NEEDS_A_WINDOW
    mine = described(ibis.duckdb.connect(), tables, names)
    other = described(ibis.polars.connect(), tables, names)
    pd.testing.assert_frame_equal(mine, other, check_dtype=False)


@pytest.mark.parametrize("name", sorted(NEEDS_A_WINDOW))
@pytest.mark.xfail(raises=OperationNotDefinedError, reason="ibis has no window functions on Polars")
def test_signals_that_look_at_the_row_before_are_the_same_on_polars(tables, name):
    described(ibis.polars.connect(), tables, {name})


@pytest.mark.parametrize("dialect", ["snowflake", "bigquery", "postgres", "trino"])
def test_every_signal_compiles_for_warehouses(tables, dialect):
    placed = {name: ibis.table(one.schema(), name=name) for name, one in tables.items()}
    chosen = choose(placed, CONTRACTS_USED, SignalSettings(), KINDS)
    spine = ibis.table({"customer_id": "string", "cutoff": "timestamp", "started_at": "timestamp"}, name="spine")
    rolled = rolled_up(placed, CONTRACTS_USED, chosen, KINDS)
    expression = features(placed, CONTRACTS_USED, rolled, spine, chosen, ChurnSettings())
    assert "cutoff" in str(ibis.to_sql(expression, dialect=dialect))
