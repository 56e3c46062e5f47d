"""One night: who stands where at the cutoff, how probable churn is, and where each customer is written."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from churnrisk.errors import ModelError
from churnrisk.modeling.released.churn_model import ReleasedModel, ReleasedModelError
from churnrisk.presence.standing import LEAVING, TRIAL
from churnrisk.scoring.ranking import CHANGES, REASONS, Stamp, at_risk_list, with_expected_loss, with_further
from churnrisk.settings import PipelineSettings
from churnrisk.snapshots.build import Workshop

if TYPE_CHECKING:
    from churnrisk.tables.read import Tables

SCORES = ("customer_id", "cutoff", "churn_probability", "score", "segment", "mrr", "expected_loss", "model_version")
#: What is told only of the customers on the list.
TOLD = (*REASONS, *CHANGES)
#: How many rows are explained at once.
BLOCK_ROWS = 50_000
LEAVING_COLUMNS = ("customer_id", "ends_at", "may_return_until", "mrr", "reason")


@dataclass(frozen=True)
class Night:
    """What one night says of every customer.

    Parameters
    ----------
    scores
        Every customer scored, in the order of ``customer_id``.
    at_risk
        The segments at risk, ranked, with reasons.
    leaving
        Customers whose notice or end is known.
    not_scored
        Customers known at the cutoff that are neither scored nor leaving, with the reason.
    features
        What the model was given, a row a customer scored, in the same order.
    display
        ``customer_id`` and the columns that tell who a customer is, of everyone known.
    """

    scores: pd.DataFrame
    at_risk: pd.DataFrame
    leaving: pd.DataFrame
    not_scored: pd.DataFrame
    features: pd.DataFrame = field(default_factory=pd.DataFrame, repr=False)
    display: pd.DataFrame = field(default_factory=pd.DataFrame, repr=False)


#: Measures what runs inside, under a name, and takes what it counted.
Step = Callable[[str], AbstractContextManager[dict[str, Any]]]


def _unmeasured(_name: str) -> AbstractContextManager[dict[str, Any]]:
    return nullcontext({})


def score_night(workshop: Workshop, model: ReleasedModel, stamp: Stamp, step: Step = _unmeasured) -> Night:
    """Score every customer at risk at a cutoff, and say where all others stand.

    Parameters
    ----------
    step
        Measures ``features``, ``score`` and ``explain``.

    Raises
    ------
    ModelError
        When the features do not fit the model.
    """
    settings, engine = workshop.settings, workshop.engine
    with step("features") as counts:
        stood = workshop.standing([stamp.cutoff])
        frame = engine.rows(workshop.features(stood)).sort_values("customer_id", ignore_index=True)
        known = engine.rows(stood.filter(stood.state != "gone")).sort_values("customer_id", ignore_index=True)
        counts["customers"] = len(frame)
    standing = [one["name"] for one in model.data["segments"]]
    listed = settings.list.segments or standing[:-1]
    with step("score") as counts:
        frame = with_inputs(frame, model)
        scored = scored_rows(frame, model)
        known["mrr"] = known["mrr"].astype("float64")
        scored = scored.merge(known[["customer_id", "mrr"]], on="customer_id", how="left", validate="1:1")
        scored = with_expected_loss(scored, settings.economics)
        scored = scored.assign(cutoff=stamp.cutoff, model_version=stamp.model_version)
        counts["customers"] = len(scored)
    with step("explain") as counts:
        told = told_rows(frame, model, scored["segment"].isin(listed).to_numpy())
        shown = pd.concat([scored.loc[told.index].drop(columns=list(TOLD)), told], axis=1)
        display = _display(workshop, stamp.cutoff)
        shown = shown.merge(display, on="customer_id", how="left", validate="1:1")
        at_risk = at_risk_list(shown, list(settings.list.display), stamp, settings.list, standing)
        counts["customers"] = len(at_risk)
    return Night(
        scores=scored[with_further(SCORES, scored)],
        at_risk=at_risk,
        leaving=known.loc[known.state == LEAVING, list(LEAVING_COLUMNS)].reset_index(drop=True),
        not_scored=_not_scored(workshop, known, stamp.cutoff),
        features=frame,
        display=display,
    )


def with_inputs(frame: pd.DataFrame, model: ReleasedModel) -> pd.DataFrame:
    """Give a frame every column that the model reads; one that is not there is empty."""
    gone = {name: np.nan if kind == "number" else None for name, kind in model.types.items() if name not in frame}
    return frame.assign(**gone) if gone else frame


def scored_rows(frame: pd.DataFrame, model: ReleasedModel) -> pd.DataFrame:
    """Score every row; reasons and changes stay empty.

    Raises
    ------
    ModelError
        When the features do not fit the model.
    """
    try:
        found = model.score(frame, reasons=False)
    except ReleasedModelError as fault:
        raise ModelError(str(fault)) from fault
    return pd.concat([frame[["customer_id"]], found], axis=1)


def told_rows(frame: pd.DataFrame, model: ReleasedModel, listed: np.ndarray) -> pd.DataFrame:
    """Tell reasons and changes of the customers on the list; the index is that of the frame."""
    return model.score(frame[listed], all_segments=True)[list(TOLD)]


def shares_of(frame: pd.DataFrame, model: ReleasedModel) -> pd.DataFrame:
    """Split each customer's log-odds over the signals: ``customer_id`` and a column a signal, block by block."""
    parts = [
        model.explain(frame.iloc[start : start + BLOCK_ROWS]).astype("float32")
        for start in range(0, max(len(frame), 1), BLOCK_ROWS)
    ]
    split = pd.concat(parts, ignore_index=True)
    split.insert(0, "customer_id", frame["customer_id"].to_numpy())
    return split


def missing_inputs(workshop: Workshop, model: ReleasedModel) -> list[str]:
    """Name the model's columns that these tables no longer give; they are scored as missing."""
    return sorted(set(model.types) - set(workshop.choice.columns))


def _not_scored(workshop: Workshop, known: pd.DataFrame, cutoff: date) -> pd.DataFrame:
    """List the customers known at the cutoff that never paid, each with the reason."""
    trials = known.loc[known.state == TRIAL, ["customer_id"]].assign(reason="on trial, not paying yet")
    customers = workshop.tables["customers"]
    stood = workshop.standing([cutoff])
    seen = customers.filter(customers.known_at < ibis.timestamp(f"{cutoff} 00:00:00"))
    without = workshop.engine.rows(seen.anti_join(stood, "customer_id").select("customer_id"))
    without = without.assign(reason=f"no {_what_makes_a_customer(workshop.settings)} before the cutoff")
    return pd.concat([trials, without]).sort_values("customer_id", ignore_index=True)


def _what_makes_a_customer(settings: PipelineSettings) -> str:
    return {"contract": "subscription", "inactivity": "activity", "recorded": "start"}[settings.churn.kind]


def _display(workshop: Workshop, cutoff: date) -> pd.DataFrame:
    """Bring the columns that tell the team who a customer is: attributes, or the plan now running."""
    wanted = list(workshop.settings.list.display)
    table: ir.Table = workshop.tables["customers"]
    own = [name for name in wanted if name in table.columns]
    shown = workshop.engine.rows(table.select("customer_id", *[name for name in own if name != "customer_id"]))
    rest = [name for name in wanted if name not in own]
    if not rest:
        return shown
    rows = _newest_subscription(workshop.tables, rest, cutoff)
    return shown.merge(workshop.engine.rows(rows), on="customer_id", how="left")


def _newest_subscription(tables: "Tables", names: list[str], cutoff: date) -> ir.Table:
    rows = tables.get("subscriptions")
    unknown = [name for name in names if rows is None or name not in rows.columns]
    if rows is None or unknown:
        raise ModelError(
            f"list.display names {', '.join(map(repr, unknown))}, which neither customers nor subscriptions have. "
            "Name a column that is there, or map it."
        )
    rows = rows.filter(rows.known_at < ibis.timestamp(f"{cutoff} 00:00:00"))
    newest = ibis.struct({"started_at": rows.started_at, "subscription_id": rows.subscription_id})
    return rows.group_by("customer_id").aggregate(**{name: rows[name].argmax(newest) for name in names})


def segment_counts(scores: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """Count customers, mean probability and money at stake in each segment, riskiest first.

    Parameters
    ----------
    names
        The segments in order.
    """
    found = scores.groupby("segment").agg(
        customers=("customer_id", "size"),
        churn_probability=("churn_probability", "mean"),
        expected_loss=("expected_loss", "sum"),
    )
    return found.reindex([name for name in names if name in found.index]).reset_index()
