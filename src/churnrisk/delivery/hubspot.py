"""Lists written into HubSpot: properties of companies or contacts, in batches, refused records named.

The requests are those of HubSpot's own client. A batch with one wrong value is refused as a whole; it is halved until
the record stands alone, so that the others are written.
"""

import json
import os
import urllib.request
import warnings
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit

import pandas as pd
from urllib3.exceptions import HTTPError

from churnrisk.delivery import values
from churnrisk.delivery.again import address_of, tries, unreachable
from churnrisk.errors import DeliveryError
from churnrisk.settings.delivery import HubspotPlace

SECTION = "delivery.hubspot"
#: Answers after which the same request may be made again: writing the same values twice changes nothing.
BUSY = frozenset({429, 500, 502, 503, 504})
#: HubSpot's own id of a record, which needs no property to be named.
RECORD_ID = "hs_object_id"
#: Faults of a property, whatever the record.
OF_THE_PROPERTY = ("PROPERTY_DOESNT_EXIST", "READ_ONLY_VALUE")

Input = dict[str, Any]


class Batches:
    """Batch updates of one object.

    Parameters
    ----------
    place
        Where HubSpot is, and which object.

    Raises
    ------
    DeliveryError
        When the token is missing, or the client is not installed.
    """

    def __init__(self, place: HubspotPlace) -> None:
        try:
            from hubspot import HubSpot
        except ImportError as missing:
            raise DeliveryError("HubSpot needs one more package: pip install 'churnrisk[hubspot]'") from missing
        token = os.environ.get(place.token_from)
        if not token:
            raise DeliveryError(f"The variable {place.token_from} with the token of HubSpot is not set. Set it.")
        host = address_of(place.url, SECTION)
        more = {"proxy": proxy} if (proxy := _proxy(host)) else {}
        client = HubSpot(access_token=token, retry=tries(place.attempts, BUSY), host=host, **more)
        self.place = place
        self.update = getattr(client.crm, place.object).batch_api.update

    def send(self, inputs: Sequence[Input]) -> dict[str, str]:
        """Write records, and give those that were refused: id = why."""
        code, told = self._call(inputs)
        if code in (200, 201):
            return {}
        if code == 207:
            return refused_of(told, inputs)
        why = _why(told)
        if code != 400 or any(name in why for name in OF_THE_PROPERTY) or told.get("category") != "VALIDATION_ERROR":
            raise DeliveryError(_fault(code, why, self.place))
        if len(inputs) == 1:
            return {str(inputs[0]["id"]): why}
        half = len(inputs) // 2
        return {**self.send(inputs[:half]), **self.send(inputs[half:])}

    def _call(self, inputs: Sequence[Input]) -> tuple[int, Mapping[str, Any]]:
        try:
            with warnings.catch_warnings():  # the client reads headers in a way that urllib3 will end
                warnings.simplefilter("ignore", DeprecationWarning)
                answer = self.update(
                    {"inputs": list(inputs)}, _preload_content=False, _request_timeout=self.place.timeout_seconds
                )
            code, body = answer.status, answer.data
        except HTTPError as fault:
            raise unreachable(f"HubSpot at {self.place.url}", fault) from None
        except Exception as fault:
            code, body = _answered(fault)
            if not code:
                raise unreachable(f"HubSpot at {self.place.url}", fault) from None
        try:
            told = json.loads(body or "{}")
        except ValueError:
            told = {}
        return code, told if isinstance(told, dict) else {}


def _answered(fault: Exception) -> tuple[int, Any]:
    """Read the answer out of a fault of the client; 0 where it holds none."""
    status = getattr(fault, "status", None)
    return (int(status), getattr(fault, "body", None)) if status else (0, None)


def _proxy(host: str) -> str | None:
    """Find the proxy that the environment names for a host; the client does not look."""
    parts = urlsplit(host)
    if urllib.request.proxy_bypass(parts.hostname or ""):
        return None
    return urllib.request.getproxies().get(parts.scheme)


def update(place: HubspotPlace, rows: pd.DataFrame) -> dict[str, str]:
    """Write rows into their records, batch by batch; the same rows twice change nothing.

    Returns
    -------
    dict
        customer_id = why its row was refused.

    Raises
    ------
    DeliveryError
        When HubSpot cannot be reached, refuses the token, or a property is not there.
    """
    batches = Batches(place)
    inputs = as_inputs(place, rows)
    refused: dict[str, str] = {}
    for start in range(0, len(inputs), place.rows_a_batch):
        refused |= batches.send(inputs[start : start + place.rows_a_batch])
    return refused


def as_inputs(place: HubspotPlace, rows: pd.DataFrame) -> list[Input]:
    """Give rows as the inputs of a batch, every value as text; an empty one empties the property.

    Examples
    --------
    >>> place = HubspotPlace(id_property="customer_id", properties={"churn": "churn_probability", "why": "reason_1"})
    >>> as_inputs(place, pd.DataFrame({"customer_id": ["a"], "churn_probability": [0.25], "reason_1": [None]}))
    [{'id': 'a', 'properties': {'churn': '0.25', 'why': ''}, 'idProperty': 'customer_id'}]
    """
    lacking = [column for column in place.properties.values() if column not in rows.columns]
    if lacking:
        raise DeliveryError(
            f"The list {place.list} of this night has no column {lacking[0]!r}. "
            f"Leave it out of [{SECTION}] properties."
        )
    columns = [
        [_text(value) for value in values.plain_values(rows[column], values.kind_of(column, rows[column]))]
        for column in place.properties.values()
    ]
    known_by = {} if place.id_property == RECORD_ID else {"idProperty": place.id_property}
    return [
        {"id": str(customer), "properties": dict(zip(place.properties, line, strict=True)), **known_by}
        for customer, line in zip(rows["customer_id"], zip(*columns, strict=True), strict=True)
    ]


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return f"{value.isoformat(timespec='milliseconds')}Z"
    return value.isoformat() if isinstance(value, date) else str(value)


def refused_of(told: Mapping[str, Any], inputs: Sequence[Input]) -> dict[str, str]:
    """Read which records of a batch were refused, and why.

    What is neither among the results nor named by an error counts as refused, too, where the answer counts errors.

    Examples
    --------
    >>> answer = {"errors": [{"message": "not found", "context": {"ids": ["b"]}}], "results": [], "numErrors": 1}
    >>> refused_of(answer, [{"id": "a"}, {"id": "b"}])
    {'b': 'not found'}
    """
    sent = {str(one["id"]) for one in inputs}
    refused: dict[str, str] = {}
    for error in told.get("errors") or []:
        context = error.get("context") or {}
        named = {str(one) for values_of in context.values() for one in (values_of or [])} & sent
        for customer in sorted(named) or sorted(sent if len(inputs) == 1 else ()):
            refused[customer] = " ".join(str(error.get("message") or "refused").split())
    return refused


def _why(told: Mapping[str, Any]) -> str:
    """Give the message of an answer in one line, with the codes of what it holds."""
    codes = [str(one.get("code") or "") for one in told.get("errors") or [] if isinstance(one, dict)]
    said = " ".join(str(told.get("message") or "no reason given").split())
    return " ".join([said, *(code for code in dict.fromkeys(codes) if code and code not in said)])[:400]


def _fault(code: int, why: str, place: HubspotPlace) -> str:
    if code == 401:
        return f"HubSpot refused the token in {place.token_from}: it has expired or was taken back. Put in a new one."
    if code == 403:
        return f"HubSpot lets the app of {place.token_from} not do this. Give it crm.objects.{place.object}.write."
    if code == 429:
        return f"HubSpot has reached its limit of requests ({why}). The next run tries again."
    if code >= 500:
        return f"HubSpot answered {code} after {place.attempts} tries. The next run tries again."
    return (
        f"HubSpot refused the list: {why}. Make the property there, or mend its name in [{SECTION}] properties; "
        "id_property must have unique values."
    )
