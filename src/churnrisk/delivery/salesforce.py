"""Lists written into Salesforce by Bulk API 2.0: records found by an external id, in jobs, refused rows named.

The jobs are those of simple-salesforce. The login is OAuth's client credentials, since Salesforce ends the one by
SOAP; a session that expires on the way is renewed once for each request.
"""

import base64
import csv
import io
import os
import time
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import pandas as pd
import requests
from requests.adapters import HTTPAdapter

from churnrisk.delivery import values
from churnrisk.delivery.again import address_of, tries, unreachable
from churnrisk.errors import DeliveryError
from churnrisk.settings.delivery import SalesforcePlace

SECTION = "delivery.salesforce"
#: Answers after which the same request may be made again.
BUSY = frozenset({429, 503})
#: What empties a field: an empty cell would leave it as it is.
NOTHING = "#N/A"
#: Seconds to the first look at a job.
FIRST_LOOK = 1


class Session(requests.Session):
    """Calls with the token of the moment, with a time limit, and once more with a new token where it has expired.

    Parameters
    ----------
    place
        Where to log in, and how long to wait.
    """

    def __init__(self, place: SalesforcePlace) -> None:
        super().__init__()
        self.place = place
        self.address = address_of(place.url, SECTION)
        self.until = time.monotonic() + 60 * place.wait_minutes
        self.token: str | None = None
        for scheme in ("http://", "https://"):
            self.mount(scheme, HTTPAdapter(max_retries=tries(place.attempts, BUSY)))

    def request(self, method: Any, url: Any, *words: Any, **more: Any) -> requests.Response:
        """Make a request; see ``requests.Session.request``."""
        if time.monotonic() > self.until:
            raise DeliveryError(
                f"Salesforce was not done after {self.place.wait_minutes:g} minutes. The next run tries again; "
                f"raise wait_minutes of [{SECTION}]."
            )
        more = {"timeout": self.place.timeout_seconds, "allow_redirects": False, **more}
        if self.token is None:
            return super().request(method, url, *words, **more)
        used = self.token
        answer = super().request(method, url, *words, **_with_token(more, used))
        if answer.status_code != requests.codes.unauthorized:
            return answer
        self.log_in()
        return super().request(method, url, *words, **_with_token(more, self.token))

    def log_in(self) -> None:
        """Get a token.

        Raises
        ------
        DeliveryError
            When key or secret are missing, or refused.
        """
        from simple_salesforce.exceptions import SalesforceAuthenticationFailed
        from simple_salesforce.login import token_login

        key, secret = _of(self.place.key_from, "consumer key"), _of(self.place.secret_from, "consumer secret")
        basic = base64.b64encode(f"{key}:{secret}".encode()).decode()
        self.token = None
        try:
            told = {"grant_type": "client_credentials"}
            headers = {"Authorization": f"Basic {basic}"}
            token, instance = token_login(f"{self.address}/services/oauth2/token", told, "", "", headers, None, self)
        except (SalesforceAuthenticationFailed, AttributeError):
            token, instance = None, None
        if not token:
            raise DeliveryError(
                f"Salesforce refused the login. Check {self.place.key_from} and {self.place.secret_from}, and that "
                "the connected app allows the client credentials flow with somebody to run as."
            ) from None
        self.token = str(token)
        self.jobs = f"{self.address.partition('://')[0]}://{instance}/services/data/v{self.place.version}/jobs/"


def _with_token(more: dict[str, Any], token: str | None) -> dict[str, Any]:
    return {**more, "headers": {**(more.get("headers") or {}), "Authorization": f"Bearer {token}"}}


def _of(variable: str, what: str) -> str:
    told = os.environ.get(variable)
    if not told:
        raise DeliveryError(f"The variable {variable} with the {what} of Salesforce is not set. Set it.")
    return told


def upsert(place: SalesforcePlace, rows: pd.DataFrame) -> dict[str, str]:
    """Write rows into their records, job by job; the same rows twice change nothing.

    Returns
    -------
    dict
        customer_id = why its row was refused.

    Raises
    ------
    DeliveryError
        When Salesforce cannot be reached, refuses the login, or refuses a whole job.
    """
    try:
        from simple_salesforce.bulk2 import SFBulk2Handler
        from simple_salesforce.exceptions import (
            SalesforceBulkV2LoadError,
            SalesforceError,
            SalesforceOperationError,
        )
    except ImportError as missing:
        raise DeliveryError("Salesforce needs one more package: pip install 'churnrisk[salesforce]'") from missing
    refused: dict[str, str] = {}
    try:
        with Session(place) as session:
            session.log_in()
            handler = getattr(SFBulk2Handler(str(session.token), session.jobs, session=session), place.object)
            for start in range(0, len(rows), place.rows_a_job):
                lines = as_lines(place, rows.iloc[start : start + place.rows_a_job])
                for job in handler.upsert(records=lines, external_id_field=place.external_id, wait=FIRST_LOOK):
                    if job["numberRecordsFailed"]:
                        refused |= refused_of(handler.get_failed_records(job["job_id"]), place.external_id)
    except (SalesforceError, SalesforceOperationError, SalesforceBulkV2LoadError) as fault:
        raise DeliveryError(_told(fault, place)) from None
    except requests.RequestException as fault:
        raise unreachable(f"Salesforce at {place.url}", fault) from None
    return refused


def as_lines(place: SalesforcePlace, rows: pd.DataFrame) -> list[dict[str, str]]:
    """Give rows as the fields of Salesforce, each value as its CSV has it.

    Examples
    --------
    >>> place = SalesforcePlace(url="https://x", external_id="Id__c", fields={"Churn__c": "churn_probability"})
    >>> as_lines(place, pd.DataFrame({"customer_id": ["a"], "churn_probability": [0.25]}))
    [{'Id__c': 'a', 'Churn__c': '0.25'}]
    """
    taken = {place.external_id: "customer_id", **place.fields}
    lacking = [column for column in taken.values() if column not in rows.columns]
    if lacking:
        raise DeliveryError(
            f"The list {place.list} of this night has no column {lacking[0]!r}. Leave it out of [{SECTION}] fields."
        )
    columns = [
        [_cell(value, percent=field in place.percent) for value in values.plain_values(rows[column], kind)]
        for field, column in taken.items()
        for kind in [values.kind_of(column, rows[column])]
    ]
    return [dict(zip(taken, line, strict=True)) for line in zip(*columns, strict=True)]


def _cell(value: Any, *, percent: bool) -> str:
    if value is None or value == "":
        return NOTHING
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return f"{value.isoformat(timespec='milliseconds')}Z"
    if isinstance(value, date):
        return value.isoformat()
    if percent and not isinstance(value, str):
        value = round(float(value) * 100, 6)
    return str(value)


def refused_of(told: str, external_id: str) -> dict[str, str]:
    r"""Read which rows a job refused, and why.

    Examples
    --------
    >>> refused_of('"sf__Id","sf__Error","Id__c"\n"","INVALID:no:--","a"\n', "Id__c")
    {'a': 'INVALID:no'}
    """
    rows = csv.DictReader(io.StringIO(told))
    return {row[external_id]: row["sf__Error"].removesuffix("--").strip(" :") for row in rows}


def _told(fault: Any, place: SalesforcePlace) -> str:
    """Say what Salesforce refused, and what to do."""
    content = getattr(fault, "content", None)
    first = content[0] if isinstance(content, Sequence) and content and isinstance(content[0], dict) else {}
    code = str(first.get("errorCode") or "")
    said = " ".join(f"{code} {first.get('message') or ''}".split()) or " ".join(str(fault).split())
    said = said.replace("Job failure. Response content: ", "").rstrip(".")
    advice = f"Check object, external_id and fields of [{SECTION}] against the names in Salesforce"
    if "Field name not found" in said:
        advice = f"Make the field in Salesforce, let the app's user write it, or mend its name in [{SECTION}] fields"
    elif code == "REQUEST_LIMIT_EXCEEDED" or getattr(fault, "status", None) in BUSY:
        advice = "Its limit of requests is reached: the next run tries again"
    elif getattr(fault, "status", None) in (401, 403):
        advice = f"Check what the connected app in {place.key_from} may do"
    return f"Salesforce refused the list: {said}. {advice}."
