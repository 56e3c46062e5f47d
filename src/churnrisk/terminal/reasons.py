"""What a person sees of why customers leave."""

from typing import TYPE_CHECKING, Any

import pandas as pd

from churnrisk.kpis.reasons.agreement import number
from churnrisk.kpis.reasons.stated import over_all
from churnrisk.kpis.reasons.voices import TICKETS
from churnrisk.terminal.printing import console, records, table

if TYPE_CHECKING:
    from churnrisk.flows.reasons import ReasonsResult

#: At most so many parts of a split, and reasons of it, are shown.
PARTS, COLUMNS = 8, 6


def show_reasons(result: "ReasonsResult") -> None:
    """Show the reasons, the parts of each split, tickets and scores, the strongest signals, and the sentences."""
    screen, found = console(), result.study
    if len(found.stated):
        screen.print(_reasons(found.stated, found.agreement))
        for split in result.splits:
            screen.print()
            screen.print(_parts(found.stated, split))
        screen.print()
    heard = found.voices[found.voices["split"] == "all"] if len(found.voices) else found.voices
    if len(heard):
        screen.print(_compared(heard, "known before, leavers against those who stayed"))
        screen.print()
    if len(found.strongest):
        screen.print(_compared(found.strongest, "signals that differ most, the best of each group"))
        screen.print()
    for line in found.sentences:
        screen.print(line)
    screen.print()
    for note in found.notes:
        screen.print(f"Note: {note}")
    for what, where in result.look.items():
        screen.print(f"  {what}: {where}")


def _reasons(stated: pd.DataFrame, judged: pd.DataFrame) -> Any:
    verdict = dict(zip(judged["reason"], judged["verdict"], strict=True)) if len(judged) else {}
    columns = [("reason", "<"), ("kind", "<"), ("influence", "<"), ("customers", ">"), ("share", ">")]
    columns += [("MRR lost", ">"), ("of MRR lost", ">"), ("the data", "<")]
    rows = (
        [
            row["reason"],
            row["reason_kind"],
            row["influence"],
            f"{row['customers']:,}",
            f"{row['share']:.1f} %",
            f"{row['mrr']:,.0f}" if row["mrr"] else "–",
            "–" if pd.isna(row["mrr_share"]) else f"{row['mrr_share']:.1f} %",
            verdict.get(row["reason"], ""),
        ]
        for row in records(over_all(stated))
    )
    return table(columns, rows)


def _parts(stated: pd.DataFrame, split: str) -> Any:
    """Show what share of those who left each part each reason has."""
    sums = over_all(stated, split)
    order = sums.groupby("reason")["customers"].sum().sort_values(ascending=False).index[:COLUMNS]
    left = sums.groupby("value")["customers"].sum().sort_values(ascending=False)
    money = sums.groupby("value")["mrr"].sum()
    share = sums.pivot_table(index="value", columns="reason", values="share", aggfunc="sum").fillna(0.0)
    columns = [(split, "<"), ("customers", ">"), ("MRR lost", ">"), *((name, ">") for name in order)]
    rows = (
        [
            str(value),
            f"{left[value]:,}",
            f"{money[value]:,.0f}" if money[value] else "–",
            *[f"{share.loc[value, name]:.1f} %" for name in order],
        ]
        for value in left.index[:PARTS]
    )
    return table(columns, rows)


def _compared(rows: pd.DataFrame, title: str) -> Any:
    columns = [(title, "<"), ("leavers", ">"), ("others", ">"), ("difference", ">"), ("AUC alone", ">")]
    heard = "customers" in rows
    columns += [("leavers with it", ">"), ("their MRR", ">")] if heard else []
    return table([*columns, ("", "<")], (_line(row, heard=heard) for row in records(rows) if pd.notna(row["auc"])))


def _line(row: dict[str, Any], *, heard: bool) -> list[str]:
    share = row["signal"].startswith(TICKETS)
    cells = [f"{100 * row[name]:.1f} %" if share else number(row[name]) for name in ("mean_leavers", "mean_others")]
    ends = [_signed(100 * row[name]) if share else _signed(row[name]) for name in ("difference", "low", "high")]
    auc = f"{row['auc']:.2f} [{row['auc_low']:.2f}, {row['auc_high']:.2f}]"
    sure = "" if row["q"] < 0.05 else "within chance"
    lost = [f"{row['customers']:,}", f"{row['mrr']:,.0f}" if row["mrr"] else "–"] if heard else []
    return [row["signal"], *cells, f"{ends[0]} [{ends[1]}, {ends[2]}]", auc, *lost, sure]


def _signed(value: float) -> str:
    return f"{'−' if value < 0 else '+'}{number(abs(value))}"
