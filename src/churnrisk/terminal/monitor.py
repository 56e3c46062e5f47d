"""What a person sees of monitoring: drift, what came true, the verdict, and whether to train again."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
from rich.table import Table

from churnrisk.monitoring.outcomes import ALL
from churnrisk.terminal.printing import console, money, records, table

if TYPE_CHECKING:
    from churnrisk.flows.monitor import MonitorResult

#: So many of the newest outcomes, and of the columns that drifted, are shown.
SHOWN = 8


def show_monitor(result: "MonitorResult") -> None:
    """Say what drifted, what came true of past lists, and whether a new training is asked for."""
    screen = console()
    nights = result.nights["cutoff"]
    many = f"{nights.nunique()} nights, {nights.iloc[0]} to {nights.iloc[-1]}"
    span = f"1 night, {nights.iloc[0]}" if nights.nunique() == 1 else many
    model = f"model version {result.version}" if result.version is not None else "no model in use"
    trained = f", trained {result.trained_on}" if result.trained_on else ""
    screen.print(f"{result.pipeline}: {span}; {model}{trained}.\n", soft_wrap=True)
    for line in _drift_lines(result):
        screen.print(line, soft_wrap=True)
    whole = result.outcomes
    if len(whole):
        screen.print("")
        screen.print(_outcomes(whole[whole["part"] == ALL].tail(SHOWN)))
        screen.print("Brackets hold 95 % intervals over customers.")
        if any(one is False for one in whole["forecast"]):
            screen.print("* not after the model's own fit: no forecast, and no part of the verdict.")
    screen.print("")
    if result.verdict is not None:
        screen.print(f"Version {result.version}: {result.verdict.sentence}", soft_wrap=True)
    for note in result.notes:
        screen.print(f"Note: {note}", soft_wrap=True)
    screen.print(f"{result.train_again}" if result.reasons else "No new training is asked for.", soft_wrap=True)
    for what, where in result.look.items():
        screen.print(f"  {what}: {where}")


def show_bench_drift(text: str, folder: Path) -> None:
    """Show the figures of a simulation, and where they lie."""
    console().print(f"{text}\n\n  figures: {folder / 'drift.json'}", soft_wrap=True)


def _drift_lines(result: "MonitorResult") -> list[str]:
    newest = result.newest_drift
    if newest.empty:
        return ["The newest night has no drift table."]
    fired = newest[newest["alarm"]]
    if fired.empty:
        row = newest.iloc[int((newest["psi"] / newest["limit"]).argmax())]
        told = f"{row['signal']} comes nearest, PSI {row['psi']:.2f} (limit {row['limit']:.2f})"
        return [f"Nothing has drifted on the newest night, of {len(newest)} columns: {told}."]
    told = f"Drifted on the newest night: {len(fired)} of {len(newest)} columns."
    lines = [told, *(f"! {one}" for one in fired["sentence"].head(SHOWN))]
    return [*lines, f"  and {len(fired) - SHOWN} more, in drift.csv."] if len(fired) > SHOWN else lines


def _outcomes(whole: pd.DataFrame) -> Table:
    columns = [("night", "<"), ("model", ">"), ("customers", ">"), ("left", ">"), ("expected", ">")]
    columns += [("observed / expected", ">"), ("lift, top 10 %", ">"), ("reached: capture", ">")]
    columns += [("expected loss", ">"), ("lost", ">")]
    return table(columns, (_cells(row) for row in records(whole)), "What came true")


def _cells(row: dict[str, Any]) -> list[str]:
    seen = " *" if row["forecast"] is False else ""
    return [
        f"{row['cutoff']}{seen}",
        "–" if pd.isna(row["model"]) else f"{row['model']:.0f}",
        f"{row['customers']:,}",
        f"{row['churners']:,}",
        _number(row["expected"], "{:,.0f}"),
        _with_interval(row, "observed_expected", "{:.2f}"),
        _with_interval(row, "lift_top_10", "{:.2f}"),
        f"{_number(row['reached'], '{:,.0f}')}: {_with_interval(row, 'capture_at_capacity', '{:.0%}')}",
        money(row["money_expected"]),
        money(row["money_lost"]),
    ]


def _number(value: float | None, form: str) -> str:
    return "–" if value is None or pd.isna(value) else form.format(value)


def _with_interval(row: dict[str, Any], name: str, form: str) -> str:
    value, low, high = (_number(row[f"{name}{end}"], form) for end in ("", "_low", "_high"))
    return value if "–" in (low, high) else f"{value} [{low}, {high}]"
