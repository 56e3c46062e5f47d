"""Customers grouped by how they use the product, what became of each group, and who changed."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pandas as pd

from churnrisk.errors import ModelError
from churnrisk.flows.groups_record import FILE, record_groups, write_groups
from churnrisk.flows.opened import opened
from churnrisk.kpis.groups.choice import wanted_signals
from churnrisk.kpis.groups.grouping import Grouping, agreement, read_grouping
from churnrisk.kpis.groups.outcomes import apart
from churnrisk.kpis.groups.scoped import in_scope
from churnrisk.kpis.groups.study import GroupStudy, look_for_groups, study_groups
from churnrisk.kpis.scope import scope_in_words, wanted_values
from churnrisk.modeling.tracking import Tracker
from churnrisk.settings import PipelineSettings, SignalSettings
from churnrisk.snapshots.build import Workshop
from churnrisk.snapshots.spine import is_labelled
from churnrisk.snapshots.worth import worth
from churnrisk.timeline import month_starts


@dataclass(frozen=True)
class GroupsResult:
    """Groups of one pipeline.

    Parameters
    ----------
    study
        The groups, their figures and their movement.
    sentences
        What came of it, and what to look at.
    folder
        Where files lie.
    """

    pipeline: str
    study: GroupStudy
    sentences: list[str]
    folder: Path

    @property
    def exit_code(self) -> int:
        """0 when there are groups, or sections that were asked for; 3 when nothing parts the customers."""
        return 3 if self.study.grouping is None else 0

    @property
    def look(self) -> dict[str, str]:
        """Where to look next: what = where."""
        folder = os.path.relpath(self.folder)
        data = "structure.csv" if self.study.grouping is None else f"*.csv, *.parquet, {FILE}"
        return {"picture": f"{folder}/groups.png", "data": f"{folder}/{data}"}


def run(settings: PipelineSettings, today: date, *, refit: bool = False, sections: int | None = None) -> GroupsResult:
    """Group the customers at risk; groups once found are kept, and later months fall into the same ones.

    Parameters
    ----------
    refit
        Look for groups anew, and say how far they agree with those kept.
    sections
        Where nothing parts the customers, cut them into so many sections all the same.

    Raises
    ------
    RefusedError
        When the source is flat, or no signal of use is on.
    ModelError
        When kept groups were made of other signals than those now asked for.
    """
    folder = settings.out_folder / "groups"
    kept = _kept(folder / FILE, refit)
    with opened(settings, today) as workshop:
        asked = wanted_signals(settings, workshop.choice)
        if kept is not None and not refit:
            _expect_same(kept, asked)
        narrow = _narrowed(workshop, asked)
        day, days, observed = _days(narrow)
        rows = _described(narrow, sorted({*days, *observed, day}), observed)
        if wanted_values(settings.scope):
            kept_in = narrow.engine.rows(in_scope(narrow, sorted({*days, *observed, day})))
            rows = rows.merge(kept_in, on=["customer_id", "cutoff"])
    newest = rows[rows["cutoff"] == pd.Timestamp(day)]
    if kept is None or refit:
        grouping, structure = look_for_groups(newest, asked, settings.groups, day, sections=sections)
    else:
        grouping, structure = kept, pd.DataFrame(kept.structure)
    study = GroupStudy(day, structure)
    if grouping is not None:
        study = study_groups(rows, grouping, observed, settings.groups, day)
    told = _sentences(study, kept if refit else None, newest, settings)
    if kept is not None and sections is not None and not refit:
        told.append(f"These are kept from {kept.fitted_at}; --refit looks and cuts anew.")
    told += [scope_in_words(settings.scope)] if wanted_values(settings.scope) else []
    with Tracker(settings).training("groups") as tracked:
        write_groups(study, newest, folder, told)
        record_groups(tracked, study, settings.groups, folder, told)
    return GroupsResult(settings.name, study, told, folder)


def _kept(file: Path, refit: bool) -> Grouping | None:
    """Read the groups found before; what cannot be read does not keep anyone from finding them anew."""
    try:
        return read_grouping(file)
    except ModelError:
        if refit:
            return None
        raise


def _expect_same(kept: Grouping, asked: Sequence[str]) -> None:
    if sorted(kept.asked) != sorted(asked):
        raise ModelError(
            f"The groups kept from {kept.fitted_at} were made of {', '.join(kept.asked)}; now asked for are "
            f"{', '.join(asked)}. Restore those signals, or find groups anew with --refit."
        )


def _narrowed(workshop: Workshop, names: Sequence[str]) -> Workshop:
    """Give the same tables with no signals but these."""
    only = SignalSettings(
        include=list(names),
        usage_events=workshop.settings.signals.usage_events,
        value_days=workshop.settings.signals.value_days,
    )
    return Workshop(workshop.tables, workshop.settings.model_copy(update={"signals": only}), workshop.engine)


def _days(workshop: Workshop) -> tuple[date, list[date], list[date]]:
    """Give the newest cutoff, the month starts to follow customers over, and those whose outcome counts."""
    settings, tables = workshop.settings, workshop.tables
    newest = tables.complete_to.date()
    first = tables.observed_from.date() + timedelta(days=settings.cutoffs.min_history_days)
    months = month_starts(first, newest)
    known = [day for day in months if is_labelled(day, newest, settings.churn)]
    observed = apart(known, settings.churn.horizon)[-settings.groups.months :]
    return newest, [day for day in months if day != newest][-settings.groups.months :], observed


def _described(workshop: Workshop, days: Sequence[date], observed: Sequence[date]) -> pd.DataFrame:
    """Describe the customers at risk at some cutoffs; who left is told where that is certain."""
    rows = workshop.snapshots(days, unlabelled=True).rows
    certain = rows["cutoff"].isin([pd.Timestamp(one) for one in observed])
    rows["churned"] = rows["churned"].astype("float64").where(certain)
    return rows.merge(worth(workshop, days), on=["customer_id", "cutoff"], how="left")


def _sentences(
    study: GroupStudy, before: Grouping | None, newest: pd.DataFrame, settings: PipelineSettings
) -> list[str]:
    """Say what came of it: whether there are groups, who changed, and whether they still hold."""
    grouping = study.grouping
    if grouping is None:
        told = ["There are no groups worth the name: customers use the product from little to much, without a gap."]
        if len(study.structure) == 0:
            told = [
                f"There are no groups worth the name: {len(newest):,} customers are too few, or all use it alike."
            ]
        return [*told, "--sections 3 would cut them into three parts of about the same use, which is not the same."]
    told = [_what(grouping)]
    if study.moves is not None and study.moves.changed_share is not None:
        told.append(f"From one month to the next {study.moves.changed_share:.1%} of the customers changed.")
    if before is not None and set(before.signals) <= set(newest.columns):
        agree = agreement(before, newest, grouping)
        told.append(
            f"They agree with those kept from {before.fitted_at} to {agree:.2f} (1 wholly, 0 as chance would)."
        )
    if study.would_agree is not None and study.would_agree < settings.groups.stability:
        told.append(
            f"Drift: found anew today they would agree with those kept from {grouping.fitted_at} to only "
            f"{study.would_agree:.2f}. Look at the profile, and find them anew with --refit."
        )
    if not study.observed:
        told.append("No month has an outcome yet, so churn is not shown.")
    return told


def _what(grouping: Grouping) -> str:
    number, since = len(grouping.names), f"found at {grouping.fitted_at} among {grouping.customers:,} customers"
    if grouping.kind == "groups":
        return f"{number} groups, {since}: fewer customers stand between any two of them than inside each."
    judged = {line["groups"]: line["stability"] for line in grouping.structure}
    agree = f" Two halves of the customers agree on them to {judged[number]:.2f}." if number in judged else ""
    return f"{number} sections of one cloud, {since}: cut because it was asked for; nothing parts them.{agree}"
