"""The command line itself: its name, its options for every command, and how a fault ends."""

import sys
from pathlib import Path
from typing import Annotated

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
        typer.echo(str(fault), err=True)
        sys.exit(fault.exit_code)
    except Exception as fault:
        if debug:
            raise
        typer.echo(f"Unexpected: {type(fault).__name__}: {fault}. Run again with --debug to see where.", err=True)
        sys.exit(1)
