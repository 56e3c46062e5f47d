"""Rows that a customer system refused while it took the others: named in a file beside the outbox."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from churnrisk.delivery.files import write_table
from churnrisk.delivery.log import one_line
from churnrisk.delivery.place import Errand, Sending
from churnrisk.errors import DeliveryError

#: How many refused rows a sentence names.
NAMED = 3
#: How many marks of each.
LONGEST = 300


def told_of(errand: Errand, name: str, place: str, rows: int, refused: Mapping[str, str]) -> Sending:
    """Say how many rows were taken, and write those that were not into ``<name>-failed.csv``, each with the reason.

    Parameters
    ----------
    name
        The place's section in ``[delivery]``.
    place
        What it is, in words.
    rows
        How many rows were sent.
    refused
        customer_id = why it was not taken.

    Raises
    ------
    DeliveryError
        When not one row was taken: then the settings are wrong, not the rows.
    """
    file = errand.folder / f"{name}-failed.csv"
    file.unlink(missing_ok=True)
    if not refused:
        return Sending([f"{rows:,} rows to {place}"])
    _write(errand, file, refused)
    first = "; ".join(one_line(f"{customer}: {why}"[:LONGEST]) for customer, why in list(refused.items())[:NAMED])
    if len(refused) >= rows:
        raise DeliveryError(f"Expected {place} to take {rows:,} rows, and it took none. {first}. All are in {file}.")
    said = f"{rows - len(refused):,} of {rows:,} rows to {place}; {len(refused):,} were refused, in {file} ({first})"
    return Sending([said], len(refused))


def _write(errand: Errand, file: Path, refused: Mapping[str, str]) -> None:
    rows = pd.DataFrame({"customer_id": list(refused), "why": list(refused.values())}, dtype="str")
    rows.insert(0, "run", errand.run.name)
    errand.folder.mkdir(parents=True, exist_ok=True)
    write_table(rows, file)
