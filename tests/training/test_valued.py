"""What a kept customer is worth comes from the tables only where profit is asked for and no value given."""

from datetime import date
from types import SimpleNamespace

import pandas as pd
import pytest

from churnrisk.modeling.profit import campaign
from churnrisk.settings import EconomicsSettings, PipelineSettings
from churnrisk.training import valued

COSTS = {"cost_of_contact": 2, "cost_of_offer": 10, "chance_to_accept": 0.4}


@pytest.fixture
def tables(monkeypatch):
    """Tables whose customers pay 20 and 40 a month, or nothing that is known."""
    asked = []

    def worth(workshop, days):
        asked.append(days)
        return pd.DataFrame({"mrr": workshop.mrr})

    monkeypatch.setattr(valued, "worth", worth)
    return asked


PAYING, UNKNOWN = SimpleNamespace(mrr=[20.0, 40.0]), SimpleNamespace(mrr=[float("nan")] * 2)


def test_value_is_the_mean_mrr_over_the_months_at_stake(tables):
    settings = PipelineSettings(economics=EconomicsSettings(**COSTS, months_at_stake=6))
    found = valued.with_value_kept(settings, PAYING, date(2025, 1, 1))
    assert campaign(found.economics).value_kept == 180
    assert tables == [[date(2025, 1, 1)]]


@pytest.mark.parametrize("economics", [{}, COSTS | {"value_kept": 500}], ids=["no costs", "a value of its own"])
def test_tables_are_not_asked_where_there_is_nothing_to_fill_in(tables, economics):
    settings = PipelineSettings(economics=EconomicsSettings(**economics))
    assert valued.with_value_kept(settings, PAYING, date(2025, 1, 1)) is settings
    assert tables == []


def test_without_mrr_there_is_no_profit(tables):
    settings = PipelineSettings(economics=EconomicsSettings(**COSTS))
    assert campaign(valued.with_value_kept(settings, UNKNOWN, date(2025, 1, 1)).economics) is None
