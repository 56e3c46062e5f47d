"""The thirty customers of ``fixture30.py``, counted once in every convention."""

import pytest

from churnrisk.kpis.ledger import Ledger, periods_of
from churnrisk.kpis.table import kpi_table
from churnrisk.settings import EconomicsSettings, KpiSettings
from tests.kpis.companies import workshop_of
from tests.kpis.fixture30 import THIRTY


@pytest.fixture(scope="package")
def tables(engine):
    """Give (split, value, period's start) = key figure = number, of a convention and a length of period."""
    known = {}

    def run(convention="standard", period="month"):
        if (convention, period) not in known:
            settings = KpiSettings(period=period, convention=convention, mrr_bands=[30, 60])
            economics = EconomicsSettings(gross_margin=0.8, acquisition_cost=120)
            shop = workshop_of(engine, THIRTY, observed_from="2025-01-01", kpis=settings, economics=economics)
            calendar = (convention, period) == ("standard", "month")
            splits = ("plan", "mrr_band", "region") if calendar else ("plan",)
            table = kpi_table(Ledger(shop, periods_of(shop), splits))
            known[convention, period] = {
                (*key[:2], str(key[2].date())): rows.set_index("kpi")
                for key, rows in table.groupby(["split", "value", "period_start"])
            }
        return known[convention, period]

    return run
