"""Lists into Salesforce, through simple-salesforce, against a stand-in that refuses what Salesforce refuses."""

import time
from collections.abc import Iterator

import pandas as pd
import pytest

from churnrisk.delivery.places import hand_over, send
from churnrisk.errors import DeliveryError
from tests.delivery.nights import pipeline, write_night
from tests.delivery.servers.receiver import Answer, serving
from tests.delivery.servers.salesforce import KEY, SECRET, Salesforce, refused

FIELDS = """
Churn_Probability__c = "churn_probability"
Churn_Segment__c = "segment"
Churn_Reason__c = "reason_1"
Expected_Loss__c = "expected_loss"
Scored_On__c = "cutoff"
New_Tonight__c = "new_tonight"
Last_Contact__c = "last_contact_at"
"""
CUSTOMERS = [f"c{number:02}" for number in range(6)]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Salesforce]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("SALESFORCE_CONSUMER_KEY", KEY)
    monkeypatch.setenv("SALESFORCE_CONSUMER_SECRET", SECRET)
    monkeypatch.setattr("churnrisk.delivery.salesforce.FIRST_LOOK", 0.02)
    with serving(Salesforce(*CUSTOMERS)) as one:
        assert isinstance(one, Salesforce)
        yield one


def settings_of(tmp_path, server, more="", fields=FIELDS):
    return pipeline(
        tmp_path,
        f'[delivery.salesforce]\nurl = "{server.url}"\nexternal_id = "Customer_Id__c"\n'
        f'percent = ["Churn_Probability__c"]\n{more}\n[delivery.salesforce.fields]{fields}',
    )


def test_every_customer_gets_the_fields(tmp_path, server):
    settings = settings_of(tmp_path, server)
    said = send(settings, write_night(settings.out_folder))
    assert said == [f"salesforce: 6 rows to Account of Salesforce at {server.url[7:]}"]
    assert server.records["c00"] == {
        "Name": "c00",
        "Customer_Id__c": "c00",
        "Churn_Probability__c": "90.0",
        "Churn_Segment__c": "critical",
        "Churn_Reason__c": "uses it less",
        "Expected_Loss__c": "110.70",
        "Scored_On__c": "2025-06-01",
        "New_Tonight__c": "true",
    }
    assert "Churn_Reason__c" not in server.records["c05"]


def test_who_is_off_the_list_loses_yesterdays_reason(tmp_path, server):
    server.records["c05"]["Churn_Reason__c"] = "pays late"
    settings = settings_of(tmp_path, server)
    send(settings, write_night(settings.out_folder))
    assert "Churn_Reason__c" not in server.records["c05"]


def test_it_is_sent_once_and_in_jobs_of_so_many_rows(tmp_path, server):
    settings = settings_of(tmp_path, server, "rows_a_job = 4")
    night = write_night(settings.out_folder)
    send(settings, night)
    send(settings, night)
    assert [job.processed for job in server.jobs.values()] == [4, 2]


def test_rows_that_are_refused_are_named_and_the_rest_stands(tmp_path, server):
    del server.records["c03"]
    settings = settings_of(tmp_path, server)
    night = write_night(settings.out_folder)
    found = hand_over(settings, night)
    assert found.set_aside == 1
    assert "5 of 6 rows to Account" in found.said[0]
    assert "c03: REQUIRED_FIELD_MISSING:Required fields are missing: [Name]:Name" in found.said[0]
    failed = pd.read_csv(settings.out_folder / "delivery" / "salesforce-failed.csv", dtype=str)
    assert failed[["run", "customer_id"]].to_numpy().tolist() == [[night.name, "c03"]]
    assert server.records["c02"]["Churn_Segment__c"] == "high"
    assert "was sent before" in send(settings, night)[0]


def test_a_list_of_which_nothing_is_taken_is_a_fault_and_tried_again(tmp_path, server):
    server.records.clear()
    settings = settings_of(tmp_path, server)
    night = write_night(settings.out_folder)
    with pytest.raises(DeliveryError, match="it took none"):
        send(settings, night)
    server.records.update({one: {"Name": one} for one in CUSTOMERS})
    assert "6 rows" in send(settings, night)[0]


def test_an_expired_session_is_renewed_and_the_job_goes_on(tmp_path, server):
    settings = settings_of(tmp_path, server)
    once = server.create

    def expires(asked):
        server.tokens.clear()
        server.create = once
        return once(asked)

    server.create = expires
    send(settings, write_night(settings.out_folder))
    assert server.given == 2
    assert len(server.jobs) == 1
    assert server.records["c00"]["Churn_Segment__c"] == "critical"


def test_a_busy_server_is_waited_for_as_long_as_it_says(tmp_path, server):
    settings = settings_of(tmp_path, server)
    night = write_night(settings.out_folder)
    once = server.create

    def busy(asked):
        server.create = once
        return Answer(429, [{"errorCode": "TOO_MANY", "message": "wait"}], {"Retry-After": "1"})

    server.create = busy
    began = time.monotonic()
    send(settings, night)
    assert time.monotonic() - began >= 1
    assert server.records["c00"]["Churn_Segment__c"] == "critical"


def test_a_limit_that_is_reached_is_left_to_the_next_run(tmp_path, server):
    settings = settings_of(tmp_path, server)
    night = write_night(settings.out_folder)
    once = server.create
    server.create = lambda asked: refused(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
    with pytest.raises(DeliveryError, match=r"REQUEST_LIMIT_EXCEEDED .* the next run tries again"):
        send(settings, night)
    server.create = once
    assert "6 rows" in send(settings, night)[0]


@pytest.mark.parametrize(
    ("more", "fields", "told"),
    [
        (
            "",
            'Chrun__c = "segment"\nChurn_Probability__c = "churn_probability"',
            "Field name not found : Chrun__c.* Make",
        ),
        ('object = "Acount"', FIELDS, "Unable to find object: Acount.*Check object"),
        ('version = "99.0"', FIELDS, "does not exist"),
    ],
)
def test_what_the_schema_refuses_is_said_with_the_remedy(tmp_path, server, more, fields, told):
    settings = settings_of(tmp_path, server, more, f"\n{fields}")
    with pytest.raises(DeliveryError, match=told):
        send(settings, write_night(settings.out_folder))


def test_a_refused_login_shows_no_secret(tmp_path, server, monkeypatch):
    monkeypatch.setenv("SALESFORCE_CONSUMER_SECRET", "wrong-hidden")
    settings = settings_of(tmp_path, server)
    with pytest.raises(DeliveryError, match=r"refused the login.*SALESFORCE_CONSUMER_SECRET") as fault:
        send(settings, write_night(settings.out_folder))
    assert "hidden" not in str(fault.value)
    monkeypatch.delenv("SALESFORCE_CONSUMER_KEY")
    with pytest.raises(DeliveryError, match="SALESFORCE_CONSUMER_KEY with the consumer key"):
        send(settings, write_night(settings.out_folder, mark="bbbb"))


def test_a_server_that_is_not_there_is_named(tmp_path, server):
    settings = pipeline(
        tmp_path,
        '[delivery.salesforce]\nurl = "http://127.0.0.1:1"\nexternal_id = "Id__c"\nattempts = 1\n'
        'fields = { A__c = "segment" }',
    )
    with pytest.raises(DeliveryError, match="could not be reached"):
        send(settings, write_night(settings.out_folder))


@pytest.mark.parametrize("url", ["http://acme.my.salesforce.com", "acme", "https://acme.my.salesforce.com/services"])
def test_an_address_that_is_none_or_not_secure_is_refused(tmp_path, server, url):
    settings = pipeline(
        tmp_path, f'[delivery.salesforce]\nurl = "{url}"\nexternal_id = "Id__c"\nfields = {{ A__c = "segment" }}'
    )
    with pytest.raises(DeliveryError, match="must look like https://host"):
        send(settings, write_night(settings.out_folder))


def test_a_job_that_takes_too_long_is_left(tmp_path, server):
    settings = settings_of(tmp_path, server, "wait_minutes = 0.001")
    server.process = lambda job: None
    with pytest.raises(DeliveryError, match=r"not done after 0\.001 minutes"):
        send(settings, write_night(settings.out_folder))


def test_a_dry_run_logs_in_nowhere(tmp_path, server):
    settings = settings_of(tmp_path, server)
    told = send(settings, write_night(settings.out_folder), dry_run=True)
    assert "would send 6 rows of scores to Account of Salesforce" in told[0]
    assert server.asked == []


def test_a_column_that_a_night_does_not_have_is_said_before_the_login(tmp_path, server):
    settings = settings_of(tmp_path, server, fields=f'{FIELDS}Churn_Change__c = "change"')
    with pytest.raises(DeliveryError, match="no column 'change'"):
        send(settings, write_night(settings.out_folder))
    assert server.asked == []


def test_salesforces_own_id_can_be_what_records_are_found_by(tmp_path, server):
    del server.records["c05"]
    settings = pipeline(
        tmp_path,
        f'[delivery.salesforce]\nurl = "{server.url}"\nexternal_id = "Id"\n'
        'fields = { Churn_Segment__c = "segment" }',
    )
    assert "5 of 6 rows" in send(settings, write_night(settings.out_folder))[0]
    assert server.records["c00"]["Churn_Segment__c"] == "critical"
    assert "c05" not in server.records
