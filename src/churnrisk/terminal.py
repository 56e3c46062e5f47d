"""What a person sees on the terminal after a command."""

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import pandas as pd
from rich.console import Console
from rich.table import Table
from rich.text import Text

from churnrisk.scoring.ranking import further_probabilities

if TYPE_CHECKING:
    from pathlib import Path

    from churnrisk.features.signal import Signal
    from churnrisk.flows.backtest import BacktestResult
    from churnrisk.flows.check import CheckResult
    from churnrisk.flows.flat_check import FlatCheckResult
    from churnrisk.flows.init import InitResult
    from churnrisk.flows.promote import PromoteResult
    from churnrisk.flows.sample import SampleResult
    from churnrisk.flows.score import ScoreResult
    from churnrisk.flows.train import TrainResult
    from churnrisk.tables.report import TableReport
    from churnrisk.training.screen import ColumnFacts

SHOWN_METRICS = {
    "roc_auc": ("AUC", "{:.3f}"),
    "log_loss": ("log loss", "{:.4f}"),
    "lift_top_10": ("lift, top 10 %", "{:.2f}"),
    "calibration_slope": ("slope", "{:.2f}"),
    "observed_expected": ("observed / expected", "{:.2f}"),
}
MODEL_ORDER = ("base rate", "simple rule", "champion", "oracle")


def _console() -> Console:
    return Console(width=None if os.isatty(1) else 140, highlight=False, markup=False)


def _table(columns: Iterable[tuple[str, str]], rows: Iterable[Iterable[str]], title: str = "") -> Table:
    table = Table(box=None, title=title or None, title_justify="left", pad_edge=False, padding=(0, 2, 0, 0))
    for name, side in columns:
        table.add_column(name, justify="right" if side == ">" else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    return table


def _records(rows: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in rows.to_dict("records")]


def show_init(result: "InitResult") -> None:
    """Say which file is which table, what could not be matched, and what someone must decide."""
    console = _console()
    lines = ([name, file, str(len(columns)), ", ".join(columns)] for name, (file, columns) in result.tables.items())
    columns = [("table", "<"), ("file", "<"), ("columns", ">"), ("mapped", "<")]
    if result.tables:
        console.print(_table(columns, lines))
    for file, why in result.unmatched.items():
        console.print(f"No table: {file}: {why}")
    if result.lacking:
        console.print(f"No file: {', '.join(result.lacking)}.")
    for note in result.notes:
        console.print(f"Note: {note}")
    for choice in result.choices:
        console.print(f"To decide: {choice}")
    told = ", ".join(f"{name} = {value}" for name, value in result.churn.items())
    console.print(f"\nChurn: {told}.\nWritten to {result.file}. Read it, then: churnrisk check {result.file}")


def show_sample(result: "SampleResult") -> None:
    """Say what the sample company's tables hold."""
    if result.rows:
        told = ", ".join(f"{name} {rows:,}" for name, rows in result.rows.items())
        _console().print(f"Sample company written to {os.path.relpath(result.folder)}: {told} rows.")
    else:
        _console().print(f"Nothing written: {result.reason}.")


def show_check(result: "CheckResult") -> None:
    """Show the usability report."""
    console = _console()
    console.print(f"{result.pipeline}: data from {result.span[0]} to {result.span[1]}\n")
    columns = [("table", "<"), ("rows", ">"), ("from", "<"), ("to", "<"), ("set aside", ">"), ("missing", "<")]
    console.print(_table(columns, (_table_line(one) for one in result.tables)))
    for one in result.tables:
        for reason, number in one.set_aside.items():
            console.print(f"  {one.name}: {number:,} rows set aside: {reason}")
        for finding in one.findings:
            console.print(f"  {one.name}: {finding}")
    console.print(f"\n{len(result.on)} signals are on, {len(result.off)} are off.")
    for reason, names in _by_reason(result.off).items():
        console.print(f"  off: {', '.join(names)}: {reason}")
    if result.labels is not None:
        console.print()
        cells = [("cutoff", "<"), ("customers", ">"), ("churners", ">"), ("rate", ">")]
        lines = (
            [
                str(row["cutoff"])[:10],
                f"{row['customers']:,.0f}",
                f"{row['churners']:,.0f}",
                f"{row['churners'] / row['customers']:.1%}",
            ]
            for row in _records(result.labels.rows)
        )
        console.print(_table(cells, lines))
    if result.horizons:
        console.print()
        cells = [("within", "<"), ("labelled cutoffs", ">"), ("customers", ">"), ("churners", ">"), ("rate", ">")]
        console.print(_table(cells, (_horizon_line(*one) for one in result.horizons)))
    console.print()
    for note in result.notes:
        console.print(f"Note: {note}")
    console.print(result.answer)


def show_flat_check(result: "FlatCheckResult") -> None:
    """Show the columns of a flat source, what each alone knows of churn, and what must be looked at."""
    console = _console()
    share = f"{result.churners / result.customers:.1%}" if result.customers else "–"
    told = f"{result.pipeline}: {result.customers:,} customers, {result.churners:,} of them churned ({share})"
    console.print(f"{told}{f', {result.unlabelled:,} without a label' if result.unlabelled else ''}\n")
    columns = [("column", "<"), ("type", "<"), ("missing", ">"), ("values", ">"), ("AUC alone", ">"), ("", "<")]
    console.print(_table(columns, (_flat_line(one) for one in result.columns)))
    console.print("AUC alone: how well the column alone tells churners, out of fold; 0.5 is chance.\n")
    for finding in result.findings:
        console.print(f"{'To look at' if finding.is_open else 'Note'}: {finding.sentence}")
    console.print(result.answer)


def _flat_line(one: "ColumnFacts") -> list[str]:
    gaps = f"{one.missing:.1%}" if one.missing else ""
    alone = "–" if one.auc is None else f"{one.auc:.3f}"
    return [one.name, one.type, gaps, f"{one.levels:,}", alone, f"left out: {one.why_not}" if one.why_not else ""]


def _table_line(one: "TableReport") -> list[str]:
    span = [str(day.date()) if day is not None else "" for day in (one.first_at, one.last_at)]
    gaps = ", ".join(f"{name} {share:.0%}" for name, share in one.missing.items() if share >= 0.005)
    return [one.name, f"{one.rows_used:,}", *span, f"{one.rows_set_aside:,}", gaps]


def _horizon_line(days: int, cutoffs: int, customers: int, churners: int) -> list[str]:
    rate = f"{churners / customers:.1%}" if customers else "–"
    return [f"{days} days", f"{cutoffs:,}", f"{customers:,}", f"{churners:,}", rate]


def _by_reason(off: dict[str, str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, reason in off.items():
        found.setdefault(reason, []).append(name)
    return found


def show_training(result: "TrainResult") -> None:
    """Show each model beside the simple rules, the verdict, and where to look next."""
    console = _console()
    if not result.metrics.empty:
        names = list(result.metrics["model"].unique())
        ordered = [name for name in names if name not in MODEL_ORDER]
        ordered += [name for name in MODEL_ORDER if name in names]
        columns = [("model", "<"), *((title, ">") for title, _ in SHOWN_METRICS.values())]
        console.print(_table(columns, (_metric_line(result.metrics, name) for name in ordered)))
        console.print(f"Brackets hold 95 % intervals over customers; {result.judged_on}.\n")
    for note in result.notes:
        console.print(f"To look at: {note}")
    for line in result.further:
        console.print(line)
    console.print(result.sentence)
    if result.champion is not None:
        console.print(f"In use: version {result.champion}.")
    for what, where in result.look.items():
        console.print(f"  {what}: {where}")


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


def show_score(result: "ScoreResult") -> None:
    """Say how many customers stand where, and show the head of the list."""
    console = _console()
    counts = result.counts
    when = f" as of {result.cutoff}" if result.cutoff else ""
    console.print(
        f"{counts['scored']:,} customers scored{when} by model version {result.model_version}; "
        f"{counts['leaving']:,} are leaving, {counts['not_scored']:,} not scored."
    )
    if result.repeated:
        console.print("The same tables, settings and model have written this night before; it is left as it is.")
    for warning in result.warnings:
        console.print(f"Note: {warning}")
    columns = [("segment", "<"), ("customers", ">"), ("mean probability", ">"), ("expected loss", ">")]
    lines = (
        [row["segment"], f"{row['customers']:,}", f"{row['churn_probability']:.1%}", _money(row["expected_loss"])]
        for row in _records(result.segments)
    )
    console.print(_table(columns, lines))
    console.print()
    further = further_probabilities(result.first)
    later = [(f"{name.rsplit('_', 1)[1]} days", ">") for name in further]
    shown = [("rank", ">"), ("customer", "<"), ("segment", "<"), ("probability", ">"), *later, ("expected loss", ">")]
    rows = (
        [
            str(row["rank"]),
            row["customer_id"],
            row["segment"],
            f"{row['churn_probability']:.1%}",
            *[f"{row[name]:.1%}" for name in further],
            _money(row["expected_loss"]),
            row["reason_1"] if isinstance(row["reason_1"], str) else "",
        ]
        for row in _records(result.first)
    )
    console.print(_table([*shown, ("first reason", "<")], rows))
    console.print(f"\nThe list: {os.path.relpath(result.folder)}/at_risk.csv")


BACKTEST_METRICS = {
    "roc_auc": ("AUC", "{:.3f}"),
    "log_loss": ("log loss", "{:.4f}"),
    "lift_top_10": ("lift 10 %", "{:.2f}"),
    "capture_at_capacity": ("capture", "{:.0%}"),
    "observed_expected": ("obs. / exp.", "{:.2f}"),
    "calibration_slope": ("slope", "{:.2f}"),
}
BRACKETED = ("roc_auc", "capture_at_capacity")


def show_backtest(result: "BacktestResult") -> None:
    """Show each replayed cutoff, all of them together, and where to look next."""
    console = _console()
    for day, why in result.skipped.items():
        console.print(f"Not replayed: {day}: {why}")
    if not result.table.empty:
        columns = [("cutoff", "<"), ("model", "<"), ("customers", ">"), ("churners", ">")]
        columns += [(title, ">") for title, _ in BACKTEST_METRICS.values()]
        rows = (_backtest_line(row) for row in _records(result.table))
        console.print(_table([*columns, ("of money lost", ">")], rows))
        console.print(f"Brackets hold 95 % intervals over customers. Capture and money: {result.reached}.\n")
    console.print(result.sentence)
    for what, where in result.look.items():
        console.print(f"  {what}: {where}")


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
    console = _console()
    if result.sentence:
        console.print(f"{result.sentence}\n")
    if result.versions.empty:
        console.print("No version is registered yet; churnrisk train makes one.")
        return
    names = ["version", "alias", "model", "verdict", "log loss", "champion", "by", "why"]
    rows = ([*map(str, row[:4]), _loss(row[4]), *row[5:]] for row in result.versions.to_numpy(dtype=object).tolist())
    console.print(_table([(name, "<") for name in names], rows))


def _loss(value: float | None) -> str:
    return "–" if value is None or pd.isna(value) else f"{value:.4f}"


def _money(value: float | None) -> str:
    return "" if value is None or pd.isna(value) else f"{value:,.2f}"


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
    _console().print(_table([*columns, ("definition", "<")], lines))


def show_bench(found: pd.DataFrame, folder: "Path") -> None:
    """Show a benchmark's figures."""
    from churnrisk.bench import as_text

    console = _console()
    console.print(as_text(found))
    console.print(f"\nWritten to {folder}")


def show_bench_models(text: str, folder: "Path") -> None:
    """Show a comparison of models, its wide lines unbroken."""
    _console().print(f"\n{text}\n\nWritten to {folder}", soft_wrap=True, markup=False, highlight=False)
