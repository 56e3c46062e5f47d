"""What speaks against a night, held together from its tables, the nights before, and its model."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import pandas as pd

from churnrisk.delivery.manifests import manifests
from churnrisk.modeling.registry import Registered
from churnrisk.monitoring.bounds import AGE, Finding, expired
from churnrisk.monitoring.inputs import customers_at_risk, inputs_of, without_events
from churnrisk.monitoring.refusals import (
    InUse,
    findings,
    must_be_codes,
    refuse,
    too_few_features,
    trained_on,
)
from churnrisk.settings import PipelineSettings
from churnrisk.snapshots.build import Workshop
from churnrisk.tables.report import TableReport


class Safety:
    """Everything that is held against a night before its list may be written.

    Parameters
    ----------
    trained_for
        The definition of churn that the model was trained for.
    now
        The clock, in UTC.
    cutoff
        As it was asked for: a day, or ``latest``.
    allow
        Codes of refusals to override.

    Raises
    ------
    UnknownNameError
        When a code is not known.
    """

    def __init__(
        self,
        settings: PipelineSettings,
        release: Registered,
        trained_for: Mapping[str, Any] | None,
        *,
        now: datetime,
        cutoff: str,
        allow: frozenset[str] = frozenset(),
    ) -> None:
        must_be_codes(allow)
        self.settings = settings
        self.model = InUse(release.version, trained_on(release.version, release.tags), trained_for)
        self.now = now
        self.replay = cutoff != "latest"
        self.allow = allow

    def of_tables(
        self, workshop: Workshop, day: date, prints: pd.DataFrame
    ) -> tuple[list[dict[str, Any]], list[str]]:
        """Hold what is known before anything is counted; give what each table held, and what someone should know.

        Raises
        ------
        NightRefusedError
            With everything that speaks against the night.
        """
        inputs = inputs_of(workshop, day, prints)
        earlier = manifests(self.settings.out_folder, before=day if self.replay else None)
        found = findings(self.settings, self.now, day, inputs, earlier, self.model, replay=self.replay)
        against = found.against
        if any(
            one.code not in self.allow for one in against
        ):  # refused: look for all else that will speak against it
            against = against + self._silent(workshop, day, customers_at_risk(workshop, day))
        return inputs, [*refuse(against, self.allow), *found.told]

    def of_customers(self, workshop: Workshop, day: date, customers: pd.Series) -> list[str]:
        """Hold the share of customers of whom nothing is known, once they are described.

        Raises
        ------
        NightRefusedError
            When it is too large.
        """
        return refuse(self._silent(workshop, day, customers), self.allow)

    def of_file(self, found: Sequence[Finding] = ()) -> list[str]:
        """Hold a flat source's model against its age; its file has no times, and may be another each time.

        Raises
        ------
        NightRefusedError
            With everything that speaks against the list.
        """
        name, most = self.settings.file.name, self.settings.nightly.max_model_age_days
        old = expired(self.model.version, self.model.trained, self.now.date(), most, name)
        return refuse([*found, *old], self.allow)

    def _silent(self, workshop: Workshop, day: date, customers: pd.Series) -> list[Finding]:
        without = without_events(workshop, day, customers)
        return too_few_features(without, len(customers), self.settings)


def counted(reports: Sequence[TableReport]) -> dict[str, int]:
    """Count what was read, for the log."""
    rows, aside = sum(one.rows_used for one in reports), sum(one.rows_set_aside for one in reports)
    return {"tables": len(reports), "rows": rows, "set_aside": aside}


def allowed(codes: frozenset[str], released: bool) -> list[str]:
    """Give the codes that a night's manifest names: those asked for, and that its model is no champion.

    Examples
    --------
    >>> allowed(frozenset({"stale"}), released=False)
    ['no_champion', 'stale']
    """
    return sorted(codes if released else codes | {"no_champion"})


def told_again(before: Sequence[str], now: Sequence[str]) -> list[str]:
    """Tell the warnings of a night that is not run again, with those of its tables as they are now.

    Examples
    --------
    >>> told_again(["No MRR.", "The newest event in the tables is of 2025-06-01, 4 days ago."], [])
    ['No MRR.']
    """
    kept = [one for one in before if one not in now and not one.startswith(AGE)]
    return [*kept, *now]
