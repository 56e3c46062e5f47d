"""What speaks against a night, held together from its tables, the nights before, and its model."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import pandas as pd

from churnrisk.delivery.manifests import manifest_of, manifests
from churnrisk.modeling.registry import Registered
from churnrisk.monitoring.bounds import Finding, expired
from churnrisk.monitoring.inputs import customers_at_risk, inputs_of, without_events
from churnrisk.monitoring.refusals import (
    InUse,
    findings,
    must_be_codes,
    refuse,
    too_few_features,
    trained_on,
    unlike,
)
from churnrisk.settings import PipelineSettings
from churnrisk.snapshots.build import Workshop


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
        earlier = manifests(self.settings.out_folder, before=day)
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

    def of_file(self, inputs: Sequence[Mapping[str, Any]], found: Sequence[Finding] = ()) -> list[str]:
        """Hold a flat source's file against the last run, and its model against its age.

        Raises
        ------
        NightRefusedError
            With everything that speaks against the list.
        """
        last, bounds = manifest_of(self.settings.out_folder / "latest"), self.settings.nightly
        unlike_last, told = unlike(inputs, last, None, bounds) if last else ([], [])
        name, most = self.settings.file.name, bounds.max_model_age_days
        old = expired(self.model.version, self.model.trained, self.now.date(), most, name)
        return [*refuse([*found, *old, *unlike_last], self.allow), *told]

    def _silent(self, workshop: Workshop, day: date, customers: pd.Series) -> list[Finding]:
        without = without_events(workshop, day, customers)
        return too_few_features(without, len(customers), self.settings)
