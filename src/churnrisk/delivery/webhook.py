"""Messages posted to a webhook, signed as the Standard Webhooks specification says."""

import base64
import binascii
import hashlib
import hmac
import json
import math
import os
import time
from collections.abc import Mapping, Sequence
from datetime import date
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry

from churnrisk.errors import DeliveryError
from churnrisk.settings.kpis import WebhookSettings
from churnrisk.settings.paths import filled

#: Answers after which the same message may be sent again.
AGAIN = frozenset({429, *range(500, 600)})

#: A wait that the receiver asks for is cut to so many seconds: a signature is good for five minutes.
LONGEST_WAIT = 60

#: The fewest bytes of a key, by the specification.
KEY_BYTES = 24


def send_webhook(
    settings: WebhookSettings,
    lines: Sequence[Mapping[str, object]],
    *,
    key: str,
    kind: str = "churnrisk.alerts",
    text: str = "",
    about: Mapping[str, object] | None = None,
    section: str = "alerts.webhook",
) -> None:
    """Post lines as one JSON message; with none, nothing is sent.

    The body is ``{"type": kind, "text": text, "data": {**about, "lines": […]}}``. What fails on the way, or is
    answered with 429 or 5xx, is sent again with the same key, later each time or when the receiver says.

    Parameters
    ----------
    key
        Names the message; the receiver takes the same key twice as one message.
    text
        The message in words, for receivers that show only this; empty leaves it out.
    about
        What is said once of all lines, such as their list and cutoff.
    section
        The section of the TOML, as an error names it.

    Raises
    ------
    DeliveryError
        When no try was taken. It names the receiver's host, never the address's path, credentials or the secret.
    """
    if not lines:
        return
    url, place = _address(settings, section)
    told = {"type": kind} | ({"text": text} if text else {}) | {"data": _plain({**(about or {}), "lines": lines})}
    body = json.dumps(told, ensure_ascii=False, allow_nan=False).encode()
    sent_as = message_id(key)
    headers = {"Content-Type": "application/json", "User-Agent": "churnrisk", "Idempotency-Key": sent_as}
    headers |= {"webhook-id": sent_as, "webhook-timestamp": str(int(time.time()))}
    secret = os.environ.get(settings.secret_from)
    if secret:
        signed = signature(_key_of(secret, settings), sent_as, headers["webhook-timestamp"], body)
        headers["webhook-signature"] = signed
    _expect_taken(_post(url, body, headers, settings, place), settings, place)


def host_of(settings: WebhookSettings, section: str = "alerts.webhook") -> str:
    """Name the receiver by its host alone.

    Raises
    ------
    DeliveryError
        When the address is none.

    Examples
    --------
    >>> host_of(WebhookSettings(url="https://me:hidden@example.com:8443/hidden"))
    'the webhook at example.com:8443'
    """
    return _address(settings, section)[1]


def message_id(key: str) -> str:
    """Give a key as an id that may stand in a header.

    Examples
    --------
    >>> message_id("2025-06 churn_rate plan=basic")
    'msg_8a63fd650addfb278d2da5a67adcd0b3'
    """
    return f"msg_{hashlib.sha256(key.encode()).hexdigest()[:32]}"


def signature(key: bytes, sent_as: str, timestamp: str, body: bytes) -> str:
    """Sign ``id.timestamp.body`` with HMAC-SHA256: ``v1,`` and the digest in base64.

    Examples
    --------
    >>> key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    >>> signature(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", b'{"test": 2432232314}')
    'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='
    """
    signed = hmac.new(key, f"{sent_as}.{timestamp}.".encode() + body, hashlib.sha256)
    return f"v1,{base64.b64encode(signed.digest()).decode()}"


def _address(settings: WebhookSettings, section: str) -> tuple[str, str]:
    """Give the address to post to, and how an error may name it: the host alone."""
    url = filled(settings.url, f"The url of [{section}]").strip()
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        parts, host, port = urlsplit(""), None, None
    if parts.scheme not in ("http", "https") or not host:
        raise DeliveryError(
            f"The url of [{section}] must be an address such as https://host/path, and is not. "
            "Mend it in the TOML, or the variable that it names."
        )
    return url, f"the webhook at {host}{f':{port}' if port else ''}"


def _key_of(secret: str, settings: WebhookSettings) -> bytes:
    try:
        key = base64.b64decode(secret.strip().removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not secret.strip().startswith("whsec_") or len(key) < KEY_BYTES:
        raise DeliveryError(
            f"The variable {settings.secret_from} must hold whsec_ and at least {KEY_BYTES} bytes in base64, and "
            "does not. Copy the receiver's signing secret, or agree on a new one: "
            "echo whsec_$(openssl rand -base64 32). Unset, messages go unsigned."
        )
    return key


def _post(
    url: str, body: bytes, headers: Mapping[str, str], settings: WebhookSettings, place: str
) -> requests.Response:
    again = Retry(
        total=settings.attempts - 1,
        allowed_methods=None,
        status_forcelist=AGAIN,
        backoff_factor=0.5,
        retry_after_max=LONGEST_WAIT,
        raise_on_status=False,
    )
    try:
        with requests.Session() as session:
            for scheme in ("http://", "https://"):
                session.mount(scheme, HTTPAdapter(max_retries=again))
            return session.post(
                url, data=body, headers=headers, timeout=settings.timeout_seconds, allow_redirects=False
            )
    except (requests.RequestException, ValueError, UnicodeError) as fault:
        why, advice = _why(fault, settings)
    raise DeliveryError(f"Expected {place} to take the message, and {why} ({_tries(settings)}). {advice}")


def _why(fault: Exception, settings: WebhookSettings) -> tuple[str, str]:
    """Say what went wrong in our own words: a library's would hold the address."""
    if isinstance(fault, requests.exceptions.SSLError):
        return "its certificate could not be trusted", "Check the host name, or mend the certificate."
    if isinstance(fault, requests.exceptions.ProxyError):
        return "the proxy could not be reached", "Check HTTPS_PROXY and NO_PROXY."
    if isinstance(fault, requests.Timeout) or "timed out" in str(fault).lower():
        return (
            f"it did not answer within {settings.timeout_seconds:g} seconds",
            "Raise timeout_seconds, or try later.",
        )
    if isinstance(fault, requests.ConnectionError):
        return "it could not be reached", "Check the host in the url, and that this machine may call it."
    return f"the request could not be made ({type(fault).__name__})", "Check the url."


def _expect_taken(answer: requests.Response, settings: WebhookSettings, place: str) -> None:
    code = answer.status_code
    if 200 <= code < 300:
        return
    phrase = HTTPStatus(code).phrase if code in set(HTTPStatus) else "no known meaning"
    if 300 <= code < 400:
        advice = "It points elsewhere, which is not followed. Write the final address into the url."
    elif code in (401, 403, 404, 410):
        advice = f"Check the url, its credentials, and the secret in {settings.secret_from}."
    elif code in AGAIN:
        advice = f"Tried up to {_tries(settings)}. Run again later; the message keeps its key."
    else:
        advice = "The receiver does not take this message; its own log says why."
    raise DeliveryError(f"Expected {place} to answer 2xx, and it answered {code} ({phrase}). {advice}")


def _tries(settings: WebhookSettings) -> str:
    return "1 try" if settings.attempts == 1 else f"{settings.attempts} tries"


def _plain(told: Any) -> Any:
    """Give content as JSON knows it: numbers of numpy, times, decimals, and nothing where there is none."""
    if isinstance(told, Mapping):
        return {str(name): _plain(one) for name, one in told.items()}
    if isinstance(told, Sequence) and not isinstance(told, str):
        return [_plain(one) for one in told]
    if isinstance(told, float) and not math.isfinite(told):
        return None
    if told is None or isinstance(told, str | bool | int | float):
        return told
    if isinstance(told, date):
        return None if told != told else told.isoformat()
    return _plain(told.item()) if hasattr(told, "item") else str(told)
