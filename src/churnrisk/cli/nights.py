"""Commands of every night beside the list itself: what became of it."""

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
