"""The command line: each command reads settings, calls one flow, and prints what came of it."""

import sys
from enum import StrEnum
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


class Alias(StrEnum):
    """What a registered version is."""

    champion = "champion"
    challenger = "challenger"


@app.callback()
def everywhere(
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of a fault.")] = False,
) -> None:
    """Predictive churn risk, from a company's own tables to kept customers.

    Exit codes: 0 done; 1 a fault; 2 wrong use; 3 done, with findings someone must look at; 4 refused.

    Example: churnrisk train pipelines/sample.toml
    """


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="A folder of files.", show_default=False)],
    to: Annotated[
        Path | None, typer.Option(help="The TOML to write; by default FOLDER's name in pipelines/.")
    ] = None,
) -> None:
    """Look at a folder of files and write a commented TOML that maps them.

    Example: churnrisk init data/sample --to pipelines/mine.toml
    """
    from churnrisk import terminal
    from churnrisk.flows import init as flow
    from churnrisk.timeline import now_utc

    result = flow.run(folder, to, now_utc().date())
    terminal.show_init(result)
    raise typer.Exit(result.exit_code)


@app.command()
def sample(
    pipeline: Annotated[Path, typer.Argument(help="The pipeline whose [sample] to follow.")] = Path(
        "pipelines/sample.toml"
    ),
    customers: Annotated[int | None, typer.Option(help="Customers that ever start.")] = None,
    months: Annotated[int | None, typer.Option(help="Months of history.")] = None,
    signal: Annotated[
        float | None, typer.Option(help="1: latent states drive churn; 0: churn is pure chance.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of the simulation.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder to write to; by default the pipeline's source.")] = None,
    if_missing: Annotated[bool, typer.Option("--if-missing", help="Write nothing where tables are there.")] = False,
) -> None:
    """Write the tables of the embedded sample company.

    Example: churnrisk sample pipelines/sample.toml --customers 5000 --seed 1
    """
    from churnrisk import terminal
    from churnrisk.flows import sample as flow
    from churnrisk.settings import load_settings

    wanted = {"customers": customers, "months": months, "signal": signal, "seed": seed}
    terminal.show_sample(flow.run(load_settings(pipeline), wanted, out=out, if_missing=if_missing))


@app.command()
def check(pipeline: Pipeline) -> None:
    """Say what the tables hold, which signals they allow, and whether one can learn from them.

    Example: churnrisk check pipelines/sample.toml
    """
    from churnrisk import terminal
    from churnrisk.flows import check as flow
    from churnrisk.flows import flat_check
    from churnrisk.settings import load_settings
    from churnrisk.timeline import now_utc

    settings = load_settings(pipeline)
    if settings.flat is not None:
        found = flat_check.run(settings)
        terminal.show_flat_check(found)
        raise typer.Exit(found.exit_code)
    result = flow.run(settings, now_utc().date())
    terminal.show_check(result)
    raise typer.Exit(result.exit_code)


@app.command()
def train(
    pipeline: Pipeline,
    shuffle_labels: Annotated[
        int | None, typer.Option(metavar="SEED", help="A placebo: shuffle labels, touch no registry.")
    ] = None,
) -> None:
    """Train, calibrate and judge the models; promote the best if it passes the gate.

    Example: churnrisk train pipelines/sample.toml
    """
    from churnrisk import terminal
    from churnrisk.flows import train as flow
    from churnrisk.settings import load_settings
    from churnrisk.timeline import now_utc

    result = flow.run(load_settings(pipeline), now_utc(), shuffle_labels=shuffle_labels)
    terminal.show_training(result)
    raise typer.Exit(result.exit_code)


@app.command()
def backtest(
    pipeline: Pipeline,
    cutoffs: Annotated[
        int | None, typer.Option(min=1, help="Replay the newest so many; default: the TOML's.")
    ] = None,
    model: Annotated[
        str | None, typer.Option(help="Replay this model alone; default: choose at each cutoff.")
    ] = None,
) -> None:
    """Replay history: at each past cutoff train on what was known then, make the list, count who left.

    Example: churnrisk backtest pipelines/sample.toml --cutoffs 6 --model logistic
    """
    from churnrisk import terminal
    from churnrisk.flows import backtest as flow
    from churnrisk.settings import load_settings
    from churnrisk.timeline import now_utc

    result = flow.run(load_settings(pipeline), now_utc().date(), cutoffs=cutoffs, model=model)
    terminal.show_backtest(result)
    raise typer.Exit(result.exit_code)


@app.command()
def promote(
    pipeline: Pipeline,
    version: Annotated[int | None, typer.Option(help="The version to promote; without it all are listed.")] = None,
    alias: Annotated[Alias, typer.Option(help="In use, or waiting.")] = Alias.champion,
    rollback: Annotated[bool, typer.Option("--rollback", help="Put back the champion before this one.")] = False,
    why: Annotated[str | None, typer.Option(help="The reason; a change needs one.")] = None,
    who: Annotated[str | None, typer.Option(help="By default the login name.")] = None,
) -> None:
    """List the registered versions, or choose by hand which one is in use, whatever the gate said.

    Example: churnrisk promote pipelines/sample.toml --version 3 --why "the new price list is in"
    """
    from churnrisk import terminal
    from churnrisk.flows import promote as flow
    from churnrisk.settings import load_settings
    from churnrisk.timeline import now_utc

    if rollback and (version is not None or alias is not Alias.champion):
        raise typer.BadParameter("--rollback finds the version itself: leave out --version and --alias.")
    settings, kind = load_settings(pipeline), alias.value
    result = flow.run(settings, now_utc(), version=version, alias=kind, rollback=rollback, who=who, why=why)
    terminal.show_versions(result)


@app.command()
def score(
    pipeline: Pipeline,
    cutoff: Annotated[str, typer.Option(help="Score as of this day; latest: after the newest event.")] = "latest",
    allow_challenger: Annotated[
        bool, typer.Option("--allow-challenger", help="Score with a model that is not released, and say so.")
    ] = False,
    replace: Annotated[bool, typer.Option("--replace", help="Write a night again that was written before.")] = False,
    threads: Annotated[int | None, typer.Option(help="Threads of the engine; the result is the same.")] = None,
) -> None:
    """Score every customer and write the ranked list of those at risk.

    Example: churnrisk score pipelines/sample.toml --cutoff 2025-06-01
    """
    from churnrisk import terminal
    from churnrisk.flows import score as flow
    from churnrisk.settings import load_settings, with_threads
    from churnrisk.timeline import now_utc

    settings = with_threads(load_settings(pipeline), threads)
    terminal.show_score(
        flow.run(settings, now_utc().date(), cutoff=cutoff, allow_challenger=allow_challenger, replace=replace)
    )


@app.command()
def signals(
    group: Annotated[str | None, typer.Option(help="Only this group.")] = None,
) -> None:
    """List every signal: definition, unit, lookback, direction, and whether a team can influence it.

    Example: churnrisk signals --group payments
    """
    from churnrisk import terminal
    from churnrisk.features.build import listed

    terminal.show_signals(listed(group))


@app.command()
def ui(
    pipeline: Pipeline,
    port: Annotated[int, typer.Option(help="Port on this machine.")] = 5000,
) -> None:
    """Open MLflow on this pipeline's store, reachable from this machine only.

    Example: churnrisk ui pipelines/sample.toml
    """
    from churnrisk.flows import ui as flow
    from churnrisk.settings import load_settings

    raise typer.Exit(flow.run(load_settings(pipeline), port))


@app.command()
def bench(
    events: Annotated[int, typer.Option(help="Events over all tables.")] = 10_000_000,
    customers: Annotated[int, typer.Option(help="Customers.")] = 100_000,
    runs: Annotated[int, typer.Option(help="Runs of each; the median counts.")] = 3,
    night: Annotated[bool, typer.Option("--night", help="Measure a whole night, too.")] = False,
    folder: Annotated[Path, typer.Option(help="Where tables and results go.")] = Path("out/bench"),
) -> None:
    """Measure features and a whole night against one plain pass over the same tables.

    Example: churnrisk bench --events 1000000 --customers 10000
    """
    from churnrisk import bench as flow
    from churnrisk import terminal

    terminal.show_bench(flow.run(customers=customers, events=events, runs=runs, folder=folder, night=night), folder)


@app.command("bench-models")
def bench_models(
    sets: Annotated[
        list[str] | None, typer.Option("--set", help="telco, sample, online_retail, planted-pairs, …; may repeat.")
    ] = None,
    models: Annotated[list[str] | None, typer.Option("--model", help="Only these models; may repeat.")] = None,
    customers: Annotated[int | None, typer.Option(help="At most so many customers of each set.")] = None,
    reuse: Annotated[bool, typer.Option("--reuse", help="Peers as measured before on the same rows.")] = False,
    large: Annotated[bool, typer.Option("--large", help="Measure training on many rows instead.")] = False,
    rows: Annotated[int, typer.Option(help="Rows of --large.")] = 1_000_000,
    folder: Annotated[Path, typer.Option(help="Where results go.")] = Path("out/bench"),
) -> None:
    """Compare the three models with four well-known ones: same rows, same folds.

    Example: churnrisk bench-models --set telco --model logistic --model lightgbm
    """
    from churnrisk import terminal
    from churnrisk.bench.models import many_rows, report
    from churnrisk.timeline import now_utc

    if large:
        text = many_rows.as_text(many_rows.run(rows=rows, models=models, folder=folder, say=typer.echo))
    else:
        today = now_utc().date()
        found = report.run(
            today, sets=sets, models=models, customers=customers, reuse=reuse, folder=folder, say=typer.echo
        )
        text = report.as_text(found)
    terminal.show_bench_models(text, folder)


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
