"""The command line itself: its name, its options for every command, and how a fault ends."""

import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from churnrisk.errors import ChurnRiskError

app = typer.Typer(
    name="churnrisk",
    help="Predictive churn risk, from a company's own tables to kept customers.",
    no_args_is_help=True,
    rich_markup_mode=None,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Pipeline = Annotated[Path, typer.Argument(help="The pipeline's TOML.", show_default=False)]


@app.callback()
def everywhere(
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of a fault.")] = False,
) -> None:
    """Predictive churn risk, from a company's own tables to kept customers.

    Exit codes: 0 done; 1 a fault; 2 wrong use; 3 done, with findings someone must look at; 4 refused.

    Example: churnrisk train pipelines/sample.toml
    """


def main() -> None:
    """Run the command line; a fault is one message and an exit code, with ``--debug`` its traceback, too."""
    debug = "--debug" in sys.argv
    try:
        app([word for word in sys.argv[1:] if word != "--debug"])
    except ChurnRiskError as fault:
        if debug:
            raise
        _end(str(fault), fault.exit_code)
    except Exception as fault:
        if debug:
            raise
        _end(f"Unexpected: {type(fault).__name__}: {fault}. Run again with --debug to see where.", 1)


def _end(message: str, exit_code: int) -> NoReturn:
    """Say what went wrong, as a line of the log where there is one; no text can forge a line of its own."""
    import logging

    from churnrisk.delivery import log

    if log.kind() is not None:
        log.tell("fault", message, level=logging.ERROR, exit_code=exit_code)
    else:
        typer.echo("\n".join(log.one_line(line) for line in message.split("\n")), err=True)
    sys.exit(exit_code)
