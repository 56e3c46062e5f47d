"""Webhooks, against a real server on this machine."""

import base64
import hashlib
import hmac
import json
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from churnrisk.delivery.webhook import send_webhook
from churnrisk.errors import DeliveryError, SettingsError
from churnrisk.settings.kpis import WebhookSettings

KEY = base64.b64encode(b"a key of thirty-two bytes, truly").decode()
LINES = [{"kpi": "churn_rate", "number": 5.3}, {"kpi": "crr", "number": 94.7}]


@dataclass
class Receiver:
    """What a server was sent, and what it answers: (code, headers, seconds before it does)."""

    url: str = ""
    answers: list[tuple[int, dict[str, str], float]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    def settings(self, **told: object) -> WebhookSettings:
        return WebhookSettings.model_validate({"url": f"{self.url}/alerts", **told})


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.delenv("CHURNRISK_WEBHOOK_SECRET", raising=False)
    seen = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            seen.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            seen.headers.append({name.lower(): told for name, told in self.headers.items()})
            code, headers, seconds = seen.answers.pop(0) if seen.answers else (200, {}, 0.0)
            time.sleep(seconds)
            self.send_response(code)
            for name, told in {"Content-Length": "0", **headers}.items():
                self.send_header(name, told)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    seen.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield seen
    server.shutdown()
    thread.join()
    server.server_close()


def test_lines_arrive_as_one_json_message_with_a_key(receiver):
    send_webhook(receiver.settings(), LINES, key="2025-06", text="2 alerts")
    assert json.loads(receiver.bodies[0]) == {
        "type": "churnrisk.alerts",
        "text": "2 alerts",
        "data": {"lines": LINES},
    }
    sent = receiver.headers[0]
    assert sent["content-type"] == "application/json"
    assert sent["idempotency-key"] == sent["webhook-id"]
    assert abs(int(sent["webhook-timestamp"]) - time.time()) < 60


def test_without_lines_nothing_is_sent(receiver):
    send_webhook(receiver.settings(), [], key="2025-06")
    assert receiver.bodies == []


def test_the_same_key_gives_the_same_id_and_another_key_another(receiver):
    for key in ("2025-06", "2025-06", "2025-07\r\nX-Evil: 1"):
        send_webhook(receiver.settings(), LINES, key=key)
    first, again, other = (sent["webhook-id"] for sent in receiver.headers)
    assert first == again != other
    assert not any("x-evil" in sent for sent in receiver.headers)


def test_a_secret_signs_id_time_and_body(receiver, monkeypatch):
    monkeypatch.setenv("CHURNRISK_WEBHOOK_SECRET", f"whsec_{KEY}")
    send_webhook(receiver.settings(), LINES, key="2025-06")
    sent, body = receiver.headers[0], receiver.bodies[0]
    signed = f"{sent['webhook-id']}.{sent['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.new(base64.b64decode(KEY), signed, hashlib.sha256).digest()).decode()
    assert sent["webhook-signature"] == f"v1,{expected}"


def test_without_a_secret_messages_go_unsigned(receiver):
    send_webhook(receiver.settings(), LINES, key="2025-06")
    assert "webhook-signature" not in receiver.headers[0]


@pytest.mark.parametrize("secret", ["plain words", "whsec_", "whsec_not base64!", "whsec_c2hvcnQ="])
def test_a_secret_that_is_none_is_refused_and_not_shown(receiver, monkeypatch, secret):
    monkeypatch.setenv("CHURNRISK_WEBHOOK_SECRET", secret)
    with pytest.raises(DeliveryError, match="CHURNRISK_WEBHOOK_SECRET") as fault:
        send_webhook(receiver.settings(), LINES, key="2025-06")
    assert secret.removeprefix("whsec_") == "" or secret not in str(fault.value)
    assert receiver.bodies == []


def test_a_busy_or_failing_receiver_gets_the_same_message_again(receiver):
    receiver.answers += [(503, {}, 0.0), (429, {"Retry-After": "1"}, 0.0)]
    began = time.monotonic()
    send_webhook(receiver.settings(), LINES, key="2025-06")
    assert time.monotonic() - began >= 1
    assert len(set(receiver.bodies)) == 1
    assert len({sent["webhook-id"] for sent in receiver.headers}) == 1
    assert len(receiver.bodies) == 3


def test_a_refusal_is_not_repeated(receiver):
    receiver.answers += [(400, {}, 0.0)]
    with pytest.raises(DeliveryError, match=r"answered 400 \(Bad Request\)"):
        send_webhook(receiver.settings(), LINES, key="2025-06")
    assert len(receiver.bodies) == 1


def test_it_is_given_up_after_so_many_tries(receiver):
    receiver.answers += [(500, {}, 0.0)] * 5
    with pytest.raises(DeliveryError, match=r"answered 500 .* up to 2 tries"):
        send_webhook(receiver.settings(attempts=2), LINES, key="2025-06")
    assert len(receiver.bodies) == 2


def test_a_redirect_is_not_followed(receiver):
    receiver.answers += [(307, {"Location": f"{receiver.url}/elsewhere"}, 0.0)]
    with pytest.raises(DeliveryError, match="final address"):
        send_webhook(receiver.settings(), LINES, key="2025-06")
    assert len(receiver.bodies) == 1


def test_a_slow_receiver_is_not_waited_for(receiver):
    receiver.answers += [(200, {}, 0.6)]
    with pytest.raises(DeliveryError, match=r"did not answer within 0\.1 seconds \(1 try\)"):
        send_webhook(receiver.settings(attempts=1, timeout_seconds=0.1), LINES, key="2025-06")


def test_the_url_may_come_from_the_environment_and_carry_credentials(receiver, monkeypatch):
    monkeypatch.setenv("ALERTS_URL", receiver.url.replace("http://", "http://me:hidden@"))
    send_webhook(WebhookSettings(url="${ALERTS_URL}/path"), LINES, key="2025-06")
    assert base64.b64decode(receiver.headers[0]["authorization"].removeprefix("Basic ")) == b"me:hidden"
    with pytest.raises(SettingsError, match="NO_SUCH_VARIABLE"):
        send_webhook(WebhookSettings(url="${NO_SUCH_VARIABLE}/path"), LINES, key="2025-06")


def test_no_fault_shows_credentials_or_path(receiver, monkeypatch):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    urls = [
        f"http://me:hidden@127.0.0.1:{port}/hidden?token=hidden",
        receiver.url.replace("http://", "https://me:hidden@") + "/hidden",
        "ftp://me:hidden@host/hidden",
        "http://me:hidden@host:port/hidden",
        f"{receiver.url}/hidden",
    ]
    receiver.answers += [(404, {}, 0.0)]
    for url in urls:
        with pytest.raises(DeliveryError) as fault:
            send_webhook(WebhookSettings(url=url, attempts=1), LINES, key="2025-06")
        assert "hidden" not in str(fault.value)
        assert fault.value.__cause__ is None
        assert fault.value.exit_code == 1


def test_numbers_of_numpy_days_and_money_arrive_as_json(receiver):
    line = {
        "n": np.int64(3),
        "x": np.float64("nan"),
        "on": date(2025, 6, 1),
        "mrr": Decimal("1.50"),
        "by": ("a", None),
    }
    send_webhook(receiver.settings(), [line], key="2025-06")
    assert json.loads(receiver.bodies[0])["data"]["lines"] == [
        {"n": 3, "x": None, "on": "2025-06-01", "mrr": "1.50", "by": ["a", None]}
    ]
