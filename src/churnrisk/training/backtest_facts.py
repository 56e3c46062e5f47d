"""What a backtest has to tell: its sentence, plain data for files, the model card and MLflow."""

import json
from pathlib import Path
from typing import Any

from churnrisk.modeling.evaluate import Metric
from churnrisk.settings import PipelineSettings
from churnrisk.training.backtest import BACKTEST_METRICS, TOGETHER, Backtest, Outcome, capacity_of

FILE = "backtest.json"


def backtest_folder(settings: PipelineSettings) -> Path:
    """Give the folder of a pipeline's backtest."""
    return settings.out_folder / "backtest"


def how_many(settings: PipelineSettings) -> str:
    """Say how many customers of each list count as reached.

    Examples
    --------
    >>> how_many(PipelineSettings())
    'the riskiest 10 %'
    """
    capacity = capacity_of(settings)
    return "the riskiest 10 %" if capacity is None else f"the {capacity:,} riskiest customers"


def sentence(backtest: Backtest) -> str:
    """Say in one sentence what the lists were worth, all cutoffs together."""
    one, days = backtest.together, [each.cutoff for each in backtest.replays]
    found = one.metrics
    span = f"{days[0]}" if len(days) == 1 else f"{len(days)} cutoffs from {days[0]} to {days[-1]}"
    told = (
        f"Replayed at {span}, each time trained only on what was known then: {how_many(backtest.settings)} held "
        f"{percent(found['capture_at_capacity'])} of the {one.churners:,} customers who left; "
        f"AUC {decimal(found['roc_auc'], 3)}, observed / expected churn {decimal(found['observed_expected'], 2)}."
    )
    if one.money_lost:
        told += f" The head of the list pointed at {percent(found['money_share'])} of the money lost."
    return told


def facts(backtest: Backtest) -> dict[str, Any]:
    """Give everything as plain data, with the definition of churn that it holds for."""
    settings = backtest.settings
    return {
        "pipeline": settings.name,
        "churn": settings.definition,
        "models": list(settings.models.names),
        "reached": how_many(settings),
        "cutoffs": [str(one.cutoff) for one in backtest.replays],
        "sentence": sentence(backtest),
        "meaning": BACKTEST_METRICS,
        "replays": [
            {
                "cutoff": str(one.cutoff),
                "model": one.model,
                "fit_cutoffs": [str(day) for day in one.parts.fit],
                "calibration_cutoffs": [str(day) for day in one.parts.calibrate],
                "log_loss_when_chosen": one.losses,
            }
            for one in backtest.replays
        ],
        "outcomes": [_plain(one) for one in backtest.outcomes],
        "skipped": {str(day): why for day, why in backtest.skipped.items()},
    }


def read_facts(settings: PipelineSettings) -> dict[str, Any] | None:
    """Read what the last backtest said; None where there is none for this definition of churn."""
    try:
        told: dict[str, Any] = json.loads((backtest_folder(settings) / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return told if told.get("churn") == settings.definition else None


def card_block(settings: PipelineSettings) -> dict[str, Any]:
    """Give what the model card shows of the last backtest, or how to run one."""
    told = read_facts(settings)
    block: dict[str, Any] = {"command": f"churnrisk backtest {settings.file.name}", "sentence": "", "rows": []}
    if told is None:
        return block
    rows = [
        {
            "cutoff": "all together" if one["cutoff"] == TOGETHER else one["cutoff"],
            "model": one["model"],
            "customers": one["customers"],
            "churners": one["churners"],
            "cells": _cells(one),
        }
        for one in told["outcomes"]
    ]
    return block | {"sentence": told["sentence"], "reached": told["reached"], "rows": rows}


def steps(backtest: Backtest) -> list[dict[str, float | None]]:
    """Give the numbers of each cutoff, in order, as MLflow takes them: one dictionary a step."""
    return [_numbers(one) for one in backtest.outcomes[:-1]]


def totals(backtest: Backtest) -> dict[str, float | None]:
    """Give the numbers of all cutoffs together."""
    return {name.replace("backtest.", "backtest.all."): told for name, told in _numbers(backtest.together).items()}


def _numbers(one: Outcome) -> dict[str, float | None]:
    plain = _plain(one)
    numbers = {
        f"backtest.{name}": plain[name] for name in ("customers", "churners", "money_pointed_at", "money_lost")
    }
    for name, found in plain["metrics"].items():
        numbers |= {
            f"backtest.{name}": found["value"],
            f"backtest.{name}.low": found["low"],
            f"backtest.{name}.high": found["high"],
        }
    return numbers


def _plain(one: Outcome) -> dict[str, Any]:
    metrics = {
        name: {"value": found.value, "low": found.low, "high": found.high} for name, found in one.metrics.items()
    }
    return {**vars(one), "metrics": metrics}


def _cells(one: dict[str, Any]) -> list[str]:
    found = {name: Metric(**told) for name, told in one["metrics"].items()}
    return [
        decimal(found["roc_auc"], 3),
        decimal(found["log_loss"], 4),
        decimal(found["lift_top_10"], 2),
        percent(found["capture_at_capacity"]),
        decimal(found["observed_expected"], 2),
        decimal(found["calibration_slope"], 2),
        money(one["money_pointed_at"], one["money_lost"]),
    ]


def decimal(found: Metric, digits: int) -> str:
    """Write a number with its interval.

    Examples
    --------
    >>> decimal(Metric(0.5, 0.4, 0.6), 2), decimal(Metric(None), 2)
    ('0.50 (0.40 to 0.60)', '–')
    """
    return _with_interval(found, lambda number: f"{number:.{digits}f}")


def percent(found: Metric) -> str:
    """Write a share with its interval.

    Examples
    --------
    >>> percent(Metric(0.5, 0.4, 0.6))
    '50 % (40 to 60)'
    """
    if found.value is None:
        return "–"
    told = f"{100 * found.value:.0f} %"
    return (
        told
        if found.low is None or found.high is None
        else f"{told} ({100 * found.low:.0f} to {100 * found.high:.0f})"
    )


def money(pointed_at: float | None, lost: float | None) -> str:
    """Write the money that the list pointed at beside all money lost.

    Examples
    --------
    >>> money(1200.4, 3000.0), money(None, None)
    ('1,200 of 3,000', '–')
    """
    return "–" if pointed_at is None or lost is None else f"{pointed_at:,.0f} of {lost:,.0f}"


def _with_interval(found: Metric, show: Any) -> str:
    if found.value is None:
        return "–"
    if found.low is None or found.high is None:
        return str(show(found.value))
    return f"{show(found.value)} ({show(found.low)} to {show(found.high)})"
