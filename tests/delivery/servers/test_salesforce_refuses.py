"""The stand-in of Salesforce refuses what its documentation refuses: else tests against it would prove nothing."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.delivery.servers.receiver import serving
from tests.delivery.servers.salesforce import KEY, SECRET, Salesforce

JSON = {"Content-Type": "application/json"}
CSV = {"Content-Type": "text/csv"}
JOB = {"operation": "upsert", "object": "Account", "externalIdFieldName": "Customer_Id__c", "contentType": "CSV"}


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Salesforce]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with serving(Salesforce("a", "b")) as one:
        assert isinstance(one, Salesforce)
        one.tokens.add("good")
        yield one


def call(server: Salesforce, method: str, path: str, body: str = "", **headers: Any) -> requests.Response:
    token = headers.pop("token", "good")
    told = {"Authorization": f"Bearer {token}", **headers.pop("headers", {})}
    where = f"{server.url}/services/data/v62.0/jobs/ingest{path}"
    return requests.request(method, where, data=body.encode(), headers=told, timeout=5)


def run_job(server: Salesforce, text: str, **job: Any) -> dict[str, Any]:
    name = call(server, "POST", "", json.dumps({**JOB, "lineEnding": "LF", **job}), headers=JSON).json()["id"]
    assert call(server, "PUT", f"/{name}/batches", text, headers=CSV).status_code == 201
    call(server, "PATCH", f"/{name}", '{"state": "UploadComplete"}', headers=JSON)
    call(server, "GET", f"/{name}")
    found: dict[str, Any] = call(server, "GET", f"/{name}").json()
    return found


def test_a_login_with_a_wrong_secret_or_another_grant(server):
    basic = base64.b64encode(f"{KEY}:{SECRET}".encode()).decode()
    for secret, grant, code in (
        (basic, "client_credentials", 200),
        ("eDp5", "client_credentials", 400),
        (basic, "x", 400),
    ):
        where, headers = f"{server.url}/services/oauth2/token", {"Authorization": f"Basic {secret}"}
        assert requests.post(where, {"grant_type": grant}, headers=headers, timeout=5).status_code == code


def test_an_expired_token(server):
    found = call(server, "POST", "", json.dumps(JOB), headers=JSON, token="old")
    assert (found.status_code, found.json()[0]["errorCode"]) == (401, "INVALID_SESSION_ID")


def test_a_job_without_its_content_type(server):
    assert call(server, "POST", "", json.dumps(JOB)).status_code == 415


@pytest.mark.parametrize(
    "wrong", [{"object": "Acount"}, {"externalIdFieldName": "Name"}, {"lineEnding": "CR"}, {"contentType": "XML"}]
)
def test_a_job_for_what_is_not_there(server, wrong):
    assert call(server, "POST", "", json.dumps({**JOB, **wrong}), headers=JSON).status_code == 400


def test_another_version(server):
    found = requests.get(
        f"{server.url}/services/data/v1.0/jobs/ingest", headers={"Authorization": "Bearer good"}, timeout=5
    )
    assert found.status_code == 404


def test_an_upload_without_its_content_type_or_twice(server):
    name = call(server, "POST", "", json.dumps(JOB), headers=JSON).json()["id"]
    assert call(server, "PUT", f"/{name}/batches", "x", headers=JSON).status_code == 415
    assert call(server, "PUT", f"/{name}/batches", "x", headers=CSV).status_code == 201
    assert call(server, "PUT", f"/{name}/batches", "x", headers=CSV).status_code == 400


def test_other_line_endings_than_announced(server):
    for text, ending in (("Customer_Id__c\r\na\r\n", "LF"), ("Customer_Id__c\na\n", "CRLF")):
        found = run_job(server, text, lineEnding=ending)
        assert (found["state"], "LineEnding is invalid" in found["errorMessage"]) == ("Failed", True)
    assert run_job(server, "Customer_Id__c\r\na\r\n", lineEnding="CRLF")["state"] == "JobComplete"


def test_a_field_that_is_not_there(server):
    found = run_job(server, "Customer_Id__c,Chrun__c\na,1\n")
    assert (found["state"], found["errorMessage"]) == ("Failed", "InvalidBatch : Field name not found : Chrun__c")


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("Churn_Probability__c", "high", "INVALID_TYPE_ON_FIELD_IN_RECORD"),
        ("Churn_Probability__c", "1000", "NUMBER_OUTSIDE_VALID_RANGE"),
        ("Expected_Loss__c", "1,5", "INVALID_TYPE_ON_FIELD_IN_RECORD"),
        ("Scored_On__c", "01.06.2025", "INVALID_TYPE_ON_FIELD_IN_RECORD"),
        ("Last_Contact__c", "2025-06-01 10:00", "INVALID_TYPE_ON_FIELD_IN_RECORD"),
        ("New_Tonight__c", "yes", "INVALID_TYPE_ON_FIELD_IN_RECORD"),
        ("Churn_Segment__c", "x" * 21, "STRING_TOO_LONG"),
        ("Owner_Name__c", "x", "INVALID_FIELD_FOR_INSERT_UPDATE"),
    ],
)
def test_a_value_that_a_field_does_not_take_fails_its_row_alone(server, name, value, why):
    found = run_job(
        server,
        f'Customer_Id__c,{name}\na,"{value}"\nb,#N/A\n'
        if name != "Owner_Name__c"
        else f"Customer_Id__c,{name}\na,x\n",
    )
    assert (found["state"], found["numberRecordsFailed"]) == ("JobComplete", 1)
    assert why in call(server, "GET", f"/{found['id']}/failedResults").text


def test_a_new_record_without_a_name(server):
    assert run_job(server, "Customer_Id__c,Churn_Segment__c\nnobody,low\n")["numberRecordsFailed"] == 1


def test_an_id_of_salesforce_that_is_not_there_makes_no_record(server):
    found = run_job(server, "Id,Name\nnobody,Nobody\n", externalIdFieldName="Id")
    assert (found["numberRecordsFailed"], "nobody" in server.records) == (1, False)


def test_an_empty_cell_leaves_a_field_and_na_empties_it(server):
    for value, left in (("high", "high"), ("", "high"), ("#N/A", None)):
        run_job(server, f"Customer_Id__c,Churn_Segment__c\na,{value}\n")
        assert server.records["a"].get("Churn_Segment__c") == left
