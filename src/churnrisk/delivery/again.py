"""How a request is made again where a server is busy, and how its faults are told without its secrets."""

from typing import Any
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import HTTPError
from urllib3.util.retry import Retry

from churnrisk.errors import DeliveryError

#: A wait that a server asks for is cut to so many seconds.
LONGEST_WAIT = 120


def tries(attempts: int, answers: frozenset[int]) -> Retry:
    """Give how often, and after which answers, the same request is made again; later each time, or when told.

    What was sent and not answered is not sent again here: nobody knows what came of it.

    Examples
    --------
    >>> tries(5, frozenset({429})).total
    4
    """
    return Retry(
        total=attempts - 1,
        read=0,
        allowed_methods=None,
        status_forcelist=answers,
        backoff_factor=1,
        retry_after_max=LONGEST_WAIT,
        raise_on_status=False,
    )


def address_of(url: str, section: str) -> str:
    """Give an address without its end's stroke; what is not https is refused, but on this machine.

    Raises
    ------
    DeliveryError
        When it is no such address.

    Examples
    --------
    >>> address_of("https://acme.my.salesforce.com/", "delivery.salesforce")
    'https://acme.my.salesforce.com'
    """
    try:
        parts = urlsplit(url.strip())
        host = parts.hostname
    except ValueError:
        parts, host = urlsplit(""), None
    here = host in ("127.0.0.1", "localhost", "::1")
    if not host or parts.scheme not in (("https", "http") if here else ("https",)) or parts.path.strip("/"):
        raise DeliveryError(f"The url of [{section}] must look like https://host, and does not. Mend it in the TOML.")
    return f"{parts.scheme}://{parts.netloc}"


def unreachable(place: str, fault: Exception) -> DeliveryError:
    """Say in our own words that no answer came: a library's would hold the address."""
    known: tuple[tuple[Any, str], ...] = (
        (requests.exceptions.SSLError, "its certificate could not be trusted. Mend it, or name its authority"),
        (requests.exceptions.ProxyError, "the proxy could not be reached. Check HTTPS_PROXY and NO_PROXY"),
        (requests.Timeout, "it did not answer in time. Raise timeout_seconds, or try later"),
        (requests.ConnectionError, "it could not be reached. Check the url, and that this machine may call it"),
        (HTTPError, "it could not be reached. Check the url, and that this machine may call it"),
    )
    why = next(
        (told for kind, told in known if isinstance(fault, kind)), f"the request failed ({type(fault).__name__})"
    )
    return DeliveryError(f"Expected {place} to answer, and {why}.")
