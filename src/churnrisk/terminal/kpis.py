"""What a person sees of key figures: the newest periods of the whole, and each part of each split."""

from typing import TYPE_CHECKING

import pandas as pd
from rich.text import Text

from churnrisk.kpis.kpi import KPIS, Kpi
from churnrisk.kpis.table import FEW
from churnrisk.kpis.wording import period_name
from churnrisk.terminal.printing import by_reason, console, records, table

if TYPE_CHECKING:
    from churnrisk.flows.kpis import KpisResult

#: How many periods stand beside one another.
SHOWN = 6
#: What is shown of each part of a split.
OF_PARTS = (
    *("customers_start", "new", "reactivated", "churned", "churn_rate"),
    *("mrr_start", "gross_revenue_churn", "net_revenue_churn"),
)
GREY = "bright_black"
#: How each unit is written.
SHAPES = {"%": ".2f", "customers": ",.0f", "money": ",.0f", "score": ".2f"}
#: Short heads of columns.
HEADS = {"customers_start": "customers", "mrr_start": "MRR", "new": "new", "reactivated": "back", "churned": "left"}


def show_kpis(result: "KpisResult") -> None:
    """Show the newest periods, each split in the newest complete one, goals, benchmarks, and where all of it lies."""
    screen = console()
    rows = result.table
    screen.print(f"{result.pipeline}: key figures by {result.period}{_by(result.convention)}\n")
    done, late = (sorted(rows.loc[rows["complete"] == one, "period_start"].unique()) for one in (True, False))
    starts = [*done[-(SHOWN - bool(late)) :], *late[:1]]
    screen.print(_whole(rows, starts))
    complete = rows[rows["complete"]]
    for split in [one for one in dict.fromkeys(rows["split"]) if one != "all"]:
        if not complete.empty:
            screen.print(_split(complete[complete["split"] == split], split))
    screen.print(f"* not complete. Grey: fewer than {FEW} customers; brackets hold 95 % intervals.\n")
    for line in result.goals_in_words:
        screen.print(line)
    for note in result.notes:
        screen.print(f"Note: {note}")
    for why, names in by_reason(result.left_out).items():
        screen.print(f"Left out: {', '.join(names)}: {why}.")
    for what, where in result.look.items():
        screen.print(f"  {what}: {where}")


def _by(convention: str) -> str:
    return "" if convention == "standard" else f" (convention: {convention})"


def _whole(rows: pd.DataFrame, starts: list[pd.Timestamp]):
    """Lay key figures against periods."""
    whole = rows[(rows["split"] == "all") & rows["period_start"].isin(starts)]
    heads = whole.drop_duplicates("period_start")
    columns = [("", "<")] + [
        (period_name(row["period_start"], row["period_end"]) + ("" if row["complete"] else " *"), ">")
        for row in records(heads)
    ]
    lines: list[list[str | Text]] = []
    for name, group in whole.groupby("kpi", sort=False):
        one = KPIS[str(name)]
        lines.append(
            [f"{one.title}, %" if one.unit == "%" else one.title, *(_cell(row, one) for row in records(group))]
        )
    return table(columns, lines)


def _split(rows: pd.DataFrame, split: str):
    """Lay the parts of a split against a few key figures, in the newest complete period."""
    newest = rows[rows["period_start"] == rows["period_start"].max()]
    known = [name for name in OF_PARTS if name in set(newest["kpi"])]
    name = period_name(newest["period_start"].iloc[0], newest["period_end"].iloc[0])
    columns = [(split, "<")]
    columns += [(HEADS.get(one, KPIS[one].title) + (", %" if KPIS[one].unit == "%" else ""), ">") for one in known]
    lines: list[list[str | Text]] = []
    for value, group in newest.groupby("value", sort=False):
        cells = {row["kpi"]: row for row in records(group)}
        if any(cells[one]["number"] for one in ("customers_start", "new", "reactivated")):
            lines.append([str(value), *(_cell(cells[one], KPIS[one], bracket=True) for one in known)])
    return table(columns, lines, title=f"\nBy {split}, {name}")


def _cell(row: dict, one: Kpi, *, bracket: bool = False) -> Text:
    """Write one figure; a rate over few customers grey, with its interval where there is room."""
    number = row["number"]
    if number is None or pd.isna(number):
        return Text("–", style=GREY)
    few = one.of_customers and row["denominator"] < FEW
    cents = one.unit == "money" and abs(number) < 1000
    told = f"{number:{',.2f' if cents else SHAPES.get(one.unit, ',.1f')}}"
    if few and bracket:
        told += f" [{row['low']:.0f}, {row['high']:.0f}]"
    return Text(told, style=GREY if few else "")
