"""Options of commands that run with nobody watching: how they log, and which refusals they override."""

from enum import StrEnum
from typing import Annotated

import typer


class LogKind(StrEnum):
    """How a run logs on stderr."""

    plain = "plain"
    json = "json"


LogOption = Annotated[
    LogKind | None,
    typer.Option("--log", help="Lines on stderr; by default plain ones, and none on a terminal.", show_default=False),
]


def known_codes(given: list[str] | None) -> list[str]:
    """Take codes of refusals; one that there is not is answered with the right one."""
    if not given:
        return []
    from churnrisk.errors import UnknownNameError
    from churnrisk.monitoring.refusals import must_be_codes

    try:
        must_be_codes(given)
    except UnknownNameError as fault:
        raise typer.BadParameter(str(fault)) from fault
    return given
