"""Every place is tried, each night once, and what failed is tried again."""

from collections.abc import Iterator
from datetime import date

import pytest

from churnrisk.delivery import places
from churnrisk.delivery.database import engine_of
from churnrisk.delivery.places import hand_over, send
from churnrisk.errors import DeliveryError
from tests.delivery.nights import pipeline, point_latest, write_night
from tests.delivery.servers.receiver import Answer, Receiver, serving

DATABASE = (
    '[delivery.database]\nurl = "sqlite:///lists.db"\ntables = { today = "churn_today", scores = "churn_scores" }\n'
)


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.delenv("CHURNRISK_WEBHOOK_SECRET", raising=False)
    with serving(Receiver()) as one:
        yield one


def count(settings, table="churn_scores"):
    engine = engine_of(settings.delivery.database, settings.folder)
    with engine.begin() as connection:
        found = connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar()
    engine.dispose()
    return found


def both(tmp_path, receiver):
    return pipeline(tmp_path, f'{DATABASE}[delivery.webhook]\nurl = "{receiver.url}"\nattempts = 1')


def test_without_places_nothing_happens(tmp_path):
    settings = pipeline(tmp_path, "")
    assert send(settings, write_night(settings.out_folder)) == []
    assert not (settings.out_folder / "delivery").exists()


def test_a_night_is_sent_once(tmp_path):
    settings = pipeline(tmp_path, DATABASE)
    night = write_night(settings.out_folder)
    assert send(settings, night) == [
        "database: 2 rows into churn_today, 6 rows into churn_scores of the SQLite file lists.db"
    ]
    assert (count(settings), count(settings, "churn_today")) == (6, 2)
    assert send(settings, night) == [f"database: {night.name} was sent before"]


def test_another_address_is_another_place(tmp_path):
    settings = pipeline(tmp_path, DATABASE)
    night = write_night(settings.out_folder)
    send(settings, night)
    moved = pipeline(tmp_path, DATABASE.replace("lists.db", "other.db"))
    assert "2 rows" in send(moved, night)[0]
    slower = pipeline(tmp_path, DATABASE + "timeout_seconds = 60")
    assert "was sent before" in send(slower, night)[0]


def test_again_sends_what_was_sent_before(tmp_path):
    settings = pipeline(tmp_path, DATABASE)
    night = write_night(settings.out_folder)
    send(settings, night)
    assert "6 rows" in hand_over(settings, night, again=True).said[0]
    assert count(settings) == 6


def test_one_place_that_fails_keeps_the_lists_from_no_other(tmp_path, receiver):
    settings = both(tmp_path, receiver)
    night = write_night(settings.out_folder)
    receiver.first += [Answer(400)]
    with pytest.raises(DeliveryError, match="1 of 2 places did not take the lists") as fault:
        send(settings, night)
    assert "database: 2 rows into churn_today" in str(fault.value)
    assert count(settings) == 6
    said = send(settings, night)
    assert said[0] == f"database: {night.name} was sent before"
    assert "2 rows of today in 1 message" in said[1]


def test_all_faults_come_at_once(tmp_path, receiver):
    settings = pipeline(
        tmp_path,
        '[delivery.database]\nurl_from = "NO_SUCH_VARIABLE"\n'
        f'[delivery.webhook]\nurl = "{receiver.url}"\nattempts = 1',
    )
    receiver.first += [Answer(404)]
    with pytest.raises(DeliveryError, match=r"(?s)NO_SUCH_VARIABLE.*404"):
        send(settings, write_night(settings.out_folder))


def test_a_fault_nobody_thought_of_keeps_the_lists_from_no_other(tmp_path, receiver, monkeypatch):
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("hidden")

    monkeypatch.setattr("churnrisk.delivery.to_database.write_lists", broken)
    settings = both(tmp_path, receiver)
    with pytest.raises(DeliveryError, match="unexpected ZeroDivisionError") as fault:
        send(settings, write_night(settings.out_folder))
    assert "hidden" not in str(fault.value)
    assert len(receiver.asked) == 1


def test_a_dry_run_shows_rows_and_sends_nothing(tmp_path, receiver, monkeypatch):
    monkeypatch.setenv("DATABASE_ADDRESS", "postgresql://me:hidden@127.0.0.1:1/company")
    settings = pipeline(
        tmp_path,
        f'[delivery.database]\nurl_from = "DATABASE_ADDRESS"\n[delivery.webhook]\nurl = "{receiver.url}/hidden"',
    )
    told = send(settings, write_night(settings.out_folder), dry_run=True)
    assert told[0] == "database: would send 2 rows of today to the database company at 127.0.0.1:1, table churn_today"
    assert "customer_id=c00" in told[1]
    assert "hidden" not in "\n".join(told)
    assert receiver.asked == []
    assert not (settings.out_folder / "delivery").exists()


def test_an_older_night_goes_into_the_database_and_nowhere_else(tmp_path, receiver):
    settings = both(tmp_path, receiver)
    older = write_night(settings.out_folder)
    newer = write_night(settings.out_folder, cutoff=date(2025, 6, 2), mark="bbbb2222")
    point_latest(settings, newer)
    said = send(settings, older)
    assert "6 rows into churn_scores" in said[0]
    assert said[1] == "webhook: 2025-06-01-aaaa1111 is not sent, because 2025-06-02 is newer and would be overwritten"
    assert receiver.asked == []


def test_an_older_night_does_not_replace_a_table_of_the_newest_alone(tmp_path):
    settings = pipeline(tmp_path, DATABASE + 'key = ["customer_id"]')
    older = write_night(settings.out_folder)
    newer = write_night(settings.out_folder, cutoff=date(2025, 6, 2), mark="bbbb2222")
    point_latest(settings, newer)
    send(settings, newer)
    assert "is not sent" in send(settings, older)[0]


def test_every_section_of_the_settings_is_a_place(tmp_path):
    settings = pipeline(tmp_path, "")
    sections = set(type(settings.delivery).model_fields) - {"formats"}
    full = (
        DATABASE
        + '[delivery.webhook]\nurl = "https://h/x"\n[delivery.salesforce]\nurl = "https://a.my.salesforce.com"\n'
        'external_id = "Customer_Id__c"\nfields = { A__c = "segment" }\n'
        '[delivery.hubspot]\nid_property = "customer_id"\nproperties = { a = "segment" }\n'
    )
    assert set(places.places_of(pipeline(tmp_path, full))) == sections


def test_a_dry_run_shows_names_as_they_are_in_one_line_each(tmp_path):
    settings = pipeline(tmp_path, DATABASE)
    night = write_night(settings.out_folder, names=("=HYPERLINK(1)\n\x1b[2J", "x" * 10_000))
    told = send(settings, night, dry_run=True)
    assert all("\n" not in line and "\x1b" not in line for line in told)
    assert "name==HYPERLINK(1)" in told[1]
    assert len(told[2]) < 1500


def test_a_customer_called_like_a_formula_arrives_as_it_is(tmp_path):
    settings = pipeline(tmp_path, DATABASE)
    send(settings, write_night(settings.out_folder, names=("=1+1", "<script>")))
    engine = engine_of(settings.delivery.database, settings.folder)
    with engine.begin() as connection:
        found = connection.exec_driver_sql("SELECT name FROM churn_today ORDER BY rank").scalars().all()
    engine.dispose()
    assert found == ["=1+1", "<script>"]
