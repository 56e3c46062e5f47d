"""A message to those who look after the nights: that no list was written, and why."""

import logging
from datetime import datetime

from churnrisk.delivery.email import send_email
from churnrisk.delivery.log import one_line, tell
from churnrisk.delivery.outbox import Outbox
from churnrisk.delivery.webhook import send_webhook
from churnrisk.errors import ChurnRiskError
from churnrisk.settings import PipelineSettings
from churnrisk.settings.kpis import WebhookSettings

#: What was sent, so that a night that is tried again and again tells it once a day.
SENT = "refusals-sent.json"


def send_alarm(settings: PipelineSettings, message: str, exit_code: int, now: datetime) -> list[str]:
    """Say through ``[alerts.webhook]`` and ``[alerts.email]`` that a night did not end well; once a day for the same.

    What cannot be sent is a line of the log and nothing more: it never hides what it was to tell.

    Parameters
    ----------
    exit_code
        4 where the night was refused, else that of a fault.
    now
        The clock, in UTC.

    Returns
    -------
    Where it was sent.
    """
    word = "refused" if exit_code == 4 else "failed"
    key = f"{settings.name} {now.date()} {word} {message}"
    told = []
    for where, place in (("webhook", settings.alerts.webhook), ("email", settings.alerts.email)):
        if place is None:
            continue
        try:
            outbox = Outbox(settings.out_folder / SENT)
            if not outbox.new(where, [key]):
                continue
            if isinstance(place, WebhookSettings):
                line = {"pipeline": settings.name, "exit_code": exit_code, "message": message, "at": now}
                send_webhook(place, [line], key=key, kind=f"churnrisk.{word}", text=message)
            else:
                subject = f"churnrisk {settings.name}: the night was {word}" if exit_code == 4 else _failed(settings)
                send_email(place, subject=subject, text=f"{message}\n", key=key)
            told.append(where)
            outbox.add(where, [key])
        except (ChurnRiskError, OSError) as fault:
            tell("alarm", f"It could not be sent by {where}: {one_line(str(fault))}", level=logging.WARNING)
    return told


def _failed(settings: PipelineSettings) -> str:
    return f"churnrisk {settings.name}: the night failed"
