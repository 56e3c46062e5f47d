"""Messages sent by e-mail over SMTP."""

import hashlib
import os
import smtplib
import ssl
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formatdate, getaddresses, make_msgid

from churnrisk.errors import DeliveryError
from churnrisk.settings.kpis import EmailSettings


def send_email(
    settings: EmailSettings,
    *,
    subject: str,
    text: str,
    attachment: bytes | None = None,
    attachment_name: str = "alerts.jsonl",
    key: str = "",
) -> None:
    """Send one message to everyone in ``settings.to``.

    Parameters
    ----------
    subject
        One line; breaks in it become spaces, so that it cannot begin another header.
    key
        Names the message: the same key gives the same Message-ID, by which a mail program knows a second copy.

    Raises
    ------
    DeliveryError
        When the server cannot be reached, or takes the message for nobody or not for all. It never shows a password.
    """
    message = _written(settings, subject, text, key)
    if attachment is not None:
        name = " ".join(attachment_name.split())
        message.add_attachment(attachment, maintype="application", subtype="octet-stream", filename=name)
    place = f"the mail server {settings.host}:{settings.port}"
    try:
        refused = _sent(settings, message)
    except smtplib.SMTPRecipientsRefused as fault:
        refused = fault.recipients
    except (smtplib.SMTPException, OSError, ValueError) as fault:
        why, advice = _why(fault, settings)
        raise DeliveryError(f"Expected {place} to take the message, and {why}. {advice}") from None
    if refused:
        names = ", ".join(f"{who} ({answer[0]})" for who, answer in sorted(refused.items()))
        raise DeliveryError(
            f"Expected {place} to take the message for everyone, and it refused {names}. Check to in [alerts.email]."
        )


def _written(settings: EmailSettings, subject: str, text: str, key: str) -> EmailMessage:
    sender = _address(settings.sender, "sender")
    named = f"<{hashlib.sha256(key.encode()).hexdigest()[:32]}@{sender.domain}>"
    message = EmailMessage()
    message["Subject"] = " ".join(subject.split())
    message["From"] = sender
    message["To"] = [_address(one, "to") for one in settings.to]
    message["Date"] = formatdate()
    message["Message-ID"] = named if key else make_msgid(domain=sender.domain)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    return message


def _address(told: str, name: str) -> Address:
    """Read one address, such as ``Churn <churn@example.com>``."""
    found = getaddresses([told])
    shown, address = found[0] if found else ("", "")
    try:
        if len(found) != 1 or len(told.splitlines()) != 1 or address.count("@") != 1:
            raise ValueError
        return Address(shown, addr_spec=address)
    except (ValueError, IndexError) as fault:
        raise DeliveryError(
            f"[alerts.email] {name}: expected one address such as churn@example.com, got {told!r}."
        ) from fault


def _sent(settings: EmailSettings, message: EmailMessage) -> dict[str, tuple[int, bytes]]:
    """Hand the message over, and give those for whom it was refused."""
    trust = ssl.create_default_context()
    made: smtplib.SMTP
    if settings.security == "tls":
        made = smtplib.SMTP_SSL(settings.host, settings.port, timeout=settings.timeout_seconds, context=trust)
    else:
        made = smtplib.SMTP(settings.host, settings.port, timeout=settings.timeout_seconds)
    with made as server:
        if settings.security == "starttls":
            server.starttls(context=trust)
        if settings.login is not None:
            server.login(settings.login, _password(settings))
        return server.send_message(message)


def _password(settings: EmailSettings) -> str:
    password = os.environ.get(settings.password_from)
    if not password:
        raise DeliveryError(
            f"[alerts.email] login is set, and the variable {settings.password_from} with its password is not. "
            "Set it, or leave login out."
        )
    return password


def _why(fault: Exception, settings: EmailSettings) -> tuple[str, str]:
    """Say what went wrong in our own words."""
    if isinstance(fault, smtplib.SMTPAuthenticationError):
        return "it refused the login", f"Check login, and the password in {settings.password_from}."
    if isinstance(fault, smtplib.SMTPNotSupportedError):
        lacking = "STARTTLS" if settings.security == "starttls" else "what the login or an address needs"
        return f"it does not offer {lacking}", "Check security and port."
    if isinstance(fault, ssl.SSLCertVerificationError):
        return (
            "its certificate could not be trusted",
            "Check host; SSL_CERT_FILE names a file of further authorities.",
        )
    if isinstance(fault, ssl.SSLError):
        return (
            "no secure connection could be made",
            "Check security and port: 465 is usual for tls, 587 for starttls.",
        )
    if isinstance(fault, smtplib.SMTPSenderRefused):
        return f"it refused the sender ({fault.smtp_code})", "Check sender, and whether a login is needed."
    if isinstance(fault, smtplib.SMTPResponseException):
        return f"it answered {fault.smtp_code}", "Run again later, or ask who runs the server."
    if isinstance(fault, TimeoutError):
        return f"it did not answer within {settings.timeout_seconds:g} seconds", "Check host, port and security."
    if isinstance(fault, smtplib.SMTPServerDisconnected | ConnectionResetError):
        return "it closed the connection", "Check port and security: 465 is usual for tls, 587 for starttls."
    if isinstance(fault, OSError):
        return "it could not be reached", "Check host and port."
    return f"the message could not be written ({type(fault).__name__})", "Check its text."
