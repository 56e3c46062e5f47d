"""Lists into HubSpot, through its own client, against a stand-in that refuses what HubSpot refuses."""

import time
from collections.abc import Iterator

import pandas as pd
import pytest

from churnrisk.delivery.places import hand_over, send
from churnrisk.errors import DeliveryError
from tests.delivery.nights import pipeline, write_night
from tests.delivery.servers.hubspot import PROPERTIES, TOKEN, Hubspot
from tests.delivery.servers.receiver import Answer, serving

MAPPED = """
churn_probability = "churn_probability"
churn_segment = "segment"
churn_reason = "reason_1"
churn_scored_on = "cutoff"
churn_new_tonight = "new_tonight"
churn_last_contact = "last_contact_at"
"""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hubspot]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("HUBSPOT_TOKEN", TOKEN)
    with serving(Hubspot(*[f"c{number:02}" for number in range(250)])) as one:
        assert isinstance(one, Hubspot)
        yield one


def settings_of(tmp_path, server, more="", properties=MAPPED):
    return pipeline(
        tmp_path,
        f'[delivery.hubspot]\nurl = "{server.url}"\nid_property = "customer_id"\n{more}\n'
        f"[delivery.hubspot.properties]\n{properties}",
    )


def test_every_customer_gets_the_properties(tmp_path, server):
    settings = settings_of(tmp_path, server)
    assert send(settings, write_night(settings.out_folder)) == [
        f"hubspot: 6 rows to companies of HubSpot at {server.url[7:]}"
    ]
    assert server.records["c00"] == {
        "customer_id": "c00",
        "churn_probability": "0.9",
        "churn_segment": "critical",
        "churn_reason": "uses it less",
        "churn_scored_on": "2025-06-01",
        "churn_new_tonight": "true",
    }
    assert "churn_reason" not in server.records["c05"]


def test_who_is_off_the_list_loses_yesterdays_reason(tmp_path, server):
    server.records["c05"]["churn_reason"] = "pays late"
    settings = settings_of(tmp_path, server)
    send(settings, write_night(settings.out_folder))
    assert "churn_reason" not in server.records["c05"]


def test_a_list_goes_in_batches_of_a_hundred_and_once(tmp_path, server):
    settings = settings_of(tmp_path, server)
    night = write_night(settings.out_folder, customers=250)
    send(settings, night)
    send(settings, night)
    assert server.batches == [100, 100, 50]


def test_contacts_can_be_customers_too(tmp_path, server):
    settings = settings_of(tmp_path, server, 'object = "contacts"')
    send(settings, write_night(settings.out_folder))
    assert server.asked[0].path == "/crm/v3/objects/contacts/batch/update"


def test_hubspots_own_record_id_needs_no_property(tmp_path, server):
    settings = settings_of(tmp_path, server)
    own = pipeline(
        tmp_path,
        f'[delivery.hubspot]\nurl = "{server.url}"\nid_property = "hs_object_id"\n'
        'properties = { churn_segment = "segment" }',
    )
    send(own, write_night(settings.out_folder))
    assert "idProperty" not in server.asked[0].json["inputs"][0]


def test_a_record_that_is_not_there_is_named_and_the_rest_stands(tmp_path, server):
    del server.records["c02"]
    settings = settings_of(tmp_path, server)
    night = write_night(settings.out_folder)
    found = hand_over(settings, night)
    assert found.set_aside == 1
    assert "5 of 6 rows to companies" in found.said[0]
    failed = pd.read_csv(settings.out_folder / "delivery" / "hubspot-failed.csv", dtype=str)
    assert failed[["run", "customer_id"]].to_numpy().tolist() == [[night.name, "c02"]]
    assert "may be deleted or not exist" in failed["why"][0]
    assert server.records["c03"]["churn_segment"] == "medium"
    assert "was sent before" in send(settings, night)[0]


def test_one_wrong_value_is_found_by_halving_and_the_rest_stands(tmp_path, server, monkeypatch):
    monkeypatch.setitem(PROPERTIES, "churn_segment", "enumeration critical high low")
    settings = settings_of(tmp_path, server)
    found = hand_over(settings, write_night(settings.out_folder, customers=100))
    assert found.set_aside == 1
    assert "c03: Property values were not valid" in found.said[0]
    assert server.records["c02"]["churn_segment"] == "high"
    assert server.records["c99"]["churn_segment"] == "low"
    assert len(server.asked) < 20


def test_the_file_of_refused_rows_goes_when_all_are_taken(tmp_path, server):
    del server.records["c02"]
    settings = settings_of(tmp_path, server)
    hand_over(settings, write_night(settings.out_folder))
    server.records["c02"] = {}
    hand_over(settings, write_night(settings.out_folder, mark="bbbb"))
    assert not (settings.out_folder / "delivery" / "hubspot-failed.csv").exists()


@pytest.mark.parametrize("server_says", [{"Retry-After": "1"}, {}])
def test_a_busy_server_is_waited_for(tmp_path, server, server_says):
    settings = settings_of(tmp_path, server)
    told = {"status": "error", "errorType": "RATE_LIMIT", "policyName": "SECONDLY", "message": "limit"}
    server.first += [Answer(429, told, dict(server_says)), Answer(429, told, dict(server_says))]
    began = time.monotonic()
    send(settings, write_night(settings.out_folder))
    assert time.monotonic() - began >= 1
    assert len(server.asked) == 3
    assert server.records["c00"]["churn_segment"] == "critical"


def test_a_limit_that_is_reached_is_left_to_the_next_run(tmp_path, server):
    settings = settings_of(tmp_path, server, "attempts = 1")
    night = write_night(settings.out_folder)
    told = {"status": "error", "policyName": "DAILY", "message": "You have reached your daily limit."}
    server.first += [Answer(429, told)]
    with pytest.raises(DeliveryError, match=r"daily limit.*The next run tries again"):
        send(settings, night)
    assert "6 rows" in send(settings, night)[0]


def test_an_expired_token_is_one_clear_message(tmp_path, server):
    server.tokens.clear()
    settings = settings_of(tmp_path, server)
    with pytest.raises(DeliveryError, match="HUBSPOT_TOKEN: it has expired") as fault:
        send(settings, write_night(settings.out_folder))
    assert "hidden" not in str(fault.value)
    assert len(server.asked) == 1


def test_a_token_that_is_not_set_is_named(tmp_path, server, monkeypatch):
    monkeypatch.delenv("HUBSPOT_TOKEN")
    settings = settings_of(tmp_path, server)
    with pytest.raises(DeliveryError, match="HUBSPOT_TOKEN with the token"):
        send(settings, write_night(settings.out_folder))


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (Answer(403, {"message": "scopes"}), r"crm\.objects\.companies\.write"),
        (Answer(503, {"message": "down"}), "answered 503 after 1 tries"),
        (Answer(502, b"<html>hidden</html>"), "answered 502"),
    ],
)
def test_what_hubspot_answers_is_said_with_the_remedy(tmp_path, server, answer, told):
    settings = settings_of(tmp_path, server, "attempts = 1")
    server.first += [answer]
    with pytest.raises(DeliveryError, match=told) as fault:
        send(settings, write_night(settings.out_folder))
    assert "hidden" not in str(fault.value)


@pytest.mark.parametrize(
    ("properties", "told"),
    [
        ('chrun = "segment"', "'chrun' does not exist.*Make the property"),
        ('createdate = "cutoff"', "read only"),
    ],
)
def test_a_property_that_is_not_there_refuses_the_whole_list_at_once(tmp_path, server, properties, told):
    settings = settings_of(tmp_path, server, properties=properties)
    with pytest.raises(DeliveryError, match=told):
        send(settings, write_night(settings.out_folder, customers=100))
    assert len(server.asked) == 1


def test_a_server_that_is_not_there_is_named(tmp_path, server):
    settings = settings_of(tmp_path, server, "attempts = 1")
    gone = settings.delivery.hubspot.model_copy(update={"url": "http://127.0.0.1:1"})
    away = settings.model_copy(update={"delivery": settings.delivery.model_copy(update={"hubspot": gone})})
    with pytest.raises(DeliveryError, match="could not be reached"):
        send(away, write_night(settings.out_folder))


def test_a_dry_run_asks_nothing(tmp_path, server):
    settings = settings_of(tmp_path, server)
    told = send(settings, write_night(settings.out_folder), dry_run=True)
    assert "would send 6 rows of scores to companies of HubSpot" in told[0]
    assert server.asked == []
