"""What monitoring writes: tables as CSV, pictures, the summary, and numbers beside the model in MLflow."""

import json
from typing import TYPE_CHECKING

import pandas as pd

from churnrisk.delivery.files import write_json, write_table
from churnrisk.modeling.registry import Registry
from churnrisk.modeling.tracking import Run
from churnrisk.monitoring.outcomes import ALL
from churnrisk.monitoring.plots import drift_plot, truth_plot

if TYPE_CHECKING:
    from churnrisk.flows.monitor import MonitorResult

#: What is recorded of each night beside the model.
LOGGED = (
    *("log_loss", "roc_auc", "observed_expected", "lift_top_10", "capture_top_10", "capture_at_capacity"),
    *("customers", "churners", "money_expected", "money_lost"),
)


def write_found(result: "MonitorResult") -> None:
    """Write tables, pictures and summary into the folder of monitoring."""
    folder = result.folder
    for name, rows in {"nights": result.nights, "drift": result.drift, "outcomes": result.outcomes}.items():
        write_table(rows, folder / f"{name}.csv")
    write_json(_summary(result), folder / "monitor.json")
    if len(result.drift):
        drift_plot(result.drift, result.nights, result.pipeline).figure.savefig(folder / "drift.png", dpi=144)
    if len(result.outcomes):
        truth_plot(result.outcomes, result.pipeline).figure.savefig(folder / "truth.png", dpi=144)


def _summary(result: "MonitorResult") -> dict[str, object]:
    newest = result.newest_drift
    return {
        "pipeline": result.pipeline,
        "model_version": result.version,
        "trained_on": result.trained_on,
        "nights": len(result.nights),
        "newest": result.nights["cutoff"].iloc[-1],
        "drifted": newest[newest["alarm"]]["sentence"].tolist() if len(newest) else [],
        "verdict": result.verdict.as_dict() if result.verdict else None,
        "train_again": [{"code": one.code, "sentence": one.sentence} for one in result.reasons],
        "notes": result.notes,
    }


def log_outcomes(registry: Registry, fresh: pd.DataFrame) -> None:
    """Record what came true of new nights beside the model that made them, at a step a day."""
    whole = fresh[(fresh["part"] == ALL) & fresh["model"].notna()] if len(fresh) else fresh
    if whole.empty:
        return
    versions = registry.versions()
    for row in json.loads(whole.to_json(orient="records")):
        told = versions.get(int(row["model"]))
        if told is not None:
            numbers = {f"realised.{name}": row.get(name) for name in LOGGED}
            Run(told["run_id"], registry.store).log_numbers(numbers, step=_step(row["cutoff"]))


def _step(cutoff: str) -> int:
    """Number a day as MLflow's steps are: 20250601."""
    return int(cutoff.replace("-", ""))
