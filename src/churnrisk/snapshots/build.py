"""Where expressions become rows: features and labels of every cutoff, brought into one frame."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

import ibis.expr.types as ir
import pandas as pd

from churnrisk.features.build import Choice, choose, features, rolled_up
from churnrisk.features.prepare import MOST_KINDS
from churnrisk.labels.churned import LEFT_OUT, labels, noticed
from churnrisk.presence.spells import presence
from churnrisk.presence.standing import standing
from churnrisk.settings import PipelineSettings
from churnrisk.snapshots.spine import spans, spine
from churnrisk.sources.engine import Engine

if TYPE_CHECKING:
    from churnrisk.tables.read import Tables


@dataclass(frozen=True)
class Snapshots:
    """Features and labels of some cutoffs.

    Parameters
    ----------
    rows
        ``customer_id``, ``cutoff``, ``churned`` and one column a feature; ordered by cutoff and customer.
    left_out
        Customers at risk without a label: reason = how many.
    """

    rows: pd.DataFrame
    columns: list[str]
    left_out: dict[str, int] = field(default_factory=dict)


class Workshop:
    """Everything that makes snapshots from one set of tables: roll-ups are made once and shared by all cutoffs.

    Parameters
    ----------
    tables
        Clean tables.
    settings
        The pipeline.
    engine
        Where expressions run.
    """

    def __init__(self, tables: "Tables", settings: PipelineSettings, engine: Engine) -> None:
        self.tables = tables
        self.settings = settings
        self.engine = engine
        self.kinds = _event_kinds(tables, settings, engine)
        self.choice: Choice = choose(tables, tables.contracts, settings.signals, self.kinds)
        self._rolled: dict[str, ir.Table] | None = None
        self._presence: ir.Table | None = None

    @property
    def rolled(self) -> dict[str, ir.Table]:
        """The event tables by customer and day, made at first use."""
        if self._rolled is None:
            expressions = rolled_up(self.tables, self.tables.contracts, self.choice, self.kinds)
            self._rolled = {name: self.engine.keep(one, f"rolled_{name}") for name, one in expressions.items()}
        return self._rolled

    def standing(self, days: Sequence[date]) -> ir.Table:
        """Say how every customer stood at some cutoffs; kept in the engine."""
        at = spans(list(days), self.settings.churn)
        expression = standing(
            self.tables, self.tables.contracts, self.settings.churn, at, value_days=self.settings.signals.value_days
        )
        return self.engine.keep(expression, f"standing_{days[0]:%Y%m%d}_{days[-1]:%Y%m%d}")

    def features(self, stood: ir.Table, choice: Choice | None = None) -> ir.Table:
        """Describe the customers at risk at the cutoffs of a standing."""
        described = spine(stood, self.tables.observed_from)
        return features(
            self.tables, self.tables.contracts, self.rolled, described, choice or self.choice, self.settings.churn
        )

    @property
    def presence(self) -> ir.Table:
        """Who was a customer when, in hindsight; made at first use."""
        if self._presence is None:
            spells = presence(self.tables, self.settings.churn, self.tables.complete_to)
            self._presence = self.engine.keep(spells, "presence")
        return self._presence

    def labels(self, stood: ir.Table, days: Sequence[date]) -> ir.Table:
        """Say of each customer at risk in a standing whether it churned."""
        at_risk = spine(stood, self.tables.observed_from)
        return labels(at_risk, self.presence, spans(list(days), self.settings.churn))

    def label_counts(self, days: Sequence[date]) -> pd.DataFrame:
        """Count labels: one row for each cutoff with ``customers``, ``churners``, ``noticed`` and one a reason.

        ``noticed`` are those who left within the horizon and had given notice before the cutoff.
        """
        stood = self.standing(days)
        known = self.labels(stood, days)
        reasons = {name: (known.left_out == name).sum() for name in LEFT_OUT}
        counts = known.group_by("cutoff").aggregate(
            customers=known.churned.count(), churners=known.churned.sum(), **reasons
        )
        leavers = noticed(stood, self.presence, spans(list(days), self.settings.churn))
        counts = counts.left_join(leavers, "cutoff").drop("cutoff_right")
        return self.engine.rows(counts.order_by("cutoff")).fillna(0)

    def snapshots(self, days: Sequence[date]) -> Snapshots:
        """Build features and labels, one cutoff after the other so that memory stays small."""
        frames: list[pd.DataFrame] = []
        left_out: dict[str, int] = {}
        for day in days:
            stood = self.standing([day])
            known = self.labels(stood, [day])
            rows = self.features(stood).inner_join(known, ["customer_id", "cutoff"])
            rows = rows.drop(*[name for name in rows.columns if name.endswith("_right")])
            frame = self.engine.rows(rows)
            for reason, number in frame.left_out.value_counts().items():
                left_out[str(reason)] = left_out.get(str(reason), 0) + int(number)
            frames.append(frame[frame.churned.notna()].drop(columns="left_out").sort_values("customer_id"))
        rows = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=["customer_id", "cutoff"])
        if frames:
            rows["churned"] = rows["churned"].astype("int64")
        return Snapshots(rows, self.choice.columns, left_out)


def _event_kinds(tables: "Tables", settings: PipelineSettings, engine: Engine) -> list[str]:
    """List the kinds of usage events that count for the breadth of use."""
    if settings.signals.usage_events:
        return list(settings.signals.usage_events)
    if "usage" not in tables or "event" not in tables["usage"].columns:
        return []
    usage = tables["usage"]
    found = engine.rows(usage.filter(usage.event.notnull()).select("event").distinct().limit(MOST_KINDS + 1))
    return sorted(found["event"]) if len(found) <= MOST_KINDS else []
