"""The usability report: what the tables hold, which signals they allow, and whether one can learn from them."""

from dataclasses import dataclass, field
from datetime import date

import pandas as pd

from churnrisk.features.signal import SIGNALS
from churnrisk.flows.opened import opened
from churnrisk.kpis.identity import Identity, identity
from churnrisk.presence.gaps import activity_gaps
from churnrisk.settings import PipelineSettings
from churnrisk.snapshots.build import Workshop
from churnrisk.snapshots.plan import LabelCounts, Plan, count_labels, plan
from churnrisk.snapshots.spine import is_labelled
from churnrisk.tables.report import TableReport


@dataclass(frozen=True)
class CheckResult:
    """What was found of a pipeline's tables.

    Parameters
    ----------
    off
        Signal = why it is off.
    notes
        Findings about signals and labels, each a sentence.
    enough
        Whether there is enough to learn from; ``answer`` says it in a sentence.
    horizons
        Where there are several: days, labelled cutoffs, and their customers and churners.
    identity
        Leavers of each labelled month as the label and as the key figures count them; None without such a month.
    """

    pipeline: str
    tables: list[TableReport]
    on: list[str]
    off: dict[str, str]
    plan: Plan
    labels: LabelCounts | None
    enough: bool
    answer: str
    span: tuple[date, date]
    notes: list[str] = field(default_factory=list)
    horizons: list[tuple[int, int, int, int]] = field(default_factory=list)
    identity: Identity | None = None

    @property
    def fault(self) -> str:
        """Say where labels and key figures do not count the same leavers; empty where they do."""
        return self.identity.fault if self.identity else ""

    @property
    def exit_code(self) -> int:
        """0 when one can learn from the tables, 3 when not; 1 when labels and key figures disagree."""
        if self.fault:
            return 1
        return 0 if self.enough else 3


def run(settings: PipelineSettings, today: date) -> CheckResult:
    """Read a pipeline's tables and report on them; nothing but rejects is written."""
    with opened(settings, today) as workshop:
        laid = plan(workshop)
        labels = count_labels(workshop, laid.labelled) if laid.labelled else None
        enough, answer = _answer(laid, labels, settings)
        return CheckResult(
            pipeline=settings.name,
            tables=workshop.tables.reports,
            on=workshop.choice.columns,
            off=workshop.choice.off,
            plan=laid,
            labels=labels,
            enough=enough,
            answer=answer,
            span=(workshop.tables.observed_from.date(), workshop.tables.complete_to.date()),
            notes=[*_notes(workshop, labels), *_unjudged(settings, laid, workshop)],
            horizons=_horizons(settings, labels),
            identity=identity(workshop),
        )


def _answer(laid: Plan, labels: LabelCounts | None, settings: PipelineSettings) -> tuple[bool, str]:
    need = settings.models.min_churners
    if laid.parts is None or labels is None:
        return False, f"Not enough to learn from. {laid.why_not}"
    if labels.churners < need:
        return False, f"Not enough to learn from: {labels.churners} churners, {need - labels.churners} are missing."
    return True, f"Enough to learn from: {labels.churners:,} churners in {len(laid.labelled)} labelled cutoffs."


def _notes(workshop: Workshop, labels: LabelCounts | None) -> list[str]:
    notes = _reach(workshop)
    moving = [name for name in workshop.choice.columns if name in SIGNALS and SIGNALS[name].moves_with_calendar]
    if moving:
        notes.append(
            f"These signals grow as time goes by; beyond the range seen in training their effect is constant: "
            f"{', '.join(moving)}."
        )
    if labels is not None:
        notes += [f"{number:,} customers have no label: {reason}." for reason, number in labels.left_out.items()]
        notes += _noticed(workshop, labels)
    if workshop.settings.churn.kind == "inactivity":
        notes.append(_gap_sentence(activity_gaps(workshop.tables, workshop.settings.churn), workshop))
    return notes


def _horizons(settings: PipelineSettings, labels: LabelCounts | None) -> list[tuple[int, int, int, int]]:
    """Count cutoffs, customers and churners for each of several horizons."""
    further = settings.churn.further_horizons
    if labels is None or not further:
        return []
    first = (int(settings.churn.horizon), *labels.of_horizon())
    return [first, *((days, *labels.of_horizon(days)) for days in further)]


def _unjudged(settings: PipelineSettings, laid: Plan, workshop: Workshop) -> list[str]:
    """Name the horizons that no test cutoff covers."""
    end = workshop.tables.complete_to.date()
    tests = laid.parts.test if laid.parts else []
    bare = [
        str(days)
        for days in settings.churn.further_horizons
        if tests and not any(is_labelled(day, end, settings.churn, days) for day in tests)
    ]
    if not bare:
        return []
    return [f"No test cutoff covers {' or '.join(bare)} days: what a model says of them cannot be judged yet."]


def _reach(workshop: Workshop) -> list[str]:
    """Say where subscriptions reach further back than the first event, after which cutoffs begin."""
    first = next((one.first_at for one in workshop.tables.reports if one.name == "subscriptions"), None)
    begin = workshop.tables.observed_from
    if first is None or first >= begin or workshop.settings.source.observed_from is not None:
        return []
    return [
        f"Subscriptions reach back to {first:%Y-%m-%d}, other events to {begin:%Y-%m-%d}, where cutoffs begin. "
        "If the tables also hold everyone who left before, say so with an earlier [source] observed_from."
    ]


def _noticed(workshop: Workshop, labels: LabelCounts) -> list[str]:
    """Say how many who left could not be predicted because their notice was known."""
    share = labels.noticed_share
    if share is None or workshop.settings.churn.kind != "contract":
        return []
    line = f"{share:.0%} of those who left within a horizon had given notice before its cutoff."
    if share > 0.3:
        line += ' Most of them could not be predicted: set churn.day = "notice", or a longer horizon.'
    return [line]


def _gap_sentence(gaps, workshop: Workshop) -> str:
    found: pd.Series = workshop.engine.rows(gaps).iloc[0]
    shown = ", ".join(f"{share} % within {found[f'p{share}']:.0f}" for share in (50, 75, 90, 95, 99))
    return (
        f"Days between two activities of a customer: {shown}. "
        f"inactive_days is {workshop.settings.churn.inactive_days}; choose it so that few gaps are longer."
    )
