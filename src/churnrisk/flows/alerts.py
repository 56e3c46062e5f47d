"""Which rates moved more than chance explains: judged, written down, and sent."""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import pandas as pd

from churnrisk.delivery.files import whole_folder, write_table
from churnrisk.delivery.outbox import Outbox
from churnrisk.errors import RefusedError
from churnrisk.flows.kpis import periods_of
from churnrisk.flows.opened import opened
from churnrisk.kpis.alerts.gather import Watched, gather, must_be_watchable
from churnrisk.kpis.alerts.sentence import as_line
from churnrisk.kpis.alerts.series import Series
from churnrisk.kpis.alerts.watch import Judged, Watch, judged_of
from churnrisk.kpis.alerts.watched import watched_table
from churnrisk.kpis.ledger import Ledger, splits_of
from churnrisk.kpis.scope import scope_in_words
from churnrisk.settings import PipelineSettings
from churnrisk.settings.kpis import WebhookSettings

Line = dict[str, object]


@dataclass(frozen=True)
class AlertsResult:
    """What was found over all watched series.

    Parameters
    ----------
    alerts
        One line an alert, the least likely first.
    judged
        How many series were judged.
    watched
        Every series over its last periods.
    not_watched
        What is not watched or not judged, each with the reason.
    sent
        Where alerts were sent, in words.
    scope
        Which part of the company was looked at; empty where it is the whole.
    """

    pipeline: str
    alerts: list[Line]
    judged: int
    false_alarms: float
    watched: pd.DataFrame
    not_watched: dict[str, str]
    folder: Path
    sent: list[str] = field(default_factory=list)
    scope: str = ""

    @property
    def exit_code(self) -> int:
        """3 when an alarm was raised, else 0."""
        return 3 if self.alerts else 0

    @property
    def look(self) -> dict[str, str]:
        """Where the results lie: what = where."""
        names = {"alerts": "alerts.jsonl", "watched series": "watched.csv", "picture": "charts.png"}
        return {what: os.path.relpath(self.folder / name) for what, name in names.items()}


def run(
    settings: PipelineSettings,
    today: date,
    *,
    period: str | None = None,
    all_history: bool = False,
    send: bool = True,
) -> AlertsResult:
    """Judge every watched series, write what was found under the output folder, and send new alerts.

    Parameters
    ----------
    period
        Judge this period, such as ``2025-05``, by what came before it; by default the newest complete one.
    all_history
        Judge every period, each by what came before it. Nothing is sent then, nor for an earlier period.
    send
        Send new alerts where ``[alerts.webhook]`` or ``[alerts.email]`` says so.

    Raises
    ------
    RefusedError
        When the source is flat, or there is no such period.
    DeliveryError
        When alerts could not be sent; they are written by then, and sent by the next run.
    """
    asked = settings.alerts
    must_be_watchable(asked.watch)
    with opened(settings, today) as workshop:
        by = [name for name in asked.by if name in splits_of(workshop)]
        ledger = Ledger(workshop, periods_of(workshop, asked.period), by)
        found = gather(ledger, asked.watch, replicates=asked.replicates, seed=asked.seed)
    series = found.series if period is None else [_up_to(one, period) for one in found.series]
    watch = Watch(asked, found.places, found.tests_a_year)
    newest = watch.step(series)
    steps = [newest]
    if all_history:
        steps = [watch.step(series, back=back) for back in reversed(range(max(one.ripe for one in series)))]
    scope = scope_in_words(settings.scope)
    part = {"scope": scope} if scope else {}
    lines = [{**line, **part} for step in steps for line in _lines(watch, step)]
    table = watched_table(watch, newest)
    folder = settings.out_folder / "alerts"
    with whole_folder(folder) as unfinished:
        _write(unfinished, lines, table)
    told = _send(settings, lines) if send and not all_history and period is None else []
    off = _not_watched(found, newest, [name for name in asked.by if name not in by])
    return AlertsResult(settings.name, lines, judged_of(newest), asked.false_alarms, table, off, folder, told, scope)


def _up_to(series: Series, period: str) -> Series:
    """Take a period for the newest."""
    if period not in series.period:
        raise RefusedError(
            f"There is no period {period!r} to judge. The data hold {series.period[0]} to {series.period[-1]}."
        )
    return replace(series, ripe=min(series.ripe, list(series.period).index(period) + 1))


def _lines(watch: Watch, step: Sequence[Judged]) -> list[Line]:
    number = judged_of(step)
    return [as_line(alert, watch.allowed(number), number) for alert in watch.fired(step)]


def _not_watched(found: Watched, step: Sequence[Judged], no_split: Sequence[str]) -> dict[str, str]:
    """Say of everything that is not judged why."""
    told = dict(found.left_out)
    told |= {f"{one.series.kpi} ({one.series.where})": one.why_not for one in step if one.why_not}
    return told | {f"by {name}": "the tables have no such split" for name in no_split}


def _write(folder: Path, lines: Sequence[Line], table: pd.DataFrame) -> None:
    from churnrisk.kpis.alerts.picture import charts

    told = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    (folder / "alerts.jsonl").write_text(told, encoding="utf-8")
    write_table(table, folder / "watched.csv")
    charts(table).savefig(folder / "charts.png", dpi=120)


def _send(settings: PipelineSettings, lines: Sequence[Line]) -> list[str]:
    """Send each alert once to each place; the same shift found again next month is not sent again."""
    from churnrisk.delivery.email import send_email
    from churnrisk.delivery.webhook import send_webhook

    outbox = Outbox(settings.out_folder / "alerts-sent.json")
    keyed = {_key(line): line for line in lines}
    told = []
    for where, place in (("webhook", settings.alerts.webhook), ("email", settings.alerts.email)):
        keys = outbox.new(where, keyed)
        if place is None or not keys:
            continue
        fresh = [keyed[one] for one in keys]
        text = "\n\n".join(str(line["sentence"]) for line in fresh)
        name = f"{settings.name} {' '.join(keys)}"
        if isinstance(place, WebhookSettings):
            send_webhook(place, fresh, key=name, text=text)
        else:
            attached = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in fresh).encode()
            send_email(place, subject=_subject(settings.name, fresh), text=text, attachment=attached, key=name)
        outbox.add(where, keys)
        told.append(f"{len(fresh)} alert{'' if len(fresh) == 1 else 's'} sent by {where}")
    return told


def _key(line: Line) -> str:
    """Name an alert: it stays the same while the same shift goes on, and for a month where periods overlap."""
    names = ("kpi", "split", "value", "direction")
    return " ".join([*(str(line[name]) for name in names), str(line["first_raised"])[:7]])


def _subject(pipeline: str, lines: Sequence[Line]) -> str:
    first = f"{lines[0]['kpi']} {lines[0]['direction']} in {lines[0]['period']}"
    more = f" and {len(lines) - 1} more" if len(lines) > 1 else ""
    return f"churnrisk {pipeline}: {first}{more}"
