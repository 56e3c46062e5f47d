"""What a person sees when a customer was forgotten: the files that were touched, and where else to look."""

import os
from typing import TYPE_CHECKING

from churnrisk.terminal.printing import console, table

if TYPE_CHECKING:
    from churnrisk.flows.forget import ForgetResult


def show_forgotten(result: "ForgetResult") -> None:
    """Say which files held the customer and how many rows of each; the id itself is not printed."""
    screen = console()
    rows = sum(one.rows for one in result.touched)
    screen.print(f"{result.pipeline}: 1 customer taken out of {len(result.touched)} files, {rows} rows.")
    lines = ([os.path.relpath(one.path), f"{one.rows:,}"] for one in result.touched)
    screen.print(table([("file", "<"), ("rows", ">")], lines))
    for path in result.left:
        screen.print(f"Still holds the id, and is of no kind that can be changed here: {os.path.relpath(path)}")
    for reminder in result.reminders:
        screen.print(f"Note: {reminder}", soft_wrap=True)
