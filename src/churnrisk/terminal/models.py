"""What a person sees of models: trained, replayed, promoted, measured."""

from typing import TYPE_CHECKING, Any

import pandas as pd

from churnrisk.terminal.printing import console, records, table

if TYPE_CHECKING:
    from pathlib import Path

    from churnrisk.features.signal import Signal
    from churnrisk.flows.backtest import BacktestResult
    from churnrisk.flows.promote import PromoteResult
    from churnrisk.flows.train import TrainResult

SHOWN_METRICS = {
    "roc_auc": ("AUC", "{:.3f}"),
    "log_loss": ("log loss", "{:.4f}"),
    "lift_top_10": ("lift, top 10 %", "{:.2f}"),
    "calibration_slope": ("slope", "{:.2f}"),
    "observed_expected": ("observed / expected", "{:.2f}"),
}

MODEL_ORDER = ("base rate", "simple rule", "champion", "oracle")

BACKTEST_METRICS = {
    "roc_auc": ("AUC", "{:.3f}"),
    "log_loss": ("log loss", "{:.4f}"),
    "lift_top_10": ("lift 10 %", "{:.2f}"),
    "capture_at_capacity": ("capture", "{:.0%}"),
    "observed_expected": ("obs. / exp.", "{:.2f}"),
    "calibration_slope": ("slope", "{:.2f}"),
}

BRACKETED = ("roc_auc", "capture_at_capacity")


def show_training(result: "TrainResult") -> None:
    """Show each model beside the simple rules, the verdict, and where to look next."""
    screen = console()
    if not result.metrics.empty:
        names = list(result.metrics["model"].unique())
        ordered = [name for name in names if name not in MODEL_ORDER]
        ordered += [name for name in MODEL_ORDER if name in names]
        columns = [("model", "<"), *((title, ">") for title, _ in SHOWN_METRICS.values())]
        screen.print(table(columns, (_metric_line(result.metrics, name) for name in ordered)))
        screen.print(f"Brackets hold 95 % intervals over customers; {result.judged_on}.\n")
    for note in result.notes:
        screen.print(f"To look at: {note}")
    for line in result.further:
        screen.print(line)
    screen.print(result.sentence)
    if result.champion is not None:
        screen.print(f"In use: version {result.champion}.")
    for what, where in result.look.items():
        screen.print(f"  {what}: {where}")


def _metric_line(metrics: pd.DataFrame, model: str) -> list[str]:
    mine = metrics[metrics["model"] == model].set_index("metric")
    cells = [model]
    for metric, (_, shape) in SHOWN_METRICS.items():
        row: Any = mine.loc[metric]
        if pd.isna(row["value"]):
            cells.append("–")
        elif pd.isna(row["low"]):
            cells.append(shape.format(row["value"]))
        else:
            cells.append(f"{shape} [{shape}, {shape}]".format(row["value"], row["low"], row["high"]))
    return cells


def show_backtest(result: "BacktestResult") -> None:
    """Show each replayed cutoff, all of them together, and where to look next."""
    screen = console()
    for day, why in result.skipped.items():
        screen.print(f"Not replayed: {day}: {why}")
    if not result.table.empty:
        columns = [("cutoff", "<"), ("model", "<"), ("customers", ">"), ("churners", ">")]
        columns += [(title, ">") for title, _ in BACKTEST_METRICS.values()]
        rows = (_backtest_line(row) for row in records(result.table))
        screen.print(table([*columns, ("of money lost", ">")], rows))
        screen.print(f"Brackets hold 95 % intervals over customers. Capture and money: {result.reached}.\n")
    screen.print(result.sentence)
    for what, where in result.look.items():
        screen.print(f"  {what}: {where}")


def _backtest_line(row: dict[str, Any]) -> list[str]:
    cells = [row["cutoff"], row["model"], f"{row['customers']:,}", f"{row['churners']:,}"]
    for metric, (_, shape) in BACKTEST_METRICS.items():
        value, low, high = (row[f"{metric}{end}"] for end in ("", "_low", "_high"))
        told = "–" if pd.isna(value) else shape.format(value)
        bare = metric not in BRACKETED or pd.isna(low)
        cells.append(told if bare else f"{told} [{shape}, {shape}]".format(low, high))
    lost, found = row["money_lost"], row["money_pointed_at"]
    return [*cells, "–" if pd.isna(lost) else f"{found / lost if lost else 0:.0%} of {lost:,.0f}"]


def show_versions(result: "PromoteResult") -> None:
    """Say what was changed, and show every registered version."""
    screen = console()
    if result.sentence:
        screen.print(f"{result.sentence}\n")
    if result.versions.empty:
        screen.print("No version is registered yet; churnrisk train makes one.")
        return
    names = ["version", "alias", "model", "verdict", "log loss", "champion", "by", "why"]
    rows = ([*map(str, row[:4]), _loss(row[4]), *row[5:]] for row in result.versions.to_numpy(dtype=object).tolist())
    screen.print(table([(name, "<") for name in names], rows))


def _loss(value: float | None) -> str:
    return "–" if value is None or pd.isna(value) else f"{value:.4f}"


def show_signals(signals: "list[Signal]") -> None:
    """List signals with definition, unit, lookback, direction, and whether a team can influence them."""
    columns = [
        ("signal", "<"),
        ("group", "<"),
        ("unit", "<"),
        ("lookback", ">"),
        ("riskier when", "<"),
        ("actionable", "<"),
    ]
    lines = (
        [
            one.name,
            one.group,
            one.unit,
            "all" if one.days is None else f"{one.days} days",
            one.raises_risk or "–",
            "yes" if one.actionable else "–",
            one.doc,
        ]
        for one in signals
    )
    console().print(table([*columns, ("definition", "<")], lines))


def show_bench(found: pd.DataFrame, folder: "Path") -> None:
    """Show a benchmark's figures."""
    from churnrisk.bench import as_text

    screen = console()
    screen.print(as_text(found))
    screen.print(f"\nWritten to {folder}")


def show_bench_kpis(text: str, verdict: str, folder: "Path") -> None:
    """Show what the key figures cost, and whether that is within what is allowed."""
    screen = console()
    screen.print(text)
    screen.print(verdict)
    screen.print(f"Written to {folder / 'kpis.json'}.")


def show_bench_models(text: str, folder: "Path") -> None:
    """Show a comparison of models, its wide lines unbroken."""
    console().print(f"\n{text}\n\nWritten to {folder}", soft_wrap=True, markup=False, highlight=False)
