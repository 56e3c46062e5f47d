"""A list in messages of so many rows, against a real server on this machine."""

from collections.abc import Iterator

import pytest

from churnrisk.delivery.places import send
from churnrisk.errors import DeliveryError
from tests.delivery.nights import pipeline, write_night
from tests.delivery.servers.receiver import Answer, Receiver, serving


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.delenv("CHURNRISK_WEBHOOK_SECRET", raising=False)
    with serving(Receiver()) as one:
        yield one


def settings_of(tmp_path, receiver, more='list = "scores"\nrows_a_message = 2\nattempts = 1'):
    return pipeline(tmp_path, f'[delivery.webhook]\nurl = "{receiver.url}/lists"\n{more}')


def test_rows_arrive_in_parts_each_with_a_key_of_its_own(tmp_path, receiver):
    settings = settings_of(tmp_path, receiver)
    said = send(settings, write_night(settings.out_folder, customers=5))
    assert said == [f"webhook: 5 rows of scores in 3 messages to the webhook at {receiver.url[7:]}"]
    told = [one.json for one in receiver.asked]
    assert [(one["data"]["part"], one["data"]["parts"], len(one["data"]["lines"])) for one in told] == [
        (1, 3, 2),
        (2, 3, 2),
        (3, 3, 1),
    ]
    assert {one["type"] for one in told} == {"churnrisk.list"}
    assert {(one["data"]["list"], one["data"]["cutoff"], one["data"]["rows"]) for one in told} == {
        ("scores", "2025-06-01", 5)
    }
    assert len({one.headers["idempotency-key"] for one in receiver.asked}) == 3
    assert told[0]["data"]["lines"][0]["customer_id"] == "c00"
    assert told[0]["data"]["lines"][0]["mrr"] == 10.25


def test_a_receiver_that_fails_half_way_is_resumed_at_the_part_that_failed(tmp_path, receiver):
    settings = settings_of(tmp_path, receiver)
    night = write_night(settings.out_folder, customers=8)
    receiver.first += [Answer(), Answer(), Answer(500)]
    with pytest.raises(DeliveryError, match="answered 500"):
        send(settings, night)
    failed = receiver.asked[-1].headers["idempotency-key"]
    send(settings, night)
    parts = [one.json["data"]["part"] for one in receiver.asked]
    assert parts == [1, 2, 3, 3, 4]
    assert receiver.asked[3].headers["idempotency-key"] == failed
    assert receiver.asked[3].body == receiver.asked[2].body
    assert "was sent before" in send(settings, night)[0]
    assert len(receiver.asked) == 5


def test_the_outbox_keeps_one_key_a_night(tmp_path, receiver):
    settings = settings_of(tmp_path, receiver)
    night = write_night(settings.out_folder, customers=8)
    send(settings, night)
    told = (settings.out_folder / "delivery" / "sent.json").read_text(encoding="utf-8")
    assert told.count(night.name) == 1


def test_an_empty_list_sends_nothing_and_is_done(tmp_path, receiver):
    settings = settings_of(tmp_path, receiver)
    night = write_night(settings.out_folder, customers=0)
    assert "0 rows of scores in 0 messages" in send(settings, night)[0]
    assert receiver.asked == []


def test_messages_are_signed_where_there_is_a_secret(tmp_path, receiver, monkeypatch):
    settings = settings_of(tmp_path, receiver, 'secret_from = "LISTS_SECRET"')
    monkeypatch.setenv("LISTS_SECRET", "whsec_" + "A" * 40)
    send(settings, write_night(settings.out_folder))
    assert receiver.asked[0].headers["webhook-signature"].startswith("v1,")


def test_a_fault_names_the_section_of_the_toml(tmp_path, receiver):
    settings = pipeline(tmp_path, '[delivery.webhook]\nurl = "not an address"')
    with pytest.raises(DeliveryError, match=r"\[delivery\.webhook\]"):
        send(settings, write_night(settings.out_folder))
