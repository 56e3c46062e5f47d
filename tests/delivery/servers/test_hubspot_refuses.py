"""The stand-in of HubSpot refuses what its documentation refuses: else tests against it would prove nothing."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.delivery.servers.hubspot import TOKEN, Hubspot
from tests.delivery.servers.receiver import serving


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hubspot]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with serving(Hubspot("a", "b")) as one:
        assert isinstance(one, Hubspot)
        yield one


def call(
    server: Hubspot, told: Any, *, token: str = TOKEN, kind: str = "companies", **headers: str
) -> requests.Response:
    where = f"{server.url}/crm/v3/objects/{kind}/batch/update"
    sent = {"Authorization": f"Bearer {token}", **headers}
    if headers:
        return requests.post(where, data=str(told), headers=sent, timeout=5)
    return requests.post(where, json=told, headers=sent, timeout=5)


def one_of(customer: str = "a", **properties: Any) -> dict[str, Any]:
    return {"id": customer, "idProperty": "customer_id", "properties": properties}


def test_a_batch_in_order_is_taken(server):
    assert call(server, {"inputs": [one_of(churn_probability="0.5")]}).status_code == 200
    assert server.records["a"]["churn_probability"] == "0.5"


def test_an_empty_value_empties_the_property(server):
    server.records["a"]["churn_reason"] = "pays late"
    call(server, {"inputs": [one_of(churn_reason="")]})
    assert "churn_reason" not in server.records["a"]


def test_an_expired_token(server):
    found = call(server, {"inputs": [one_of()]}, token="old")
    assert (found.status_code, found.json()["category"]) == (401, "EXPIRED_AUTHENTICATION")


def test_another_content_type(server):
    assert call(server, "inputs=1", **{"Content-Type": "text/plain"}).status_code == 415


def test_another_object(server):
    assert call(server, {"inputs": [one_of()]}, kind="acounts").status_code == 404


def test_more_than_a_hundred_records(server):
    server.records.update({f"c{number}": {} for number in range(101)})
    inputs = [one_of(f"c{number}") for number in range(101)]
    assert call(server, {"inputs": inputs}).status_code == 400
    assert call(server, {"inputs": inputs[:100]}).status_code == 200


@pytest.mark.parametrize(
    ("inputs", "why"),
    [
        ([], "required fields"),
        ([{"id": "a"}], "required fields"),
        ([one_of(), one_of()], "Duplicate"),
        ([{**one_of(), "idProperty": "name"}], "not a unique property"),
        ([one_of(chrun="1")], "PROPERTY_DOESNT_EXIST"),
        ([one_of(createdate="2025-06-01")], "READ_ONLY_VALUE"),
        ([one_of(churn_probability="high")], "INVALID_NUMBER"),
        ([one_of(churn_probability=0.5)], "INVALID_TYPE"),
        ([one_of(churn_segment="grave")], "INVALID_OPTION"),
        ([one_of(churn_scored_on="01.06.2025")], "INVALID_DATE"),
        ([one_of(churn_last_contact="2025-06-01 10:00")], "INVALID_DATE"),
        ([one_of(churn_new_tonight="1")], "INVALID_BOOLEAN"),
    ],
)
def test_one_wrong_record_refuses_the_batch(server, inputs, why):
    found = call(server, {"inputs": [*inputs, one_of("b", churn_segment="low")] if inputs else []})
    assert (found.status_code, why in found.text) == (400, True)
    assert "churn_segment" not in server.records["b"]


def test_a_record_that_is_not_there_fails_alone(server):
    found = call(server, {"inputs": [one_of("x"), one_of("b", churn_segment="low")]})
    assert (found.status_code, found.json()["errors"][0]["context"]) == (207, {"ids": ["x"]})
    assert server.records["b"]["churn_segment"] == "low"
