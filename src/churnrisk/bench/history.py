"""What keeping a night and setting it beside the one before costs, on made-up customers."""

import json
import os
import platform
import shutil
from collections.abc import Callable
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from churnrisk.bench.measure import in_turn, median
from churnrisk.bench.taken import Steps
from churnrisk.history.movement import with_movement
from churnrisk.history.store import SCORES, SHARES, History, history_rows
from churnrisk.modeling.released.churn_model import ReleasedModel
from churnrisk.scoring.score import shares_of

WORK = "history of a night"
#: Two nights; the second is measured.
NIGHTS = (date(2025, 6, 30), date(2025, 7, 1))
#: Share of the customers on the list, and of the values that move from night to night.
ON_LIST, MOVED = 0.2, 0.3


def run(
    *, customers: int = 1_000_000, signals: int = 60, runs: int = 3, folder: Path = Path("out/bench")
) -> pd.DataFrame:
    """Measure what the history adds to a night: shares of all customers, movement, rows, files.

    Parameters
    ----------
    runs
        Each in a process of its own; the median counts.
    folder
        Where nights are kept while it measures, and results written, as ``history.json``.

    Returns
    -------
    DataFrame
        One row a step: ``cpu_seconds``; files with ``megabytes``.
    """
    task = {"work": "history", "folder": str(folder.resolve()), "customers": customers, "signals": signals}
    folder.mkdir(parents=True, exist_ok=True)
    taken = in_turn({WORK: task}, runs)[WORK]
    middle = median(taken)
    made = middle.made
    rows = [{"work": name, "cpu_seconds": seconds} for name, seconds in made["steps"].items()]
    rows.append({"work": "all of it", "cpu_seconds": round(sum(made["steps"].values()), 3)})
    rows += [{"work": name, "megabytes": size} for name, size in made["megabytes"].items()]
    written = {
        "customers": customers,
        "signals": signals,
        "machine": {"cpus": os.cpu_count(), "python": platform.python_version()},
        "peak_mib": middle.peak_mib,
        "every_run": [asdict(one) for one in taken],
    }
    (folder / "history.json").write_text(json.dumps(written, indent=2) + "\n", encoding="utf-8")
    return pd.DataFrame(rows, columns=["work", "cpu_seconds", "megabytes"])


def as_text(table: pd.DataFrame) -> str:
    """Lay the table out for a terminal.

    Examples
    --------
    >>> print(as_text(pd.DataFrame({"work": ["movement"], "cpu_seconds": [2.0], "megabytes": [None]})))
    work      CPU s      MB
    movement    2.0
    """
    wide = max(len("work"), *(len(one) for one in table["work"]))
    lines = [f"{'work':<{wide}}  CPU s      MB"]
    for work, cpu, megabytes in zip(table["work"], table["cpu_seconds"], table["megabytes"], strict=True):
        seconds = "" if pd.isna(cpu) else f"{cpu:.1f}"
        size = "" if pd.isna(megabytes) else f"{megabytes:6,.1f}"
        lines.append(f"{work:<{wide}}  {seconds:>5}  {size}".rstrip())
    return "\n".join(lines)


def prepared(folder: Path, customers: int, signals: int) -> Callable[[], dict[str, Any]]:
    """Make up two nights, keep the first, and give the work of the second."""
    place = folder / "history-bench"
    shutil.rmtree(place, ignore_errors=True)
    history, model = History(place / "history"), ReleasedModel(_model(signals))
    random = np.random.default_rng(7)
    features = _features(random, customers, signals)
    _keep(history, model, features, NIGHTS[0], Steps())
    _move(random, features)

    def work() -> dict[str, Any]:
        steps = Steps()
        told = _keep(history, model, features, NIGHTS[1], steps)
        night = history.folder_of(NIGHTS[1])
        sizes = {name: round((night / name).stat().st_size / 1e6, 2) for name in (SCORES, SHARES)}
        shutil.rmtree(place)
        return {"steps": steps.cpu_seconds, "megabytes": sizes, "told": told}

    return work


def _keep(history: History, model: ReleasedModel, features: pd.DataFrame, day: date, steps: Steps) -> int:
    scores = pd.concat([features[["customer_id"]], model.score(features, reasons=False)], axis=1)
    scores = scores.assign(mrr=20.0, expected_loss=(240 * scores["churn_probability"]).round(2), model_version="1")
    bound = scores["churn_probability"].quantile(1 - ON_LIST)
    at_risk = scores[scores["churn_probability"] > bound].sort_values("expected_loss", ascending=False)
    at_risk = at_risk.reset_index(drop=True)
    with steps.step("shares of all customers"):
        shares = shares_of(features, model)
    with steps.step("movement of the list"):
        cards, changes = model.data["signals"], model.data["changes"]
        found = with_movement(at_risk, scores, shares, history, day, cards, features=features, changes=changes)
    with steps.step("rows of the night"):
        rows = history_rows(scores, found.at_risk)
    with steps.step("files of the night"):
        history.write(day, f"{day}-bench", rows, shares)
    return int((found.at_risk["change_reason"] != "").sum())


def _features(random: np.random.Generator, customers: int, signals: int) -> pd.DataFrame:
    """Make up counts, shares and amounts, a third each."""
    columns: dict[str, Any] = {"customer_id": pd.Series([f"C{at:09d}" for at in range(customers)], dtype="str")}
    for at in range(signals):
        kinds = (random.poisson(6, customers), np.round(random.random(customers), 2), random.normal(5, 2, customers))
        columns[_name(at)] = kinds[at % 3].astype(np.float64)
    return pd.DataFrame(columns)


def _move(random: np.random.Generator, features: pd.DataFrame) -> None:
    """Let some values of the night be others."""
    for name in features.columns[1:]:
        moved = random.random(len(features)) < MOVED
        features[name] = np.where(moved, features[name] + random.integers(-1, 2, len(features)), features[name])


def _name(at: int) -> str:
    return f"signal_{at:02d}"


def _model(signals: int) -> dict[str, Any]:
    """Give an additive model of curves with ten knots, with a sentence for each signal."""
    names = [_name(at) for at in range(signals)]
    knots = np.linspace(0, 12, 10)
    curves = [
        {"column": name, "knots": knots.tolist(), "values": (0.3 * np.sin(knots / 3 + at)).tolist(), "missing": 0.0}
        for at, name in enumerate(names)
    ]
    sentence = {"group": "usage", "unit": "events", "raises_risk": "low", "below": None, "above": None, "median": 5.0}
    return {
        "format": 1,
        "columns": [{"name": name, "type": "number"} for name in names],
        "model": {"kind": "additive", "mean_log_odds": -3.0, "effects": curves},
        "calibration": {"kind": "none"},
        "mean_calibrated_log_odds": -3.0,
        "segments": [
            {"name": "high", "lower_bound": 0.2, "action": "call"},
            {"name": "low", "lower_bound": 0.0, "action": ""},
        ],
        "signals": [{"name": name, "parts": ["Only ", [name, "event|events"]], **sentence} for name in names],
        "changes": [{"name": name, "raises_risk": "low", "parts": [[name, "event|events"]]} for name in names],
    }
