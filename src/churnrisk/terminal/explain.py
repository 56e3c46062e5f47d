"""What a person sees of a change: the sentences, and the parts of each split."""

from typing import TYPE_CHECKING, Any

import pandas as pd
from rich.text import Text

from churnrisk.kpis.explain.mix_rate import Change
from churnrisk.kpis.explain.sentences import decimals_of, is_worth_telling, percent, points
from churnrisk.terminal.printing import console, records, table

if TYPE_CHECKING:
    from churnrisk.flows.explain import ExplainResult

GREY = "bright_black"
#: At most so many parts of a split are shown.
SHOWN = 6


def show_explain(result: "ExplainResult") -> None:
    """Say why a key figure changed, the split that explains most first."""
    screen = console()
    found = result.explained
    for note in found.notes:
        screen.print(f"Note: {note}")
    for line in found.sentences:
        screen.print(line)
    screen.print()
    for one in sorted(found.splits, key=lambda each: -each.explained):
        columns = [(one.split, "<"), (f"share of {found.words.of}", ">"), ("rate", ">")]
        columns += [("by rate, points", ">"), ("by mix, points", ">")]
        rows = [_line(row, found.change) for row in records(one.parts.head(SHOWN))]
        screen.print(table(columns, rows))
        screen.print()
    screen.print("* beyond chance, with all parts of the split in mind; grey: fewer than 30 customers.")
    for what, where in result.look.items():
        screen.print(f"  {what}: {where}")


def _line(part: dict[str, Any], change: Change) -> list[Text]:
    places = decimals_of(change)
    style = GREY if part["small"] else ""
    rates = ["–" if pd.isna(part[name]) else percent(part[name], places) for name in ("rate_before", "rate_after")]
    cells = [
        str(part["value"]),
        f"{percent(part['share_before'])} → {percent(part['share_after'])}",
        " → ".join(rates),
        *[_effect(part, kind, change) for kind in ("rate", "mix")],
    ]
    return [Text(cell, style=style) for cell in cells]


def _effect(part: dict[str, Any], kind: str, change: Change) -> str:
    effect = part[f"{kind}_effect"]
    sure = part[f"{kind}_beyond_chance"] and is_worth_telling(effect, change)
    return f"{points(effect, decimals_of(change))} {'*' if sure else ' '}"
