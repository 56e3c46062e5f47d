"""One customer is forgotten: taken out of history, lists and rejects, while what is counted stays."""

import os
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from churnrisk.delivery.leftovers import clear_leftovers
from churnrisk.delivery.lock import night_lock
from churnrisk.errors import ChurnRiskError, SettingsError
from churnrisk.history.forget import Touched, forget_in
from churnrisk.settings import PipelineSettings
from churnrisk.tables.feedback import feedback_folder


@dataclass(frozen=True)
class ForgetResult:
    """What was touched, and what could not be.

    Parameters
    ----------
    touched
        Every file that held the customer, and its rows.
    left
        Files that still hold the id and are of no kind that can be changed here.
    reminders
        Where else the customer may still stand.
    """

    pipeline: str
    touched: list[Touched]
    left: list[Path] = field(default_factory=list)
    reminders: list[str] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """3 where a file still holds the id, else 0."""
        return 3 if self.left else 0


def run(settings: PipelineSettings, now: datetime, customer_id: str) -> ForgetResult:
    """Take a customer out of everything that a pipeline wrote.

    It holds the pipeline's lock. Each file is replaced in one step, so that it can be run again after it was killed.

    Raises
    ------
    ChurnRiskError
        When no file holds the customer.
    RefusedError
        When another run is at work.
    """
    customer = customer_id.strip()
    if not customer:
        raise SettingsError("--customer should be the id of a customer, and is empty. Name one.")
    folder = settings.out_folder
    further = feedback_folder(settings)
    with night_lock(folder, now, hours=settings.nightly.lock_hours):
        if folder.is_dir():
            clear_leftovers(folder)
        touched, left = forget_in(folder, customer, *([further] if further else []))
    if not touched and not left:
        raise ChurnRiskError(
            f"There is no customer {customer!r} in {os.path.relpath(folder)}: no list, night or reject holds it. "
            "Write the id as in the column customer_id; if it was forgotten before, nothing is left to do."
        )
    return ForgetResult(settings.name, touched, left, _reminders(settings))


def _reminders(settings: PipelineSettings) -> list[str]:
    """Say where a customer can stand that no pipeline writes to, or takes back."""
    delivery = settings.delivery
    places = [
        name for name in type(delivery).model_fields if name != "formats" and getattr(delivery, name) is not None
    ]
    way = "take it out there" if settings.flat is not None else "take it out there, or leave it out by a where"
    told = [
        "The source tables are the company's own and were not touched. While the id stands in them, the next night "
        f"scores it again: {way}."
    ]
    if places:
        told.append(f"What was handed over by [delivery] ({', '.join(places)}) lies there still. Remove it there.")
    told.append("Models and MLflow hold no ids. Backups and copies of the lists elsewhere are not known here.")
    return told
