"""The place ``[delivery.webhook]``: a list in messages of so many rows, each sent once."""

import math

from churnrisk.delivery.place import Errand, Place, Sending
from churnrisk.delivery.values import records
from churnrisk.delivery.webhook import host_of, send_webhook
from churnrisk.settings.delivery import WebhookPlace

SECTION = "delivery.webhook"
KIND = "churnrisk.list"


def webhook_place(place: WebhookPlace) -> Place:
    """Give the address as a place.

    Raises
    ------
    DeliveryError
        When it is no address.
    """
    host = host_of(place, SECTION)

    def hand_over(errand: Errand) -> Sending:
        run, rows = errand.run, errand.run.rows(place.list)
        parts = math.ceil(len(rows) / place.rows_a_message)
        keys = [f"{run.name} {place.list} {part + 1}/{parts} of {place.rows_a_message}" for part in range(parts)]
        unsent = set(errand.outbox.new(errand.where, keys))
        for part, key in enumerate(keys):
            if key not in unsent:
                continue
            start = part * place.rows_a_message
            about = {"pipeline": run.pipeline, "run": run.name, "cutoff": run.cutoff, "list": place.list}
            send_webhook(
                place,
                records(rows.iloc[start : start + place.rows_a_message], decimals=False),
                key=f"{run.pipeline} {key}",
                kind=KIND,
                about={**about, "part": part + 1, "parts": parts, "rows": len(rows)},
                section=SECTION,
            )
            errand.outbox.add(errand.where, [key])
        errand.outbox.add(errand.where, [run.name], instead_of=keys)
        plural = "message" if parts == 1 else "messages"
        return Sending([f"{len(rows):,} rows of {place.list} in {parts} {plural} to {host}"])

    return Place("webhook", host, (place.list,), False, place, hand_over)
