"""HubSpot's batch update of companies and contacts, as far as its published documentation goes.

It refuses what the documentation says is refused: requests without a valid token or the right Content-Type, more than
100 records at once, a record twice, an idProperty without unique values, unknown and read-only properties, values of
the wrong type. A batch with one such value is refused as a whole; a record that is not there fails alone (207).
"""

import re
from typing import Any

from tests.delivery.servers.receiver import Answer, Asked, Receiver

TOKEN = "pat-na1-hidden-token"
MOST = 100
#: Property = its type.
PROPERTIES = {
    "customer_id": "unique",
    "name": "string",
    "churn_probability": "number",
    "churn_segment": "enumeration critical high medium low",
    "churn_reason": "string",
    "churn_scored_on": "date",
    "churn_last_contact": "datetime",
    "churn_new_tonight": "bool",
    "createdate": "read only",
}
TYPES = {
    "number": (r"-?\d+(\.\d+)?(e-?\d+)?", "INVALID_NUMBER"),
    "date": (r"\d{4}-\d{2}-\d{2}", "INVALID_DATE"),
    "datetime": (r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{3})?Z", "INVALID_DATE"),
    "bool": (r"true|false", "INVALID_BOOLEAN"),
}


class Hubspot(Receiver):
    """A company's HubSpot.

    Parameters
    ----------
    records
        Property values of each record by its customer_id.
    tokens
        Tokens that are good at this moment.
    """

    def __init__(self, *customers: str) -> None:
        super().__init__()
        self.records: dict[str, dict[str, str]] = {one: {"customer_id": one} for one in customers}
        self.tokens = {TOKEN}
        self.batches: list[int] = []

    def answer(self, asked: Asked) -> Answer:
        if (
            not re.fullmatch(r"/crm/v3/objects/(companies|contacts)/batch/update", asked.path)
            or asked.method != "POST"
        ):
            return refused(404, "OBJECT_NOT_FOUND", "resource not found")
        if asked.headers.get("authorization", "").removeprefix("Bearer ") not in self.tokens:
            return refused(401, "EXPIRED_AUTHENTICATION", "The OAuth token used to make this call expired")
        if not asked.headers.get("content-type", "").startswith("application/json"):
            return refused(415, "VALIDATION_ERROR", "Content-Type must be application/json")
        inputs = asked.json.get("inputs")
        why, code = fault_of(inputs)
        if why:
            return refused(400, "VALIDATION_ERROR", why, code)
        return self.put(inputs)

    def put(self, inputs: list[dict[str, Any]]) -> Answer:
        self.batches.append(len(inputs))
        missing = [one["id"] for one in inputs if one["id"] not in self.records]
        done = [one for one in inputs if one["id"] in self.records]
        for one in done:
            record = self.records[one["id"]]
            record.update({name: value for name, value in one["properties"].items() if value != ""})
            for name in [name for name, value in one["properties"].items() if value == ""]:
                record.pop(name, None)
        told: dict[str, Any] = {
            "status": "COMPLETE",
            "results": [{"id": f"9{place}"} for place, _ in enumerate(done)],
        }
        if not missing:
            return Answer(200, told)
        error = {
            "status": "error",
            "category": "OBJECT_NOT_FOUND",
            "message": "Could not get some COMPANY objects, they may be deleted or not exist.",
            "context": {"ids": missing},
        }
        return Answer(207, {**told, "numErrors": 1, "errors": [error]})


def fault_of(inputs: Any) -> tuple[str, str]:
    """Say why a batch is refused, and with which code; empty where it is not."""
    if not isinstance(inputs, list) or not inputs:
        return "Invalid input JSON: Some required fields were not set: [inputs]", "REQUIRED_FIELD"
    if len(inputs) > MOST:
        return f"The maximum number of inputs supported in a batch request is {MOST}", "BATCH_SIZE"
    ids = [one.get("id") for one in inputs]
    if len(set(ids)) < len(ids):
        return "Duplicate IDs found in batch input", "DUPLICATE"
    for one in inputs:
        if not isinstance(one.get("id"), str) or not isinstance(one.get("properties"), dict):
            return "Invalid input JSON: Some required fields were not set: [id, properties]", "REQUIRED_FIELD"
        if one.get("idProperty") and PROPERTIES.get(one["idProperty"]) != "unique":
            return f"Property {one['idProperty']} is not a unique property", "PROPERTY_NOT_UNIQUE"
        for name, value in one["properties"].items():
            why, code = fault_of_value(name, value)
            if why:
                return (
                    f'Property values were not valid: [{{"isValid":false,"message":"{why}","error":"{code}"}}]',
                    code,
                )
    return "", ""


def fault_of_value(name: str, value: Any) -> tuple[str, str]:
    if name not in PROPERTIES:
        return f"Property '{name}' does not exist", "PROPERTY_DOESNT_EXIST"
    kind = PROPERTIES[name]
    if kind == "read only":
        return f"'{name}' is a read only property; its value cannot be set.", "READ_ONLY_VALUE"
    if not isinstance(value, str):
        return f"{value} is no text", "INVALID_TYPE"
    if value == "":
        return "", ""
    if kind.startswith("enumeration") and value not in kind.split()[1:]:
        return f"{value} was not one of the allowed options", "INVALID_OPTION"
    form, code = TYPES.get(kind, (".*", ""))
    return ("", "") if re.fullmatch(form, value, re.S) else (f"{value} was not a valid {kind}.", code)


def refused(status: int, category: str, message: str, code: str = "") -> Answer:
    errors = {"errors": [{"message": message, "code": code}]} if code else {}
    told = {"status": "error", "category": category, "message": message, "correlationId": "aeb5f871", **errors}
    return Answer(status, told)
