"""Commands of the controller: key figures, cohorts, alerts, groups, reasons."""

from typing import Annotated

import typer

from churnrisk.cli.app import Pipeline, app

By = Annotated[
    list[str] | None,
    typer.Option("--by", help="A split: plan, mrr_band, segment, group, or a column of customers; may repeat."),
]


@app.command()
def kpis(
    pipeline: Pipeline,
    by: By = None,
    period: Annotated[
        str | None, typer.Option(help="month, quarter, year, or rolling:30d; by default the TOML's.")
    ] = None,
    explain: Annotated[
        str | None, typer.Option(help="Say why a rate changed in this period: 2025-05, 2025-Q2, 2025.")
    ] = None,
    against: Annotated[str | None, typer.Option(help="With --explain: the earlier period.")] = None,
    kpi: Annotated[str, typer.Option(help="With --explain: the rate to explain.")] = "churn_rate",
) -> None:
    """Tell what was lost: churn and revenue rates, period by period and part by part; or why a rate changed.

    Example: churnrisk kpis pipelines/sample.toml --by plan --by mrr_band --period quarter
    """
    from churnrisk.flows import explain as why
    from churnrisk.flows import kpis as flow
    from churnrisk.settings import load_settings
    from churnrisk.terminal.explain import show_explain
    from churnrisk.terminal.kpis import show_kpis
    from churnrisk.timeline import now_utc

    settings, today = load_settings(pipeline), now_utc().date()
    if explain is None:
        show_kpis(flow.run(settings, today, by=by, period=period))
    else:
        show_explain(why.run(settings, today, period=explain, against=against, by=by, kpi=kpi))


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


@app.command()
def alerts(
    pipeline: Pipeline,
    period: Annotated[
        str | None, typer.Option(help="Judge this period, such as 2025-05; by default the newest complete one.")
    ] = None,
    all_history: Annotated[
        bool, typer.Option("--all-history", help="List past alarms, too: each period by those before it.")
    ] = False,
    no_send: Annotated[bool, typer.Option("--no-send", help="Write alerts, and send none.")] = False,
) -> None:
    """Say which rates moved more than chance explains; exit code 3 when one did.

    Example: churnrisk alerts pipelines/sample.toml --period 2025-05
    """
    from churnrisk.flows import alerts as flow
    from churnrisk.settings import load_settings
    from churnrisk.terminal.alerts import show_alerts
    from churnrisk.timeline import now_utc

    settings = load_settings(pipeline)
    result = flow.run(settings, now_utc().date(), period=period, all_history=all_history, send=not no_send)
    show_alerts(result)
    raise typer.Exit(result.exit_code)


@app.command()
def groups(
    pipeline: Pipeline,
    refit: Annotated[bool, typer.Option("--refit", help="Look for groups anew, instead of those kept.")] = False,
    sections: Annotated[
        int | None, typer.Option(min=2, max=6, help="Where nothing parts the customers, cut them into so many parts.")
    ] = None,
) -> None:
    """Group customers by how they use the product; exit code 3 when there are no groups worth the name.

    Example: churnrisk groups pipelines/sample.toml --sections 4
    """
    from churnrisk.flows import groups as flow
    from churnrisk.settings import load_settings
    from churnrisk.terminal.groups import show_groups
    from churnrisk.timeline import now_utc

    result = flow.run(load_settings(pipeline), now_utc().date(), refit=refit, sections=sections)
    show_groups(result)
    raise typer.Exit(result.exit_code)


@app.command()
def reasons(pipeline: Pipeline, by: By = None) -> None:
    """Say why customers leave: what they say, what they said before, what the data say, and where these disagree.

    Example: churnrisk reasons pipelines/sample.toml --by plan
    """
    from churnrisk.flows import reasons as flow
    from churnrisk.settings import load_settings
    from churnrisk.terminal.reasons import show_reasons
    from churnrisk.timeline import now_utc

    show_reasons(flow.run(load_settings(pipeline), now_utc().date(), by=by))
