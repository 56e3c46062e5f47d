"""Commands of every night beside the list itself: what became of it."""

from typing import Annotated

import typer

from churnrisk.cli.app import Pipeline, app


@app.command()
def monitor(pipeline: Pipeline) -> None:
    """Hold past nights against their training and against what came true; exit code 3 when someone must look.

    Example: churnrisk monitor pipelines/sample.toml
    """
    from churnrisk.flows import monitor as flow
    from churnrisk.settings import load_settings
    from churnrisk.terminal.monitor import show_monitor
    from churnrisk.timeline import now_utc

    result = flow.run(load_settings(pipeline), now_utc())
    show_monitor(result)
    raise typer.Exit(result.exit_code)


@app.command()
def deliver(
    pipeline: Pipeline,
    cutoff: Annotated[str, typer.Option(help="The night's day; latest: the newest.")] = "latest",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be sent where; send nothing.")] = False,
    again: Annotated[bool, typer.Option("--again", help="Send also what was sent before.")] = False,
) -> None:
    """Hand a night's lists to the places of [delivery] that do not have them yet.

    Example: churnrisk deliver pipelines/sample.toml --dry-run
    """
    from churnrisk.flows import deliver as flow
    from churnrisk.settings import load_settings
    from churnrisk.terminal.deliver import show_deliver
    from churnrisk.timeline import now_utc

    result = flow.run(load_settings(pipeline), now_utc(), cutoff=cutoff, dry_run=dry_run, again=again)
    show_deliver(result)
    raise typer.Exit(result.exit_code)


@app.command()
def forget(
    pipeline: Pipeline,
    customer: Annotated[str, typer.Option(help="The id, as in the column customer_id.", show_default=False)],
) -> None:
    """Take one customer out of history, lists and rejects; what is counted stays.

    Example: churnrisk forget pipelines/sample.toml --customer C0012345
    """
    from churnrisk.flows import forget as flow
    from churnrisk.settings import load_settings
    from churnrisk.terminal.forget import show_forgotten
    from churnrisk.timeline import now_utc

    result = flow.run(load_settings(pipeline), now_utc(), customer)
    show_forgotten(result)
    raise typer.Exit(result.exit_code)
