"""One customer is taken out of everything that a pipeline wrote; what is counted stays."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from churnrisk.history.store import History
from churnrisk.history.without import KINDS, Customer, take_out

#: Where nights are kept, and where rows lie that were set aside, as the company wrote them.
HISTORY, REJECTED = "history", "rejected"
#: Endings of files that name no customer: pictures, and what a training writes of its model.
NO_CUSTOMERS = (".png", ".py", ".joblib")
#: What is looked at in steps of so many bytes, where a file is of no known kind.
BLOCK_BYTES = 1 << 22


@dataclass(frozen=True)
class Touched:
    """A file that held the customer.

    Parameters
    ----------
    rows
        Rows that were taken out, or in the history emptied; 0 where it could not be changed.
    """

    path: Path
    rows: int


def forget_in(folder: Path, customer_id: str, *further: Path) -> tuple[list[Touched], list[Path]]:
    """Take a customer out of every file of a pipeline's folder; links are not followed.

    In the history a row without id, probability and money stays, so that counts add up. Whoever is killed here can
    begin again: each file is replaced in one step.

    Parameters
    ----------
    further
        Other folders whose files may name customers.

    Returns
    -------
    tuple
        The files that were changed, and those that still hold the id and are of no known kind.
    """
    customer = Customer(customer_id)
    history = History(folder / HISTORY)
    touched = [Touched(path, rows) for path, rows in history.emptied(customer_id)]
    left = []
    for top in (folder, *further):
        for path in _files(top):
            if history.folder in path.parents:
                continue
            rows = take_out(path, customer, anywhere=path.parent == folder / REJECTED)
            if rows:
                touched.append(Touched(path, rows))
            elif _holds(path, customer):
                left.append(path)
    return touched, left


def _files(folder: Path) -> Iterator[Path]:
    for top, folders, names in os.walk(folder, followlinks=False):
        folders.sort()
        for name in sorted(names):
            path = Path(top, name)
            if path.is_file() and not path.is_symlink():
                yield path


def _holds(path: Path, customer: Customer) -> bool:
    """Say whether a file of no known kind holds the id, as far as its bytes show; a bare number may be any number."""
    if customer.in_text is None or path.suffix.lower() in (*KINDS, *NO_CUSTOMERS):
        return False
    with path.open("rb") as file:
        before = b""
        while block := file.read(BLOCK_BYTES):
            if customer.is_in(before + block):
                return True
            before = block[-2 * len(customer.id.encode()) :]
    return False
