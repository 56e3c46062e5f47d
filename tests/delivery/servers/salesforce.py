"""Salesforce's OAuth and the ingest jobs of Bulk API 2.0, as far as their published documentation goes.

It refuses what the documentation says is refused: requests without a valid token or the right Content-Type, jobs
for objects or external ids that are not there, CSV with other line endings than announced, unknown fields, values of
the wrong type, texts that are too long.
"""

import base64
import csv
import io
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from tests.delivery.servers.receiver import Answer, Asked, Receiver

KEY, SECRET = "consumer-key-hidden", "consumer-secret-hidden"
VERSIONS = ("59.0", "62.0")
NOTHING = "#N/A"
#: The object Account: field = its type.
ACCOUNT = {
    "Id": "external id",
    "Customer_Id__c": "external id",
    "Name": "string 80",
    "Churn_Probability__c": "percent",
    "Churn_Segment__c": "string 20",
    "Churn_Reason__c": "string 255",
    "Expected_Loss__c": "currency",
    "Scored_On__c": "date",
    "Last_Contact__c": "datetime",
    "New_Tonight__c": "boolean",
    "Owner_Name__c": "read only",
}
TYPES = {
    "percent": r"-?\d+(\.\d+)?(E-?\d+)?",
    "currency": r"-?\d+(\.\d+)?",
    "date": r"\d{4}-\d{2}-\d{2}",
    "datetime": r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z",
    "boolean": r"true|false|1|0",
}


@dataclass
class Job:
    """One ingest job."""

    name: str
    told: dict[str, Any]
    state: str = "Open"
    body: bytes = b""
    looks: int = 0
    error: str = ""
    processed: int = 0
    failed: list[dict[str, str]] = field(default_factory=list)


class Salesforce(Receiver):
    """A company's Salesforce with the object Account.

    Parameters
    ----------
    records
        Field values of each record by its external id.
    tokens
        Tokens that are good at this moment.
    """

    def __init__(self, *customers: str) -> None:
        super().__init__()
        self.records: dict[str, dict[str, str]] = {one: {"Name": one} for one in customers}
        self.tokens: set[str] = set()
        self.given = 0
        self.jobs: dict[str, Job] = {}

    def answer(self, asked: Asked) -> Answer:
        if asked.path == "/services/oauth2/token":
            return self.login(asked)
        found = re.fullmatch(r"/services/data/v([\d.]+)/jobs/ingest(?:/(\w+)(?:/(\w+))?)?", asked.path)
        if asked.headers.get("authorization", "").removeprefix("Bearer ") not in self.tokens:
            return refused(401, "INVALID_SESSION_ID", "Session expired or invalid")
        if found is None or found[1] not in VERSIONS:
            return refused(404, "NOT_FOUND", "The requested resource does not exist")
        _, name, more = found.groups()
        if name is None:
            return self.create(asked) if asked.method == "POST" else refused(405, "METHOD_NOT_ALLOWED", asked.method)
        if name not in self.jobs:
            return refused(404, "NOT_FOUND", "The requested resource does not exist")
        return self.work(asked, self.jobs[name], more)

    def login(self, asked: Asked) -> Answer:
        told = parse_qs(asked.body.decode())
        basic = base64.b64encode(f"{KEY}:{SECRET}".encode()).decode()
        if asked.headers.get("content-type") != "application/x-www-form-urlencoded":
            return Answer(400, {"error": "invalid_request", "error_description": "content type"})
        if told.get("grant_type") != ["client_credentials"]:
            return Answer(400, {"error": "unsupported_grant_type", "error_description": "grant type not supported"})
        if asked.headers.get("authorization") != f"Basic {basic}":
            return Answer(400, {"error": "invalid_client", "error_description": "invalid client credentials"})
        self.given += 1
        token = f"session-token-hidden-{self.given}"
        self.tokens.add(token)
        return Answer(200, {"access_token": token, "instance_url": self.url, "token_type": "Bearer"})

    def create(self, asked: Asked) -> Answer:
        if "application/json" not in asked.headers.get("content-type", ""):
            return refused(415, "UNSUPPORTED_MEDIA_TYPE", "Content-Type must be application/json")
        told = asked.json
        if told.get("object") != "Account":
            return refused(400, "INVALIDJOB", f"InvalidJob : Unable to find object: {told.get('object')}")
        if told.get("operation") == "upsert" and ACCOUNT.get(told.get("externalIdFieldName", "")) != "external id":
            return refused(400, "INVALIDJOB", "InvalidJob : Field name provided is not an external id")
        if told.get("contentType") != "CSV" or told.get("lineEnding", "LF") not in ("LF", "CRLF"):
            return refused(400, "INVALIDJOB", "InvalidJob : contentType or lineEnding")
        name = f"750{len(self.jobs):015d}"
        self.jobs[name] = Job(name, told)
        return Answer(200, self.told(self.jobs[name]))

    def work(self, asked: Asked, job: Job, more: str | None) -> Answer:
        if asked.method == "PUT" and more == "batches":
            return self.upload(asked, job)
        if asked.method == "PATCH" and more is None:
            if job.state != "Open" or asked.json.get("state") not in ("UploadComplete", "Aborted"):
                return refused(400, "INVALIDJOBSTATE", f"InvalidJobState : {job.state}")
            job.state = asked.json["state"]
            return Answer(200, self.told(job))
        if asked.method == "GET" and more is None:
            if job.state == "UploadComplete":
                job.looks += 1
                if job.looks > 1:
                    self.process(job)
            return Answer(200, self.told(job))
        if asked.method == "GET" and more == "failedResults":
            return Answer(200, self.failures(job), {"Content-Type": "text/csv; charset=UTF-8"})
        return refused(404, "NOT_FOUND", "The requested resource does not exist")

    def upload(self, asked: Asked, job: Job) -> Answer:
        if not asked.headers.get("content-type", "").startswith("text/csv"):
            return refused(415, "UNSUPPORTED_MEDIA_TYPE", "Content-Type must be text/csv")
        if job.state != "Open" or job.body:
            return refused(400, "INVALIDJOBSTATE", "Found multiple contents for job")
        if len(asked.body) > 150_000_000:
            return refused(413, "REQUEST_ENTITY_TOO_LARGE", "maximum is 150 MB")
        job.body = asked.body
        return Answer(201)

    def process(self, job: Job) -> None:
        text = job.body.decode("utf-8")
        ending = "\r\n" if job.told.get("lineEnding") == "CRLF" else "\n"
        outside = re.sub(r'"[^"]*"', "", text)
        job.state = "Failed"
        if ("\r\n" in outside) != (ending == "\r\n"):
            told = job.told.get("lineEnding", "LF")
            job.error = f"ClientInputError : LineEnding is invalid on user data. Current LineEnding setting is {told}"
            return
        rows = csv.DictReader(io.StringIO(text, newline=""))
        unknown = [name for name in rows.fieldnames or [] if name not in ACCOUNT]
        if unknown:
            job.error = f"InvalidBatch : Field name not found : {unknown[0]}"
            return
        job.state = "JobComplete"
        for row in rows:
            job.processed += 1
            why = self.put(row, job.told["externalIdFieldName"])
            if why:
                job.failed.append({"sf__Id": "", "sf__Error": why, **row})

    def put(self, row: dict[str, str], external_id: str) -> str:
        for name, value in row.items():
            why = fault_of(name, value)
            if why:
                return why
        known = self.records.get(row[external_id])
        if known is None and external_id == "Id":
            return f"INVALID_CROSS_REFERENCE_KEY:invalid cross reference id:{external_id} --"
        if known is None and not row.get("Name"):
            return "REQUIRED_FIELD_MISSING:Required fields are missing: [Name]:Name --"
        record = self.records.setdefault(row[external_id], {})
        for name, value in row.items():
            if value == NOTHING:
                record.pop(name, None)
            elif value:
                record[name] = value
        return ""

    def failures(self, job: Job) -> bytes:
        header = next(csv.reader(io.StringIO(job.body.decode("utf-8"))))
        told = io.StringIO()
        writer = csv.DictWriter(told, ["sf__Id", "sf__Error", *header], quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writeheader()
        writer.writerows(job.failed)
        return told.getvalue().encode()

    def told(self, job: Job) -> dict[str, Any]:
        counts = {"numberRecordsProcessed": job.processed, "numberRecordsFailed": len(job.failed)}
        error = {"errorMessage": job.error} if job.error else {}
        return {**job.told, "id": job.name, "state": job.state, "apiVersion": 62.0, **counts, **error}


def fault_of(name: str, value: str) -> str:
    """Say why a field does not take a value; empty where it does."""
    kind = ACCOUNT[name]
    if kind == "read only":
        return f"INVALID_FIELD_FOR_INSERT_UPDATE:Unable to create/update fields: {name}:{name} --"
    if value in ("", NOTHING):
        return ""
    if kind.startswith("string") and len(value) > int(kind.split()[1]):
        return f"STRING_TOO_LONG:{name}: data value too large: {value[:20]} (max length={kind.split()[1]}):{name} --"
    if kind in TYPES and not re.fullmatch(TYPES[kind], value):
        return f"INVALID_TYPE_ON_FIELD_IN_RECORD:{name}: value not of required type: {value}:{name} --"
    if kind == "percent" and abs(float(value)) >= 1000:
        return f"NUMBER_OUTSIDE_VALID_RANGE:{name}: value outside of valid range: {value}:{name} --"
    return ""


def refused(code: int, error: str, message: str) -> Answer:
    return Answer(code, [{"errorCode": error, "message": message}])
