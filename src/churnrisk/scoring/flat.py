"""A list from a flat source: who has not churned, how probable churn is, and why."""

import numpy as np
import pandas as pd

from churnrisk.errors import ModelError
from churnrisk.modeling.released.churn_model import ReleasedModel, ReleasedModelError
from churnrisk.scoring.ranking import TimelessStamp, at_risk_list, with_expected_loss
from churnrisk.scoring.score import LEAVING_COLUMNS, SCORES, Night
from churnrisk.settings import FlatSource, PipelineSettings
from churnrisk.sources.flat import FlatTable


def score_flat(table: FlatTable, model: ReleasedModel, stamp: TimelessStamp, settings: PipelineSettings) -> Night:
    """Score every customer of a flat source whose label is empty or says that the customer stayed.

    Raises
    ------
    ModelError
        When the columns do not fit the model, or ``mrr`` names one without numbers.
    """
    order = np.argsort(table.customers.astype(str), kind="stable")
    places = order[table.churned[order] != 1]
    rows = table.X.iloc[places].reset_index(drop=True)
    standing = [one["name"] for one in model.data["segments"]]
    found = _scored(rows, model, all_segments=standing[-1] in settings.list.segments)
    scored = found.assign(
        customer_id=table.customers[places],
        mrr=_mrr(rows, settings),
        cutoff=stamp.cutoff,
        model_version=stamp.model_version,
    )
    scored = with_expected_loss(scored, settings.economics)
    shown = scored.assign(**{name: rows[name] for name in settings.list.display if name not in scored})
    listed = at_risk_list(shown, list(settings.list.display), stamp, settings.list, standing)
    aside = (
        table.rejects[["customer_id", "reason"]]
        if len(table.rejects)
        else pd.DataFrame(columns=["customer_id", "reason"])
    )
    aside = aside[aside["customer_id"].notna() & ~aside["customer_id"].isin(table.customers)]
    return Night(
        scores=_timeless(scored[list(SCORES)]),
        at_risk=_timeless(listed),
        leaving=pd.DataFrame(columns=list(LEAVING_COLUMNS)),
        not_scored=aside.sort_values("customer_id", ignore_index=True),
    )


def absent_columns(table: FlatTable, model: ReleasedModel) -> list[str]:
    """Name the model's columns that the file no longer has; they are scored as missing."""
    return sorted(set(model.types) - set(table.X.columns))


def _scored(rows: pd.DataFrame, model: ReleasedModel, *, all_segments: bool) -> pd.DataFrame:
    gone = {name: (np.nan if kind == "number" else None) for name, kind in model.types.items() if name not in rows}
    try:
        return model.score(rows.assign(**gone), all_segments=all_segments)
    except ReleasedModelError as fault:
        raise ModelError(
            f"{fault} The file's columns changed since the training: look at them with check."
        ) from fault


def _mrr(rows: pd.DataFrame, settings: PipelineSettings) -> pd.Series:
    """Give each customer's monthly revenue, in cents; empty where no column is named."""
    name = (settings.flat or FlatSource()).mrr
    if name is None:
        return pd.Series(np.nan, index=rows.index)
    if not pd.api.types.is_numeric_dtype(rows[name]):
        raise ModelError(
            f'mrr names {name}, which holds no numbers. Name another column, or say types.{name} = "number".'
        )
    return rows[name].astype("float64").round(2)


def _timeless(rows: pd.DataFrame) -> pd.DataFrame:
    """Leave cutoff and horizon empty, of the same kind as in a list with time."""
    import pyarrow as pa

    kinds = {"cutoff": pd.ArrowDtype(pa.date32()), "horizon_days": pd.Int64Dtype()}
    return rows.astype({name: kind for name, kind in kinds.items() if name in rows})
