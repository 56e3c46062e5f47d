"""The exports of Salesforce and HubSpot, as they come, are tables that a model can learn from."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from churnrisk.flows import check
from churnrisk.flows.opened import opened
from churnrisk.settings import PipelineSettings, load_settings
from churnrisk.snapshots.build import Workshop
from tests.flows.exported import LAST, record_id, write_hubspot, write_salesforce

PIPELINES = Path(__file__).parents[2] / "pipelines"


def exported(name: str, folder: Path) -> PipelineSettings:
    """Read a pipeline of the repository with everything it writes in another folder."""
    settings = load_settings(PIPELINES / f"{name}.toml")
    return settings.model_copy(update={"out": str(folder / "out"), "cards": str(folder / "cards")})


@dataclass(frozen=True)
class Exported:
    """A pipeline of the repository over a made-up export, with its tables read."""

    settings: PipelineSettings
    workshop: Workshop

    def rows(self, table: str, key: str) -> pd.DataFrame:
        return self.workshop.engine.rows(self.workshop.tables[table]).sort_values(key, ignore_index=True)


@contextmanager
def reading(name: str, folder: Path) -> Iterator[Exported]:
    settings = exported(name, folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(f"{name.upper()}_EXPORT", str(folder))
        with opened(settings, LAST) as workshop:
            yield Exported(settings, workshop)


@pytest.fixture(scope="module")
def salesforce(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exported]:
    folder = tmp_path_factory.mktemp("salesforce")
    write_salesforce(folder)
    with reading("salesforce", folder) as one:
        yield one


@pytest.fixture(scope="module")
def hubspot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exported]:
    folder = tmp_path_factory.mktemp("hubspot")
    write_hubspot(folder)
    with reading("hubspot", folder) as one:
        yield one


def test_an_export_of_salesforce_can_be_checked_as_it_is(salesforce):
    found = check.run(salesforce.settings, LAST)
    assert {one.name for one in found.tables} >= {"customers", "subscriptions", "tickets", "engagement"}
    assert not any(one.rows_set_aside for one in found.tables)
    assert (found.fault, found.labels is not None) == ("", True)


def test_a_deal_that_was_won_is_a_term_of_a_year(salesforce):
    rows = salesforce.rows("subscriptions", "subscription_id")
    first = rows[rows.customer_id == record_id("001", 0)].iloc[0]
    assert float(first.mrr) == 100.0
    assert first.term_ends_at == first.started_at + pd.DateOffset(months=12)
    assert not rows.customer_id.isin([record_id("001", 9)]).any()


def test_members_of_campaigns_are_found_through_their_contacts(salesforce):
    rows = salesforce.rows("engagement", "occurred_at")
    assert set(rows.action) == {"sent", "clicked"}
    assert rows.customer_id.str.startswith("001").all()


def test_an_export_of_hubspot_can_be_checked_as_it_is(hubspot):
    found = check.run(hubspot.settings, LAST)
    assert {one.name for one in found.tables} >= {"customers", "subscriptions", "tickets", "engagement"}
    assert not any(one.rows_set_aside for one in found.tables)
    assert (found.fault, found.labels is not None) == ("", True)


def test_recurring_revenue_of_a_deal_is_a_subscription(hubspot):
    rows = hubspot.rows("subscriptions", "subscription_id")
    assert set(rows.mrr.astype(float)) == {99.5}
    assert rows.subscription_id.str.startswith("20").all()
    assert set(rows.end_reason.dropna()) == {"Churned"}


def test_email_events_are_found_through_contacts_and_told_in_our_words(hubspot):
    rows = hubspot.rows("engagement", "occurred_at")
    assert set(rows.action) == {"sent", "opened", "clicked"}
    assert rows.occurred_at.min().date() >= date(2023, 1, 1)
    assert rows.customer_id.str.startswith("100000").all()
