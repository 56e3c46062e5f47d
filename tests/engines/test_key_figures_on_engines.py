"""The expressions behind key figures are for any engine: each compiles for the warehouses."""

from datetime import datetime

import ibis
import pytest

from churnrisk.kpis.cube import flows_of, laid_together, rolled_up, stock_changes
from churnrisk.kpis.movements import beside_the_next, movements
from churnrisk.kpis.periods import lay_periods
from churnrisk.kpis.runs import firsts, paid_runs, plain_firsts, with_churn_index
from churnrisk.presence.spells import presence
from churnrisk.presence.states import overlapping_states
from churnrisk.presence.stays import apart, plain_states, stays_in_order
from churnrisk.presence.terms import ended_terms
from churnrisk.settings import ChurnSettings
from tests.making import make_table

CHURN = ChurnSettings()
DATA = (datetime(2024, 1, 1), datetime(2025, 1, 1))


def expressions(unit):
    """Compose everything from subscriptions to counts, each step on a table of its own, as the ledger keeps them."""

    def placed(table, name):
        steps[name] = table
        return ibis.table(table.schema(), name=name)

    steps = {}
    row = {"subscription_id": "s", "customer_id": "a", "started_at": "2024-01-01", "mrr": 1, "plan": "p"}
    tables = {"subscriptions": ibis.table(make_table("subscriptions", [row]).schema(), name="subscriptions")}
    periods = lay_periods(unit, *DATA, 7)
    stays = placed(stays_in_order(tables, CHURN), "stays")
    plain, others = apart(stays, CHURN)
    spells = placed(presence(tables, CHURN, DATA[1], stays), "presence")
    states = placed(overlapping_states(others, spells, CHURN), "states")
    runs = placed(paid_runs(plain_states(plain), states, periods), "runs")
    steps["terms"] = ended_terms(stays, plain, others, CHURN, *DATA)
    steps["firsts"] = firsts(states, spells)
    steps["plain firsts"] = plain_firsts(plain, spells)
    beside = placed(beside_the_next(runs, None, periods), "beside")
    moves = placed(movements(beside, placed(with_churn_index(spells, periods, CHURN), "ends"), ["plan"]), "movements")
    cube = placed(laid_together([stock_changes(beside, ["plan"]), flows_of(moves, ["plan"])], ["plan"]), "cube")
    steps["counted"] = rolled_up(cube, periods, [None, "plan"])
    return steps


@pytest.mark.parametrize("dialect", ["snowflake", "bigquery", "postgres", "trino"])
def test_key_figures_compile_for_warehouses(dialect):
    for name, expression in {**expressions("month"), **expressions("rolling:30d")}.items():
        assert "SELECT" in str(ibis.to_sql(expression, dialect=dialect)), name
