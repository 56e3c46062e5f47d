"""Commands that measure churnrisk itself."""

from pathlib import Path
from typing import Annotated

import typer

from churnrisk.cli.app import app


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


@app.command("bench-kpis")
def bench_kpis(
    customers: Annotated[int, typer.Option(help="Customers.")] = 1_000_000,
    runs: Annotated[int, typer.Option(help="Runs of each; the median counts.")] = 3,
    folder: Annotated[Path, typer.Option(help="Where tables and results go.")] = Path("out/bench"),
) -> None:
    """Measure all key figures of 36 months and three splits against one sort of the subscriptions.

    Example: churnrisk bench-kpis --customers 100000
    """
    from churnrisk import terminal
    from churnrisk.bench import as_text
    from churnrisk.bench import kpis as flow

    found = flow.run(customers=customers, runs=runs, folder=folder, say=typer.echo)
    terminal.show_bench_kpis(as_text(found), flow.verdict(found), folder)


@app.command("bench-alerts")
def bench_alerts(
    years: Annotated[int, typer.Option(help="Simulated years without a change, of each kind.")] = 200,
    companies: Annotated[int, typer.Option(help="Whole companies, from tables to alerts, too.")] = 0,
    runs: Annotated[int, typer.Option(help="Simulated rises of each base rate.")] = 500,
    seed: Annotated[int, typer.Option(help="Seed of all draws.")] = 0,
    folder: Annotated[Path, typer.Option(help="Where results go.")] = Path("out/bench"),
) -> None:
    """Count the false alarms of simulated companies, and how often alerts find a rise within three months.

    Example: churnrisk bench-alerts --years 50 --companies 5
    """
    from churnrisk.bench import alert_report
    from churnrisk.terminal.alerts import show_bench_alerts

    found = alert_report.run(
        years=years,
        companies=companies,
        runs=runs,
        seed=seed,
        folder=folder,
        say=lambda line: typer.echo(line, err=True),
    )
    show_bench_alerts(alert_report.as_text(found), folder)
    raise typer.Exit(0 if found.kept else 3)


@app.command("bench-history")
def bench_history(
    customers: Annotated[int, typer.Option(help="Customers.")] = 1_000_000,
    signals: Annotated[int, typer.Option(help="Signals of the model.")] = 60,
    runs: Annotated[int, typer.Option(help="Runs; the median counts.")] = 3,
    folder: Annotated[Path, typer.Option(help="Where results go.")] = Path("out/bench"),
) -> None:
    """Measure what keeping a night, and setting it beside the one before, costs.

    Example: churnrisk bench-history --customers 100000
    """
    from churnrisk.bench import history

    found = history.run(customers=customers, signals=signals, runs=runs, folder=folder)
    typer.echo(history.as_text(found))


@app.command("bench-drift")
def bench_drift(
    customers: Annotated[int, typer.Option(help="Customers of the night that is timed.")] = 1_000_000,
    signals: Annotated[int, typer.Option(help="Signals of that night.")] = 100,
    nights: Annotated[int, typer.Option(help="Simulated nights without drift, of each kind.")] = 1_000,
    seed: Annotated[int, typer.Option(help="Seed of all draws.")] = 0,
    folder: Annotated[Path, typer.Option(help="Where results go.")] = Path("out/bench"),
) -> None:
    """Time drift on many customers, and count false alarms and planted drifts at 1,000 and 1,000,000 customers.

    Example: churnrisk bench-drift --nights 100
    """
    from churnrisk.bench import drift
    from churnrisk.terminal.monitor import show_bench_drift

    text, kept = drift.run(
        customers=customers,
        signals=signals,
        nights=nights,
        seed=seed,
        folder=folder,
        say=lambda line: typer.echo(line, err=True),
    )
    show_bench_drift(text, folder)
    raise typer.Exit(0 if kept else 3)


@app.command("bench-faults")
def bench_faults(
    kills: Annotated[int, typer.Option(help="Instants at which a night is killed.")] = 100,
    starts: Annotated[int, typer.Option(help="Nights that are started at once.")] = 10,
    customers: Annotated[int, typer.Option(help="Customers of the sample company.")] = 2_000,
    folder: Annotated[Path, typer.Option(help="Where the company and the results go.")] = Path("out/bench"),
) -> None:
    """Kill nights at many instants, let others meet a full disk and broken sources, and start several at once.

    Example: churnrisk bench-faults --kills 20
    """
    from churnrisk.bench.faults import report

    found = report.run(
        kills=kills, starts=starts, customers=customers, folder=folder, say=lambda line: typer.echo(line, err=True)
    )
    typer.echo(report.as_text(found))
    raise typer.Exit(0 if found.is_well else 3)
