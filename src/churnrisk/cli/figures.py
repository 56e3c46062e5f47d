"""Commands of the controller: key figures, cohorts, alerts, groups, reasons."""

from typing import Annotated

import typer

from churnrisk.cli.app import Pipeline, app

By = Annotated[
    list[str] | None,
    typer.Option("--by", help="A split: plan, mrr_band, segment, or a column of customers; may repeat."),
]


@app.command()
def kpis(
    pipeline: Pipeline,
    by: By = None,
    period: Annotated[
        str | None, typer.Option(help="month, quarter, year, or rolling:30d; by default the TOML's.")
    ] = None,
) -> None:
    """Tell what was lost: churn and revenue rates, period by period and part by part.

    Example: churnrisk kpis pipelines/sample.toml --by plan --by mrr_band --period quarter
    """
    from churnrisk.flows import kpis as flow
    from churnrisk.settings import load_settings
    from churnrisk.terminal.kpis import show_kpis
    from churnrisk.timeline import now_utc

    settings = load_settings(pipeline)
    show_kpis(flow.run(settings, now_utc().date(), by=by, period=period))


@app.command()
def cohorts(
    pipeline: Pipeline,
    by: Annotated[
        list[str] | None, typer.Option("--by", help="Compare groups: plan (the first), or a column of customers.")
    ] = None,
) -> None:
    """Follow customers by the month in which they began: who is still there, what they pay, how long they stay.

    Example: churnrisk cohorts pipelines/sample.toml --by plan --by region
    """
    from churnrisk.flows import cohorts as flow
    from churnrisk.settings import load_settings
    from churnrisk.terminal.cohorts import show_cohorts
    from churnrisk.timeline import now_utc

    show_cohorts(flow.run(load_settings(pipeline), now_utc().date(), by=by))
