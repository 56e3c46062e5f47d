"""A night on its way to every place at once: the command deliver, and secrets that stay in the environment."""

import base64
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest

from churnrisk.cli import main
from churnrisk.delivery.lists import run_of
from churnrisk.delivery.values import KINDS, kind_of
from churnrisk.errors import DeliveryError
from churnrisk.flows import deliver, score, train
from churnrisk.settings import PipelineSettings
from churnrisk.settings.delivery import COLUMNS
from tests.delivery.servers import hubspot, postgres, salesforce
from tests.delivery.servers.receiver import Answer, Receiver, serving
from tests.flows.company import NOW, Company, write_company

WEBHOOK_KEY = base64.b64encode(b"a webhook key that is hidden, truly").decode()
URL_TOKEN = "url-token-hidden"
SECRETS = {
    "CHURNRISK_WEBHOOK_SECRET": f"whsec_{WEBHOOK_KEY}",
    "LISTS_TOKEN": URL_TOKEN,
    "DATABASE_PASSWORD": postgres.PASSWORD,
    "SALESFORCE_CONSUMER_KEY": salesforce.KEY,
    "SALESFORCE_CONSUMER_SECRET": salesforce.SECRET,
    "HUBSPOT_TOKEN": hubspot.TOKEN,
}
PLACES = """
[delivery.webhook]
url = "{webhook}/lists?token=${{LISTS_TOKEN}}"
attempts = 1
rows_a_message = 20
list = "scores"

[delivery.salesforce]
url = "{salesforce}"
external_id = "Customer_Id__c"
fields = {{ Churn_Segment__c = "segment", Scored_On__c = "cutoff" }}

[delivery.hubspot]
url = "{hubspot}"
id_property = "customer_id"
properties = {{ churn_segment = "segment", churn_probability = "churn_probability" }}

[delivery.database]
{database}
"""


@dataclass(frozen=True)
class Delivered:
    """A small company whose nights go to four places."""

    company: Company
    settings: PipelineSettings
    webhook: Receiver
    salesforce: salesforce.Salesforce
    hubspot: hubspot.Hubspot


@pytest.fixture(scope="module")
def patch() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as one:
        one.setenv("NO_PROXY", "127.0.0.1")
        one.delenv("MLFLOW_TRACKING_URI", raising=False)
        one.setattr("churnrisk.delivery.salesforce.FIRST_LOOK", 0.02)
        for name, secret in SECRETS.items():
            one.setenv(name, secret)
        yield one


@pytest.fixture(scope="module")
def delivered(patch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Delivered]:
    """The company, trained, with all places up."""
    company = write_company(tmp_path_factory.mktemp("delivered"))
    customers = [f"c{number:03}" for number in range(240)]
    with ExitStack() as stack:
        receiver = stack.enter_context(serving(Receiver()))
        crm = stack.enter_context(serving(salesforce.Salesforce(*customers)))
        other = stack.enter_context(serving(hubspot.Hubspot(*customers)))
        assert isinstance(crm, salesforce.Salesforce)
        assert isinstance(other, hubspot.Hubspot)
        told = 'url = "sqlite:///lists.db"'
        if postgres.programs() is not None:
            base = stack.enter_context(postgres.postgres())
            told = f'url = "{base.url}"\npassword_from = "DATABASE_PASSWORD"'
        urls = {"webhook": receiver.url, "salesforce": crm.url, "hubspot": other.url}
        settings = company.pipeline(models=PLACES.format(**urls, database=told))
        train.run(settings, NOW)
        yield Delivered(company, settings, receiver, crm, other)


def command(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr(sys, "argv", ["churnrisk", *words])
    with pytest.raises(SystemExit) as end:
        main()
    return int(end.value.code or 0)


def hidden() -> set[bytes]:
    """Give every secret in every form in which it could stand somewhere."""
    words = {*SECRETS.values(), WEBHOOK_KEY, *(f"session-token-hidden-{number}" for number in range(1, 9))}
    pair = base64.b64encode(f"{salesforce.KEY}:{salesforce.SECRET}".encode()).decode()
    return {one.encode() for word in {*words, pair} for one in (word, quote(word, safe=""))}


def leaks(folder: Path) -> list[str]:
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            content = path.read_bytes()
            found += [str(path) for secret in hidden() if secret in content]
    return found


def test_a_night_goes_to_every_place_and_leaves_no_secret_anywhere(delivered, monkeypatch, capsys, caplog):
    caplog.set_level("DEBUG", logger="churnrisk")
    delivered.webhook.first += [Answer(200), Answer(500)]
    with pytest.raises(DeliveryError, match="1 of 4 places did not take the lists") as fault:
        score.run(delivered.settings, NOW)
    result = score.run(delivered.settings, NOW)
    assert result.repeated
    assert [line.split(":")[0] for line in result.sent] == ["database", "webhook", "salesforce", "hubspot"]
    assert sum("was sent before" in line for line in result.sent) == 3
    file = str(delivered.settings.file)
    assert command(monkeypatch, "deliver", file, "--dry-run", "--again") == 0
    assert command(monkeypatch, "deliver", file, "--again") == 0
    delivered.hubspot.tokens.clear()
    assert command(monkeypatch, "deliver", file, "--again") == 1
    delivered.hubspot.tokens.add(hubspot.TOKEN)
    printed = capsys.readouterr()
    told = "\n".join([str(fault.value), *result.sent, printed.out, printed.err, caplog.text])
    assert "would send" in printed.out
    assert "HUBSPOT_TOKEN: it has expired" in printed.err
    assert [secret for secret in hidden() if secret in told.encode()] == []
    assert leaks(delivered.company.folder) == []


def test_the_search_for_secrets_would_find_one(tmp_path):
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "log.bin").write_bytes(b"\x00" + hubspot.TOKEN.encode())
    assert len(leaks(tmp_path)) == 1


def test_the_columns_that_a_mapping_may_name_are_those_of_a_night(delivered):
    night = run_of(deliver.run(delivered.settings, NOW, dry_run=True).folder)
    found = {name for listed in ("today", "at_risk", "scores") for name in night.rows(listed).columns}
    assert found - {"plan"} == set(COLUMNS)


def test_columns_hold_what_their_names_say_so_that_an_empty_night_makes_the_same_table(delivered):
    night = run_of(deliver.run(delivered.settings, NOW, dry_run=True).folder)
    rows = night.rows("scores")
    held = {name: kind_of("a name nobody knows", rows[name]) for name in rows if rows[name].notna().any()}
    alike = {
        "whole": ("whole", "number"),
        "money": ("number",),
        "day": ("day", "instant"),
        "truth": ("truth", "text"),
    }
    wrong = {
        name: kind
        for name, kind in held.items()
        if kind not in alike.get(KINDS.get(name, kind), (KINDS.get(name, kind),))
    }
    assert wrong == {}


def test_a_refused_row_ends_3(delivered, monkeypatch):
    gone = delivered.hubspot.records.pop("c000", None) or delivered.hubspot.records.pop("c001")
    present = delivered.hubspot.asked[-1].json["inputs"]
    delivered.hubspot.records.pop(present[0]["id"], None)
    assert command(monkeypatch, "deliver", str(delivered.settings.file), "--again") == 3
    assert gone


def test_a_night_that_was_never_written_is_refused(delivered, monkeypatch, capsys):
    assert command(monkeypatch, "deliver", str(delivered.settings.file), "--cutoff", "2001-01-01") == 1
    assert "There is no night" in capsys.readouterr().err


def test_without_places_it_says_where_to_name_one(trained, monkeypatch, capsys):
    score.run(trained.settings, NOW)
    assert command(monkeypatch, "deliver", str(trained.settings.file)) == 0
    assert "[delivery]" in capsys.readouterr().out


def test_lists_for_people_can_be_had_in_further_forms(trained):
    places = trained.settings.delivery.model_copy(update={"formats": ["xlsx", "parquet"]})
    night = score.run(trained.settings.model_copy(update={"delivery": places}), NOW).folder
    for name in ("today", "at_risk", "leaving", "lost"):
        assert {path.suffix for path in night.glob(f"{name}.*")} == {".csv", ".xlsx", ".parquet"}
    assert {path.suffix for path in night.glob("scores.*")} == {".parquet"}
    again = score.run(trained.settings.model_copy(update={"delivery": places}), NOW)
    assert (again.repeated, again.folder) == (True, night)
    assert score.run(trained.settings, NOW).folder != night
