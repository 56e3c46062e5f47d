"""Commands that go from tables to a list: init, sample, check, train, backtest, promote, score, signals, ui."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from churnrisk.cli.app import Pipeline, app
from churnrisk.cli.night_options import LogOption, known_codes


class Alias(StrEnum):
    """What a registered version is."""

    champion = "champion"
    challenger = "challenger"


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
    model: Annotated[
        int | None, typer.Option(help="Use this version; default: the champion, or that of the night replayed.")
    ] = None,
    allow_challenger: Annotated[
        bool, typer.Option("--allow-challenger", help="Score with a model that is not released, and say so.")
    ] = False,
    allow: Annotated[
        list[str] | None,
        typer.Option(
            "--allow", metavar="CODE", callback=known_codes, help="Score in spite of a refusal; may repeat."
        ),
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Write a night again that was written before.")] = False,
    no_send: Annotated[bool, typer.Option("--no-send", help="Write lists; send neither them nor alarms.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Write lists; only say what would be sent.")] = False,
    log: LogOption = None,
    threads: Annotated[int | None, typer.Option(help="Threads of the engine; the result is the same.")] = None,
) -> None:
    """Score every customer and write the ranked list of those at risk.

    Example: churnrisk score pipelines/sample.toml --cutoff 2025-06-01
    """
    from churnrisk import terminal
    from churnrisk.delivery.log import configure
    from churnrisk.flows import score as flow
    from churnrisk.settings import load_settings, with_threads
    from churnrisk.timeline import now_utc

    configure(log and log.name)
    codes, challenger = frozenset(allow or ()), allow_challenger or "no_champion" in (allow or ())
    asked = flow.Asked(cutoff, model, challenger, replace, codes, not no_send, dry_run)
    result = flow.run(with_threads(load_settings(pipeline), threads), now_utc(), asked)
    terminal.show_score(result)
    raise typer.Exit(result.exit_code)


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
def serve(
    pipeline: Pipeline,
    port: Annotated[int, typer.Option(help="Port on this machine.")] = 5001,
) -> None:
    """Answer for one customer at a time: the champion behind MLflow's scoring server, reachable from this machine.

    Example: churnrisk serve pipelines/sample.toml
    """
    from churnrisk.flows import serve as flow
    from churnrisk.settings import load_settings

    raise typer.Exit(flow.run(load_settings(pipeline), port))
