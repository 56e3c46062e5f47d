"""Where expressions become rows: features and labels of every cutoff, brought into one frame."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir
import pandas as pd

from churnrisk.features.build import Choice, choose, features, rolled_up
from churnrisk.features.prepare import MOST_KINDS
from churnrisk.labels.churned import LEFT_OUT, labels, noticed
from churnrisk.presence.spells import presence
from churnrisk.presence.standing import standing
from churnrisk.presence.stays import stays_in_order
from churnrisk.settings import PipelineSettings
from churnrisk.snapshots.spine import spans, spine
from churnrisk.sources.engine import Engine
from churnrisk.tables.contract import KNOWN_AT

if TYPE_CHECKING:
    from churnrisk.tables.read import Tables


@dataclass(frozen=True)
class Snapshots:
    """Features and labels of some cutoffs.

    Parameters
    ----------
    rows
        ``customer_id``, ``cutoff``, ``churned``, for each further horizon a column such as ``churned_60`` (empty
        where it is not known), and one column a feature; ordered by cutoff and customer.
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
        self.choice: Choice = choose(tables, tables.contracts, settings.signals, self.kinds, settings.fairness)
        self._rolled: dict[str, ir.Table] | None = None
        self._read: Mapping[str, ir.Table] = tables
        self._described: Mapping[str, ir.Table] = tables
        self._numbers: ir.Table | None = None
        self._views: list[tuple[Choice, str]] = []
        self._stood: tuple[list[date], ir.Table] | None = None
        self._presence: ir.Table | None = None
        self._stays: ir.Table | None = None

    @property
    def rolled(self) -> dict[str, ir.Table]:
        """The event tables by customer and day, made at first use."""
        if self._rolled is None:
            expressions = rolled_up(self.tables, self.tables.contracts, self.choice, self.kinds)
            self._rolled = {name: self.engine.keep(one, f"rolled_{name}") for name, one in expressions.items()}
        return self._rolled

    def hold(self) -> None:
        """Keep the keyed tables inside the engine, with customers by number: many cutoffs then read them faster.

        Tables are cleaned once and not at each cutoff; whole numbers are grouped and joined in two thirds of the
        time that text takes. What comes out still carries ``customer_id`` as text.
        """
        if self._numbers is not None:
            return
        people = self.tables["customers"].select("customer_id").distinct()
        number = ibis.row_number().over(order_by=people.customer_id).cast("int32")
        self._numbers = self.engine.keep(people.mutate(number=number), "numbers")
        rolled, self._rolled = self.rolled, {}
        for name, table in rolled.items():
            self._rolled[name] = self.engine.keep(self._by_number(table), f"numbered_{name}")
            self.engine.drop(f"rolled_{name}")
        keyed = {one.table for one in self.choice.on} - set(rolled)
        keyed |= {"customers"} if self.choice.attributes else set()
        held = {name: self.engine.keep(self._by_number(self._needed(name)), f"held_{name}") for name in sorted(keyed)}
        self._described = {**self.tables, **held}
        if self.settings.churn.kind == "contract":
            kept = self.engine.keep(self._needed("subscriptions"), "held_for_standing")
            self._read = {**self.tables, "subscriptions": kept}
        self._views.clear()

    def _by_number(self, table: ir.Table) -> ir.Table:
        """Put each customer's number in place of the text, where customers have numbers."""
        if self._numbers is None:
            return table
        joined = table.inner_join(self._numbers, "customer_id")
        rest = [name for name in table.columns if name != "customer_id"]
        return joined.select(customer_id=joined.number, **{name: joined[name] for name in rest})

    def _by_text(self, described: ir.Table) -> ir.Table:
        """Put the text back in place of each customer's number."""
        if self._numbers is None:
            return described
        named = self._numbers.select(text="customer_id", number="number")
        joined = described.inner_join(named, described.customer_id == named.number)
        rest = [name for name in described.columns if name != "customer_id"]
        return joined.select(customer_id=joined.text, **{name: joined[name] for name in rest})

    def _needed(self, name: str) -> ir.Table:
        """Give a table with the columns that standing and features may read."""
        table, contract = self.tables[name], self.tables.contracts[name]
        wanted = {*contract.names, KNOWN_AT, *self.choice.attributes}
        return table.select(*[column for column in table.columns if column in wanted])

    def standing(self, days: Sequence[date]) -> ir.Table:
        """Say how every customer stood at some cutoffs; kept in the engine, and for one cutoff made once."""
        if self._stood is not None and self._stood[0] == list(days):
            return self._stood[1]
        at = spans(list(days), self.settings.churn)
        expression = standing(
            self._read, self.tables.contracts, self.settings.churn, at, value_days=self.settings.signals.value_days
        )
        stood = self.engine.keep(expression, f"standing_{days[0]:%Y%m%d}_{days[-1]:%Y%m%d}")
        self._stood = (list(days), stood)
        return stood

    def features(self, stood: ir.Table, choice: Choice | None = None) -> ir.Table:
        """Describe the customers at risk at the cutoffs of a standing; kept in the engine.

        Putting the query together costs as much as running it on a small company, so it is done once, as a view on
        tables that are filled anew for each call.
        """
        wanted = choice or self.choice
        described = self.engine.keep(self._by_number(spine(stood, self.tables.observed_from)), "described")
        cutoffs = self.engine.keep(described.select("cutoff").distinct(), "described_at")
        view = next((name for known, name in self._views if known is wanted), None)
        if view is None:
            view = f"features_{len(self._views)}"
            expression = features(
                self._described, self.tables.contracts, self.rolled, described, wanted, self.settings.churn, cutoffs
            )
            self.engine.connection.create_view(view, self._by_text(expression), overwrite=True)
            self._views.append((wanted, view))
        return self.engine.keep(self.engine.connection.table(view), f"{view}_of_{stood.op().name}")

    @property
    def stays(self) -> ir.Table:
        """Contracts: the paid stays in order, with those beside them; made at first use."""
        if self._stays is None:
            self._stays = self.engine.keep(stays_in_order(self.tables, self.settings.churn), "stays")
        return self._stays

    @property
    def presence(self) -> ir.Table:
        """Who was a customer when, in hindsight; made at first use."""
        if self._presence is None:
            stays = self.stays if self.settings.churn.kind == "contract" else None
            spells = presence(self.tables, self.settings.churn, self.tables.complete_to, stays)
            self._presence = self.engine.keep(spells, "presence")
        return self._presence

    def labels(self, stood: ir.Table, days: Sequence[date]) -> ir.Table:
        """Say of each customer at risk in a standing whether it churned, within each horizon that is covered."""
        at_risk = spine(stood, self.tables.observed_from)
        ends = spans(list(days), self.settings.churn, self.tables.complete_to.date())
        return labels(at_risk, self.presence, ends)

    def label_counts(self, days: Sequence[date]) -> pd.DataFrame:
        """Count labels: one row for each cutoff with ``customers``, ``churners``, ``noticed`` and one a reason.

        ``noticed`` are those who left within the horizon and had given notice before the cutoff. Each further
        horizon has columns such as ``customers_60`` and ``churners_60``, 0 where the cutoff does not cover it.
        """
        stood = self.standing(days)
        known = self.labels(stood, days)
        reasons = {name: (known.left_out == name).sum() for name in LEFT_OUT}
        further: dict[str, ir.Value] = {}
        for days_ahead in self.settings.churn.further_horizons:
            label = known[f"churned_{days_ahead}"]
            further |= {f"customers_{days_ahead}": label.count(), f"churners_{days_ahead}": label.sum()}
        counts = known.group_by("cutoff").aggregate(
            customers=known.churned.count(), churners=known.churned.sum(), **reasons, **further
        )
        leavers = noticed(stood, self.presence, spans(list(days), self.settings.churn))
        counts = counts.left_join(leavers, "cutoff").drop("cutoff_right")
        return self.engine.rows(counts.order_by("cutoff")).fillna(0)

    def snapshots(self, days: Sequence[date], *, unlabelled: bool = False) -> Snapshots:
        """Build features and labels, one cutoff after the other so that memory stays small.

        Parameters
        ----------
        unlabelled
            Keep the customers at risk who have no label, with ``churned`` empty.
        """
        frames: list[pd.DataFrame] = []
        left_out: dict[str, int] = {}
        if len(days) > 1:
            self.hold()
        for day in days:
            stood = self.standing([day])
            known = self.labels(stood, [day])
            described = self.features(stood)
            rows = described.inner_join(known, ["customer_id", "cutoff"])
            rows = rows.drop(*[name for name in rows.columns if name.endswith("_right")])
            frame = self.engine.rows(rows)
            self.engine.connection.drop_table(described.op().name)
            for reason, number in frame.left_out.value_counts().items():
                left_out[str(reason)] = left_out.get(str(reason), 0) + int(number)
            frame = frame.astype({f"churned_{horizon}": "Int64" for horizon in self.settings.churn.further_horizons})
            wanted = frame if unlabelled else frame[frame.churned.notna()]
            frames.append(wanted.drop(columns="left_out").sort_values("customer_id"))
        rows = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=["customer_id", "cutoff"])
        if frames and not unlabelled:
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
