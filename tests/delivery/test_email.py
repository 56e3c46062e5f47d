"""E-mail, against a real SMTP server on this machine."""

import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pydantic import ValidationError

from churnrisk.delivery.email import send_email
from churnrisk.errors import DeliveryError
from churnrisk.settings.kpis import EmailSettings

MESSAGE = {"subject": "2 alerts", "text": "churn_rate rose to 5.3 %"}


class Mailroom:
    """A server's handler that keeps what it took, and refuses whoever is named nobody."""

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []
        self.to: list[list[str]] = []

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody"):
            return "550 no such box"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.taken.append(message_from_bytes(envelope.content, policy=policy.default))
        self.to.append(list(envelope.rcpt_tos))
        return "250 taken"


class Server(Controller):
    """A server on whichever port is free."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


def knows(server: SMTP, session, envelope, mechanism, auth_data) -> AuthResult:
    good = isinstance(auth_data, LoginPassword) and auth_data.login == b"me" and auth_data.password == b"hidden"
    return AuthResult(success=good, handled=False)


@pytest.fixture
def mailroom() -> Mailroom:
    return Mailroom()


@pytest.fixture
def serve(mailroom: Mailroom) -> Iterator[Callable[..., int]]:
    """Start a server that puts into the mailroom, and give its port."""
    running: list[Controller] = []

    def start(**told: object) -> int:
        server = Server(mailroom, hostname="127.0.0.1", port=0, **told)
        server.start()
        running.append(server)
        return server.port

    yield start
    for server in running:
        server.stop()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 that signs itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("certificate") / "server.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM) + secret)
    return file


@pytest.fixture
def context(certificate: Path) -> ssl.SSLContext:
    made = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    made.load_cert_chain(certificate)
    return made


def asked(port: int, **told: object) -> EmailSettings:
    standard = {"to": ["Team <team@example.com>"], "sender": "churn@example.com", "host": "127.0.0.1", "port": port}
    return EmailSettings.model_validate({**standard, **told})


def test_a_message_arrives_with_its_attachment(serve, mailroom):
    settings = asked(serve(), to=["Team <team@example.com>", "boss@example.com"])
    send_email(settings, subject="2 alerts: größer", text="Ärger\n", attachment=b'{"a": 1}\n')
    (message,) = mailroom.taken
    assert message["Subject"] == "2 alerts: größer"
    assert mailroom.to == [["team@example.com", "boss@example.com"]]
    assert message.get_body().get_content().splitlines() == ["Ärger"]
    (part,) = message.iter_attachments()
    assert (part.get_filename(), part.get_payload(decode=True)) == ("alerts.jsonl", b'{"a": 1}\n')


def test_a_message_without_attachment_is_plain_text(serve, mailroom):
    send_email(asked(serve()), **MESSAGE)
    assert mailroom.taken[0].get_content_type() == "text/plain"
    assert mailroom.taken[0]["Auto-Submitted"] == "auto-generated"


@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r", "\u2028", "\x85"])
def test_a_subject_cannot_begin_another_header(serve, mailroom, line_break):
    send_email(asked(serve()), subject=f"alert{line_break}Bcc: evil@example.com", text="")
    assert mailroom.taken[0]["Subject"] == "alert Bcc: evil@example.com"
    assert mailroom.taken[0]["Bcc"] is None
    assert mailroom.to == [["team@example.com"]]


@pytest.mark.parametrize(
    "address", ["team@example.com\nBcc: evil@example.com", "team", "", "a@b@c", "a@b.de, c@d.de x"]
)
def test_an_address_that_is_none_is_refused(address):
    with pytest.raises(DeliveryError, match=r"\[alerts\.email\] to: expected one address"):
        send_email(asked(1, to=[address]), **MESSAGE)


def test_the_same_key_gives_the_same_message_id(serve, mailroom):
    settings = asked(serve())
    for key in ("2025-06", "2025-06", "2025-07", "", ""):
        send_email(settings, **MESSAGE, key=key)
    ids = [message["Message-ID"] for message in mailroom.taken]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 4


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_login_goes_over_a_secured_connection(serve, mailroom, context, certificate, monkeypatch, security):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    monkeypatch.setenv("CHURNRISK_SMTP_PASSWORD", "hidden")
    told = {"tls_context": context} if security == "starttls" else {"ssl_context": context}
    port = serve(
        **told, authenticator=knows, auth_required=security == "starttls", auth_require_tls=security == "starttls"
    )
    send_email(asked(port, security=security, login="me"), **MESSAGE)
    assert len(mailroom.taken) == 1
    monkeypatch.setenv("CHURNRISK_SMTP_PASSWORD", "wrong")
    with pytest.raises(DeliveryError, match="refused the login") as fault:
        send_email(asked(port, security=security, login="me"), **MESSAGE)
    assert "wrong" not in str(fault.value)


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_an_unknown_certificate_is_not_trusted(serve, mailroom, context, security):
    told = {"tls_context": context} if security == "starttls" else {"ssl_context": context}
    with pytest.raises(DeliveryError, match="certificate could not be trusted"):
        send_email(asked(serve(**told), security=security), **MESSAGE)
    assert mailroom.taken == []


def test_a_server_without_starttls_gets_nothing(serve, mailroom):
    with pytest.raises(DeliveryError, match="does not offer STARTTLS"):
        send_email(asked(serve(), security="starttls"), **MESSAGE)
    assert mailroom.taken == []


def test_a_login_without_a_password_is_a_fault(serve, monkeypatch):
    monkeypatch.delenv("CHURNRISK_SMTP_PASSWORD", raising=False)
    with pytest.raises(DeliveryError, match="CHURNRISK_SMTP_PASSWORD"):
        send_email(asked(serve(), login="me"), **MESSAGE)


def test_a_password_does_not_travel_in_the_open():
    with pytest.raises(ValidationError, match="starttls"):
        asked(25, host="mail.example.com", login="me")
    assert asked(25, host="mail.example.com", login="me", security="starttls").login == "me"


def test_those_who_are_refused_are_named_and_the_others_get_it(serve, mailroom):
    with pytest.raises(DeliveryError, match=r"refused nobody@example\.com \(550\)"):
        send_email(asked(serve(), to=["team@example.com", "nobody@example.com"]), **MESSAGE)
    assert mailroom.to == [["team@example.com"]]
    with pytest.raises(DeliveryError, match="refused nobody"):
        send_email(asked(serve(), to=["nobody@example.com"]), **MESSAGE)


def test_a_server_that_is_not_there_is_a_fault(serve):
    port = serve()
    with pytest.raises(DeliveryError, match="could not be reached"):
        send_email(asked(port, host="127.0.0.2"), **MESSAGE)
    with pytest.raises(DeliveryError, match=r"secure connection|closed the connection"):
        send_email(asked(port, security="tls"), **MESSAGE)
